// Types of preview 1 that are not shared with later versions: rights, flags, and the layout of what crosses guest memory.
// Source: WASI preview 1, typenames.witx.
#pragma once

#include "tenon/base/types.h"

namespace tenon::wasi::p1 {

namespace detail {
enum class RightBit : u8 {
#define RIGHT(Name, ...) Name,
#include "tenon/wasi/p1/rights.def"
};
// Kinds of descriptors, as rights.def names them.
inline constexpr u8 File = 1, Dir = 2, Socket = 4, FileDir = 3, FileSocket = 5, AnyKind = 7;
constexpr u64 rights_of(u8 kind) {
  constexpr u8 kKinds[] = {
#define RIGHT(Name, name, kinds) kinds,
#include "tenon/wasi/p1/rights.def"
  };
  u64 all = 0;
  for (unsigned i = 0; i < sizeof kKinds; ++i)
    if ((kKinds[i] & kind) != 0) all |= u64{1} << i;
  return all;
}
}  // namespace detail

/// A set of rights: bits of rights.def.
using Rights = u64;
namespace rights {
#define RIGHT(Name, ...) inline constexpr Rights k##Name = Rights{1} << static_cast<u8>(detail::RightBit::Name);
#include "tenon/wasi/p1/rights.def"
inline constexpr Rights kAllFile = detail::rights_of(detail::File);
inline constexpr Rights kAllDir = detail::rights_of(detail::Dir);
inline constexpr Rights kAllSocket = detail::rights_of(detail::Socket);
inline constexpr Rights kAll = detail::rights_of(detail::AnyKind);
}  // namespace rights

namespace fdflags {
inline constexpr u16 kAppend = 1, kDsync = 2, kNonblock = 4, kRsync = 8, kSync = 16, kAll = 31;
}
namespace oflags {
inline constexpr u16 kCreat = 1, kDirectory = 2, kExcl = 4, kTrunc = 8, kAll = 15;
}
namespace lookupflags {
inline constexpr u32 kSymlinkFollow = 1, kAll = 1;
}
namespace fstflags {
inline constexpr u16 kAtim = 1, kAtimNow = 2, kMtim = 4, kMtimNow = 8, kAll = 15;
}
namespace subclockflags {
inline constexpr u16 kAbstime = 1, kAll = 1;
}
namespace eventrwflags {
inline constexpr u16 kHangup = 1;
}
namespace riflags {
inline constexpr u16 kPeek = 1, kWaitall = 2, kAll = 3;
}
namespace roflags {
inline constexpr u16 kDataTruncated = 1;
}
namespace sdflags {
inline constexpr u8 kRd = 1, kWr = 2, kAll = 3;
}

enum class EventType : u8 { Clock, FdRead, FdWrite };
/// Number of signals, `none` among them.
inline constexpr u32 kSignalCount = 31;

// What the host writes to guest memory. All padding is named, so that a value-initialised structure is zero in every byte.
struct Fdstat {
  u8 filetype = 0;
  u8 pad0 = 0;
  u16 flags = 0;
  u32 pad1 = 0;
  u64 rights_base = 0;
  u64 rights_inheriting = 0;
};
static_assert(sizeof(Fdstat) == 24);

struct Filestat {
  u64 dev = 0;
  u64 ino = 0;
  u8 filetype = 0;
  u8 pad[7] = {};
  u64 nlink = 0;
  u64 size = 0;
  u64 atim = 0;
  u64 mtim = 0;
  u64 ctim = 0;
};
static_assert(sizeof(Filestat) == 64);

struct Dirent {
  u64 next = 0;
  u64 ino = 0;
  u32 namlen = 0;
  u8 type = 0;
  u8 pad[3] = {};
};
static_assert(sizeof(Dirent) == 24);

struct Prestat {
  u8 tag = 0;
  u8 pad[3] = {};
  u32 name_len = 0;
};
static_assert(sizeof(Prestat) == 8);

struct Event {
  u64 userdata = 0;
  u16 error = 0;
  u8 type = 0;
  u8 pad0[5] = {};
  u64 nbytes = 0;
  u16 flags = 0;
  u8 pad1[6] = {};
};
static_assert(sizeof(Event) == 32);

// What it reads.
struct Subscription {
  u64 userdata;
  u8 tag;
  u8 pad0[7];
  u32 id_or_fd;
  u32 pad1;
  u64 timeout;
  u64 precision;
  u16 flags;
  u8 pad2[6];
};
static_assert(sizeof(Subscription) == 48);

// Structures of preview 0 (wasi_unstable) that preview 1 changed. Source: WASI preview 0, typenames.witx.
namespace preview0 {
/// The order of whence was another.
inline constexpr u32 kWhenceCur = 0, kWhenceEnd = 1, kWhenceSet = 2;

struct Filestat {
  u64 dev = 0;
  u64 ino = 0;
  u8 filetype = 0;
  u8 pad[3] = {};
  u32 nlink = 0;
  u64 size = 0;
  u64 atim = 0;
  u64 mtim = 0;
  u64 ctim = 0;
};
static_assert(sizeof(Filestat) == 56);

struct Subscription {
  u64 userdata;
  u8 tag;
  u8 pad0[7];
  u64 identifier_or_fd;  ///< of a clock: an identifier that nothing uses; else the descriptor, in the low half
  u32 id;
  u32 pad1;
  u64 timeout;
  u64 precision;
  u16 flags;
  u8 pad2[6];
};
static_assert(sizeof(Subscription) == 56);
}  // namespace preview0

}  // namespace tenon::wasi::p1
