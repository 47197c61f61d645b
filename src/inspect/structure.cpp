#include "tenon/inspect/structure.h"

#include <vector>

#include <fmt/format.h>

#include "tenon/binary/ops.h"
#include "tenon/binary/parser.h"
#include "tenon/spec/errors.h"

namespace tenon::inspect {
namespace {

// Reads everything that a section holds.
class Structure {
 public:
  explicit Structure(Features features) : features_(features) {}

  // Instructions to the end of the reader's bytes.
  Result<> check_instructions(Reader& reader, std::string_view where) {
    binary::BlockOrder order;
    order.begin();
    while (reader.ok() && !reader.at_end()) {
      u64 offset = reader.offset();
      Op op = binary::read_op(reader);
      u64 behind = reader.offset();
      binary::Immediates immediates;
      binary::read_immediates(reader, op, offset, features_, immediates);
      if (!reader.ok()) break;
      if (order.closed())
        reader.fail(ErrorCode::UnexpectedToken, offset, fmt::format("operators remaining after end of {}", where));
      else if (std::string wrong = order.enter(op); !wrong.empty())
        reader.fail(ErrorCode::UnexpectedToken, behind, wrong);
    }
    if (reader.ok() && !order.closed())
      reader.fail(ErrorCode::EndExpected, reader.offset(), fmt::format("control frames remain at end of {}", where));
    return binary::check(reader);
  }

  Result<> check_body(const binary::CodeEntry& body) {
    Reader reader(body.bytes, body.offset);
    u32 groups = reader.read_uleb32();
    u64 locals = 0;
    for (u32 i = 0; i < groups && reader.ok(); ++i) {
      locals += reader.read_uleb32();
      if (locals > 0xffffffff) reader.fail(ErrorCode::TooManyLocals, reader.offset(), "too many locals");
      binary::read_val_type(reader);
    }
    TENON_TRY_VOID(binary::check(reader));
    return check_instructions(reader, "function body or expression");
  }

  Result<> check_constant(const binary::ConstBytes& constant) {
    Reader reader(constant.bytes, constant.offset);
    return check_instructions(reader, "expression");
  }

  // One item after another, each with what hangs on it.
  template <class Item, class Check>
  Result<> check_items(const binary::Section& section, Check check_item) {
    binary::SectionItems items(section);
    while (items.more()) {
      Item item;
      read_item(items, item);
      TENON_TRY_VOID(binary::check(items.reader()));
      TENON_TRY_VOID(check_item(item));
    }
    return binary::check(items.reader());
  }

  template <class Item>
  Result<> check_items(const binary::Section& section) {
    return check_items<Item>(section, [](const Item&) { return Result<>(); });
  }

  Result<> check_element(const binary::ElementItem& item) {
    if (item.mode == binary::ElementItem::Mode::Active) TENON_TRY_VOID(check_constant(item.offset));
    if (!item.uses_exprs) return {};
    Reader reader(item.items, item.items_offset);
    for (u32 i = 0; i < item.count && reader.ok(); ++i) binary::skip_const_expr(reader, features_);
    return binary::check(reader);
  }

  Result<> check_imports(const binary::Section& section) {
    binary::SectionItems items(section);
    while (items.more()) {
      binary::ImportEntry entry;
      entry.read(items);
      binary::ImportItem item;
      while (entry.next(item)) {
      }
      TENON_TRY_VOID(binary::check(entry.reader()));
      TENON_TRY_VOID(binary::check(items.reader()));
    }
    return binary::check(items.reader());
  }

  Result<> check_tags(const binary::Section& section) {
    binary::SectionItems items(section);
    while (items.more()) {
      TypeIndex type;
      binary::read_tag(items, type);
    }
    return binary::check(items.reader());
  }

  Result<> check_section(const binary::ItemSection& item) {
    using enum binary::SectionId;
    switch (item.id) {
      case Type:
        return check_items<binary::RecGroup>(item.section);
      case Import:
        return check_imports(item.section);
      case Function:
        return check_items<TypeIndex>(item.section);
      case Table:
        return check_items<binary::TableItem>(item.section, [this](const binary::TableItem& table) {
          return table.has_init ? check_constant(table.init) : Result<>();
        });
      case Memory:
        return check_items<binary::MemoryItem>(item.section);
      case Tag:
        return check_tags(item.section);
      case Global:
        return check_items<binary::GlobalItem>(item.section,
                                               [this](const binary::GlobalItem& global) { return check_constant(global.init); });
      case Export:
        return check_items<binary::ExportItem>(item.section);
      case Element:
        return check_items<binary::ElementItem>(item.section,
                                                [this](const binary::ElementItem& elem) { return check_element(elem); });
      case Data:
        return check_items<binary::DataItem>(item.section, [this](const binary::DataItem& data) {
          return data.is_active ? check_constant(data.offset) : Result<>();
        });
      default:
        return {};
    }
  }

 private:
  Features features_;
};

}  // namespace

Result<> check_structure(Bytes module, Features features) {
  binary::Parser parser(features);
  Structure structure(features);
  for (;;) {
    TENON_TRY(binary::Chunk chunk, parser.parse(module, true));
    auto* parsed = std::get_if<binary::Parsed>(&chunk);
    if (parsed == nullptr || std::holds_alternative<binary::End>(parsed->payload)) return {};
    if (auto* section = std::get_if<binary::ItemSection>(&parsed->payload)) {
      TENON_TRY_VOID(structure.check_section(*section));
    } else if (auto* body = std::get_if<binary::CodeEntry>(&parsed->payload)) {
      TENON_TRY_VOID(structure.check_body(*body));
    } else if (auto* unknown = std::get_if<binary::UnknownSection>(&parsed->payload)) {
      return fail(ErrorCode::MalformedSectionId, fmt::format("malformed section id: {}", unknown->id));
    }
    module = module.subspan(parsed->consumed);
  }
}

}  // namespace tenon::inspect
