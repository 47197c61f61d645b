// ModuleContext: what all parts of a module's parser share: the tokens, the identifiers of each index space, the types, and the
// sections that are written. Also the parsing of types and type uses.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <unordered_map>

#include "tenon/encode/module.h"
#include "text/symbols.h"
#include "text/tokens.h"

namespace tenon::text {

/// A value, storage or reference type as written. Unlike ValType it has room for any index, and knows whether the index was
/// written as an identifier: types made for type uses are shared only where they are written the same way.
struct TypeRef {
  static constexpr u8 Nullable = 1, Shared = 2, Exact = 4, Concrete = 8, ById = 16;
  u8 code = 0;    ///< number, vector or packed type; 0 for references
  u8 flags = 0;   ///< of references
  u8 heap = 0;    ///< abstract heap type, unless Concrete
  u8 unused = 0;  ///< keeps the bytes of equal types equal
  u32 index = 0;  ///< if Concrete

  bool has(u8 flag) const { return (flags & flag) != 0; }
  bool is_funcref() const { return code == 0 && flags == Nullable && heap == static_cast<u8>(AbstractHeap::Func); }
  /// Equality once identifiers are resolved.
  bool same(const TypeRef& other) const {
    return code == other.code && (flags & ~ById) == (other.flags & ~ById) && heap == other.heap && index == other.index;
  }
};
static_assert(sizeof(TypeRef) == 8);

/// The type's bytes; those of a reference's heap type alone.
void write_type(encode::Sink& sink, const TypeRef& type);
void write_heap(encode::Sink& sink, const TypeRef& type);

/// Index spaces with identifiers.
enum class Space : u8 { Func, Table, Memory, Global, Tag, Type, Elem, Data };

/// An item's identifier and its @name; either may be missing.
struct ItemName {
  std::string_view id;  ///< without `$`
  std::string_view annotation;
  bool has_annotation = false;
  bool any() const { return !id.empty() || has_annotation; }
  std::string_view view() const { return has_annotation ? annotation : id; }
};

/// A parameter's name, and where its identifier stands.
struct ParamName {
  ItemName name;
  u64 offset = 0;
};

/// A type use as parsed. Its parameters and results are in ModuleContext::params and results until the next one is parsed.
struct TypeUse {
  bool has_index = false;
  bool has_inline = false;
  u32 index = 0;
  u64 offset = 0;  ///< of the index
};

class ModuleContext {
 public:
  ModuleContext(std::string_view source, bool allow_confusing) : t(source, allow_confusing) {}

  Tokens t;
  encode::ModuleBuilder out;
  bool uses_data_count = false;

  /// A type of the module as type uses see it.
  struct TypeInfo {
    bool is_func = false;
    u32 first = 0;  ///< parameters, then results, in type_refs
    u32 params = 0;
    u32 results = 0;
  };
  std::vector<TypeInfo> types;
  std::vector<TypeRef> type_refs;
  std::span<const TypeRef> params_of(const TypeInfo& type) const { return {type_refs.data() + type.first, type.params}; }
  std::span<const TypeRef> results_of(const TypeInfo& type) const {
    return {type_refs.data() + type.first + type.params, type.results};
  }

  /// Of the newest function type that was parsed.
  std::vector<TypeRef> params;
  std::vector<TypeRef> results;
  std::vector<ParamName> param_names;  ///< as many as params, where names were allowed

  // Identifiers.

  /// Counts one more item of a space and enters its identifier, if it has one (tok() is behind the keyword). tok() moves on.
  void declare(Space space);
  u32 declare_unnamed(Space space) { return counts_[static_cast<u8>(space)]++; }
  u32 count(Space space) const { return counts_[static_cast<u8>(space)]; }
  void declare_struct_field(u32 type, u32 field, std::string_view id, u64 offset);
  /// An index, resolved. Fails where there is none.
  u32 take_index(Space space) {
    bool by_id;
    return take_index(space, by_id);
  }
  u32 take_index(Space space, bool& by_id);
  u32 take_index_or_zero(Space space) { return t.at_index() ? take_index(space) : 0; }
  /// A field of the struct type `type`.
  u32 take_struct_field(u32 type);
  /// Says that an identifier is unknown. `what` is "func", "label" and so on.
  void unknown(ErrorCode code, std::string_view what, std::string_view id, u64 offset);
  void duplicate(ErrorCode code, std::string_view what, u64 offset);
  ItemName take_item_name();
  /// `(@name "...")`, if it is there.
  bool try_name_annotation(std::string_view& name);

  // Types.

  TypeRef val_type();
  TypeRef ref_type();
  TypeRef heap_type();
  TypeRef storage_type();
  /// Whether a reference type begins here.
  bool at_ref_type();
  /// `(param ...)* (result ...)*` into params and results.
  void parse_func_type(bool with_names);
  TypeUse parse_type_use(bool with_names);
  /// The index of a type use that was just parsed; makes the type where the module has none.
  u32 resolve(const TypeUse& use);
  u32 implicit_type(std::span<const TypeRef> params, std::span<const TypeRef> results);
  /// A definition behind `(type`; its number is the next one. Definitions in groups are not shared with type uses, and their
  /// fields' names are not kept: so does wasm-tools.
  void parse_type(encode::Sink& sink, bool in_group);

  void write_global_type(encode::Sink& sink);
  struct TextLimits {
    u8 flags = 0;
    Limits limits;
  };
  TextLimits limits();
  void write_memory_type(encode::Sink& sink);
  void write_table_type(encode::Sink& sink);
  /// The logarithm in `(pagesize N)`, if it is there.
  std::optional<u32> page_size();

 private:
  bool try_val_type_keyword(TypeRef& type);
  void type_definition(encode::Sink& sink, u32 index, bool in_group);
  void composite_type(encode::Sink& sink, u32 index, bool in_group);
  void struct_type(encode::Sink& sink, u32 index, bool in_group);
  void field_type(encode::Sink& sink);

  std::array<SymbolTable, 8> names_;
  std::array<u32, 8> counts_{};
  std::unordered_map<u32, SymbolTable> struct_fields_;
  std::unordered_map<std::string, u32> by_signature_;
};

}  // namespace tenon::text
