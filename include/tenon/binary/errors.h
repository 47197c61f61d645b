// How a Reader's faults become Errors with codes and texts.
#pragma once

#include "tenon/base/reader.h"
#include "tenon/spec/errors.h"

namespace tenon::binary {

/// The error behind a fault. The fault is left empty.
Error to_error(Reader::Fault& fault);

/// The reader's fault as an error, or success.
inline Result<> check(Reader& reader) {
  if (reader.ok()) [[likely]]
    return {};
  return std::unexpected(to_error(*reader.fault()));
}

}  // namespace tenon::binary
