#include "text/module_context.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "text/keywords.h"

namespace tenon::text {

using encode::Sink;

namespace {

struct SpaceInfo {
  std::string_view word;
  ErrorCode unknown;
  ErrorCode duplicate;
};

constexpr SpaceInfo kSpaceInfo[] = {
    {"func", ErrorCode::UnknownFunction, ErrorCode::DuplicateFunc},
    {"table", ErrorCode::UnknownTable, ErrorCode::DuplicateTable},
    {"memory", ErrorCode::UnknownMemory, ErrorCode::DuplicateMemory},
    {"global", ErrorCode::UnknownGlobal, ErrorCode::DuplicateGlobal},
    {"tag", ErrorCode::UnknownTag, ErrorCode::DuplicateTag},
    {"type", ErrorCode::UnknownType, ErrorCode::DuplicateType},
    {"elem", ErrorCode::UnknownElemSegment, ErrorCode::DuplicateElem},
    {"data", ErrorCode::UnknownDataSegment, ErrorCode::DuplicateData},
};

const SpaceInfo& info(Space space) {
  return kSpaceInfo[static_cast<u8>(space)];
}

std::string type_expected(bool with_numbers) {
  std::string message = "unexpected token, expected one of: ";
  if (with_numbers) {
#define NUM_TYPE(Name, text, code) message += "`" text "`, ";
#include "tenon/spec/types.def"
  }
  // wasm-tools' order, which is not the table's.
  for (std::string_view word : {"funcref", "externref", "exnref", "contref", "anyref", "eqref", "structref", "arrayref", "i31ref",
                                "nullfuncref", "nullexternref", "nullexnref", "nullcontref", "nullref"})
    message += fmt::format("`{}`, ", word);
  return message + "lparen";
}

std::string heap_expected() {
  std::string message = "unexpected token, expected one of: an index, left paren, absheaptype";
  return message;
}

}  // namespace

void write_heap(Sink& sink, const TypeRef& type) {
  if (!type.has(TypeRef::Concrete)) {
    encode::heap_type(sink, static_cast<AbstractHeap>(type.heap), type.has(TypeRef::Shared));
  } else if (type.has(TypeRef::Exact)) {
    sink.push_back(0x62);
    sink.uleb(type.index);
  } else {
    sink.sleb(type.index);
  }
}

void write_type(Sink& sink, const TypeRef& type) {
  if (type.code != 0) {
    sink.push_back(type.code);
    return;
  }
  if (!type.has(TypeRef::Nullable)) {
    sink.push_back(0x64);
  } else if (type.has(TypeRef::Concrete)) {
    sink.push_back(0x63);
  }
  write_heap(sink, type);
}

// ---- identifiers

void ModuleContext::declare(Space space) {
  u32 index = declare_unnamed(space);
  u64 offset = t.offset();
  std::string_view id;
  if (!t.try_id(id)) return;
  if (!names_[static_cast<u8>(space)].define(id, index)) duplicate(info(space).duplicate, info(space).word, offset);
}

void ModuleContext::duplicate(ErrorCode code, std::string_view what, u64 offset) {
  t.problem(Phase::Duplicate, code, offset, fmt::format("duplicate {} identifier", what));
}

void ModuleContext::declare_struct_field(u32 type, u32 field, std::string_view id, u64 offset) {
  if (struct_fields_[type].define(id, field)) return;
  t.problem(Phase::Duplicate, ErrorCode::DuplicateField, offset,
            fmt::format("duplicate identifier: duplicate field named `{}`", id));
}

void ModuleContext::unknown(ErrorCode code, std::string_view what, std::string_view id, u64 offset) {
  t.problem(Phase::Resolve, code, offset, fmt::format("unknown {}: failed to find name `${}`", what, id));
}

u32 ModuleContext::take_index(Space space, bool& by_id) {
  by_id = t.at(TokenKind::Id);
  if (by_id) {
    u64 offset = t.offset();
    std::string_view id;
    if (!t.try_id(id)) return 0;
    u32 index = names_[static_cast<u8>(space)].find(id);
    if (index == SymbolTable::kNone) {
      unknown(info(space).unknown, info(space).word, id, offset);
      return 0;
    }
    return index;
  }
  if (t.at(TokenKind::Number) && Tokens::is_integer(t.tok())) return t.take_u32();
  t.fail("unexpected token, expected an index or an identifier");
  return 0;
}

u32 ModuleContext::take_struct_field(u32 type) {
  if (!t.at(TokenKind::Id)) return take_index(Space::Func);  // a number: the space does not matter
  u64 offset = t.offset();
  std::string_view id;
  if (!t.try_id(id)) return 0;
  auto fields = struct_fields_.find(type);
  if (fields == struct_fields_.end()) {
    t.problem(Phase::Resolve, ErrorCode::UnknownField, offset,
              fmt::format("accessing a named field `{}` in a struct without named fields, type index {}", id, type));
    return 0;
  }
  u32 index = fields->second.find(id);
  if (index == SymbolTable::kNone) {
    unknown(ErrorCode::UnknownField, "field", id, offset);
    return 0;
  }
  return index;
}

bool ModuleContext::try_name_annotation(std::string_view& name) {
  if (!t.at_annotation("name")) return false;
  t.advance();
  t.advance();
  name = t.take_name();
  return t.take_rparen();
}

ItemName ModuleContext::take_item_name() {
  ItemName name;
  t.try_id(name.id);
  name.has_annotation = try_name_annotation(name.annotation);
  return name;
}

// ---- types

bool ModuleContext::try_val_type_keyword(TypeRef& type) {
  if (!t.at(TokenKind::Keyword)) return false;
  std::string_view word = t.tok().text();
  if (u8 code = find_num_type(word)) {
    type.code = code;
  } else if (auto heap = find_nullable_ref(word)) {
    type.flags = TypeRef::Nullable;
    type.heap = static_cast<u8>(*heap);
  } else {
    return false;
  }
  t.advance();
  return true;
}

TypeRef ModuleContext::val_type() {
  TypeRef type;
  if (try_val_type_keyword(type)) return type;
  if (!t.at(TokenKind::LParen)) {
    t.fail(type_expected(true));
    return type;
  }
  return ref_type();
}

bool ModuleContext::at_ref_type() {
  if (t.at(TokenKind::Keyword)) return find_nullable_ref(t.tok().text()).has_value();
  return t.at_paren("ref") || t.at_paren("shared");
}

TypeRef ModuleContext::ref_type() {
  TypeRef type;
  if (t.at(TokenKind::Keyword)) {
    if (auto heap = find_nullable_ref(t.tok().text())) {
      type.flags = TypeRef::Nullable;
      type.heap = static_cast<u8>(*heap);
      t.advance();
      return type;
    }
  }
  if (!t.at(TokenKind::LParen)) {
    t.fail(type_expected(false));
    return type;
  }
  t.advance();
  if (t.try_keyword("ref")) {
    bool nullable = t.try_keyword("null");
    type = heap_type();
    if (nullable) type.flags |= TypeRef::Nullable;
  } else if (t.try_keyword("shared")) {
    auto heap = t.at(TokenKind::Keyword) ? find_nullable_ref(t.tok().text()) : std::nullopt;
    if (!heap) {
      t.fail(type_expected(false));
      return type;
    }
    type.flags = TypeRef::Nullable | TypeRef::Shared;
    type.heap = static_cast<u8>(*heap);
    t.advance();
  } else {
    t.fail("unexpected token, expected `ref` or `shared`");
  }
  t.take_rparen();
  return type;
}

TypeRef ModuleContext::heap_type() {
  TypeRef type;
  auto concrete = [&](u8 flags) {
    bool by_id;
    type.index = take_index(Space::Type, by_id);
    type.flags = static_cast<u8>(TypeRef::Concrete | flags | (by_id ? TypeRef::ById : 0));
  };
  if (t.at_index()) {
    concrete(0);
    return type;
  }
  bool parens = t.at(TokenKind::LParen);
  if (parens) {
    t.advance();
    if (t.try_keyword("exact")) {
      concrete(TypeRef::Exact);
      t.take_rparen();
      return type;
    }
    if (!t.expect_keyword("shared")) return type;
    type.flags = TypeRef::Shared;
  }
  auto heap = t.at(TokenKind::Keyword) ? find_heap_type(t.tok().text()) : std::nullopt;
  if (!heap) {
    t.fail(heap_expected());
    return type;
  }
  type.heap = static_cast<u8>(*heap);
  t.advance();
  if (parens) t.take_rparen();
  return type;
}

TypeRef ModuleContext::storage_type() {
  TypeRef type;
  if (t.try_keyword("i8")) {
    type.code = 0x78;
  } else if (t.try_keyword("i16")) {
    type.code = 0x77;
  } else if (try_val_type_keyword(type)) {
    return type;
  } else if (at_ref_type()) {
    return ref_type();
  } else {
    t.fail("unexpected token, expected one of: `i8`, `i16`, valtype");
  }
  return type;
}

void ModuleContext::parse_func_type(bool with_names) {
  params.clear();
  results.clear();
  param_names.clear();
  for (;;) {
    if (t.at_paren("param")) {
      t.advance();
      if (!results.empty()) {
        t.fail(ErrorCode::UnexpectedToken, "result before parameter (or unexpected token): cannot list params after results");
        return;
      }
      t.advance();
      if (!t.at_end()) {
        ParamName name;
        if (with_names) {
          name.offset = t.offset();
          name.name = take_item_name();
        }
        params.push_back(val_type());
        if (with_names) param_names.push_back(name);
        while (!name.name.any() && !t.at_end()) {
          params.push_back(val_type());
          if (with_names) param_names.emplace_back();
        }
      }
    } else if (t.at_paren("result")) {
      t.advance();
      t.advance();
      while (!t.at_end()) results.push_back(val_type());
    } else {
      return;
    }
    t.take_rparen();
  }
}

TypeUse ModuleContext::parse_type_use(bool with_names) {
  TypeUse use;
  if (t.try_paren("type")) {
    use.has_index = true;
    use.offset = t.offset();
    use.index = take_index(Space::Type);
    t.take_rparen();
  }
  use.has_inline = t.at_paren("param") || t.at_paren("result");
  parse_func_type(with_names);
  return use;
}

namespace {

bool same_types(std::span<const TypeRef> a, std::span<const TypeRef> b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!a[i].same(b[i])) return false;
  return true;
}

// A function type's parameters and results as a key.
std::string signature(std::span<const TypeRef> params, std::span<const TypeRef> results) {
  std::string key;
  auto count = static_cast<u32>(params.size());
  key.resize(sizeof count + (params.size() + results.size()) * sizeof(TypeRef));
  std::memcpy(key.data(), &count, sizeof count);
  if (!params.empty()) std::memcpy(key.data() + sizeof count, params.data(), params.size_bytes());
  if (!results.empty()) std::memcpy(key.data() + sizeof count + params.size_bytes(), results.data(), results.size_bytes());
  return key;
}

}  // namespace

u32 ModuleContext::resolve(const TypeUse& use) {
  if (!use.has_index) return implicit_type(params, results);
  if (use.has_inline && !t.failed()) {
    if (use.index >= types.size()) {
      t.problem(Phase::Resolve, ErrorCode::UnknownType, use.offset, "unknown type: type index out of bounds");
    } else if (!types[use.index].is_func) {
      t.problem(Phase::Resolve, ErrorCode::InlineFunctionType, use.offset, "invalid type: not a function type");
    } else if (!same_types(params_of(types[use.index]), params) || !same_types(results_of(types[use.index]), results)) {
      t.problem(Phase::Resolve, ErrorCode::InlineFunctionType, use.offset, "inline function type doesn't match type reference");
    }
  }
  return use.index;
}

u32 ModuleContext::implicit_type(std::span<const TypeRef> of_params, std::span<const TypeRef> of_results) {
  if (t.failed()) return 0;
  auto [at, fresh] = by_signature_.try_emplace(signature(of_params, of_results), static_cast<u32>(types.size()));
  if (!fresh) return at->second;
  u32 first = static_cast<u32>(type_refs.size());
  Sink& sink = out.types.item();
  sink.push_back(0x60);
  for (std::span<const TypeRef> list : {of_params, of_results}) {
    sink.uleb(list.size());
    for (const TypeRef& type : list) {
      write_type(sink, type);
      type_refs.push_back(type);
    }
  }
  types.push_back({true, first, static_cast<u32>(of_params.size()), static_cast<u32>(of_results.size())});
  return at->second;
}

void ModuleContext::parse_type(Sink& sink, bool in_group) {
  auto index = static_cast<u32>(types.size());
  ItemName name = take_item_name();
  if (name.any()) out.names.map(encode::NameKind::Type).add(index, name.view());
  if (!t.take_lparen()) return;
  type_definition(sink, index, in_group);
  t.take_rparen();
  // Where it failed, or defines something else than a function: the index is taken all the same.
  if (types.size() == index) types.push_back({});
}

void ModuleContext::type_definition(Sink& sink, u32 index, bool in_group) {
  bool sub = t.try_keyword("sub");
  if (sub) {
    bool is_final = t.try_keyword("final");
    bool has_super = t.at_index();
    u32 super = has_super ? take_index(Space::Type) : 0;
    if (has_super || !is_final) {
      sink.push_back(is_final ? 0x4f : 0x50);
      sink.push_back(has_super ? 1 : 0);
      if (has_super) sink.uleb(super);
    }
    if (!t.take_lparen()) return;
  }
  bool shared = t.try_keyword("shared");
  if (shared) {
    sink.push_back(0x65);
    if (!t.take_lparen()) return;
  }
  auto clause = [&](std::string_view word, u8 code) {
    if (!t.try_keyword(word)) return true;
    sink.push_back(code);
    sink.uleb(take_index(Space::Type));
    if (!t.at(TokenKind::RParen) || !t.peek().is(TokenKind::LParen)) {
      t.fail("expected `(`");
      return false;
    }
    t.advance();
    t.advance();
    return true;
  };
  if (!clause("describes", 0x4c) || !clause("descriptor", 0x4d)) return;
  composite_type(sink, index, in_group);
  if (shared) t.take_rparen();
  if (sub) t.take_rparen();
}

void ModuleContext::composite_type(Sink& sink, u32 index, bool in_group) {
  if (t.try_keyword("func")) {
    parse_func_type(true);
    if (t.failed()) return;
    sink.push_back(0x60);
    auto first = static_cast<u32>(type_refs.size());
    for (const std::vector<TypeRef>* list : {&params, &results}) {
      sink.uleb(list->size());
      for (const TypeRef& type : *list) {
        write_type(sink, type);
        type_refs.push_back(type);
      }
    }
    types.push_back({true, first, static_cast<u32>(params.size()), static_cast<u32>(results.size())});
    if (!in_group) by_signature_.try_emplace(signature(params, results), index);
  } else if (t.try_keyword("struct")) {
    struct_type(sink, index, in_group);
  } else if (t.try_keyword("array")) {
    sink.push_back(0x5e);
    field_type(sink);
  } else if (t.try_keyword("cont")) {
    sink.push_back(0x5d);
    sink.sleb(take_index(Space::Type));
  } else {
    t.fail("unexpected token, expected one of: `func`, `struct`, `array`, `cont`");
  }
}

void ModuleContext::struct_type(Sink& sink, u32 index, bool in_group) {
  Sink fields;
  encode::NameMap names;
  u32 count = 0;
  while (!t.at_end()) {
    if (!t.take_lparen() || !t.expect_keyword("field")) return;
    u64 offset = t.offset();
    std::string_view id;
    if (t.try_id(id)) {
      declare_struct_field(index, count, id, offset);
      names.add(count++, id);
      field_type(fields);
    } else {
      for (; !t.at_end(); ++count) field_type(fields);
    }
    t.take_rparen();
  }
  sink.push_back(0x5f);
  sink.uleb(count);
  sink.bytes(fields.view());
  if (!in_group && !names.empty()) out.names.indirect(encode::NameKind::Field).add(index, names);
}

void ModuleContext::field_type(Sink& sink) {
  bool is_mutable = t.try_paren("mut");
  write_type(sink, storage_type());
  sink.push_back(is_mutable ? 1 : 0);
  if (is_mutable) t.take_rparen();
}

void ModuleContext::write_global_type(Sink& sink) {
  bool shared = false, is_mutable = false;
  // `(shared i32)` is a shared global, `(shared anyref)` too: a shared reference stands in a parenthesis of its own.
  bool parens = t.at(TokenKind::LParen) && (t.peek().is_keyword("mut") || t.peek().is_keyword("shared"));
  if (parens) {
    t.advance();
    shared = t.try_keyword("shared");
    is_mutable = t.try_keyword("mut");
  }
  write_type(sink, val_type());
  if (parens) t.take_rparen();
  sink.push_back(static_cast<u8>((is_mutable ? 1 : 0) | (shared ? 2 : 0)));
}

ModuleContext::TextLimits ModuleContext::limits() {
  TextLimits out_limits;
  if (t.try_keyword("i64")) {
    out_limits.flags = encode::limit_flags::kIs64;
  } else {
    t.try_keyword("i32");
  }
  out_limits.limits.min = t.take_uint(64, "u64");
  if (Tokens::is_integer(t.tok())) {
    out_limits.limits.max = t.take_uint(64, "u64");
    out_limits.flags |= encode::limit_flags::kHasMax;
  }
  return out_limits;
}

std::optional<u32> ModuleContext::page_size() {
  if (!t.try_paren("pagesize")) return std::nullopt;
  u64 offset = t.offset();
  u32 size = t.take_u32();
  if (!t.failed() && !std::has_single_bit(size)) {
    t.fail_at(offset, ErrorCode::InvalidCustomPageSize, fmt::format("invalid custom page size: {}", size));
    return std::nullopt;
  }
  t.take_rparen();
  return static_cast<u32>(std::countr_zero(size));
}

void ModuleContext::write_memory_type(Sink& sink) {
  TextLimits text = limits();
  if (t.try_keyword("shared")) text.flags |= encode::limit_flags::kShared;
  auto log2 = page_size();
  if (log2) text.flags |= encode::limit_flags::kPageSize;
  encode::limits(sink, text.flags, text.limits);
  if (log2) sink.uleb(*log2);
}

void ModuleContext::write_table_type(Sink& sink) {
  bool shared = t.try_keyword("shared");
  TextLimits text = limits();
  if (shared) text.flags |= encode::limit_flags::kShared;
  write_type(sink, ref_type());
  encode::limits(sink, text.flags, text.limits);
}

}  // namespace tenon::text
