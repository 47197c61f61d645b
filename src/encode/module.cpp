#include "tenon/encode/module.h"

#include <limits>

#include "tenon/spec/errors.h"

namespace tenon::encode {

TypeIndex TypeSection::add(const SubType& type) {
  sub_type(item(), type);
  return TypeIndex(types_++);
}

TypeIndex TypeSection::func(std::span<const ValType> params, std::span<const ValType> results) {
  func_type(item(), params, results);
  return TypeIndex(types_++);
}

TypeIndex TypeSection::rec(std::span<const SubType> types) {
  Sink& sink = item();
  sink.push_back(0x4e);
  sink.uleb(types.size());
  for (const SubType& type : types) sub_type(sink, type);
  TypeIndex first(types_);
  types_ += static_cast<u32>(types.size());
  return first;
}

Sink& ImportSection::start(std::string_view module, std::string_view name, ExternKind kind) {
  Sink& sink = item();
  sink.name(module);
  sink.name(name);
  sink.push_back(static_cast<u8>(kind));
  return sink;
}

void ImportSection::func(std::string_view module, std::string_view name, TypeIndex type) {
  start(module, name, ExternKind::Func).uleb(type.value());
}

void ImportSection::table(std::string_view module, std::string_view name, const TableType& type) {
  table_type(start(module, name, ExternKind::Table), type);
}

void ImportSection::memory(std::string_view module, std::string_view name, const MemoryType& type) {
  memory_type(start(module, name, ExternKind::Memory), type);
}

void ImportSection::global(std::string_view module, std::string_view name, const GlobalType& type) {
  global_type(start(module, name, ExternKind::Global), type);
}

void ImportSection::tag(std::string_view module, std::string_view name, TypeIndex type) {
  tag_type(start(module, name, ExternKind::Tag), type);
}

void DataSection::passive(Bytes bytes) {
  Sink& sink = item();
  sink.push_back(1);
  sink.sized(bytes);
}

void DataSection::active(MemoryIndex memory, Bytes offset, Bytes bytes) {
  Sink& sink = item();
  if (memory.value() == 0) {
    sink.push_back(0);
  } else {
    sink.push_back(2);
    sink.uleb(memory.value());
  }
  sink.bytes(offset);
  sink.push_back(0x0b);
  sink.sized(bytes);
}

void LocalGroups::add(Bytes type) {
  if (!groups_.empty()) {
    Group& last = groups_.back();
    if (last.end - last.begin == type.size() && std::memcmp(types_.data() + last.begin, type.data(), type.size()) == 0) {
      ++last.count;
      return;
    }
  }
  auto begin = static_cast<u32>(types_.size());
  types_.bytes(type);
  groups_.push_back({1, begin, static_cast<u32>(types_.size())});
}

void LocalGroups::add(ValType type) {
  Sink one;
  val_type(one, type);
  add(one.view());
}

void LocalGroups::clear() {
  groups_.clear();
  types_.clear();
}

void LocalGroups::write(Sink& sink) const {
  sink.uleb(groups_.size());
  for (const Group& group : groups_) {
    sink.uleb(group.count);
    sink.bytes(Bytes(types_.data() + group.begin, group.end - group.begin));
  }
}

void BranchHints::function(FuncIndex function, std::span<const Hint> hints) {
  ++count_;
  bytes_.uleb(function.value());
  bytes_.uleb(hints.size());
  for (const Hint& hint : hints) {
    bytes_.uleb(hint.offset);
    bytes_.uleb(1);
    bytes_.push_back(hint.value);
  }
}

void BranchHints::write(Sink& sink) const {
  sink.uleb(count_);
  sink.bytes(bytes_.view());
}

void ModuleBuilder::custom(CustomPlace place, std::string_view name, Bytes payload) {
  customs_.push_back({place, std::string(name), std::vector<u8>(payload.begin(), payload.end())});
}

namespace {

// Puts sections behind one another and remembers whether one was too long.
class Writer {
 public:
  explicit Writer(std::size_t room) {
    out_.reserve(room);
    append(as_bytes(std::string_view("\0asm\1\0\0\0", 8)));
  }
  void section(SectionId id, std::size_t size) {
    if (size > std::numeric_limits<u32>::max()) too_long_ = true;
    out_.push_back(static_cast<u8>(id));
    uleb(size);
  }
  void uleb(u64 value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<u8>(value | 0x80));
    out_.push_back(static_cast<u8>(value));
  }
  void append(Bytes bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void custom(std::string_view name, Bytes payload) {
    section(SectionId::Custom, uleb_size(name.size()) + name.size() + payload.size());
    uleb(name.size());
    append(as_bytes(name));
    append(payload);
  }
  bool too_long() const { return too_long_; }
  std::vector<u8> take() { return std::move(out_); }

 private:
  std::vector<u8> out_;
  bool too_long_ = false;
};

}  // namespace

Result<std::vector<u8>> ModuleBuilder::finish() {
  Sink name_bytes, hint_bytes;
  if (!names.empty()) names.write(name_bytes);
  if (!branch_hints.empty()) branch_hints.write(hint_bytes);
  std::size_t room = 128 + name_bytes.size() + hint_bytes.size();
  for (const Section* section : std::initializer_list<const Section*>{&types, &imports, &functions, &tables, &memories, &tags,
                                                                      &globals, &exports, &elements, &code, &data})
    room += section->bytes().size() + 16;
  for (const Custom& custom : customs_) room += custom.name.size() + custom.payload.size() + 16;
  Writer out(room);

  auto customs = [&](Anchor anchor, bool after) {
    for (const Custom& custom : customs_)
      if (custom.place == CustomPlace{anchor, after}) out.custom(custom.name, custom.payload);
  };
  auto vector = [&](Anchor anchor, SectionId id, Section& section) {
    customs(anchor, false);
    if (!section.empty()) {
      if (id == SectionId::Code && !hint_bytes.empty()) out.custom("metadata.code.branch_hint", hint_bytes.view());
      out.section(id, uleb_size(section.count_) + section.bytes_.size());
      out.uleb(section.count_);
      out.append(section.bytes_.view());
      section.bytes_.reset();
      section.count_ = 0;
    }
    customs(anchor, true);
  };

  customs(Anchor::First, false);
  vector(Anchor::Type, SectionId::Type, types);
  vector(Anchor::Import, SectionId::Import, imports);
  vector(Anchor::Func, SectionId::Func, functions);
  vector(Anchor::Table, SectionId::Table, tables);
  vector(Anchor::Memory, SectionId::Memory, memories);
  vector(Anchor::Tag, SectionId::Tag, tags);
  vector(Anchor::Global, SectionId::Global, globals);
  vector(Anchor::Export, SectionId::Export, exports);
  customs(Anchor::Start, false);
  for (FuncIndex start : starts) {
    out.section(SectionId::Start, uleb_size(start.value()));
    out.uleb(start.value());
  }
  customs(Anchor::Start, true);
  vector(Anchor::Elem, SectionId::Elem, elements);
  if (data_count) {
    out.section(SectionId::DataCount, uleb_size(*data_count));
    out.uleb(*data_count);
  }
  vector(Anchor::Code, SectionId::Code, code);
  vector(Anchor::Data, SectionId::Data, data);
  customs(Anchor::Last, true);
  if (!name_bytes.empty()) out.custom("name", name_bytes.view());
  customs(Anchor::End, true);
  if (out.too_long()) return fail(ErrorCode::LimitExceeded, "a section is longer than 4294967295 bytes");
  return out.take();
}

}  // namespace tenon::encode
