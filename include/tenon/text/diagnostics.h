// Diagnostics: what is wrong with a text, each with its place and in the form that terminals show. They own all they show, so
// they outlive the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon::text {

/// A place in a text. Lines and columns count from 1; a column counts what a terminal shows, as wasm-tools does: two for wide
/// characters, none for combining ones.
struct Place {
  u64 offset = 0;  ///< bytes from the start of the text
  u32 line = 1;
  u32 column = 1;
  bool operator==(const Place&) const = default;
};

/// The place of the byte at `offset` in `source`; an offset beyond the text is its end. Takes time linear in `offset`.
Place place_of(std::string_view source, u64 offset);

/// One thing that is wrong.
struct Diagnostic {
  ErrorCode code{};     ///< the row of errors.def; its text is what the core suite quotes
  std::string message;  ///< lower case, without a period
  Place place;
  std::string source_line;  ///< the line at `place` as it is shown, unless it is too long
  bool has_place = false;   ///< false where the whole text is what is wrong
  bool has_line = false;
};

/// What is wrong with one text: at least one diagnostic, in the order of the text.
class Diagnostics {
 public:
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  bool empty() const { return all_.empty(); }
  /// The first one. There must be one.
  const Diagnostic& first() const { return all_.front(); }

  void add(Diagnostic diagnostic) { all_.push_back(std::move(diagnostic)); }
  /// Makes a diagnostic without a place.
  void add(ErrorCode code, std::string message);
  /// Makes a diagnostic for the byte at `offset` of `source`.
  void add(std::string_view source, ErrorCode code, u64 offset, std::string message);

  /// One diagnostic as wasm-tools shows it, without a newline at the end:
  ///
  ///     expected a string
  ///          --> file.wat:1:22
  ///           |
  ///         1 | (module (func (@name 2)))
  ///           |                      ^
  ///
  /// Beyond column 500 it is "expected a string at file.wat:1:622".
  std::string render(const Diagnostic& diagnostic) const;
  /// All of them, a blank line between two.
  std::string render() const;
  /// The first one as an Error, with its offset and the rendered text as context.
  Error to_error() const;

 private:
  std::string file_;
  std::vector<Diagnostic> all_;
};

}  // namespace tenon::text
