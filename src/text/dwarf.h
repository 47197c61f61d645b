// DwarfWriter: debugging information of a module that is made from text: the line and column of every instruction, and in the
// full form what its functions' parameters and locals are. It is DWARF 5 in custom sections behind all others, the same that
// wasm-tools writes: low_pc and the line tables count from the end of the code section's number of functions.
//
// source: DWARF 5; DWARF for WebAssembly (DW_OP_WASM_location).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tenon/encode/module.h"
#include "tenon/encode/sink.h"
#include "tenon/text/wat.h"

namespace tenon::text {

/// Where an instruction comes from.
struct InstrPlace {
  u32 at = 0;      ///< from the start of the body
  u64 source = 0;  ///< byte of the text
};

class DwarfWriter {
 public:
  DwarfWriter(std::string_view source, const ParseOptions& options);

  /// The code of a value type, or 0 where its values are not shown.
  static u8 shown(u8 code) { return code >= 0x7c && code <= 0x7f ? code : 0; }

  /// One function; `locals` has a value type's code for each parameter and local, 0 for those that are not shown.
  struct Function {
    std::string_view name;  ///< may be empty
    u32 index = 0;
    u64 source = 0;  ///< of its keyword
    u32 begin = 0;   ///< of its body, from the end of the number of functions
    u32 size = 0;    ///< of its body
    u32 params = 0;  ///< how many of the locals are parameters
    std::span<const InstrPlace> places;
    std::span<const u8> locals;
  };
  void add(const Function& function);

  /// Adds the sections. `code_size` is that of the code section without the number of functions.
  void finish(u32 code_size, encode::ModuleBuilder& out);

 private:
  struct Position {
    u64 line, column;
  };
  Position position(u64 offset);
  u32 text(std::string_view value);
  void line_rows(const Function& function);
  u8 abbreviation(u8 which);

  std::string_view source_;
  std::string_view producer_;
  bool full_;
  u32 directory_, file_;
  std::vector<u64> line_starts_;
  std::size_t last_line_ = 0;
  encode::Sink strings_, lines_;
  // Functions' entries; their references to types are filled in at the end, since types come first.
  encode::Sink entries_;
  struct Hole {
    u32 at;
    u8 type;  ///< index in types_
  };
  std::vector<Hole> holes_;
  std::vector<u8> types_;          ///< codes, in the order in which they were met
  std::vector<u32> type_names_;    ///< in strings_
  std::vector<u8> abbreviations_;  ///< kinds in the order in which they were met
  struct EntryKind {
    u32 at;
    u8 which;
  };
  std::vector<EntryKind> kinds_;  ///< places of abbreviation numbers in entries_
};

}  // namespace tenon::text
