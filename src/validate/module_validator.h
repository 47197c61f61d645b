// ModuleValidator: checks the sections of a module one after the other and fills the environment for its code and the
// description. Function bodies are only collected here.
#pragma once

#include "summary.h"
#include "tenon/binary/parser.h"
#include "tenon/validate/module_env.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {

class ModuleValidator {
 public:
  /// `desc.bytes` is set where run() is called; everything else is filled.
  ModuleValidator(TypeStore& types, const Options& options, ModuleDesc& desc)
      : types_(types), features_(options.features), desc_(desc), env_(types, options.features) {
    if (options.reading) env_.reading = *options.reading;
  }

  /// Checks the whole module, bodies aside.
  Result<> run();
  /// The same for those who parse by themselves: checks the next payload, which may be any. Function bodies, custom sections and
  /// the end mean nothing to it.
  Result<> check(const binary::Payload& payload);
  Result<> check_body_size(const binary::CodeEntry& body);

  const ModuleEnv& env() const { return env_; }
  /// The bodies that were met, in order, also where run() failed behind them.
  const std::vector<binary::CodeEntry>& bodies() const { return bodies_; }
  /// Moves what the environment knows into the description.
  void finish();

 private:
  Result<> section(const binary::ItemSection& section);
  Result<> type_section(const binary::Section& section);
  Result<> import_section(const binary::Section& section);
  Result<> function_section(const binary::Section& section);
  Result<> table_section(const binary::Section& section);
  Result<> memory_section(const binary::Section& section);
  Result<> tag_section(const binary::Section& section);
  Result<> global_section(const binary::Section& section);
  Result<> export_section(const binary::Section& section);
  Result<> element_section(const binary::Section& section);
  Result<> data_section(const binary::Section& section);
  Result<> start_section(const binary::StartSection& section);
  void add_custom(const binary::CustomSection& section);

  Result<> add_rec_group(binary::RecGroup& group, u64 offset);
  Result<> add_import(const binary::ImportItem& import);
  Result<> add_element(const binary::ElementItem& item, u64 offset);
  Result<> element_items(const binary::ElementItem& item, ElemDesc& elem, u64 offset);

  Result<> check_max(std::size_t have, u64 add, u64 max, const char* what, u64 offset);
  Result<> require(Feature feature, const char* message, u64 offset) const;
  Result<ValType> canonical(ValType type, u64 offset) const;
  Result<ValType> check_type(ValType type, u64 offset) const;
  Result<TypeId> func_type_at(TypeIndex index, u64 offset) const;
  Result<> check_limits(const Limits& limits, u64 offset) const;
  Result<TableType> check_table(TableType type, u64 offset) const;
  Result<MemoryType> check_memory(MemoryType type, bool custom_page_size, u64 offset) const;
  Result<GlobalType> check_global(GlobalType type, u64 offset) const;
  Result<TypeId> check_tag(TypeIndex index, u64 offset) const;
  Result<ConstExpr> const_expr(const binary::ConstBytes& expr, ValType type);
  void declare(u32 func);

  TypeStore& types_;
  Features features_;
  ModuleDesc& desc_;
  ModuleEnv env_;
  std::vector<binary::CodeEntry> bodies_;
  bool code_started_ = false;  // what code may name is settled
  DecoderBuffers buffers_;
};

/// Whether the definitions of a recursion group are valid where `group` has its references inside the group as positions and all
/// others canonical. Source: spec core/valid/types, core/valid/matching; proposal custom-descriptors.
Result<> check_rec_group(const TypeStore& store, std::span<const SubType> group, Features features, u64 offset);

/// Names from the contents of a name section; nothing where it is malformed.
NameMap read_names(Bytes contents);

}  // namespace tenon::validate
