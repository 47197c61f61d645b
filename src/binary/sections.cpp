#include "tenon/binary/sections.h"

#include <fmt/format.h>

#include "tenon/binary/ops.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::binary {
namespace {

ConstBytes read_const(Reader& reader, Features features) {
  ConstBytes out;
  out.offset = reader.offset();
  out.bytes = skip_const_expr(reader, features);
  return out;
}

std::string_view read_name(Reader& reader) {
  return reader.read_name(limits::kStringSize);
}

constexpr u8 kFuncExact = 0x20;

// An external kind; kFuncExact comes back as it is.
u8 read_kind(Reader& reader, ErrorCode code) {
  u64 at = reader.offset();
  u8 byte = reader.read_u8();
  if (byte > 4 && byte != kFuncExact) {
    reader.fail(code, at, fmt::format("invalid leading byte (0x{:x}) for external kind", byte));
    return 0;
  }
  return byte;
}

TypeIndex read_tag_type(Reader& reader) {
  u8 attribute = reader.read_u8();
  if (attribute != 0) reader.fail(ErrorCode::MalformedImportKind, reader.offset() - 1, "invalid tag attributes");
  return TypeIndex(reader.read_uleb32());
}

ImportType read_import_type(Reader& reader, Features features) {
  ImportType out;
  u8 kind = read_kind(reader, ErrorCode::MalformedImportKind);
  out.exact = kind == kFuncExact;
  if (out.exact) kind = 0;
  out.kind = static_cast<ExternKind>(kind);
  switch (out.kind) {
    case ExternKind::Func:
      out.type = TypeIndex(reader.read_uleb32());
      break;
    case ExternKind::Table:
      out.table = read_table_type(reader, features);
      break;
    case ExternKind::Memory:
      out.memory = read_memory_type(reader, features, out.custom_page_size);
      break;
    case ExternKind::Global:
      out.global = read_global_type(reader);
      break;
    case ExternKind::Tag:
      out.type = read_tag_type(reader);
      break;
  }
  return out;
}

}  // namespace

Section::Section(Bytes bytes, u64 offset, Features features)
    : bytes_(bytes), range_{offset, offset + bytes.size()}, features_(features) {
  Reader reader(bytes, offset);
  count_ = reader.read_uleb32();
}

SectionItems::SectionItems(const Section& section)
    : reader_(section.bytes(), section.range().begin), remaining_(section.count()), features_(section.features()) {
  reader_.read_uleb32();
}

bool SectionItems::more() {
  if (!reader_.ok()) return false;
  if (remaining_ == 0) {
    if (!reader_.at_end())
      reader_.fail(ErrorCode::SectionSizeMismatch, reader_.offset(),
                   "section size mismatch: unexpected data at the end of the section");
    return false;
  }
  --remaining_;
  return true;
}

void read_item(SectionItems& items, RecGroup& out) {
  read_rec_group(items.reader(), out);
}

void read_item(SectionItems& items, TypeIndex& out) {
  out = TypeIndex(items.reader().read_uleb32());
}

void read_tag(SectionItems& items, TypeIndex& out) {
  out = read_tag_type(items.reader());
}

void read_item(SectionItems& items, TableItem& out) {
  Reader& reader = items.reader();
  out = {};
  // 0x40 0x00 begins a table with an initialiser.
  if (reader.peek() == 0x40) {
    out.has_init = true;
    reader.read_u8();
    if (reader.read_u8() != 0) reader.fail(ErrorCode::MalformedLimitsFlags, reader.offset() - 1, "invalid table encoding");
  }
  out.type = read_table_type(reader, items.features());
  if (out.has_init) out.init = read_const(reader, items.features());
}

void read_item(SectionItems& items, MemoryItem& out) {
  out.type = read_memory_type(items.reader(), items.features(), out.custom_page_size);
}

void read_item(SectionItems& items, GlobalItem& out) {
  out.type = read_global_type(items.reader());
  out.init = read_const(items.reader(), items.features());
}

void read_item(SectionItems& items, ExportItem& out) {
  Reader& reader = items.reader();
  out.name = read_name(reader);
  u8 kind = read_kind(reader, ErrorCode::MalformedExportKind);
  if (kind == kFuncExact) {
    reader.fail(ErrorCode::MalformedExportKind, reader.offset(), "Exact type is not allowed in the exports");
    return;
  }
  out.kind = static_cast<ExternKind>(kind);
  out.index = reader.read_uleb32();
}

void read_item(SectionItems& items, ElementItem& out) {
  Reader& reader = items.reader();
  out = {};
  u32 flags = reader.read_uleb32();
  if (flags > 7) {
    reader.fail(ErrorCode::MalformedReferenceType, reader.offset() - 1, "invalid flags byte in element segment");
    return;
  }
  if (flags & 1) {
    out.mode = flags & 2 ? ElementItem::Mode::Declared : ElementItem::Mode::Passive;
  } else {
    out.names_table = flags & 2;
    if (out.names_table) out.table = reader.read_uleb32();
    out.offset = read_const(reader, items.features());
  }
  out.uses_exprs = flags & 4;
  if (out.uses_exprs) out.type = ValType::funcref();
  if (flags & 3) {
    if (out.uses_exprs) {
      out.type = read_ref_type(reader);
    } else if (read_kind(reader, ErrorCode::MalformedReferenceType) != 0) {
      reader.fail(ErrorCode::MalformedReferenceType, reader.offset() - 1,
                  "only the function external type is supported in elem segment");
    }
  }
  const u8* begin = reader.pos();
  out.count = reader.read_uleb32();
  out.items_offset = reader.offset();
  begin = reader.pos();
  for (u32 i = 0; i < out.count && reader.ok(); ++i) {
    if (out.uses_exprs)
      skip_const_expr(reader, items.features());
    else
      reader.read_uleb32();
  }
  if (reader.ok()) out.items = Bytes(begin, reader.pos());
}

void read_item(SectionItems& items, DataItem& out) {
  Reader& reader = items.reader();
  out = {};
  u64 start = reader.offset();
  u32 flags = reader.read_uleb32();
  if (flags > 2) {
    reader.fail(ErrorCode::UnexpectedEnd, start, "invalid flags byte in data segment");
    return;
  }
  out.is_active = flags != 1;
  if (out.is_active) {
    if (flags == 2) out.memory = reader.read_uleb32();
    out.offset = read_const(reader, items.features());
  }
  out.bytes = reader.read_sized();
  out.bytes_offset = reader.offset() - out.bytes.size();
}

void ImportEntry::read(SectionItems& items) {
  constexpr u8 kManyTypes = 0x7f, kOneType = 0x7e;
  Reader& reader = items.reader();
  features_ = items.features();
  form_ = Form::Single;
  count_ = remaining_ = 1;
  first_ = {};
  first_.offset = reader.offset();
  first_.module = read_name(reader);
  first_.name = read_name(reader);
  u8 discriminator = reader.peek();
  if (!first_.name.empty() || (discriminator != kManyTypes && discriminator != kOneType)) {
    first_.type = read_import_type(reader, features_);
    return;
  }
  if (!features_.has(Feature::CompactImports)) {
    reader.fail(Error(ErrorCode::MalformedImportKind, reader.offset(),
                      fmt::format("invalid leading byte 0x{:X} with compact imports proposal disabled", discriminator))
                    .with_missing(Feature::CompactImports));
    return;
  }
  reader.read_u8();
  form_ = discriminator == kManyTypes ? Form::ManyTypes : Form::OneType;
  if (form_ == Form::OneType) first_.type = read_import_type(reader, features_);
  count_ = remaining_ = reader.read_uleb32();
  u64 start = reader.offset();
  const u8* begin = reader.pos();
  for (u32 i = 0; i < remaining_ && reader.ok(); ++i) {
    reader.skip_name(limits::kStringSize);
    if (form_ == Form::ManyTypes) read_import_type(reader, features_);
  }
  if (reader.ok()) reader_ = Reader(Bytes(begin, reader.pos()), start);
}

bool ImportEntry::next(ImportItem& out) {
  if (remaining_ == 0) return false;
  --remaining_;
  if (form_ == Form::Single) {
    out = first_;
    return true;
  }
  out.offset = reader_.offset();
  out.module = first_.module;
  out.name = read_name(reader_);
  out.type = form_ == Form::ManyTypes ? read_import_type(reader_, features_) : first_.type;
  return reader_.ok();
}

}  // namespace tenon::binary
