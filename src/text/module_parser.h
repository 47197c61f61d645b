// ModuleParser: from the text of one core module to its bytes, in two passes and without a tree.
//
// The first pass looks at the start of each field only: it numbers what the fields define, collects identifiers, and skips
// bodies. The second parses every field and writes it into the module's sections at once; types come first, since anything may
// use any of them. The bytes are those of wasm-tools, whose choices (the order of types made for type uses, forms of segments,
// what gets into the name section) are followed throughout.
//
// spec: core/text/modules; custom sections: core/appendix/custom.
#pragma once

#include <vector>

#include "text/dwarf.h"
#include "text/expressions.h"
#include "text/module_context.h"

namespace tenon::text {

class ModuleParser {
 public:
  ModuleParser(std::string_view source, bool allow_confusing) : cx_(source, allow_confusing), expressions_(cx_) {}

  /// Parses a whole source: one module, or a module's fields.
  void parse_source();
  /// Parses a module whose text behind the keyword `module` (and `definition`) begins at byte `at`, to its closing parenthesis.
  void parse_module_at(u64 at);

  /// Makes debugging information, too. What `options` views must outlive the parser.
  void generate_dwarf(const ParseOptions& options);

  /// In no particular order.
  std::vector<Problem>& problems() { return t_.problems(); }
  /// The module's bytes; only if there were no problems.
  Result<std::vector<u8>> finish();

 private:
  enum class FieldKind : u8 { Type, Rec, Import, Func, Table, Memory, Global, Export, Start, Elem, Data, Tag, Annotation, Other };
  struct Field {
    const char* begin;  // at its opening parenthesis
    FieldKind kind;
  };
  struct InlineImport {
    std::string_view module, field;
  };
  // What is known of an element segment before its elements.
  struct ElemHead {
    u8 mode = 1;  // 0 active, 1 passive, 3 declarative: the low bits of the flags
    bool has_table = false;
    u32 table = 0;
    bool expressions = false;
    TypeRef type;
  };

  void body(bool wrapped);
  void binary();
  static FieldKind field_kind(const Token& token);

  void declare_fields();
  void declare_field(FieldKind kind);
  void declare_import();
  void declare_item(u32 times);

  void parse_types();
  void parse_fields();
  void parse_field(FieldKind kind);
  void parse_import();
  u8 import_item(encode::Sink& sink, ItemName& item, u64* id_offset = nullptr);
  void name_import(u8 kind, const ItemName& name, u32 times);
  void parse_func();
  void func_locals(u32 index);
  void func_dwarf(u32 index, const ItemName& name, u64 offset, u32 type, u32 body_size);
  void parse_table();
  void table_with_elements(encode::Sink& sink, u32 index);
  void parse_memory();
  void memory_with_data(encode::Sink& sink, u32 index);
  void parse_global();
  void parse_tag();
  void parse_export();
  void parse_start();
  void parse_elem();
  u32 elem_items(const ElemHead& head, Bytes offset, bool as_indices);
  void constant_or_folded(encode::Sink& to, std::string_view word, bool lenient = false);
  void parse_data();
  void data_values(encode::Sink& to);

  void parse_annotation();
  void parse_custom();
  void parse_producers();
  void parse_dylink();
  void dylink_mem_info(encode::Sink& to);
  u32 dylink_flags();

  void inline_exports(ExternKind kind, u32 index);
  bool inline_import(InlineImport& import);
  void start_import(u64 offset);
  void import_header(encode::Sink& sink, const InlineImport& import);
  void name(encode::NameKind kind, u32 index, const ItemName& name);
  u32 next(Space space) { return next_[static_cast<u8>(space)]++; }

  ModuleContext cx_;
  Tokens& t_ = cx_.t;
  Expressions expressions_;
  std::vector<Field> fields_;
  const char* fields_end_ = nullptr;
  std::array<u32, 8> next_{};  // of each space, in the second pass
  std::string_view last_definition_;
  bool has_start_ = false;
  bool has_module_name_ = false;
  bool is_binary_ = false;
  std::vector<u8> binary_;
  encode::LocalGroups locals_;
  std::optional<DwarfWriter> dwarf_;
  std::vector<u8> local_codes_;  // of a function's parameters and locals, for dwarf_
  encode::NameMap local_names_;
  encode::Sink scratch_;
  encode::Sink scratch2_;
};

}  // namespace tenon::text
