// Error codes: the enumerators of ErrorCode and their rows. Error itself is in tenon/base/result.h.
#pragma once

#include <array>
#include <string_view>

#include "tenon/base/result.h"

namespace tenon {

enum class ErrorCode : u16 {
#define ERROR(Name, ...) Name,
#include "tenon/spec/errors.def"
};

/// What an error is about.
enum class ErrorKind : u8 { Malformed, Invalid, Link, Limit, Run, Io, Usage };

/// One row of errors.def.
struct ErrorInfo {
  std::string_view name;
  ErrorKind kind;
  std::string_view text;  ///< what the core suite quotes, or a general description
};

inline constexpr auto kErrors = std::to_array<ErrorInfo>({
#define ERROR(Name, kind, text) {#Name, ErrorKind::kind, text},
#include "tenon/spec/errors.def"
});

/// The error's row.
constexpr const ErrorInfo& info(ErrorCode code) {
  return kErrors[static_cast<u16>(code)];
}

}  // namespace tenon
