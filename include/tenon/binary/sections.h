// Readers of sections: each yields the section's items one by one, zero copy, with nothing validated beyond the format.
//
// spec: core/binary/modules.
#pragma once

#include "tenon/base/reader.h"
#include "tenon/binary/errors.h"
#include "tenon/binary/types.h"
#include "tenon/spec/features.h"
#include "tenon/spec/types.h"

namespace tenon::binary {

/// Bytes [begin, end) of the input.
struct Range {
  u64 begin = 0;
  u64 end = 0;
};

/// A constant expression: its bytes, final end included.
struct ConstBytes {
  Bytes bytes;
  u64 offset = 0;
};

/// The type of an import as written. A function's or tag's type is an index.
struct ImportType {
  ExternKind kind = ExternKind::Func;
  bool exact = false;  ///< Func of an exact type (custom descriptors)
  TypeIndex type;      ///< Func, Tag
  TableType table;
  MemoryType memory;
  bool custom_page_size = false;
  GlobalType global;
};

struct ImportItem {
  u64 offset = 0;
  std::string_view module;
  std::string_view name;
  ImportType type;
};

struct TableItem {
  TableType type;
  bool has_init = false;
  ConstBytes init;
};

struct MemoryItem {
  MemoryType type;
  bool custom_page_size = false;
};

struct GlobalItem {
  GlobalType type;
  ConstBytes init;
};

struct ExportItem {
  std::string_view name;
  ExternKind kind = ExternKind::Func;
  u32 index = 0;
};

/// An element segment; which of `funcs` and `exprs` it has follows from `uses_exprs`.
struct ElementItem {
  enum class Mode : u8 { Active, Passive, Declared };
  Mode mode = Mode::Active;
  u32 table = 0;             ///< Active
  bool names_table = false;  ///< Active: the encoding has the table's index
  ConstBytes offset;         ///< Active
  bool uses_exprs = false;
  ValType type = ValType::ref(AbstractHeap::Func);  ///< of the elements; functions by index are (ref func)
  u32 count = 0;
  Bytes items;  ///< function indices, or constant expressions one after the other
  u64 items_offset = 0;
};

struct DataItem {
  bool is_active = false;
  u32 memory = 0;     ///< active
  ConstBytes offset;  ///< active
  Bytes bytes;
  u64 bytes_offset = 0;
};

/// A section with a count of items. `Derived` reads one item.
class Section {
 public:
  Section() = default;
  /// Reads the count; a section too short for it leaves a fault in `fault_in`.
  Section(Bytes bytes, u64 offset, Features features);

  u32 count() const { return count_; }
  /// Of the section's contents, the count included.
  Range range() const { return range_; }
  Bytes bytes() const { return bytes_; }
  Features features() const { return features_; }

 private:
  Bytes bytes_;
  Range range_;
  u32 count_ = 0;
  Features features_;
};

/// Walks the items of a section. After the last item, `next` reports bytes that are left over.
class SectionItems {
 public:
  explicit SectionItems(const Section& section);

  /// Offset of the item that is read next.
  u64 offset() const { return reader_.offset(); }
  Reader& reader() { return reader_; }
  Features features() const { return features_; }

  /// Whether another item follows; at the end, checks that nothing is left. Ask `check(reader())` after it said no.
  bool more();

 private:
  Reader reader_;
  u32 remaining_;
  Features features_;
};

// One item each. Faults stay in the reader.
void read_item(SectionItems& items, RecGroup& out);
void read_item(SectionItems& items, TypeIndex& out);  ///< a function's type, or a tag's
void read_item(SectionItems& items, TableItem& out);
void read_item(SectionItems& items, MemoryItem& out);
void read_item(SectionItems& items, GlobalItem& out);
void read_item(SectionItems& items, ExportItem& out);
void read_item(SectionItems& items, ElementItem& out);
void read_item(SectionItems& items, DataItem& out);
/// A tag: an attribute and a type.
void read_tag(SectionItems& items, TypeIndex& out);

/// One entry of the import section: a single import, or, compactly, several from one module. `each` is called for every import
/// of the entry after the entry was read whole, and stops the walk by returning false.
class ImportEntry {
 public:
  void read(SectionItems& items);
  /// The next import of the entry. False at its end, or on a fault in `reader()`.
  bool next(ImportItem& out);
  Reader& reader() { return reader_; }

  /// How the entry is written: one import, several that share a module, or several that share a type, too.
  enum class Form : u8 { Single, ManyTypes, OneType };
  Form form() const { return form_; }
  std::string_view module() const { return first_.module; }
  u32 count() const { return count_; }                           ///< imports in the entry
  const ImportType& common_type() const { return first_.type; }  ///< Form::OneType

 private:
  Form form_ = Form::Single;
  ImportItem first_;
  Reader reader_;  // the compact forms' items
  u32 count_ = 0, remaining_ = 0;
  Features features_;
};

}  // namespace tenon::binary
