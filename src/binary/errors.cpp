#include "tenon/binary/errors.h"

#include <fmt/format.h>

namespace tenon::binary {

Error to_error(Reader::Fault& fault) {
  if (fault.error) return std::move(*fault.error);
  switch (fault.kind) {
    case ReadError::IntegerTooLong:
      return Error(ErrorCode::IntegerTooLong, fault.offset,
                   fmt::format("invalid {}: integer representation too long", fault.what));
    case ReadError::IntegerTooLarge:
      return Error(ErrorCode::IntegerTooLarge, fault.offset, fmt::format("invalid {}: integer too large", fault.what));
    case ReadError::MalformedUtf8:
      return Error(ErrorCode::MalformedUtf8, fault.offset, "malformed UTF-8 encoding");
    case ReadError::NameTooLong:
      return Error(ErrorCode::LimitExceeded, fault.offset, "string size out of bounds");
    default:
      return Error(ErrorCode::UnexpectedEnd, fault.offset, "unexpected end-of-file");
  }
}

}  // namespace tenon::binary
