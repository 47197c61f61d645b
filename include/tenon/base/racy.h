// Plain accesses to memory that other threads may write at the same time: what guests do to shared memories. The memory model of
// WebAssembly allows such races and says what they may give: each byte is some byte that was written. Compilers for C++ may not
// assume more of a memcpy of bytes whose address they do not know, and that is what these are.
//
// Under the thread sanitizer they are relaxed atomics instead, so that it reports the runtime's own races and not the guest's.
//
// spec: proposals/threads "Memory model".
#pragma once

#include <cstring>
#include <type_traits>

#include "tenon/base/types.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TENON_RACY_ATOMIC 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define TENON_RACY_ATOMIC 1
#endif
#ifndef TENON_RACY_ATOMIC
#define TENON_RACY_ATOMIC 0
#endif

namespace tenon {

#if TENON_RACY_ATOMIC
/// memcpy between guest memory and what only this thread sees, in either direction.
inline void racy_copy(u8* to, const u8* from, u64 count) {
  // Words where both are aligned: that is faster, and as atomic as the processor is.
  // SAFETY: of the reinterpret_casts: aligned bytes of a mapping, accessed atomically only.
  u64 i = 0;
  if (((reinterpret_cast<u64>(to) | reinterpret_cast<u64>(from)) & 7) == 0)
    for (; i + 8 <= count; i += 8)
      __atomic_store_n(reinterpret_cast<u64*>(to + i), __atomic_load_n(reinterpret_cast<const u64*>(from + i), __ATOMIC_RELAXED),
                       __ATOMIC_RELAXED);
  for (; i < count; ++i) __atomic_store_n(to + i, __atomic_load_n(from + i, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}
/// memmove within guest memories.
inline void racy_move(u8* to, const u8* from, u64 count) {
  if (to <= from || to >= from + count) return racy_copy(to, from, count);
  for (u64 i = count; i > 0; --i) __atomic_store_n(to + i - 1, __atomic_load_n(from + i - 1, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}
/// memset of guest memory.
inline void racy_fill(u8* to, u8 value, u64 count) {
  for (u64 i = 0; i < count; ++i) __atomic_store_n(to + i, value, __ATOMIC_RELAXED);
}
#else
inline void racy_copy(u8* to, const u8* from, u64 count) {
  std::memcpy(to, from, count);
}
inline void racy_move(u8* to, const u8* from, u64 count) {
  std::memmove(to, from, count);
}
inline void racy_fill(u8* to, u8 value, u64 count) {
  std::memset(to, value, count);
}
#endif

/// A guest's load and store of T, of any alignment.
template <class T>
[[gnu::always_inline]] inline T racy_load(const u8* from) {
#if TENON_RACY_ATOMIC
  if constexpr (sizeof(T) <= 8 && std::is_integral_v<T>) {
    // SAFETY: aligned (just checked) bytes of guest memory.
    if (reinterpret_cast<u64>(from) % sizeof(T) == 0) return __atomic_load_n(reinterpret_cast<const T*>(from), __ATOMIC_RELAXED);
  }
#endif
  T value;
  // SAFETY: the bytes of an object of a trivial type.
  racy_copy(reinterpret_cast<u8*>(&value), from, sizeof value);
  return value;
}
template <class T>
[[gnu::always_inline]] inline void racy_store(u8* to, T value) {
#if TENON_RACY_ATOMIC
  if constexpr (sizeof(T) <= 8 && std::is_integral_v<T>) {
    // SAFETY: as above.
    if (reinterpret_cast<u64>(to) % sizeof(T) == 0) return __atomic_store_n(reinterpret_cast<T*>(to), value, __ATOMIC_RELAXED);
  }
#endif
  // SAFETY: the bytes of an object of a trivial type.
  racy_copy(to, reinterpret_cast<const u8*>(&value), sizeof value);
}

}  // namespace tenon
