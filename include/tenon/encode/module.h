// A module's bytes, section by section. What goes into a section is written item by item; ModuleBuilder puts the sections into
// their order and custom sections where they were asked for. Nothing is validated.
//
// spec: core/binary/modules.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/encode/names.h"
#include "tenon/encode/sink.h"
#include "tenon/encode/types.h"

namespace tenon::encode {

/// Binary ids of sections.
enum class SectionId : u8 {
  Custom = 0,
  Type = 1,
  Import = 2,
  Func = 3,
  Table = 4,
  Memory = 5,
  Global = 6,
  Export = 7,
  Start = 8,
  Elem = 9,
  Code = 10,
  Data = 11,
  DataCount = 12,
  Tag = 13,
};

/// A section that is a vector of items.
class Section {
 public:
  bool empty() const { return count_ == 0; }
  u32 count() const { return count_; }
  /// Counts one more item, whose bytes the caller appends to the result.
  Sink& item() {
    ++count_;
    return bytes_;
  }
  const Sink& bytes() const { return bytes_; }

 protected:
  friend class ModuleBuilder;
  u32 count_ = 0;
  Sink bytes_;
};

/// Items are recursion groups; a definition outside of one is a group of its own.
class TypeSection : public Section {
 public:
  /// One definition in a group of its own; returns its index.
  TypeIndex add(const SubType& type);
  TypeIndex func(std::span<const ValType> params, std::span<const ValType> results);
  /// An explicit group; returns the first index.
  TypeIndex rec(std::span<const SubType> types);
  /// Number of types, groups counted with their members, of those added by the functions above.
  u32 types() const { return types_; }

 private:
  u32 types_ = 0;
};

class ImportSection : public Section {
 public:
  void func(std::string_view module, std::string_view name, TypeIndex type);
  void table(std::string_view module, std::string_view name, const TableType& type);
  void memory(std::string_view module, std::string_view name, const MemoryType& type);
  void global(std::string_view module, std::string_view name, const GlobalType& type);
  void tag(std::string_view module, std::string_view name, TypeIndex type);

 private:
  Sink& start(std::string_view module, std::string_view name, ExternKind kind);
};

class ExportSection : public Section {
 public:
  void add(std::string_view name, ExternKind kind, u32 index) {
    Sink& sink = item();
    sink.name(name);
    sink.push_back(static_cast<u8>(kind));
    sink.uleb(index);
  }
};

class DataSection : public Section {
 public:
  void passive(Bytes bytes);
  /// `offset` is a constant expression without its end.
  void active(MemoryIndex memory, Bytes offset, Bytes bytes);
};

class CodeSection : public Section {
 public:
  /// A body: its local declarations and instructions, the final end included.
  void body(Bytes body) { item().sized(body); }
};

/// Run-length groups of a body's local declarations. The types are compared by their bytes.
class LocalGroups {
 public:
  void add(Bytes type);
  void add(ValType type);
  void clear();
  /// The vector of groups.
  void write(Sink& sink) const;

 private:
  struct Group {
    u32 count;
    u32 begin, end;  // in types_
  };
  std::vector<Group> groups_;
  Sink types_;
};

/// Branch hints, which are the custom section metadata.code.branch_hint in front of the code.
class BranchHints {
 public:
  struct Hint {
    u32 offset;  ///< of the instruction, from the start of the function's body (its local declarations)
    u8 value;    ///< 1 where the branch is likely taken
  };
  bool empty() const { return count_ == 0; }
  void function(FuncIndex function, std::span<const Hint> hints);
  void write(Sink& sink) const;

 private:
  u32 count_ = 0;
  Sink bytes_;
};

/// The sections that a custom section can be placed next to, in the order of a module.
enum class Anchor : u8 { First, Type, Import, Func, Table, Memory, Tag, Global, Export, Start, Elem, Code, Data, Last, End };

/// Where a custom section goes: just before or after an anchor (First has only before, Last only after; End is behind the
/// name section, which is behind Last).
struct CustomPlace {
  Anchor anchor = Anchor::Last;
  bool after = true;
  bool operator==(const CustomPlace&) const = default;
};

/// All of a module. The sections are public: write to them in any order, then call finish() once.
class ModuleBuilder {
 public:
  TypeSection types;
  ImportSection imports;
  Section functions;
  Section tables;
  Section memories;
  Section tags;
  Section globals;
  ExportSection exports;
  std::vector<FuncIndex> starts;  ///< more than one makes a malformed module
  Section elements;
  std::optional<u32> data_count;
  BranchHints branch_hints;
  CodeSection code;
  DataSection data;
  NameSection names;

  /// Adds a custom section; those of one place keep the order in which they were added.
  void custom(CustomPlace place, std::string_view name, Bytes payload);

  /// The module. The sections are empty afterwards. Fails where a section would be longer than its length field can say.
  Result<std::vector<u8>> finish();

 private:
  struct Custom {
    CustomPlace place;
    std::string name;
    std::vector<u8> payload;
  };
  std::vector<Custom> customs_;
};

}  // namespace tenon::encode
