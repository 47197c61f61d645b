// Linear memories as anonymous mappings. Growing stays in place within the reservation and moves behind it where that is allowed.
// No signal handler is involved: what lies beyond the committed bytes is inaccessible, and tiers check.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "tenon/runtime/engine.h"

namespace tenon::runtime {
namespace {

// More than any host has, and small enough that sums of a few sizes do not overflow.
constexpr u64 kMaxBytes = u64{1} << 47;

u64 os_page() {
  static const u64 page = static_cast<u64>(sysconf(_SC_PAGESIZE));
  return page;
}
u64 round_up(u64 bytes) {
  return (bytes + os_page() - 1) & ~(os_page() - 1);
}

u8* map(u64 bytes, int protection) {
  void* at = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? nullptr : static_cast<u8*>(at);
}

class SystemMemory final : public LinearMemory {
 public:
  SystemMemory(u64 guard, bool may_move) : guard_(guard), may_move_(may_move) {}
  ~SystemMemory() override {
    if (base_) munmap(base_, reserved_ + guard_);
  }
  u8* base() const override { return base_; }

  /// Reserves `reserve` bytes (rounded) and the guard.
  bool reserve(u64 reserve) {
    reserved_ = round_up(reserve);
    if (reserved_ + guard_ == 0) return true;
    base_ = map(reserved_ + guard_, PROT_NONE);
    return base_ != nullptr;
  }

  bool grow(u64 bytes) override {
    if (bytes > kMaxBytes) return false;
    u64 want = round_up(bytes);
    if (want <= committed_) return true;
    if (want > reserved_ && !move_to(want)) return false;
    // SAFETY: [base_, base_ + want) lies within our own mapping, and nothing beyond `committed_` was ever accessible.
    if (mprotect(base_ + committed_, want - committed_, PROT_READ | PROT_WRITE) != 0) return false;
    committed_ = want;
    return true;
  }

 private:
  /// A new reservation with room to grow, with the old bytes moved to its start.
  bool move_to(u64 want) {
    if (!may_move_) return false;
    u64 reserve = want;
    // Memories that grow in steps would otherwise move at each of them; address space is cheap, page tables are not touched.
    if (reserved_ != 0) reserve = round_up(want + std::min<u64>(want / 2, u64{2} << 30));
    u8* fresh = map(reserve + guard_, PROT_NONE);
    if (!fresh && reserve != want) fresh = map((reserve = want) + guard_, PROT_NONE);
    if (!fresh) return false;
    if (committed_ != 0) {
      // SAFETY: source and target are our own mappings of at least `committed_` bytes; on failure nothing has moved.
      void* moved = mremap(base_, committed_, committed_, MREMAP_MAYMOVE | MREMAP_FIXED, fresh);
      if (moved == MAP_FAILED) {
        // The kernel keeps the committed bytes in several areas: copy them.
        if (mprotect(fresh, committed_, PROT_READ | PROT_WRITE) != 0) {
          munmap(fresh, reserve + guard_);
          return false;
        }
        std::memcpy(fresh, base_, committed_);
        munmap(base_, reserved_ + guard_);
      } else if (reserved_ + guard_ > committed_) {
        munmap(base_ + committed_, reserved_ + guard_ - committed_);
      }
    } else if (base_) {
      munmap(base_, reserved_ + guard_);
    }
    base_ = fresh;
    reserved_ = reserve;
    return true;
  }

  u8* base_ = nullptr;
  u64 committed_ = 0;
  u64 reserved_ = 0;
  u64 guard_;
  bool may_move_;
};

class SystemAllocator final : public MemoryAllocator {
 public:
  std::unique_ptr<LinearMemory> allocate(const MemoryRequest& request) override {
    if (request.minimum > kMaxBytes || request.guard > kMaxBytes) return nullptr;
    u64 reserve = std::max(request.minimum, std::min(request.reserve, request.maximum));
    if (!request.may_move) reserve = std::max(request.minimum, std::min(request.maximum, kMaxBytes));
    auto memory = std::make_unique<SystemMemory>(round_up(request.guard), request.may_move);
    if (!memory->reserve(reserve)) {
      // Address space may be limited: a memory that may move can do with what it needs now.
      if (!request.may_move || !memory->reserve(request.minimum)) return nullptr;
    }
    if (!memory->grow(request.minimum)) return nullptr;
    return memory;
  }
};

}  // namespace

std::shared_ptr<MemoryAllocator> system_memory_allocator() {
  static const auto only = std::make_shared<SystemAllocator>();
  return only;
}

}  // namespace tenon::runtime
