#include "text/module_parser.h"

#include <fmt/format.h>

#include "tenon/spec/errors.h"

namespace tenon::text {

using encode::NameKind;
using encode::Sink;

void ModuleParser::parse_source() {
  t_.seek(t_.source().data());
  if (t_.at(TokenKind::Eof) && !t_.lexer().skipped_annotation()) {
    t_.fail(ErrorCode::UnexpectedToken, "expected at least one module field");
    return;
  }
  if (t_.peek().is(TokenKind::Error)) {
    t_.fail("expected `(`");
    return;
  }
  if (t_.at_paren("component")) {
    t_.fail(ErrorCode::Unsupported, "components are not supported yet");
    return;
  }
  bool wrapped = t_.at_paren("module");
  if (wrapped) {
    t_.advance();
    t_.advance();
  }
  body(wrapped);
  if (wrapped && !t_.failed()) t_.take_rparen();
  if (!t_.failed() && !t_.at(TokenKind::Eof)) t_.fail("extra tokens remaining after parse");
}

void ModuleParser::parse_module_at(u64 at) {
  t_.seek(t_.source().data() + at);
  body(true);
  if (!t_.failed()) t_.take_rparen();
}

Result<std::vector<u8>> ModuleParser::finish() {
  if (is_binary_) return std::move(binary_);
  if (cx_.uses_data_count) cx_.out.data_count = cx_.count(Space::Data);
  if (dwarf_) dwarf_->finish(static_cast<u32>(cx_.out.code.bytes().size()), cx_.out);
  return cx_.out.finish();
}

// What stands behind the keyword `module`, up to its closing parenthesis.
void ModuleParser::body(bool wrapped) {
  if (wrapped) {
    ItemName module_name = cx_.take_item_name();
    has_module_name_ = module_name.has_annotation;
    if (module_name.any()) cx_.out.names.module(module_name.view());
    if (t_.at_keyword("binary")) {
      binary();
      return;
    }
  }
  if (t_.failed()) return;
  const char* begin = t_.tok().begin;
  t_.set_quiet(true);
  declare_fields();
  t_.set_quiet(false);
  t_.seek(begin);
  parse_types();
  parse_fields();
}

void ModuleParser::binary() {
  is_binary_ = true;
  t_.advance();
  while (!t_.at_end()) {
    Bytes bytes = as_bytes(t_.take_bytes());
    binary_.insert(binary_.end(), bytes.begin(), bytes.end());
  }
}

// ---- the first pass

ModuleParser::FieldKind ModuleParser::field_kind(const Token& token) {
  if (token.is(TokenKind::Annotation)) {
    for (std::string_view name : {"custom", "producers", "dylink.0"})
      if (Tokens::is_annotation(token, name)) return FieldKind::Annotation;
    return FieldKind::Other;
  }
  if (!token.is(TokenKind::Keyword)) return FieldKind::Other;
  std::string_view word = token.text();
  if (word == "func") return FieldKind::Func;
  constexpr std::pair<std::string_view, FieldKind> kKinds[] = {
      {"type", FieldKind::Type},     {"rec", FieldKind::Rec},       {"import", FieldKind::Import}, {"table", FieldKind::Table},
      {"memory", FieldKind::Memory}, {"global", FieldKind::Global}, {"export", FieldKind::Export}, {"start", FieldKind::Start},
      {"elem", FieldKind::Elem},     {"data", FieldKind::Data},     {"tag", FieldKind::Tag},
  };
  for (const auto& [text, kind] : kKinds)
    if (word == text) return kind;
  return FieldKind::Other;
}

void ModuleParser::declare_fields() {
  fields_end_ = t_.tok().begin;
  while (t_.at(TokenKind::LParen)) {
    const char* begin = t_.tok().begin;
    t_.advance();
    FieldKind kind = field_kind(t_.tok());
    fields_.push_back({begin, kind});
    declare_field(kind);
    fields_end_ = t_.lexer().skip_to_close(kind == FieldKind::Func && !t_.failed() ? t_.tok().begin : begin + 1);
    t_.seek(fields_end_);
  }
}

void ModuleParser::declare_field(FieldKind kind) {
  // Whether `(word` stands directly in the field: tables and memories may bring a segment with them.
  auto has_child = [&](std::string_view word) {
    while (!t_.at_end() && !t_.at(TokenKind::Error)) {
      if (t_.at_paren(word)) return true;
      if (t_.at(TokenKind::LParen)) {
        t_.seek(t_.lexer().skip_to_close(t_.tok().end));
      } else {
        t_.advance();
      }
    }
    return false;
  };
  if (kind != FieldKind::Other && kind != FieldKind::Annotation) t_.advance();
  switch (kind) {
    case FieldKind::Type:
      cx_.declare(Space::Type);
      break;
    case FieldKind::Rec:
      while (t_.try_paren("type")) {
        cx_.declare(Space::Type);
        t_.seek(t_.lexer().skip_to_close(t_.failed() ? t_.lexer().end() : t_.tok().begin));
      }
      break;
    case FieldKind::Import:
      declare_import();
      break;
    case FieldKind::Func:
      cx_.declare(Space::Func);
      break;
    case FieldKind::Table:
      cx_.declare(Space::Table);
      if (has_child("elem")) cx_.declare_unnamed(Space::Elem);
      break;
    case FieldKind::Memory:
      cx_.declare(Space::Memory);
      if (has_child("data")) cx_.declare_unnamed(Space::Data);
      break;
    case FieldKind::Global:
      cx_.declare(Space::Global);
      break;
    case FieldKind::Tag:
      cx_.declare(Space::Tag);
      break;
    case FieldKind::Elem:
      cx_.declare(Space::Elem);
      break;
    case FieldKind::Data:
      cx_.declare(Space::Data);
      break;
    case FieldKind::Export:
    case FieldKind::Start:
    case FieldKind::Annotation:
    case FieldKind::Other:
      break;
  }
}

void ModuleParser::declare_import() {
  t_.take_name();
  if (!t_.at(TokenKind::LParen)) {
    t_.take_name();
    declare_item(1);
    return;
  }
  u32 names = 0;
  while (t_.at_paren("item")) {
    const char* open = t_.tok().end;
    t_.advance();
    t_.advance();
    t_.take_name();
    if (t_.at_end()) {
      ++names;
    } else {
      declare_item(1);
    }
    t_.seek(t_.lexer().skip_to_close(open));
  }
  if (names != 0) declare_item(names);
}

// `(func $id ...`
void ModuleParser::declare_item(u32 times) {
  if (!t_.take_lparen()) return;
  Space space;
  switch (field_kind(t_.tok())) {
    case FieldKind::Func:
      space = Space::Func;
      break;
    case FieldKind::Table:
      space = Space::Table;
      break;
    case FieldKind::Memory:
      space = Space::Memory;
      break;
    case FieldKind::Global:
      space = Space::Global;
      break;
    case FieldKind::Tag:
      space = Space::Tag;
      break;
    default:
      return;
  }
  t_.advance();
  cx_.declare(space);
  for (u32 i = 1; i < times; ++i) cx_.declare_unnamed(space);
}

// ---- the second pass

void ModuleParser::parse_types() {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const Field& field = fields_[i];
    if (field.kind != FieldKind::Type && field.kind != FieldKind::Rec) continue;
    t_.seek(field.begin);
    t_.advance();
    t_.advance();
    Sink& sink = cx_.out.types.item();
    if (field.kind == FieldKind::Type) {
      cx_.parse_type(sink, false);
    } else {
      scratch_.clear();
      u32 count = 0;
      for (; t_.try_paren("type"); ++count) {
        cx_.parse_type(scratch_, true);
        t_.take_rparen();
      }
      sink.push_back(0x4e);
      sink.uleb(count);
      sink.bytes(scratch_.view());
    }
    t_.take_rparen();
  }
}

void ModuleParser::parse_fields() {
  for (const Field& field : fields_) {
    if (field.kind == FieldKind::Type || field.kind == FieldKind::Rec) continue;
    t_.seek(field.begin);
    t_.advance();
    parse_field(field.kind);
    t_.take_rparen();
  }
  bool failed_last = t_.failed();
  t_.seek(fields_end_);
  if (!t_.at_end() && !failed_last) t_.fail("expected `(`");
  // Where the last field is not closed, it was said already that something is missing.
  if (failed_last && t_.at(TokenKind::Eof)) t_.stop();
}

void ModuleParser::parse_field(FieldKind kind) {
  if (kind == FieldKind::Other) {
    bool second_name = has_module_name_ && Tokens::is_annotation(t_.tok(), "name") && t_.tok().begin == fields_.front().begin + 1;
    ErrorCode code = second_name ? ErrorCode::NameMultipleModule : t_.code_for(t_.tok());
    t_.fail(code, "expected valid module field");
    return;
  }
  if (kind == FieldKind::Annotation) {
    parse_annotation();
    return;
  }
  switch (kind) {
    case FieldKind::Import:
      parse_import();
      break;
    case FieldKind::Func:
      parse_func();
      break;
    case FieldKind::Table:
      parse_table();
      break;
    case FieldKind::Memory:
      parse_memory();
      break;
    case FieldKind::Global:
      parse_global();
      break;
    case FieldKind::Tag:
      parse_tag();
      break;
    case FieldKind::Export:
      parse_export();
      break;
    case FieldKind::Start:
      parse_start();
      break;
    case FieldKind::Elem:
      parse_elem();
      break;
    case FieldKind::Data:
      parse_data();
      break;
    default:
      break;
  }
}

void ModuleParser::name(NameKind kind, u32 index, const ItemName& name) {
  if (name.any() && !t_.failed()) cx_.out.names.map(kind).add(index, name.view());
}

// ---- imports and exports

namespace {

struct KindInfo {
  std::string_view word;
  Space space;
  NameKind names;
};

// By ExternKind.
constexpr KindInfo kKindInfo[] = {
    {"func", Space::Func, NameKind::Func},       {"table", Space::Table, NameKind::Table},
    {"memory", Space::Memory, NameKind::Memory}, {"global", Space::Global, NameKind::Global},
    {"tag", Space::Tag, NameKind::Tag},
};

// The kind of an import of a function whose type must match exactly.
constexpr u8 kExactFunc = 0x20;

}  // namespace

// An import that stands at `offset`: none may follow a definition.
void ModuleParser::start_import(u64 offset) {
  if (last_definition_.empty()) return;
  ErrorCode code = last_definition_ == "function" ? ErrorCode::ImportAfterFunction
                   : last_definition_ == "global" ? ErrorCode::ImportAfterGlobal
                   : last_definition_ == "table"  ? ErrorCode::ImportAfterTable
                                                  : ErrorCode::ImportAfterMemory;
  t_.problem(Phase::ImportOrder, code, offset, fmt::format("import after {}", last_definition_));
}

void ModuleParser::parse_import() {
  u64 offset = t_.offset();
  t_.advance();
  start_import(offset);
  std::string_view module = t_.take_name();
  if (!t_.at(TokenKind::LParen)) {
    std::string_view field = t_.take_name();
    Sink& sink = cx_.out.imports.item();
    sink.name(module);
    sink.name(field);
    ItemName item;
    u8 kind = import_item(sink, item);
    name_import(kind, item, 1);
    return;
  }
  // Several items of one module: each with its type, or all of one type.
  Sink items;
  u32 typed = 0, names = 0;
  while (t_.try_paren("item")) {
    items.name(t_.take_name());
    bool has_type = !t_.at_end();
    if (has_type) {
      ItemName item;
      u8 kind = import_item(items, item);
      name_import(kind, item, 1);
    }
    t_.take_rparen();
    ++(has_type ? typed : names);
    if (typed != 0 && names != 0) t_.fail(has_type ? "unexpected import type" : "unexpected `)`");
  }
  if (typed == 0 && names == 0) {
    t_.fail("expected import items");
    return;
  }
  Sink& sink = cx_.out.imports.item();
  sink.name(module);
  sink.push_back(0);
  sink.push_back(typed != 0 ? 0x7f : 0x7e);
  if (typed == 0) {
    ItemName item;
    u64 id_offset = 0;
    u8 kind = import_item(sink, item, &id_offset);
    if (!item.id.empty()) t_.fail_at(id_offset, ErrorCode::UnexpectedToken, "identifier not allowed");
    name_import(kind, item, names);
  }
  sink.uleb(typed + names);
  sink.bytes(items.view());
}

// `(func $id type)` and its like: writes kind and type, returns the kind.
u8 ModuleParser::import_item(Sink& sink, ItemName& item, u64* id_offset) {
  if (!t_.take_lparen()) return 0;
  u8 kind = 0;
  while (kind < std::size(kKindInfo) && !t_.at_keyword(kKindInfo[kind].word)) ++kind;
  if (kind == std::size(kKindInfo)) {
    t_.fail("unexpected token, expected one of: `func`, `table`, `memory`, `global`, `tag`");
    return 0;
  }
  t_.advance();
  if (id_offset != nullptr) *id_offset = t_.offset();
  t_.try_id(item.id);
  switch (static_cast<ExternKind>(kind)) {
    case ExternKind::Func: {
      item.has_annotation = cx_.try_name_annotation(item.annotation);
      bool exact = t_.try_paren("exact");
      sink.push_back(exact ? kExactFunc : kind);
      sink.uleb(cx_.resolve(cx_.parse_type_use(true)));
      if (exact) t_.take_rparen();
      break;
    }
    case ExternKind::Table:
      sink.push_back(kind);
      cx_.write_table_type(sink);
      break;
    case ExternKind::Memory:
      sink.push_back(kind);
      cx_.write_memory_type(sink);
      break;
    case ExternKind::Global:
      sink.push_back(kind);
      cx_.write_global_type(sink);
      break;
    case ExternKind::Tag:
      sink.push_back(kind);
      sink.push_back(0);
      sink.uleb(cx_.resolve(cx_.parse_type_use(true)));
      break;
  }
  t_.take_rparen();
  return kind;
}

void ModuleParser::name_import(u8 kind, const ItemName& item, u32 times) {
  for (u32 i = 0; i < times; ++i) name(kKindInfo[kind].names, next(kKindInfo[kind].space), item);
}

// Only what is a whole `(import "module" "field")` is one; anything else is for what may follow.
bool ModuleParser::inline_import(InlineImport& import) {
  if (!t_.at_paren_of_strings("import", 2)) return false;
  t_.advance();
  t_.advance();
  import.module = t_.take_name();
  import.field = t_.take_name();
  t_.take_rparen();
  return true;
}

void ModuleParser::import_header(Sink& sink, const InlineImport& import) {
  sink.name(import.module);
  sink.name(import.field);
}

// Each a whole `(export "name")`, as for imports.
void ModuleParser::inline_exports(ExternKind kind, u32 index) {
  while (t_.at_paren_of_strings("export", 1)) {
    t_.advance();
    t_.advance();
    std::string_view export_name = t_.take_name();
    t_.take_rparen();
    if (!t_.failed()) cx_.out.exports.add(export_name, kind, index);
  }
}

void ModuleParser::parse_export() {
  t_.advance();
  std::string_view export_name = t_.take_name();
  if (!t_.take_lparen()) return;
  u8 kind = 0;
  while (kind < std::size(kKindInfo) && !t_.at_keyword(kKindInfo[kind].word)) ++kind;
  if (kind == std::size(kKindInfo)) {
    t_.fail("unexpected token, expected one of: `func`, `table`, `memory`, `global`, `tag`");
    return;
  }
  t_.advance();
  u32 index = cx_.take_index(kKindInfo[kind].space);
  t_.take_rparen();
  if (!t_.failed()) cx_.out.exports.add(export_name, static_cast<ExternKind>(kind), index);
}

void ModuleParser::parse_start() {
  u64 offset = t_.offset();
  t_.advance();
  u32 index = cx_.take_index(Space::Func);
  if (has_start_) t_.problem(Phase::Resolve, ErrorCode::MultipleStartSections, offset, "multiple start sections found");
  has_start_ = true;
  cx_.out.starts.push_back(FuncIndex(index));
}

// ---- functions

void ModuleParser::parse_func() {
  u64 offset = t_.offset();
  t_.advance();
  ItemName item = cx_.take_item_name();
  u32 index = next(Space::Func);
  inline_exports(ExternKind::Func, index);
  InlineImport import;
  if (inline_import(import)) {
    start_import(offset);
    name(NameKind::Func, index, item);
    bool exact = t_.try_paren("exact");
    TypeUse use = cx_.parse_type_use(true);
    Sink& sink = cx_.out.imports.item();
    import_header(sink, import);
    sink.push_back(exact ? kExactFunc : static_cast<u8>(ExternKind::Func));
    sink.uleb(cx_.resolve(use));
    if (exact) t_.take_rparen();
    return;
  }
  last_definition_ = "function";
  name(NameKind::Func, index, item);
  TypeUse use = cx_.parse_type_use(true);
  u32 type = cx_.resolve(use);
  cx_.out.functions.item().uleb(type);

  expressions_.start_function();
  local_names_.clear();
  // Without parameters in the text the type says how many there are; where it is no function's, numbers of locals mean nothing.
  bool locals_known = true;
  u32 params = 0;
  if (use.has_inline) {
    for (const ParamName& param : cx_.param_names) {
      expressions_.add_local(param.name.id, param.offset);
      if (param.name.any()) local_names_.add(params, param.name.view());
      ++params;
    }
  } else if (use.has_index) {
    locals_known = type < cx_.types.size() && cx_.types[type].is_func;
    if (locals_known) params = cx_.types[type].params;
    for (u32 i = 0; i < params; ++i) expressions_.add_local({}, 0);
  }

  Sink& code = cx_.out.code.item();
  std::size_t start = code.size();
  func_locals(params);
  locals_.write(code);
  expressions_.function_body(code, start);
  encode::end(code);
  u32 body_size = static_cast<u32>(code.size() - start);
  code.prefix_size(start);

  if (t_.failed()) return;
  if (dwarf_) func_dwarf(index, item, offset, type, body_size);
  if (locals_known && !local_names_.empty()) cx_.out.names.indirect(NameKind::Local).add(index, local_names_);
  if (!expressions_.label_names().empty()) cx_.out.names.indirect(NameKind::Label).add(index, expressions_.label_names());
  if (!expressions_.hints().empty()) cx_.out.branch_hints.function(FuncIndex(index), expressions_.hints());
}

void ModuleParser::func_dwarf(u32 index, const ItemName& name, u64 offset, u32 type, u32 body_size) {
  DwarfWriter::Function function;
  std::vector<u8> codes;
  if (type < cx_.types.size() && cx_.types[type].is_func)
    for (const TypeRef& param : cx_.params_of(cx_.types[type])) codes.push_back(DwarfWriter::shown(param.code));
  function.params = static_cast<u32>(codes.size());
  codes.insert(codes.end(), local_codes_.begin(), local_codes_.end());
  function.name = name.any() ? name.view() : std::string_view();
  function.index = index;
  function.source = offset;
  function.begin = static_cast<u32>(cx_.out.code.bytes().size() - body_size);
  function.size = body_size;
  function.places = expressions_.places();
  function.locals = codes;
  dwarf_->add(function);
}

void ModuleParser::generate_dwarf(const ParseOptions& options) {
  dwarf_.emplace(t_.source(), options);
  expressions_.record_places();
}

void ModuleParser::func_locals(u32 index) {
  locals_.clear();
  local_codes_.clear();
  auto local = [&](const ItemName& item, u64 offset) {
    TypeRef type = cx_.val_type();
    scratch_.clear();
    write_type(scratch_, type);
    locals_.add(scratch_.view());
    if (dwarf_) local_codes_.push_back(DwarfWriter::shown(type.code));
    expressions_.add_local(item.id, offset);
    if (item.any()) local_names_.add(index, item.view());
    ++index;
  };
  while (t_.try_paren("local")) {
    if (!t_.at_end()) {
      u64 offset = t_.offset();
      ItemName item = cx_.take_item_name();
      local(item, offset);
      while (!item.any() && !t_.at_end()) local({}, 0);
    }
    t_.take_rparen();
  }
}

// ---- tables and element segments

void ModuleParser::parse_table() {
  u64 offset = t_.offset();
  t_.advance();
  ItemName item = cx_.take_item_name();
  u32 index = next(Space::Table);
  inline_exports(ExternKind::Table, index);
  bool has_word = t_.at_keyword("shared") || t_.at_keyword("i32") || t_.at_keyword("i64");
  bool then_type =
      has_word && (t_.peek().is(TokenKind::LParen) || (t_.peek().is(TokenKind::Keyword) && t_.peek().text().ends_with("ref")));
  if (cx_.at_ref_type() || then_type) {
    last_definition_ = "table";
    name(NameKind::Table, index, item);
    table_with_elements(cx_.out.tables.item(), index);
    return;
  }
  InlineImport import;
  if (has_word || Tokens::is_integer(t_.tok())) {
    last_definition_ = "table";
    name(NameKind::Table, index, item);
    scratch_.clear();
    cx_.write_table_type(scratch_);
    Sink& sink = cx_.out.tables.item();
    bool has_init = !t_.at_end();
    if (has_init) {
      sink.push_back(0x40);
      sink.push_back(0);
    }
    sink.bytes(scratch_.view());
    if (has_init) {
      expressions_.constant(sink);
      encode::end(sink);
    }
  } else if (inline_import(import)) {
    start_import(offset);
    item.has_annotation = false;
    name(NameKind::Table, index, item);
    Sink& sink = cx_.out.imports.item();
    import_header(sink, import);
    sink.push_back(static_cast<u8>(ExternKind::Table));
    cx_.write_table_type(sink);
  } else {
    t_.fail("unexpected token, expected one of: `shared`, `i32`, `i64`, reftype, u64");
  }
}

// `reftype (elem ...)`: a table of just the size of its elements, and an active segment.
void ModuleParser::table_with_elements(Sink& sink, u32 index) {
  u8 flags = encode::limit_flags::kHasMax;
  if (t_.try_keyword("shared")) flags |= encode::limit_flags::kShared;
  bool is_64 = t_.try_keyword("i64");
  if (is_64)
    flags |= encode::limit_flags::kIs64;
  else
    t_.try_keyword("i32");
  ElemHead head;
  head.mode = 0;
  head.has_table = true;
  head.table = index;
  head.type = cx_.ref_type();
  ++next_[static_cast<u8>(Space::Elem)];
  if (!t_.take_lparen() || !t_.expect_keyword("elem")) return;
  bool as_indices = !t_.at(TokenKind::LParen);
  head.expressions = !as_indices || !head.type.is_funcref();
  Sink offset;
  if (is_64)
    encode::i64_const(offset, 0);
  else
    encode::i32_const(offset, 0);
  u32 count = elem_items(head, offset.view(), as_indices);
  t_.take_rparen();
  write_type(sink, head.type);
  encode::limits(sink, flags, Limits{count, count});
}

void ModuleParser::parse_elem() {
  t_.advance();
  ItemName item = cx_.take_item_name();
  name(NameKind::Elem, next(Space::Elem), item);
  ElemHead head;
  Sink offset;
  bool table_omitted = false;
  if (t_.try_keyword("declare")) {
    head.mode = 3;
  } else if (Tokens::is_integer(t_.tok()) || (t_.at(TokenKind::LParen) && !cx_.at_ref_type())) {
    head.mode = 0;
    if (Tokens::is_integer(t_.tok())) {
      table_omitted = true;
      head.has_table = true;
      head.table = t_.take_u32();
    } else if (t_.try_paren("table")) {
      head.has_table = true;
      head.table = cx_.take_index(Space::Table);
      t_.take_rparen();
    } else {
      table_omitted = true;
    }
    constant_or_folded(offset, "offset");
  }
  bool as_indices;
  if (t_.try_keyword("func")) {
    as_indices = true;
  } else {
    as_indices = table_omitted && !cx_.at_ref_type();
    if (!as_indices) head.type = cx_.ref_type();
  }
  head.expressions = !as_indices;
  elem_items(head, offset.view(), as_indices);
}

// `(word expression)`, or one folded instruction.
void ModuleParser::constant_or_folded(Sink& to, std::string_view word, bool lenient) {
  if (t_.try_paren(word)) {
    expressions_.constant(to);
    t_.take_rparen();
  } else {
    expressions_.folded_constant(to, lenient);
  }
}

// The elements up to the closing parenthesis, and with them the whole segment; returns how many there are.
u32 ModuleParser::elem_items(const ElemHead& head, Bytes offset, bool as_indices) {
  Sink items;
  u32 count = 0;
  for (; !t_.at_end(); ++count) {
    if (as_indices) {
      if (head.expressions) encode::op(items, Op::RefFunc);
      items.uleb(cx_.take_index(Space::Func));
    } else {
      constant_or_folded(items, "item");
    }
    if (head.expressions) encode::end(items);
  }
  Sink& sink = cx_.out.elements.item();
  u8 expression_bit = head.expressions ? 4 : 0;
  // The short form of active segments knows neither table nor type.
  bool is_short = head.mode == 0 && !head.has_table && (!head.expressions || head.type.is_funcref());
  u8 mode = head.mode != 0 ? head.mode : is_short ? 0 : 2;
  sink.push_back(mode | expression_bit);
  if (mode == 2) sink.uleb(head.table);
  if (head.mode == 0) {
    sink.bytes(offset);
    encode::end(sink);
  }
  if (mode != 0) {
    if (head.expressions)
      write_type(sink, head.type);
    else
      sink.push_back(0);
  }
  sink.uleb(count);
  sink.bytes(items.view());
  return count;
}

// ---- memories and data segments

void ModuleParser::parse_memory() {
  u64 offset = t_.offset();
  t_.advance();
  ItemName item = cx_.take_item_name();
  u32 index = next(Space::Memory);
  inline_exports(ExternKind::Memory, index);
  InlineImport import;
  bool has_word = t_.at_keyword("i32") || t_.at_keyword("i64");
  if (inline_import(import)) {
    start_import(offset);
    item.has_annotation = false;
    name(NameKind::Memory, index, item);
    Sink& sink = cx_.out.imports.item();
    import_header(sink, import);
    sink.push_back(static_cast<u8>(ExternKind::Memory));
    cx_.write_memory_type(sink);
    return;
  }
  if (t_.at(TokenKind::LParen) || (has_word && t_.peek().is(TokenKind::LParen))) {
    last_definition_ = "memory";
    name(NameKind::Memory, index, item);
    memory_with_data(cx_.out.memories.item(), index);
  } else if (has_word || Tokens::is_integer(t_.tok())) {
    last_definition_ = "memory";
    name(NameKind::Memory, index, item);
    cx_.write_memory_type(cx_.out.memories.item());
  } else {
    t_.fail("unexpected token, expected one of: left paren, u32, `i32`, `i64`");
  }
}

// `(data ...)`: a memory of as many pages as its data needs, and an active segment.
void ModuleParser::memory_with_data(Sink& sink, u32 index) {
  u8 flags = encode::limit_flags::kHasMax;
  bool is_64 = t_.try_keyword("i64");
  if (is_64)
    flags |= encode::limit_flags::kIs64;
  else
    t_.try_keyword("i32");
  auto log2 = cx_.page_size();
  if (log2) flags |= encode::limit_flags::kPageSize;
  if (!t_.take_lparen() || !t_.expect_keyword("data")) return;
  Sink& data = cx_.out.data.item();
  ++next_[static_cast<u8>(Space::Data)];
  data.push_back(index == 0 ? 0 : 2);
  if (index != 0) data.uleb(index);
  if (is_64)
    encode::i64_const(data, 0);
  else
    encode::i32_const(data, 0);
  encode::end(data);
  std::size_t start = data.size();
  data_values(data);
  u64 page = u64{1} << log2.value_or(16);
  u64 pages = (data.size() - start + page - 1) / page;
  data.prefix_size(start);
  t_.take_rparen();
  encode::limits(sink, flags, Limits{pages, pages});
  if (log2) sink.uleb(*log2);
}

void ModuleParser::parse_data() {
  t_.advance();
  ItemName item = cx_.take_item_name();
  name(NameKind::Data, next(Space::Data), item);
  Sink& sink = cx_.out.data.item();
  if (t_.at(TokenKind::String) || t_.at(TokenKind::RParen)) {
    sink.push_back(1);
  } else {
    u32 memory = 0;
    if (Tokens::is_integer(t_.tok())) {
      memory = t_.take_u32();
    } else if (t_.try_paren("memory")) {
      memory = cx_.take_index(Space::Memory);
      t_.take_rparen();
    }
    sink.push_back(memory == 0 ? 0 : 2);
    if (memory != 0) sink.uleb(memory);
    if (!t_.at(TokenKind::LParen)) {
      t_.fail("expected `(`");
      return;
    }
    constant_or_folded(sink, "offset", true);
    encode::end(sink);
  }
  std::size_t start = sink.size();
  data_values(sink);
  sink.prefix_size(start);
}

// Strings and `(i32 1 2 3)` up to the closing parenthesis.
void ModuleParser::data_values(Sink& to) {
  while (!t_.at_end()) {
    if (t_.at(TokenKind::String)) {
      std::string_view text = t_.tok().text();
      if (t_.tok().escapes) {
        decode_string(text, [&](const char* bytes, std::size_t size) { to.bytes(std::string_view(bytes, size)); });
      } else {
        to.bytes(text.substr(1, text.size() - 2));
      }
      t_.advance();
      continue;
    }
    if (!t_.at(TokenKind::LParen)) {
      t_.take_bytes();
      return;
    }
    t_.advance();
    if (t_.try_keyword("i8")) {
      while (!t_.at_end()) to.push_back(static_cast<u8>(t_.take_int(8, "i8")));
    } else if (t_.try_keyword("i16")) {
      while (!t_.at_end()) {
        auto value = static_cast<u16>(t_.take_int(16, "i16"));
        to.push_back(static_cast<u8>(value));
        to.push_back(static_cast<u8>(value >> 8));
      }
    } else if (t_.try_keyword("i32")) {
      while (!t_.at_end()) to.fixed32(static_cast<u32>(t_.take_int(32, "i32")));
    } else if (t_.try_keyword("i64")) {
      while (!t_.at_end()) to.fixed64(t_.take_int(64, "i64"));
    } else if (t_.try_keyword("f32")) {
      while (!t_.at_end()) to.fixed32(t_.take_f32());
    } else if (t_.try_keyword("f64")) {
      while (!t_.at_end()) to.fixed64(t_.take_f64());
    } else if (t_.try_keyword("v128")) {
      while (!t_.at_end()) {
        Bits128 bits = take_v128(t_);
        to.fixed64(bits.lo);
        to.fixed64(bits.hi);
      }
    } else {
      t_.fail("unexpected token, expected one of: `i8`, `i16`, `i32`, `i64`, `f32`, `f64`, `v128`");
    }
    t_.take_rparen();
  }
}

// ---- globals and tags

void ModuleParser::parse_global() {
  u64 offset = t_.offset();
  t_.advance();
  ItemName item = cx_.take_item_name();
  u32 index = next(Space::Global);
  inline_exports(ExternKind::Global, index);
  InlineImport import;
  if (inline_import(import)) {
    start_import(offset);
    item.has_annotation = false;
    name(NameKind::Global, index, item);
    Sink& sink = cx_.out.imports.item();
    import_header(sink, import);
    sink.push_back(static_cast<u8>(ExternKind::Global));
    cx_.write_global_type(sink);
    return;
  }
  last_definition_ = "global";
  name(NameKind::Global, index, item);
  Sink& sink = cx_.out.globals.item();
  cx_.write_global_type(sink);
  expressions_.constant(sink);
  encode::end(sink);
}

void ModuleParser::parse_tag() {
  u64 offset = t_.offset();
  t_.advance();
  ItemName item = cx_.take_item_name();
  u32 index = next(Space::Tag);
  inline_exports(ExternKind::Tag, index);
  InlineImport import;
  bool imported = inline_import(import);
  if (imported) {
    start_import(offset);
    item.has_annotation = false;
  }
  name(NameKind::Tag, index, item);
  Sink& sink = imported ? cx_.out.imports.item() : cx_.out.tags.item();
  if (imported) {
    import_header(sink, import);
    sink.push_back(static_cast<u8>(ExternKind::Tag));
  }
  sink.push_back(0);
  sink.uleb(cx_.resolve(cx_.parse_type_use(true)));
}

}  // namespace tenon::text
