// The name section: identifiers of a module and of what it defines, for people.
//
// spec: core/appendix/custom "Name Section", with the subsections of the extended-name-section proposal.
#pragma once

#include <array>

#include "tenon/encode/sink.h"

namespace tenon::encode {

/// Subsections; values are the binary ids.
enum class NameKind : u8 {
  Module = 0,
  Func = 1,
  Local = 2,
  Label = 3,
  Type = 4,
  Table = 5,
  Memory = 6,
  Global = 7,
  Elem = 8,
  Data = 9,
  Field = 10,
  Tag = 11,
};
inline constexpr std::size_t kNameKinds = 12;

/// Index to name. Indices must be added in rising order.
class NameMap {
 public:
  bool empty() const { return count_ == 0; }
  void add(u32 index, std::string_view name) {
    ++count_;
    bytes_.uleb(index);
    bytes_.name(name);
  }
  void clear() {
    count_ = 0;
    bytes_.clear();
  }
  /// Count and entries.
  void write(Sink& sink) const {
    sink.uleb(count_);
    sink.bytes(bytes_.view());
  }

 private:
  u32 count_ = 0;
  Sink bytes_;
};

/// Index to NameMap. Indices must be added in rising order.
class IndirectNameMap {
 public:
  bool empty() const { return count_ == 0; }
  void add(u32 index, const NameMap& names) {
    ++count_;
    bytes_.uleb(index);
    names.write(bytes_);
  }
  void write(Sink& sink) const {
    sink.uleb(count_);
    sink.bytes(bytes_.view());
  }

 private:
  u32 count_ = 0;
  Sink bytes_;
};

/// All subsections, written in the order of their ids, each only if it has an entry.
class NameSection {
 public:
  void module(std::string_view name) {
    has_module_ = true;
    module_ = name;
  }
  /// A map of names: any kind but Module, Local, Label and Field.
  NameMap& map(NameKind kind) { return maps_[static_cast<u8>(kind)]; }
  /// A map of maps: Local, Label or Field.
  IndirectNameMap& indirect(NameKind kind) { return indirect_[kind == NameKind::Local ? 0 : kind == NameKind::Label ? 1 : 2]; }
  bool empty() const;
  /// The payload of the custom section, without its name.
  void write(Sink& sink) const;

 private:
  bool has_module_ = false;
  std::string module_;
  std::array<NameMap, kNameKinds> maps_;
  std::array<IndirectNameMap, 3> indirect_;
};

}  // namespace tenon::encode
