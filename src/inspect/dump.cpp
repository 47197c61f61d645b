// The dump: walks a module and says of each byte what it is.
#include "tenon/inspect/dump.h"

#include <fmt/format.h>

#include "debug_text.h"
#include "tenon/binary/parser.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::inspect {
namespace {

using binary::Section;
using binary::SectionId;
using binary::SectionItems;

constexpr std::size_t kRow = 4;  // bytes in a line
constexpr std::size_t kBuffer = 64 << 10;

// ---- Notation of the tools' custom sections ----

std::string flag_names(std::string_view type, u32 bits, std::span<const std::pair<u32, std::string_view>> names) {
  std::string out;
  for (auto [bit, name] : names) {
    if (!(bits & bit)) continue;
    bits &= ~bit;
    out += (out.empty() ? "" : " | ") + std::string(name);
  }
  if (bits || out.empty()) out += fmt::format("{}0x{:x}", out.empty() ? "" : " | ", bits);
  return fmt::format("{}({})", type, out);
}

constexpr u32 kUndefined = 0x10, kExplicitName = 0x40;

std::string symbol_flags(u32 bits) {
  constexpr std::pair<u32, std::string_view> kNames[] = {
      {0x1, "BINDING_WEAK"},     {0x2, "BINDING_LOCAL"}, {0x4, "VISIBILITY_HIDDEN"},
      {kUndefined, "UNDEFINED"}, {0x20, "EXPORTED"},     {kExplicitName, "EXPLICIT_NAME"},
      {0x80, "NO_STRIP"},        {0x100, "TLS"},         {0x200, "ABSOLUTE"}};
  return flag_names("SymbolFlags", bits, kNames);
}

std::string segment_flags(u32 bits) {
  constexpr std::pair<u32, std::string_view> kNames[] = {{0x1, "STRINGS"}, {0x2, "TLS"}};
  return flag_names("SegmentFlags", bits, kNames);
}

// One entry of a symbol table.
std::string symbol_text(Reader& part) {
  constexpr std::string_view kKinds[] = {"Func", "Data", "Global", "Section", "Event", "Table"};
  u64 at = part.offset();
  u8 kind = part.read_u8();
  u32 bits = part.read_uleb32();
  if (part.ok() && kind >= std::size(kKinds))
    part.fail(ErrorCode::UnexpectedContent, at, fmt::format("invalid leading byte (0x{:x}) for symbol kind", kind));
  if (!part.ok()) return {};
  std::string head = fmt::format("{} {{ flags: {}, ", kKinds[kind], symbol_flags(bits));
  if (kind == 3) return head + fmt::format("section: {} }}", part.read_uleb32());
  bool undefined = (bits & kUndefined) != 0;
  if (kind == 1) {
    std::string name = debug(part.read_name(~u64{0}));
    if (undefined) return head + fmt::format("name: {}, symbol: None }}", name);
    u32 index = part.read_uleb32(), offset = part.read_uleb32(), size = part.read_uleb32();
    return head + fmt::format("name: {}, symbol: Some(DefinedDataSymbol {{ index: {}, offset: {}, size: {} }}) }}", name, index,
                              offset, size);
  }
  u32 index = part.read_uleb32();
  bool named = !undefined || (bits & kExplicitName);
  std::string name = named ? fmt::format("Some({})", debug(part.read_name(~u64{0}))) : "None";
  return head + fmt::format("index: {}, name: {} }}", index, name);
}

std::string comdat_text(Reader& part) {
  std::string name = debug(part.read_name(~u64{0}));
  u32 bits = part.read_uleb32();
  u64 begin = part.offset();
  u32 count = part.read_uleb32();
  for (u32 i = 0; i < count && part.ok(); ++i) {
    part.read_u8();
    part.read_uleb32();
  }
  return fmt::format("Comdat {{ name: {}, flags: {}, symbols: SectionLimited {{ count: {}, range: {}..{} }} }}", name, bits,
                     count, begin, part.offset());
}

// Kinds of relocations: by number, with the bits of the addend, 0 where there is none.
struct Relocation {
  std::string_view name;
  u8 addend;
};
constexpr Relocation kRelocations[] = {
    {"FunctionIndexLeb", 0},    {"TableIndexSleb", 0},       {"TableIndexI32", 0},      {"MemoryAddrLeb", 32},
    {"MemoryAddrSleb", 32},     {"MemoryAddrI32", 32},       {"TypeIndexLeb", 0},       {"GlobalIndexLeb", 0},
    {"FunctionOffsetI32", 32},  {"SectionOffsetI32", 32},    {"EventIndexLeb", 0},      {"MemoryAddrRelSleb", 32},
    {"TableIndexRelSleb", 0},   {"GlobalIndexI32", 0},       {"MemoryAddrLeb64", 64},   {"MemoryAddrSleb64", 64},
    {"MemoryAddrI64", 64},      {"MemoryAddrRelSleb64", 64}, {"TableIndexSleb64", 0},   {"TableIndexI64", 0},
    {"TableNumberLeb", 0},      {"MemoryAddrTlsSleb", 32},   {"FunctionOffsetI64", 64}, {"MemoryAddrLocrelI32", 32},
    {"TableIndexRelSleb64", 0}, {"MemoryAddrTlsSleb64", 64}, {"FunctionIndexI32", 0},
};

std::string coredump_values(Reader& reader) {
  std::string out = "[";
  u32 count = reader.read_uleb32();
  for (u32 i = 0; i < count && reader.ok(); ++i) {
    if (i) out += ", ";
    switch (reader.read_u8()) {
      case 0x01:
        out += "Missing";
        break;
      case 0x7f:
        out += fmt::format("I32({})", reader.read_sleb32());
        break;
      case 0x7e:
        out += fmt::format("I64({})", reader.read_sleb64());
        break;
      case 0x7d:
        out += fmt::format("F32(Ieee32({}))", reader.read_u32());
        break;
      case 0x7c:
        out += fmt::format("F64(Ieee64({}))", reader.read_u64());
        break;
      default:
        reader.fail(ErrorCode::UnexpectedContent, reader.offset(), "invalid CoreDumpValue type");
    }
  }
  return out + "]";
}

std::string coredump_indices(Reader& reader) {
  std::string out = "[";
  u32 count = reader.read_uleb32();
  for (u32 i = 0; i < count && reader.ok(); ++i) out += fmt::format("{}{}", i ? ", " : "", reader.read_uleb32());
  return out + "]";
}

// The contents of a section of a core dump; nothing where it is none, or not a whole one.
// Source: tool-conventions, Coredump.
std::string coredump_text(std::string_view section, Reader& reader) {
  std::string out;
  auto start = [&] {
    if (reader.read_u8() != 0) reader.fail(ErrorCode::UnexpectedContent, reader.offset(), "unexpected byte in a core dump");
  };
  if (section == "core") {
    start();
    out = fmt::format("name: {}", reader.read_name(~u64{0}));
  } else if (section == "coremodules") {
    u32 count = reader.read_uleb32();
    out = "modules: [";
    for (u32 i = 0; i < count && reader.ok(); ++i) {
      start();
      out += (i ? ", " : "") + debug(reader.read_name(~u64{0}));
    }
    out += "]";
  } else if (section == "coreinstances") {
    u32 count = reader.read_uleb32();
    out = "instances: [";
    for (u32 i = 0; i < count && reader.ok(); ++i) {
      start();
      u32 module = reader.read_uleb32();
      std::string memories = coredump_indices(reader), globals = coredump_indices(reader);
      out += fmt::format("{}CoreDumpInstance {{ module_index: {}, memories: {}, globals: {} }}", i ? ", " : "", module, memories,
                         globals);
    }
    out += "]";
  } else if (section == "corestack") {
    start();
    out = fmt::format("stacks: {} / [", reader.read_name(~u64{0}));
    u32 count = reader.read_uleb32();
    for (u32 i = 0; i < count && reader.ok(); ++i) {
      start();
      u32 instance = reader.read_uleb32(), func = reader.read_uleb32(), offset = reader.read_uleb32();
      std::string locals = coredump_values(reader), stack = coredump_values(reader);
      out += fmt::format("{}CoreDumpStackFrame {{ instanceidx: {}, funcidx: {}, codeoffset: {}, locals: {}, stack: {} }}",
                         i ? ", " : "", instance, func, offset, locals, stack);
    }
    out += "]";
  }
  return reader.ok() && reader.at_end() ? out : std::string();
}

// Whether everything could be read, and nothing is left.
Result<> check_read(Reader& reader) {
  TENON_TRY_VOID(binary::check(reader));
  if (reader.at_end()) return {};
  return fail(ErrorCode::SectionSizeMismatch, reader.offset(),
              "section size mismatch: unexpected data at the end of the section");
}

class Dump {
 public:
  Dump(Bytes bytes, bool color, print::Sink& sink)
      : bytes_(bytes), color_(color), sink_(sink), offset_width_(fmt::format("{:x}", bytes.size()).size() + 1) {}

  Result<> run() {
    Result<> result = walk();
    flush();
    if (result && refused_) return fail(ErrorCode::Io, "the output was refused");
    return result;
  }

 private:
  Result<> walk();
  Result<> section(const binary::ItemSection& section);
  Result<> imports(const Section& section);
  Result<> element(const binary::ElementItem& elem, const Section& section);
  void data(const binary::DataItem& data, u64 end);
  Result<> code(const binary::CodeEntry& body);
  void instructions(Bytes code, u64 offset);
  Result<> custom(const binary::CustomSection& section);
  Result<> name_part(u8 id, Reader& part);
  Result<> name_map(std::string_view what, Reader& part);
  Result<> indirect_map(std::string_view outer, std::string_view inner, Reader& part);
  Result<> producers(Reader& reader);
  Result<> dylink_part(u8 id, Reader& part);
  Result<> hints(Reader& reader);
  void linking(Reader& reader);
  Result<> linking_part(u8 id, Reader& part);
  Result<> relocations(Reader& reader);
  template <class Part>
  void parts(Reader& reader, Part&& part);

  void flush() {
    if (!out_.empty() && !refused_) refused_ = !sink_.write(out_);
    out_.clear();
  }
  void header() { fmt::format_to(std::back_inserter(out_), "{:#{}x} |", at_, offset_width_ + 2); }
  // The bytes up to `end` are what `state_` says.
  void print(u64 end, bool is_section = false);
  void print(std::string_view state, u64 end) {
    state_ += state;
    print(end);
  }
  void title(std::string_view state, u64 end) {
    state_ += state;
    print(end, true);
  }
  // Bytes that are not shown.
  void skip(u64 count, u64 end) {
    header();
    out_ += fmt::format("-------------| ... {} bytes of data\n", count);
    at_ = end;
  }
  template <class Item, class Each>
  Result<> items(const Section& section, std::string_view name, Each&& each);

  Bytes bytes_;
  bool color_;
  print::Sink& sink_;
  std::size_t offset_width_;
  u64 at_ = 0;
  std::string state_, out_;
  bool refused_ = false;
  u32 types_ = 0, groups_ = 0, funcs_ = 0, tables_ = 0, memories_ = 0, globals_ = 0, tags_ = 0;
};

void Dump::print(u64 end, bool is_section) {
  end = std::min<u64>(end, bytes_.size());
  header();
  Bytes bytes = end > at_ ? bytes_.subspan(at_, end - at_) : Bytes();
  std::size_t row = 0;
  do {
    if (row > 0) out_ += fmt::format("{:{}}   |", "", offset_width_);
    for (std::size_t i = row; i < row + kRow; ++i) {
      if (i >= bytes.size()) {
        out_ += "   ";
        continue;
      }
      constexpr char kHex[] = "0123456789abcdef";
      out_ += ' ';
      out_ += kHex[bytes[i] >> 4];
      out_ += kHex[bytes[i] & 15];
    }
    if (row == 0) {
      out_ += " | ";
      if (is_section && color_) out_ += "\x1b[0m\x1b[32m";
      out_ += state_;
      if (color_) out_ += "\x1b[0m";
      state_.clear();
    }
    out_ += '\n';
    if (out_.size() > kBuffer) flush();
    row += kRow;
  } while (row < bytes.size());
  at_ = std::max(at_, end);
}

Result<> Dump::walk() {
  binary::Parser parser;
  Bytes rest = bytes_;
  while (!refused_) {
    TENON_TRY(auto chunk, parser.parse(rest, true));
    auto& parsed = std::get<binary::Parsed>(chunk);
    rest = rest.subspan(parsed.consumed);
    const binary::Payload& payload = parsed.payload;
    if (const auto* version = std::get_if<binary::Version>(&payload)) {
      title(fmt::format("version {} (Module)", version->number), version->range.end);
    } else if (const auto* items = std::get_if<binary::ItemSection>(&payload)) {
      TENON_TRY_VOID(section(*items));
    } else if (const auto* start = std::get_if<binary::StartSection>(&payload)) {
      title("start section", start->range.begin);
      print(fmt::format("start function {}", start->func), start->range.end);
    } else if (const auto* count = std::get_if<binary::DataCountSection>(&payload)) {
      title("data count section", count->range.begin);
      print(fmt::format("data count {}", count->count), count->range.end);
    } else if (const auto* bodies = std::get_if<binary::CodeSectionStart>(&payload)) {
      title("code section", bodies->range.begin);
      print(fmt::format("{} count", bodies->count), parser.offset());
    } else if (const auto* body = std::get_if<binary::CodeEntry>(&payload)) {
      TENON_TRY_VOID(code(*body));
    } else if (const auto* section = std::get_if<binary::CustomSection>(&payload)) {
      TENON_TRY_VOID(custom(*section));
    } else if (const auto* unknown = std::get_if<binary::UnknownSection>(&payload)) {
      title(fmt::format("unknown section: {}", unknown->id), unknown->range.begin);
      skip(unknown->contents.size(), unknown->range.end);
    } else {
      break;
    }
  }
  return {};
}

template <class Item, class Each>
Result<> Dump::items(const Section& section, std::string_view name, Each&& each) {
  title(fmt::format("{} section", name), section.range().begin);
  SectionItems items(section);
  print(fmt::format("{} count", section.count()), items.offset());
  while (items.more()) {
    Item item;
    if constexpr (std::is_same_v<Item, binary::ImportEntry>)
      item.read(items);
    else
      read_item(items, item);
    if (!items.reader().ok()) break;
    if constexpr (std::is_void_v<decltype(each(item, u64{}))>)
      each(item, items.offset());
    else
      TENON_TRY_VOID(each(item, items.offset()));
  }
  return binary::check(items.reader());
}

Result<> Dump::section(const binary::ItemSection& section) {
  const Section& s = section.section;
  switch (section.id) {
    case SectionId::Type: {
      return items<binary::RecGroup>(s, "type", [&](const binary::RecGroup& group, u64 end) {
        out_ += fmt::format("--- rec group {} ({}) ---\n", groups_++, group.is_explicit ? "explicit" : "implicit");
        for (std::size_t i = 0; i < group.types.size(); ++i) {
          if (group.is_explicit) print(group.offsets[i]);
          state_ += fmt::format("[type {}] {}", types_++, debug(group.types[i]));
        }
        print(end);
      });
    }
    case SectionId::Import:
      return imports(s);
    case SectionId::Function: {
      u32 index = funcs_;
      return items<TypeIndex>(
          s, "func", [&](TypeIndex type, u64 end) { print(fmt::format("[func {}] type {}", index++, type.value()), end); });
    }
    case SectionId::Table:
      return items<binary::TableItem>(s, "table", [&](const binary::TableItem& table, u64 end) {
        print(fmt::format("[table {}] Table {{ ty: {}, init: {} }}", tables_++, debug(table.type),
                          table.has_init ? fmt::format("Expr({})", debug(table.init)) : "RefNull"),
              end);
      });
    case SectionId::Memory:
      return items<binary::MemoryItem>(s, "memory", [&](const binary::MemoryItem& memory, u64 end) {
        print(fmt::format("[memory {}] {}", memories_++, debug(memory.type, memory.custom_page_size)), end);
      });
    case SectionId::Tag: {
      title("tag section", s.range().begin);
      SectionItems tags(s);
      print(fmt::format("{} count", s.count()), tags.offset());
      while (tags.more()) {
        TypeIndex type;
        read_tag(tags, type);
        if (!tags.reader().ok()) break;
        print(fmt::format("[tag {}] TagType {{ kind: Exception, func_type_idx: {} }}", tags_++, type.value()), tags.offset());
      }
      return binary::check(tags.reader());
    }
    case SectionId::Global:
      return items<binary::GlobalItem>(s, "global", [&](const binary::GlobalItem& global, u64) {
        print(fmt::format("[global {}] {}", globals_++, debug(global.type)), global.init.offset);
        instructions(global.init.bytes, global.init.offset);
      });
    case SectionId::Export:
      return items<binary::ExportItem>(s, "export", [&](const binary::ExportItem& item, u64 end) {
        std::string kind(to_string(item.kind));
        kind[0] = static_cast<char>(kind[0] - 32);
        print(fmt::format("export Export {{ name: {}, kind: {}, index: {} }}", debug(item.name), kind, item.index), end);
      });
    case SectionId::Element:
      return items<binary::ElementItem>(s, "element", [&](const binary::ElementItem& elem, u64) { return element(elem, s); });
    default:
      return items<binary::DataItem>(s, "data", [&](const binary::DataItem& item, u64 end) { data(item, end); });
  }
}

Result<> Dump::imports(const Section& section) {
  using Form = binary::ImportEntry::Form;
  auto numbered = [&](const binary::ImportType& type) {
    u32* counters[] = {&funcs_, &tables_, &memories_, &globals_, &tags_};
    return fmt::format("import [{}{} {}]", to_string(type.kind), type.exact ? "_exact" : "",
                       (*counters[static_cast<u8>(type.kind)])++);
  };
  return items<binary::ImportEntry>(section, "import", [&](binary::ImportEntry& entry, u64 end) -> Result<> {
    if (entry.form() != Form::Single) {
      bool one = entry.form() == Form::OneType;
      out_ += one ? "--- import group (common module and type) ---\n" : "--- import group (common module) ---\n";
      state_ =
          one ? fmt::format("module: {}, type: {}, count: {}", debug(entry.module()), debug(entry.common_type()), entry.count())
              : fmt::format("module: {}, count: {}", debug(entry.module()), entry.count());
    }
    binary::ImportItem import;
    while (entry.next(import)) {
      if (entry.form() != Form::Single) print(import.offset);
      state_ += numbered(import.type) + " ";
      if (entry.form() == Form::Single)
        state_ += fmt::format("Import {{ module: {}, name: {}, ty: {} }}", debug(import.module), debug(import.name),
                              debug(import.type));
      else if (entry.form() == Form::ManyTypes)
        state_ += fmt::format("ImportItemCompact {{ name: {}, ty: {} }}", debug(import.name), debug(import.type));
      else
        state_ += debug(import.name);
    }
    TENON_TRY_VOID(binary::check(entry.reader()));
    print(end);
    return {};
  });
}

Result<> Dump::element(const binary::ElementItem& elem, const Section& section) {
  state_ += "element";
  switch (elem.mode) {
    case binary::ElementItem::Mode::Passive:
      state_ += fmt::format(" passive, {} items", elem.count);
      break;
    case binary::ElementItem::Mode::Declared:
      state_ += fmt::format(" declared {} items", elem.count);
      break;
    case binary::ElementItem::Mode::Active:
      print(elem.names_table ? fmt::format(" table[Some({})]", elem.table) : " table[None]", elem.offset.offset);
      instructions(elem.offset.bytes, elem.offset.offset);
      state_ += fmt::format("{} items", elem.count);
      break;
  }
  print(elem.uses_exprs ? fmt::format(" [exprs {}]", ref_text(elem.type)) : " [indices]", elem.items_offset);
  Reader reader(elem.items, elem.items_offset);
  for (u32 i = 0; i < elem.count && reader.ok(); ++i) {
    u64 at = reader.offset();
    std::string item = elem.uses_exprs ? debug(binary::ConstBytes{binary::skip_const_expr(reader, section.features()), at})
                                       : std::to_string(reader.read_uleb32());
    print("item " + item, reader.offset());
  }
  return binary::check(reader);
}

void Dump::data(const binary::DataItem& data, u64 end) {
  if (data.is_active) {
    print(fmt::format("data memory[{}]", data.memory), data.offset.offset);
    instructions(data.offset.bytes, data.offset.offset);
  } else {
    print("data passive", end - data.bytes.size());
  }
  skip(data.bytes.size(), end);
}

Result<> Dump::code(const binary::CodeEntry& body) {
  out_ += fmt::format("============== func {} ====================\n", funcs_++);
  print("size of function", body.offset);
  Reader reader(body.bytes, body.offset);
  u32 runs = reader.read_uleb32();
  if (reader.ok()) print(fmt::format("{} local blocks", runs), reader.offset());
  for (u32 i = 0; i < runs && reader.ok(); ++i) {
    u32 count = reader.read_uleb32();
    ValType type = binary::read_val_type(reader);
    if (reader.ok()) print(fmt::format("{} locals of type {}", count, debug(type)), reader.offset());
  }
  TENON_TRY_VOID(binary::check(reader));
  instructions(reader.rest(), reader.offset());
  return {};
}

// How much of `code`, which begins with an instruction that cannot be decoded, is read before that shows. A reader that has
// failed does not tell; the shortest beginning that fails otherwise than by its end does.
std::size_t undecodable_size(Bytes code) {
  auto end_of = [&](std::size_t size) -> std::optional<u64> {
    Reader reader(code.first(size));
    binary::Immediates imm{};
    binary::read_immediates(reader, binary::read_op(reader), 0, Features::all(), imm);
    if (const auto* fault = reader.fault(); fault && !fault->error && fault->kind == ReadError::UnexpectedEnd)
      return fault->offset;
    return std::nullopt;
  };
  if (auto end = end_of(code.size())) return std::max<std::size_t>(*end, 1);
  std::size_t low = 1, high = code.size();
  while (low < high) {
    std::size_t middle = low + (high - low) / 2;
    if (end_of(middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void Dump::instructions(Bytes code, u64 offset) {
  Reader reader(code, offset);
  binary::Immediates imm{};
  binary::BlockOrder order;
  order.begin();
  while (!reader.at_end()) {
    u64 at = reader.offset();
    Bytes rest = reader.rest();
    Op op = binary::read_op(reader);
    // A word outside of its block is none; what follows it is read on its own.
    if (reader.ok() && !order.closed() && !order.enter(op).empty()) {
      print("??", reader.offset());
      continue;
    }
    binary::read_immediates(reader, op, at, Features::all(), imm);
    if (reader.ok()) {
      print(debug(op, imm), reader.offset());
      continue;
    }
    std::size_t size = undecodable_size(rest);
    print("??", at + size);
    reader = Reader(rest.subspan(size), at + size);
  }
}

// ---- Custom sections ----

// A list of parts, each with a number and a size. What cannot be decoded is noted, and ends the section.
template <class Part>
void Dump::parts(Reader& reader, Part&& part) {
  u64 section_end = reader.offset() + reader.remaining();
  while (!reader.at_end()) {
    u8 id = reader.read_u8();
    u32 size = reader.read_uleb32();
    u64 begin = reader.offset();
    Bytes bytes = reader.read_bytes(size);
    Result<> done = binary::check(reader);
    u64 end = begin + bytes.size();
    if (done) {
      Reader inner(bytes, begin);
      done = part(id, inner);
      if (done) continue;
    } else {
      // Up to where the reader stopped.
      const auto* fault = reader.fault();
      end = std::min(fault->offset + (fault->kind == ReadError::UnexpectedEnd ? 0 : 1), section_end);
    }
    if (at_ != end) {
      if (state_.empty()) state_ = "???";
      print(end);
    }
    state_.clear();
    header();
    u64 left = section_end - end;
    out_ += fmt::format("-------------| ... failed to decode {} more bytes: {}\n", left, done.error().to_string());
    at_ += left;
    return;
  }
}

Result<> Dump::custom(const binary::CustomSection& section) {
  title("custom section", section.range.begin);
  print("name: " + debug(section.name), section.contents_offset);
  Reader reader(section.contents, section.contents_offset);
  Result<> done;
  if (section.name == "name") {
    parts(reader, [&](u8 id, Reader& part) -> Result<> {
      TENON_TRY_VOID(name_part(id, part));
      return check_read(part);
    });
  } else if (section.name == "dylink.0") {
    parts(reader, [&](u8 id, Reader& part) { return dylink_part(id, part); });
  } else if (section.name == "producers") {
    done = producers(reader);
  } else if (section.name == "metadata.code.branch_hint") {
    done = hints(reader);
  } else if (section.name == "linking" && !section.contents.empty() && section.contents[0] == 2) {
    linking(reader);
  } else if (section.name.starts_with("reloc.")) {
    TENON_TRY_VOID(relocations(reader));
  } else if (auto text = coredump_text(section.name, reader); !text.empty()) {
    print(text, section.range.end);
  } else {
    skip(section.contents.size(), section.range.end);
  }
  if (at_ < section.range.end) {
    state_.clear();
    skip(section.range.end - at_, section.range.end);
  }
  return {};
}

Result<> Dump::name_map(std::string_view what, Reader& part) {
  u64 begin = part.offset();
  u32 count = part.read_uleb32();
  TENON_TRY_VOID(binary::check(part));
  title(fmt::format("{} name section", what), begin);
  print(fmt::format("{} count", count), part.offset());
  for (u32 i = 0; i < count && part.ok(); ++i) {
    u32 index = part.read_uleb32();
    std::string_view name = part.read_name(~u64{0});
    if (part.ok()) print(fmt::format("Naming {{ index: {}, name: {} }}", index, debug(name)), part.offset());
  }
  return binary::check(part);
}

Result<> Dump::indirect_map(std::string_view outer, std::string_view inner, Reader& part) {
  u64 begin = part.offset();
  u32 count = part.read_uleb32();
  TENON_TRY_VOID(binary::check(part));
  title(fmt::format("{} section", inner), begin);
  print(fmt::format("{} count", count), part.offset());
  for (u32 i = 0; i < count && part.ok(); ++i) {
    u32 index = part.read_uleb32();
    // Skipped over first: what is cut short is not begun.
    Reader probe(part.rest(), part.offset());
    u32 names = probe.read_uleb32();
    for (u32 k = 0; k < names && probe.ok(); ++k) {
      probe.read_uleb32();
      probe.skip_name(limits::kStringSize);
    }
    TENON_TRY_VOID(binary::check(part));
    TENON_TRY_VOID(binary::check(probe));
    state_ = fmt::format("{} {} ", outer, index);
    TENON_TRY_VOID(name_map(inner, part));
  }
  return binary::check(part);
}

Result<> Dump::name_part(u8 id, Reader& part) {
  switch (id) {
    case 0: {
      u64 begin = part.offset();
      std::string_view name = part.read_name(limits::kStringSize);
      TENON_TRY_VOID(binary::check(part));
      if (!part.at_end()) return fail(ErrorCode::UnexpectedContent, part.offset(), "trailing data at the end of a name");
      print("module name", begin);
      print(debug(name), part.offset());
      return {};
    }
    case 1:
      return name_map("function", part);
    case 2:
      return indirect_map("function", "local", part);
    case 3:
      return indirect_map("function", "label", part);
    case 4:
      return name_map("type", part);
    case 5:
      return name_map("table", part);
    case 6:
      return name_map("memory", part);
    case 7:
      return name_map("global", part);
    case 8:
      return name_map("element", part);
    case 9:
      return name_map("data", part);
    case 10:
      return indirect_map("type", "field", part);
    case 11:
      return name_map("tag", part);
    default:
      print(fmt::format("unknown names: {}", id), part.offset());
      print(part.offset() + part.remaining());
      part.read_bytes(part.remaining());
      return {};
  }
}

Result<> Dump::producers(Reader& reader) {
  u32 fields = reader.read_uleb32();
  if (reader.ok()) print(fmt::format("{} count", fields), reader.offset());
  for (u32 i = 0; i < fields && reader.ok(); ++i) {
    std::string_view field = reader.read_name(~u64{0});
    if (!reader.ok()) break;
    print(fmt::format("field: {}", field), reader.offset());
    u32 values = reader.read_uleb32();
    if (reader.ok()) print(fmt::format("{} count", values), reader.offset());
    for (u32 k = 0; k < values && reader.ok(); ++k) {
      std::string_view name = reader.read_name(~u64{0});
      std::string_view version = reader.read_name(~u64{0});
      if (reader.ok())
        print(fmt::format("ProducersFieldValue {{ name: {}, version: {} }}", debug(name), debug(version)), reader.offset());
    }
  }
  return binary::check(reader);
}

// Source: tool-conventions, DynamicLinking.
Result<> Dump::dylink_part(u8 id, Reader& part) {
  std::string text;
  auto strings = [&] {
    u32 count = part.read_uleb32();
    for (u32 i = 0; i < count && part.ok(); ++i) text += (i ? ", " : "") + debug(part.read_name(~u64{0}));
  };
  switch (id) {
    case 1: {
      u32 values[4];
      for (u32& value : values) value = part.read_uleb32();
      text = fmt::format("MemInfo(MemInfo {{ memory_size: {}, memory_alignment: {}, table_size: {}, table_alignment: {} }})",
                         values[0], values[1], values[2], values[3]);
      break;
    }
    case 2:
    case 5:
      strings();
      text = fmt::format("{}([{}])", id == 2 ? "Needed" : "RuntimePath", text);
      break;
    case 3:
    case 4: {
      u32 count = part.read_uleb32();
      for (u32 i = 0; i < count && part.ok(); ++i) {
        if (i) text += ", ";
        std::string first = debug(part.read_name(~u64{0}));
        std::string second = id == 4 ? debug(part.read_name(~u64{0})) : std::string();
        std::string flags = symbol_flags(part.read_uleb32());
        text += id == 3 ? fmt::format("ExportInfo {{ name: {}, flags: {} }}", first, flags)
                        : fmt::format("ImportInfo {{ module: {}, field: {}, flags: {} }}", first, second, flags);
      }
      text = fmt::format("{}([{}])", id == 3 ? "ExportInfo" : "ImportInfo", text);
      break;
    }
    default:
      text = fmt::format("Unknown {{ ty: {}, data: [{}], range: {}..{} }}", id, fmt::join(part.rest(), ", "), part.offset(),
                         part.offset() + part.remaining());
      part.read_bytes(part.remaining());
      break;
  }
  TENON_TRY_VOID(binary::check(part));
  print(text, part.offset());
  return {};
}

Result<> Dump::hints(Reader& reader) {
  u32 funcs = reader.read_uleb32();
  if (reader.ok()) print(fmt::format("{} count", funcs), reader.offset());
  for (u32 i = 0; i < funcs && reader.ok(); ++i) {
    u32 func = reader.read_uleb32();
    if (reader.ok()) print(fmt::format("func: {}", func), reader.offset());
    u32 count = reader.read_uleb32();
    if (reader.ok()) print(fmt::format("{} count", count), reader.offset());
    for (u32 k = 0; k < count && reader.ok(); ++k) {
      u32 offset = reader.read_uleb32();
      reader.read_u8();
      bool taken = reader.read_u8() == 1;
      if (reader.ok()) print(fmt::format("BranchHint {{ func_offset: {}, taken: {} }}", offset, taken), reader.offset());
    }
  }
  return binary::check(reader);
}

// Source: tool-conventions, Linking.
void Dump::linking(Reader& reader) {
  u8 version = reader.read_u8();
  print(fmt::format("linking version {}", version), reader.offset());
  parts(reader, [&](u8 id, Reader& part) { return linking_part(id, part); });
}

Result<> Dump::linking_part(u8 id, Reader& part) {
  std::string_view what = id == 5   ? "segment info"
                          : id == 6 ? "init funcs"
                          : id == 7 ? "comdat info"
                          : id == 8 ? "symbol table"
                                    : "";
  if (what.empty()) {
    print(fmt::format("unknown subsection: {}", id), part.offset());
    print(part.offset() + part.remaining());
    return {};
  }
  u64 begin = part.offset();
  u32 count = part.read_uleb32();
  TENON_TRY_VOID(binary::check(part));
  title(fmt::format("{} section", what), begin);
  print(fmt::format("{} count", count), part.offset());
  for (u32 i = 0; i < count && part.ok(); ++i) {
    std::string text;
    if (id == 5) {
      std::string name = debug(part.read_name(~u64{0}));
      u32 alignment = part.read_uleb32();
      text = fmt::format("Segment {{ name: {}, alignment: {}, flags: {} }}", name, alignment, segment_flags(part.read_uleb32()));
    } else if (id == 6) {
      u32 priority = part.read_uleb32();
      text = fmt::format("InitFunc {{ priority: {}, symbol_index: {} }}", priority, part.read_uleb32());
    } else if (id == 7) {
      text = comdat_text(part);
    } else {
      text = symbol_text(part);
    }
    if (part.ok()) print(text, part.offset());
  }
  return check_read(part);
}

Result<> Dump::relocations(Reader& reader) {
  u32 section = reader.read_uleb32();
  u32 count = 0;
  if (reader.ok()) {
    print(fmt::format("section {}", section), reader.offset());
    count = reader.read_uleb32();
  }
  if (reader.ok()) print(fmt::format("{} count", count), reader.offset());
  for (u32 i = 0; i < count && reader.ok(); ++i) {
    u64 at = reader.offset();
    u8 type = reader.read_u8();
    if (reader.ok() && type >= std::size(kRelocations))
      reader.fail(ErrorCode::UnexpectedContent, at, fmt::format("invalid leading byte (0x{:x}) for RelocEntryType", type));
    if (!reader.ok()) break;
    const Relocation& row = kRelocations[type];
    u32 offset = reader.read_uleb32(), index = reader.read_uleb32();
    i64 addend = row.addend == 64 ? reader.read_sleb64() : row.addend == 32 ? reader.read_sleb32() : 0;
    if (reader.ok())
      print(fmt::format("RelocationEntry {{ ty: {}, offset: {}, index: {}, addend: {} }}", row.name, offset, index, addend),
            reader.offset());
  }
  return check_read(reader);
}

}  // namespace

Result<> dump(Bytes module, bool color, print::Sink& sink) {
  return Dump(module, color, sink).run();
}

}  // namespace tenon::inspect
