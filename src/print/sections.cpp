// The walk through a module: one function for each section.
#include <fmt/format.h>

#include "folded.h"
#include "printer.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::print {

using binary::Section;
using binary::SectionId;
using binary::SectionItems;

namespace {

std::unexpected<Error> refused() {
  return fail(ErrorCode::Io, "the output was refused");
}

// Where a custom section stands that follows this one.
const char* place_after(SectionId id) {
  switch (id) {
    case SectionId::Type:
      return "after type";
    case SectionId::Import:
      return "after import";
    case SectionId::Function:
      return "after func";
    case SectionId::Table:
      return "after table";
    case SectionId::Memory:
      return "after memory";
    case SectionId::Tag:
      return "after tag";
    case SectionId::Global:
      return "after global";
    case SectionId::Export:
      return "after export";
    case SectionId::Start:
      return "after start";
    case SectionId::Element:
      return "after elem";
    case SectionId::Code:
      return "after code";
    case SectionId::Data:
      return "after data";
    default:
      return "";
  }
}

// Calls `each(offset, item)` for the items of a section, each after it was read whole.
template <class Item, class Each>
Result<> for_each(const Section& section, Each&& each) {
  SectionItems items(section);
  while (items.more()) {
    u64 offset = items.offset();
    Item item;
    read_item(items, item);
    if (!items.reader().ok()) break;
    if constexpr (std::is_void_v<decltype(each(offset, item))>)
      each(offset, item);
    else
      TENON_TRY_VOID(each(offset, item));
  }
  return binary::check(items.reader());
}

}  // namespace

Result<> print_module(Bytes bytes, const Options& options, Sink& sink) {
  return Printer(bytes, options, sink).print();
}

Result<std::string> print_module(Bytes bytes, const Options& options) {
  StringSink sink;
  TENON_TRY_VOID(print_module(bytes, options, sink));
  return sink.take();
}

Printer::Printer(Bytes bytes, const Options& options, Sink& sink)
    : bytes_(bytes), options_(options), out_(&sink), to_(&out_), color_(options.color) {
  line_start_ = "\n";
  for (int i = 0; i < kMaxIndent; ++i) line_start_ += options.indent;
}
Printer::~Printer() = default;

Result<> Printer::print() {
  binary::Parser parser;
  Bytes rest = bytes_;
  Result<> result;
  if (options_.operand_stack) stacks_ = std::make_unique<StackTracer>(bytes_);
  while (true) {
    auto chunk = parser.parse(rest, true);
    if (!chunk) {
      result = std::unexpected(std::move(chunk).error());
      break;
    }
    auto& parsed = std::get<binary::Parsed>(*chunk);
    u64 before = parser.offset() - parsed.consumed;
    rest = rest.subspan(parsed.consumed);
    if (stacks_) {
      if (const Error* error = stacks_->section_error(before, parser.offset())) {
        newline_unknown();
        write(";; module or component is invalid: ");
        write(error->to_string());
      }
    }
    if (std::holds_alternative<binary::Version>(parsed.payload)) {
      start_group("module");
      result = read_names(parser, rest);
      if (!result) break;
      if (names_.module.form != Name::Form::None) {
        write(' ');
        write_name(names_.module, "module", 0);
      }
      continue;
    }
    if (const auto* end = std::get_if<binary::End>(&parsed.payload)) {
      end_group_at(end->offset);
      write('\n');
      break;
    }
    result = payload(parsed.payload);
    if (!result || out_.refused()) break;
  }
  out_.flush();
  if (result && out_.refused()) return refused();
  return result;
}

// Names are printed before the sections that have them, so they are looked for first.
Result<> Printer::read_names(binary::Parser parser, Bytes rest) {
  while (true) {
    TENON_TRY(auto chunk, parser.parse(rest, true));
    auto& parsed = std::get<binary::Parsed>(chunk);
    rest = rest.subspan(parsed.consumed);
    if (std::holds_alternative<binary::End>(parsed.payload)) break;
    if (std::holds_alternative<binary::CodeSectionStart>(parsed.payload)) {
      u64 skipped = parser.skip_code();
      if (skipped > rest.size()) return fail(ErrorCode::UnexpectedEnd, "invalid code section size");
      rest = rest.subspan(skipped);
    } else if (const auto* custom = std::get_if<binary::CustomSection>(&parsed.payload)) {
      if (custom->name == "name") names_.read(custom->contents);
      if (custom->name == "metadata.code.branch_hint") read_branch_hints(*custom);
    }
  }
  names_.finish();
  return {};
}

Result<> Printer::payload(const binary::Payload& payload) {
  if (const auto* items = std::get_if<binary::ItemSection>(&payload)) return section(*items);
  if (const auto* body = std::get_if<binary::CodeEntry>(&payload)) {
    TENON_TRY_VOID(code_entry(*body));
    custom_place_ = place_after(SectionId::Code);
  } else if (const auto* start = std::get_if<binary::StartSection>(&payload)) {
    newline(start->range.begin);
    start_group("start ");
    write_idx(spaces::kFunc, start->func);
    end_group();
    custom_place_ = place_after(SectionId::Start);
  } else if (const auto* custom = std::get_if<binary::CustomSection>(&payload)) {
    return custom_section(*custom);
  } else if (const auto* unknown = std::get_if<binary::UnknownSection>(&payload)) {
    return fail(ErrorCode::MalformedSectionId, fmt::format("found unknown section `{}`", unknown->id));
  }
  return {};
}

Result<> Printer::section(const binary::ItemSection& section) {
  const Section& items = section.section;
  if (section.id == SectionId::Function && items.count() > limits::kFunctions)
    return fail(ErrorCode::LimitExceeded, fmt::format("module contains {} functions which exceeds the limit of {}", items.count(),
                                                      static_cast<u64>(limits::kFunctions)));
  if (items.count() > 0) custom_place_ = place_after(section.id);
  switch (section.id) {
    case SectionId::Type:
      return type_section(items);
    case SectionId::Import:
      return import_section(items);
    case SectionId::Function:
      return function_section(items);
    case SectionId::Table:
      return table_section(items);
    case SectionId::Memory:
      return memory_section(items);
    case SectionId::Tag:
      return tag_section(items);
    case SectionId::Global:
      return global_section(items);
    case SectionId::Export:
      return export_section(items);
    case SectionId::Element:
      return element_section(items);
    case SectionId::Data:
      return data_section(items);
    default:
      return {};
  }
}

// ---- Groups and lines ----

void Printer::start_group(std::string_view word) {
  write('(');
  paint(Color::Keyword);
  write(word);
  unpaint();
  ++nesting_;
  group_lines_.push_back(line_);
}

void Printer::end_group() {
  --nesting_;
  u32 line = group_lines_.back();
  group_lines_.pop_back();
  if (line != line_) newline_unknown();
  write(')');
}

void Printer::end_group_at(u64 offset) {
  --nesting_;
  u32 line = group_lines_.back();
  group_lines_.pop_back();
  if (options_.offsets || line != line_) newline(offset);
  write(')');
}

void Printer::newline_with_offset(const u64* offset) {
  write('\n');
  if (offset) {
    paint(Color::Comment);
    std::string text = fmt::format("(;@{:<6x};)", *offset);
    write(text);
    unpaint();
  } else {
    write("           ");
  }
  ++line_;
  std::size_t levels = std::min<std::size_t>(nesting_, kMaxIndent);
  write(std::string_view(line_start_).substr(1, levels * options_.indent.size()));
}

// ---- Types and imports ----

Result<> Printer::type_section(const Section& section) {
  return for_each<binary::RecGroup>(section, [&](u64 offset, binary::RecGroup& group) {
    newline(offset);
    if (group.is_explicit) start_group("rec");
    for (SubType& type : group.types) {
      if (group.is_explicit) newline(offset + 2);
      write_type_def(std::move(type));
    }
    if (group.is_explicit) end_group();
  });
}

void Printer::write_import_type(const binary::ImportType& type, bool with_name) {
  switch (type.kind) {
    case ExternKind::Func:
      start_group("func ");
      if (with_name) {
        write_cur_name(spaces::kFunc, funcs_);
        write(' ');
      }
      if (type.exact) start_group("exact ");
      write_type_ref(type.type.value());
      if (type.exact) end_group();
      break;
    case ExternKind::Table:
      write_table_type(type.table, with_name);
      break;
    case ExternKind::Memory:
      write_memory_type(type.memory, type.custom_page_size, with_name);
      break;
    case ExternKind::Global:
      write_global_type(type.global, with_name);
      break;
    case ExternKind::Tag:
      write_tag_type(type.type.value(), with_name);
      break;
  }
  end_group();
}

void Printer::count_import(const binary::ImportType& type) {
  switch (type.kind) {
    case ExternKind::Func:
      ++funcs_;
      func_types_.push_back(type.type.value());
      break;
    case ExternKind::Table:
      ++tables_;
      break;
    case ExternKind::Memory:
      ++memories_;
      break;
    case ExternKind::Global:
      ++globals_;
      break;
    case ExternKind::Tag:
      ++tags_;
      tag_types_.push_back(type.type.value());
      break;
  }
}

Result<> Printer::import_section(const Section& section) {
  using Form = binary::ImportEntry::Form;
  SectionItems items(section);
  binary::ImportEntry entry;
  while (items.more()) {
    u64 offset = items.offset();
    entry.read(items);
    if (!items.reader().ok()) break;
    newline(offset);
    start_group("import ");
    write_string(entry.module());
    Form form = entry.form();
    binary::ImportItem import;
    while (entry.next(import)) {
      if (form == Form::Single) {
        write(' ');
      } else {
        newline(import.offset);
        start_group("item ");
      }
      write_string(import.name);
      if (form != Form::OneType) {
        write(' ');
        write_import_type(import.type, true);
      }
      if (form != Form::Single) end_group();
      count_import(import.type);
    }
    TENON_TRY_VOID(binary::check(entry.reader()));
    if (form == Form::OneType) {
      newline(offset);
      write_import_type(entry.common_type(), false);
    }
    end_group();
  }
  return binary::check(items.reader());
}

// ---- Definitions ----

Result<> Printer::function_section(const Section& section) {
  return for_each<TypeIndex>(section, [&](u64, TypeIndex type) { func_types_.push_back(type.value()); });
}

Result<> Printer::table_section(const Section& section) {
  return for_each<binary::TableItem>(section, [&](u64 offset, const binary::TableItem& table) -> Result<> {
    newline(offset);
    write_table_type(table.type, true);
    if (table.has_init) {
      write(' ');
      TENON_TRY_VOID(const_expr(table.init, options_.fold_instructions));
    }
    end_group();
    ++tables_;
    return {};
  });
}

Result<> Printer::memory_section(const Section& section) {
  return for_each<binary::MemoryItem>(section, [&](u64 offset, const binary::MemoryItem& memory) {
    newline(offset);
    write_memory_type(memory.type, memory.custom_page_size, true);
    end_group();
    ++memories_;
  });
}

Result<> Printer::tag_section(const Section& section) {
  SectionItems items(section);
  while (items.more()) {
    u64 offset = items.offset();
    TypeIndex type;
    read_tag(items, type);
    if (!items.reader().ok()) break;
    newline(offset);
    write_tag_type(type.value(), true);
    end_group();
    ++tags_;
    tag_types_.push_back(type.value());
  }
  return binary::check(items.reader());
}

Result<> Printer::global_section(const Section& section) {
  return for_each<binary::GlobalItem>(section, [&](u64 offset, const binary::GlobalItem& global) -> Result<> {
    newline(offset);
    write_global_type(global.type, true);
    write(' ');
    TENON_TRY_VOID(const_expr(global.init, options_.fold_instructions));
    end_group();
    ++globals_;
    return {};
  });
}

Result<> Printer::export_section(const Section& section) {
  return for_each<binary::ExportItem>(section, [&](u64 offset, const binary::ExportItem& item) {
    newline(offset);
    start_group("export ");
    write_string(item.name);
    write(' ');
    auto kind = [&](std::string_view word, const Space& space) {
      start_group(word);
      write_idx(space, item.index);
    };
    switch (item.kind) {
      case ExternKind::Func:
        kind("func ", spaces::kFunc);
        break;
      case ExternKind::Table:
        kind("table ", spaces::kTable);
        break;
      case ExternKind::Memory:
        kind("memory ", spaces::kMemory);
        break;
      case ExternKind::Global:
        kind("global ", spaces::kGlobal);
        break;
      case ExternKind::Tag:
        start_group("tag ");
        write_number(item.index);
        break;
    }
    end_group();
    end_group();
  });
}

// ---- Segments ----

Result<> Printer::element_section(const Section& section) {
  u32 index = 0;
  return for_each<binary::ElementItem>(section, [&](u64 offset, const binary::ElementItem& elem) -> Result<> {
    newline(offset);
    start_group("elem ");
    write_cur_name(spaces::kElem, index++);
    if (elem.mode == binary::ElementItem::Mode::Declared) write(" declare");
    if (elem.mode == binary::ElementItem::Mode::Active) {
      if (elem.names_table) {
        write(' ');
        start_group("table ");
        write_idx(spaces::kTable, elem.table);
        end_group();
      }
      write(' ');
      TENON_TRY_VOID(const_expr_sugar(elem.offset, "offset"));
    }
    write(' ');
    if (options_.skeleton) {
      write("...");
    } else if (!elem.uses_exprs) {
      write("func");
      Reader items(elem.items, elem.items_offset);
      for (u32 i = 0; i < elem.count; ++i) spaced_idx(spaces::kFunc, items.read_uleb32());
    } else {
      write_ref_type(elem.type);
      Reader items(elem.items, elem.items_offset);
      for (u32 i = 0; i < elem.count; ++i) {
        write(' ');
        u64 at = items.offset();
        TENON_TRY_VOID(const_expr_sugar({binary::skip_const_expr(items, section.features()), at}, "item"));
      }
    }
    end_group();
    return {};
  });
}

Result<> Printer::data_section(const Section& section) {
  u32 index = 0;
  return for_each<binary::DataItem>(section, [&](u64 offset, const binary::DataItem& data) -> Result<> {
    newline(offset);
    start_group("data ");
    write_cur_name(spaces::kData, index++);
    write(' ');
    if (data.is_active) {
      if (data.memory != 0) {
        start_group("memory ");
        write_idx(spaces::kMemory, data.memory);
        end_group();
        write(' ');
      }
      TENON_TRY_VOID(const_expr_sugar(data.offset, "offset"));
      write(' ');
    }
    if (options_.skeleton)
      write("...");
    else
      write_bytes(data.bytes);
    end_group();
    return {};
  });
}

// ---- Code ----

Result<> Printer::const_expr(const binary::ConstBytes& expr, bool fold) {
  Reader reader(expr.bytes, expr.offset);
  load_body_names();
  begin_operators(Separator::NoneThenSpace);
  if (!fold) {
    TENON_TRY_VOID(operators(reader, {}, 0, nullptr, nullptr));
    return {};
  }
  if (!folded_) folded_ = std::make_unique<FoldedCode>(*this);
  folded_->begin_expression();
  TENON_TRY_VOID(operators(reader, {}, 0, folded_.get(), nullptr));
  return {};
}

// One instruction needs no word: `(i32.const 0)`, not `(offset i32.const 0)`.
Result<> Printer::const_expr_sugar(const binary::ConstBytes& expr, std::string_view word) {
  start_group("");
  Reader probe(expr.bytes, expr.offset);
  u64 at = probe.offset();
  Op op = binary::read_op(probe);
  Immediates imm;
  binary::read_immediates(probe, op, at, Features::all(), imm);
  bool single = !probe.ok() || (probe.remaining() == 1 && *probe.pos() == 0x0b);
  if (!single) {
    write(word);
    write(' ');
  }
  TENON_TRY_VOID(const_expr(expr, !single && options_.fold_instructions));
  end_group();
  return {};
}

Result<> Printer::code_entry(const binary::CodeEntry& body) {
  newline(body.offset);
  start_group("func ");
  write_cur_name(spaces::kFunc, funcs_);
  write(' ');
  load_body_names();
  // The parser answers no more bodies than there are types for them.
  u32 type = funcs_ < func_types_.size() ? func_types_[funcs_] : 0;
  u32 params = write_func_type_of(type, true);

  std::vector<BranchHint> hints;
  if (!hints_.empty() && hints_.back().func == funcs_) {
    hints = std::move(hints_.back().hints);
    hints_.pop_back();
  }
  if (options_.skeleton) {
    write(" ...");
    end_group();
  } else {
    Reader reader(body.bytes, body.offset);
    StackNotes notes;
    if (stacks_) notes = stacks_->trace(funcs_, body);
    TENON_TRY(u64 end, func_body(reader, body.offset, params, hints, stacks_ ? &notes : nullptr));
    end_group_at(end);
  }
  ++funcs_;
  return {};
}

Result<> Printer::write_local_section(Reader& reader, u32 params) {
  std::vector<ValType> types;
  u64 first_offset = 0;
  bool too_many = false;
  u32 runs = reader.read_uleb32();
  for (u32 i = 0; i < runs && reader.ok(); ++i) {
    u64 offset = reader.offset();
    u32 count = reader.read_uleb32();
    ValType type = binary::read_val_type(reader);
    if (!reader.ok()) break;
    if (count > limits::kFunctionLocals - types.size()) {
      too_many = true;
      break;
    }
    if (types.empty()) first_offset = offset;
    types.insert(types.end(), count, type);
  }
  if (!types.empty()) {
    newline(first_offset);
    write_locals("local", types, params, true, reader.ok() && !too_many);
  }
  if (too_many) return fail(ErrorCode::TooManyLocals, "function exceeds the maximum number of locals that can be printed");
  return binary::check(reader);
}

Result<u64> Printer::func_body(Reader& reader, u64 func_start, u32 params, std::span<const BranchHint> hints, StackNotes* notes) {
  TENON_TRY_VOID(write_local_section(reader, params));
  if (notes && !notes->locals_error.empty()) {
    newline_unknown();
    write(";; locals are invalid: ");
    write(notes->locals_error);
    notes = nullptr;
  }
  u32 nesting_start = nesting_;
  begin_operators(Separator::Newline);
  u64 end = 0;
  bool folds = options_.fold_instructions;
  // Notes ask for the results of instructions, whether they are folded or not.
  if (folds || notes) {
    if (!folded_) folded_ = std::make_unique<FoldedCode>(*this);
    op_.offset = func_start;
    folded_->begin_function();
    if (!folds) begin_operators(Separator::Newline);
  }
  TENON_TRY(end, operators(reader, hints, func_start, folds ? folded_.get() : nullptr, notes));
  // A body that is not valid may leave blocks open, and a comment that the parenthesis must not fall into.
  if (nesting_ != nesting_start) {
    nesting_ = nesting_start;
    newline(reader.offset());
  }
  return end;
}

}  // namespace tenon::print
