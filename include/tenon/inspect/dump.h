// What is in a module, for people: each byte with what it means, and sections with their sizes. The formats are those of
// wasm-tools' dump and objdump.
#pragma once

#include <string_view>

#include "tenon/base/result.h"
#include "tenon/print/print.h"

namespace tenon::inspect {

/// Writes rows of four bytes with what they are. What cannot be decoded in code is `??`, in names a note; elsewhere it ends the
/// dump with the reader's error, after everything before it was written.
Result<> dump(Bytes module, bool color, print::Sink& sink);

/// Writes a line for each section: name, range, size, number of items.
Result<> list_sections(Bytes module, print::Sink& sink);

}  // namespace tenon::inspect
