// ModuleEnv: what the code of a module may refer to, laid out for look-ups by index. The body decoder reads it; module
// validation fills it while it goes through the sections, and a tier can rebuild it from a ModuleDesc.
#pragma once

#include <optional>
#include <vector>

#include "tenon/abi/module.h"
#include "tenon/spec/features.h"
#include "tenon/spec/type_store.h"

namespace tenon::validate {

/// Index spaces of a module. All types are canonical in `store`; pointers lead into the store. Immutable while bodies are
/// decoded, and then shared by threads.
struct ModuleEnv {
  ModuleEnv(const TypeStore& store, Features features) : store(&store), features(features), reading(features) {}
  /// The environment of a module that was validated.
  ModuleEnv(const TypeStore& store, const ModuleDesc& module, Features features = Features::all());

  const TypeStore* store;
  Features features;
  Features reading;  ///< by which code is read, where encodings depend on them

  std::vector<TypeId> types;
  std::vector<const SubType*> type_defs;  ///< of `types`
  std::vector<TypeId> funcs;
  std::vector<const FuncType*> func_types;  ///< of `funcs`
  std::vector<TableType> tables;
  std::vector<MemoryType> memories;
  std::vector<GlobalType> globals;
  std::vector<TypeId> tags;
  std::vector<const FuncType*> tag_types;  ///< of `tags`
  std::vector<ValType> elems;              ///< element types of segments
  std::optional<u32> data_count;           ///< data segments, where code may name them
  std::vector<bool> declared;              ///< functions that ref.func may name in bodies
  u32 imported_funcs = 0, imported_globals = 0;
  std::vector<u32> exact_imports;  ///< imported functions of exact types, in order

  /// Whether a function is known to have its very type: those of the module's own, and exact imports.
  bool has_exact_type(u32 func) const;

  void add_type(TypeId id);
  void add_func(TypeId id);
  void add_tag(TypeId id);

  /// A type as messages write it in full, indices included: "(ref null (id 3))".
  std::string display(ValType type) const;
  std::string display(const SubType& type) const;
};

/// The words for "... support is not enabled".
std::string_view support_text(Feature feature);

/// Whether `type` may be used with `features`; what is missing is an error at `offset`. Indices are not looked at.
Result<> check_value_type(ValType type, Features features, u64 offset);

/// The message for an opcode that is none: `code` follows the prefix `byte` where `prefixed`.
std::string describe_bad_opcode(u8 byte, u32 code, bool prefixed);

}  // namespace tenon::validate
