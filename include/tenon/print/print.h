// print: modules in the binary format to the text format, byte for byte as wasm-tools 1.257 prints them.
//
// It is not a validator: whatever can be decoded is printed, valid or not, and where decoding fails everything printed so far has
// been written before the error is answered. What is printed of a valid module parses back to the same module.
//
// spec: core/text; core/appendix/custom for names and annotations.
#pragma once

#include <string>
#include <string_view>

#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon::print {

/// Where text goes, piece by piece.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Takes a piece of text. False ends the printing with the error Io; the sink knows why.
  virtual bool write(std::string_view text) = 0;
};

/// A sink that keeps everything.
class StringSink final : public Sink {
 public:
  bool write(std::string_view text) override {
    text_ += text;
    return true;
  }
  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// How to print.
struct Options {
  bool offsets = false;            ///< each line begins with the offset of its item in the binary: `(;@1f    ;)`
  bool skeleton = false;           ///< `...` for function bodies and the contents of segments and custom sections
  bool name_unnamed = false;       ///< names such as `$#func7` for what has none; reading the text back then adds names
  bool fold_instructions = false;  ///< instructions with their operands inside: `(i32.add (local.get 0) (i32.const 1))`
  bool operand_stack = false;      ///< a comment with the types on the stack after each instruction
  bool color = false;              ///< ANSI escapes around names, literals, keywords, types and comments
  std::string indent = "  ";       ///< of one level; at most 50 levels are indented
};

/// Prints the module in `bytes`. Memory is linear in what names and types the module has and in its largest function, never in
/// the text; nesting is limited by memory alone. Fails with the reader's error and its offset where the bytes do not decode, with
/// Unsupported for components and for legacy exceptions in folded form, with Io where the sink refuses. Thread-safe.
Result<> print_module(Bytes bytes, const Options& options, Sink& sink);

/// As above, into a string; after an error the text is lost.
Result<std::string> print_module(Bytes bytes, const Options& options = {});

/// The hexadecimal float that the printer writes for these bits, with its decimal in a comment: "0x1.8p+1 (;=3;)".
std::string float_text(u32 bits);
std::string double_text(u64 bits);

}  // namespace tenon::print
