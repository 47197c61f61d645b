// wat: the text format of modules to binary.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/base/types.h"
#include "tenon/text/diagnostics.h"

namespace tenon::text {

/// Debugging information for what is made from text: none, lines and columns, or these and the functions' locals.
enum class Dwarf : u8 { None, Lines, Full };

/// How a text is parsed.
struct ParseOptions {
  /// Named in diagnostics; must outlive the call only.
  std::string_view file = "<anon>";
  /// Accept characters that change how text is displayed (U+202A and the like) in comments and strings.
  bool allow_confusing_unicode = false;
  /// Refuse `end`, `else` and `catch` that fit no block, and blocks left open, with the place in the text. Otherwise they are
  /// encoded as they stand, and it is the reader of the binary that finds them.
  bool check_blocks = true;
  /// Stop after this many diagnostics; 1 reports the first only.
  u32 max_diagnostics = 1;
  /// Adds sections `.debug_...` at the module's end, with `file` as the name of the source.
  Dwarf dwarf = Dwarf::None;
  /// What they say made them.
  std::string_view producer = "tenon";
};

/// Parses one module, with or without its `(module ...)`, and encodes it. The binary is that of wasm-tools, byte for byte, with
/// a name section made from identifiers and `@name` annotations. Nothing is validated beyond what the text format asks for:
/// indices in range, types and operands are the validator's matter.
///
/// Input that starts with "\0asm" is returned as it is. Input that is no UTF-8 is refused. Components are refused as not
/// supported. Memory is linear in the source; nesting is limited by memory alone.
/// Thread-safe: calls share nothing.
/// spec: core/text; the annotations of core/appendix/custom.
std::expected<std::vector<u8>, Diagnostics> parse_wat(std::string_view source, const ParseOptions& options = {});

}  // namespace tenon::text
