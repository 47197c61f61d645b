// Custom sections of a module: dropping them, and what goes on being the module without them.
#pragma once

#include <functional>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/binary/parser.h"

namespace tenon::inspect {

/// A section as it stands in the bytes.
struct RawSection {
  u8 id = 0;
  std::string_view name;  ///< of a custom section
  Bytes contents;         ///< the whole section behind its size
  binary::Range range;    ///< of the contents
  u32 count = 1;          ///< items; 1 where there is no count
};

/// Calls `each` for the sections of a module in their order. Function bodies are delimited, not decoded. Fails with the reader's
/// error, or with what `each` answers.
Result<> for_each_section(Bytes module, const std::function<Result<>(const RawSection&)>& each);

/// Appends a section.
void append_section(std::vector<u8>& out, u8 id, Bytes contents);

/// The module without the custom sections for which `drop` answers true.
Result<std::vector<u8>> strip(Bytes module, const std::function<bool(std::string_view name)>& drop);

}  // namespace tenon::inspect
