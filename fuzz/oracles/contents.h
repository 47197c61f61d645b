// Oracle: whatever a payload holds is read item by item and instruction by instruction; views lie inside it, readers move forward
// and stop at the first fault.
#pragma once

#include "oracles/check.h"
#include "tenon/binary/errors.h"
#include "tenon/binary/ops.h"
#include "tenon/binary/parser.h"

namespace tenon::fuzz {

inline void check_inside(Bytes outer, Bytes inner) {
  if (inner.empty()) return;
  check(inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size(), "a view leaves its section");
}

/// Reads instructions up to the end of `code` or the first fault.
inline void read_code(Bytes code, u64 offset, Features features) {
  Reader reader(code, offset);
  binary::Immediates immediates{};
  while (reader.ok() && reader.offset() < offset + code.size()) {
    u64 at = reader.offset();
    Op op = binary::read_op(reader);
    if (reader.ok()) binary::read_immediates(reader, op, at, features, immediates);
    check(!reader.ok() || reader.offset() > at, "an instruction takes no bytes");
    for (ImmField field : kImmFields[static_cast<u8>(info(op).imm)]) {
      if (!reader.ok() || (field != ImmField::Catches && field != ImmField::Handlers)) continue;
      check_inside(code, immediates.items);
      Reader items(immediates.items, 0);
      for (u32 i = 0; i < immediates.count; ++i)
        field == ImmField::Catches ? static_cast<void>(binary::read_catch(items))
                                   : static_cast<void>(binary::read_handler(items));
      check(items.ok() && items.offset() == immediates.items.size(), "clauses are not what was viewed");
    }
  }
  if (!reader.ok()) check(!binary::to_error(*reader.fault()).to_string().empty(), "a fault without words");
}

inline void read_const(const binary::ConstBytes& expression, Bytes section, Features features) {
  check_inside(section, expression.bytes);
  read_code(expression.bytes, expression.offset, features);
}

template <class Item, class Look>
void read_items(const binary::Section& section, Look look) {
  binary::SectionItems items(section);
  Item item;
  u64 count = 0;
  while (items.more()) {
    u64 at = items.offset();
    read_item(items, item);
    if (!items.reader().ok()) break;
    check(items.offset() > at, "an item takes no bytes");
    check(++count <= section.count(), "more items than were announced");
    look(item);
  }
  if (!items.reader().ok()) check(!binary::to_error(*items.reader().fault()).to_string().empty(), "a fault without words");
}

inline void read_section(const binary::ItemSection& of) {
  const binary::Section& section = of.section;
  Bytes bytes = section.bytes();
  Features features = section.features();
  auto constant = [&](const binary::ConstBytes& expression) { read_const(expression, bytes, features); };
  switch (of.id) {
    case binary::SectionId::Type:
      return read_items<binary::RecGroup>(section, [](const auto&) {});
    case binary::SectionId::Function:
      return read_items<TypeIndex>(section, [](const auto&) {});
    case binary::SectionId::Table:
      return read_items<binary::TableItem>(section, [&](const auto& table) {
        if (table.has_init) constant(table.init);
      });
    case binary::SectionId::Memory:
      return read_items<binary::MemoryItem>(section, [](const auto&) {});
    case binary::SectionId::Global:
      return read_items<binary::GlobalItem>(section, [&](const auto& global) { constant(global.init); });
    case binary::SectionId::Export:
      return read_items<binary::ExportItem>(section, [&](const auto& item) { check_inside(bytes, as_bytes(item.name)); });
    case binary::SectionId::Element:
      return read_items<binary::ElementItem>(section, [&](const auto& segment) {
        check_inside(bytes, segment.items);
        if (segment.mode == binary::ElementItem::Mode::Active) constant(segment.offset);
        Reader reader(segment.items, segment.items_offset);
        for (u32 i = 0; i < segment.count && reader.ok(); ++i)
          if (segment.uses_exprs)
            check_inside(segment.items, binary::skip_const_expr(reader, features));
          else
            reader.read_uleb32();
      });
    case binary::SectionId::Data:
      return read_items<binary::DataItem>(section, [&](const auto& segment) {
        check_inside(bytes, segment.bytes);
        if (segment.is_active) constant(segment.offset);
      });
    case binary::SectionId::Import: {
      binary::SectionItems items(section);
      binary::ImportEntry entry;
      binary::ImportItem item;
      while (items.more()) {
        entry.read(items);
        if (!items.reader().ok()) return;
        while (entry.next(item)) {
          check_inside(bytes, as_bytes(item.module));
          check_inside(bytes, as_bytes(item.name));
        }
        if (!entry.reader().ok()) return;
      }
      return;
    }
    case binary::SectionId::Tag: {
      binary::SectionItems items(section);
      TypeIndex type;
      while (items.more() && items.reader().ok()) binary::read_tag(items, type);
      return;
    }
    default:
      return;
  }
}

/// Reads all that the payloads of `bytes` hold, up to the first that is malformed.
inline void read_contents(Bytes bytes, Features features) {
  binary::Parser parser(features);
  for (std::size_t at = 0;;) {
    auto chunk = parser.parse(bytes.subspan(at), true);
    if (!chunk) return;
    auto& parsed = std::get<binary::Parsed>(*chunk);
    at += parsed.consumed;
    if (std::holds_alternative<binary::End>(parsed.payload)) return;
    if (auto* section = std::get_if<binary::ItemSection>(&parsed.payload)) read_section(*section);
    if (auto* entry = std::get_if<binary::CodeEntry>(&parsed.payload)) {
      Reader reader(entry->bytes, entry->offset);
      for (u32 runs = reader.read_uleb32(); runs != 0 && reader.ok(); --runs) {
        reader.read_uleb32();
        binary::read_val_type(reader);
      }
      if (reader.ok()) read_code(entry->bytes.subspan(reader.offset() - entry->offset), reader.offset(), features);
    }
  }
}

}  // namespace tenon::fuzz
