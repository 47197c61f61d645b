// Names: what the name section calls things, as identifiers of the text format. A name that cannot be one (empty, beginning with
// `#`, or used before in its space) gets a synthetic identifier, `$"#func3 name"`, with an annotation that keeps the real one.
//
// What is malformed in a name section is ignored from there on; everything before it counts.
#pragma once

#include <unordered_map>
#include <vector>

#include "tenon/base/reader.h"
#include "tenon/base/types.h"

namespace tenon::print {

/// A name and how it is written. The text views the module.
struct Name {
  enum class Form : u8 { None, Plain, Quoted, Synthetic };
  std::string_view text;
  Form form = Form::None;
};

/// Names by index.
class NameTable {
 public:
  const Name* find(u32 index) const {
    if (index < dense_.size()) return dense_[index].form == Name::Form::None ? nullptr : &dense_[index];
    return sparse_.empty() ? nullptr : find_sparse(index);
  }
  bool empty() const { return dense_.empty() && sparse_.empty(); }
  void clear() {
    dense_.clear();
    sparse_.clear();
  }
  /// Adds names from a name map at the reader's position; `unique`: no name may be used twice. Stops at the first fault, which
  /// stays in the reader.
  void read(Reader& reader, u32 count, bool unique);

 private:
  const Name* find_sparse(u32 index) const;
  std::vector<Name> dense_;
  std::unordered_map<u32, Name> sparse_;
};

/// Names by two indices, of which the outer one is visited in order: names of locals and labels. Keeps where the names of each
/// outer index are and decodes them when they are asked for.
class IndirectNames {
 public:
  void read(Reader& reader);
  bool empty() const { return ranges_.empty(); }
  /// Fills `out` with the names below `outer`.
  void load(u32 outer, bool unique, NameTable& out) const;

 private:
  struct Range {
    u32 outer;
    u32 count;
    Bytes bytes;
  };
  std::vector<Range> ranges_;
  bool sorted_ = true;
  friend struct ModuleNames;
};

/// Everything that a module's name sections say.
struct ModuleNames {
  Name module;
  NameTable funcs, types, tables, memories, globals, elems, data, tags;
  IndirectNames locals, labels;
  std::unordered_map<u64, Name> fields;  ///< by type << 32 | field

  /// Takes the contents of a name section; may be called again for another one.
  void read(Bytes contents);
  /// To be called when all sections were read.
  void finish();
};

}  // namespace tenon::print
