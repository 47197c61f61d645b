// SymbolTable: identifiers of one index space and the numbers they stand for. Identifiers are views of the source or of strings
// that the parser keeps.
#pragma once

#include <bit>
#include <cstring>
#include <vector>

#include "tenon/base/types.h"

namespace tenon::text {

/// A hash of an identifier's bytes.
inline u64 hash_name(std::string_view name) {
  constexpr u64 kMul = 0x9fb21c651e98df25;
  const char* p = name.data();
  std::size_t size = name.size();
  u64 hash = 0x2545f4914f6cdd1d ^ size * kMul;
  auto mix = [&](u64 chunk) {
    hash = (hash ^ chunk) * kMul;
    hash ^= hash >> 29;
  };
  for (; size >= 8; size -= 8, p += 8) {
    u64 chunk;
    std::memcpy(&chunk, p, 8);
    mix(chunk);
  }
  if (size != 0) {
    u64 chunk = 0;
    if (size >= 4) {
      u32 low, high;
      std::memcpy(&low, p, 4);
      std::memcpy(&high, p + size - 4, 4);
      chunk = u64{high} << 32 | low;
    } else {
      chunk = static_cast<u64>(static_cast<u8>(p[0])) | static_cast<u64>(static_cast<u8>(p[size / 2])) << 8 |
              static_cast<u64>(static_cast<u8>(p[size - 1])) << 16;
    }
    mix(chunk);
  }
  return hash ^ hash >> 32;
}

/// Open addressing over dense entries. References to entries hold until the next insertion; their numbers hold for ever.
class SymbolTable {
 public:
  struct Entry {
    std::string_view name;
    u32 hash;
    u32 slot;
    u32 value;
  };
  static constexpr u32 kNone = ~u32{0};

  /// The entry for `name`; made with value kNone if it is new.
  u32 intern(std::string_view name) {
    if ((entries_.size() + 1) * 2 > slots_.size()) rehash();
    auto hash = static_cast<u32>(hash_name(name));
    u32 slot = find_slot(name, hash);
    if (slots_[slot] != 0) return slots_[slot] - 1;
    entries_.push_back({name, hash, slot, kNone});
    slots_[slot] = static_cast<u32>(entries_.size());
    return slots_[slot] - 1;
  }
  Entry& entry(u32 number) { return entries_[number]; }

  /// Gives `name` a value; false where it has one already (the newer one stays).
  bool define(std::string_view name, u32 value) {
    Entry& entry = entries_[intern(name)];
    bool fresh = entry.value == kNone;
    entry.value = value;
    return fresh;
  }
  /// The value of `name`, or kNone.
  u32 find(std::string_view name) const {
    if (entries_.empty()) return kNone;
    u32 slot = find_slot(name, static_cast<u32>(hash_name(name)));
    return slots_[slot] == 0 ? kNone : entries_[slots_[slot] - 1].value;
  }
  /// Forgets all, in time linear in what there is.
  void clear() {
    for (const Entry& entry : entries_) slots_[entry.slot] = 0;
    entries_.clear();
  }

 private:
  u32 find_slot(std::string_view name, u32 hash) const {
    auto mask = static_cast<u32>(slots_.size() - 1);
    for (u32 slot = hash & mask;; slot = (slot + 1) & mask) {
      if (slots_[slot] == 0) return slot;
      const Entry& entry = entries_[slots_[slot] - 1];
      if (entry.hash == hash && entry.name == name) return slot;
    }
  }
  void rehash() {
    slots_.assign(slots_.empty() ? 16 : slots_.size() * 2, 0);
    auto mask = static_cast<u32>(slots_.size() - 1);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      u32 slot = entries_[i].hash & mask;
      while (slots_[slot] != 0) slot = (slot + 1) & mask;
      slots_[slot] = static_cast<u32>(i + 1);
      entries_[i].slot = slot;
    }
  }

  std::vector<u32> slots_;
  std::vector<Entry> entries_;
};

}  // namespace tenon::text
