// Errno: why an operation of the WASI host failed, as guests are told. Not an Error: it never ends a call.
#pragma once

#include <array>
#include <expected>
#include <string_view>

#include "tenon/base/types.h"

namespace tenon::wasi {

/// A row of wasi_errno.def; the value is the code of preview 1.
enum class Errno : u16 {
#define ERRNO(Name, ...) Name,
#include "tenon/wasi/common/wasi_errno.def"
};

/// The specification's names, by code.
inline constexpr auto kErrnoNames = std::to_array<std::string_view>({
#define ERRNO(Name, name, host) name,
#include "tenon/wasi/common/wasi_errno.def"
});

/// The answer of an operation that can fail in a way a guest may see.
template <class T = void>
using Sys = std::expected<T, Errno>;

/// Shorthand for a failed `Sys`.
inline std::unexpected<Errno> sys_fail(Errno code) {
  return std::unexpected(code);
}

/// The code for a value of the operating system's `errno`; `Io` for one that has no row.
Errno errno_of_host(int host);

/// The code for the calling thread's current `errno`.
Errno last_errno();

}  // namespace tenon::wasi
