// The garbage-collected heap of a store: what allocates, moves and collects objects. What objects look like is abi/heap.h.
//
// A copying collector of two halves. Objects are allocated by moving StoreCtx::heap_top; when a half is full, what can be reached
// from the roots is copied to the other one, breadth first, and every reference is changed. Roots are exact: frames of guests
// (Activation::trace), globals, tables, element segments, handles of the host, a pending exception, and what runtime code holds
// in LocalRoots. docs/decisions/009-roots.md and 010-collector.md argue it.
//
// Everything here is used by the store's thread only.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tenon/abi/heap.h"
#include "tenon/base/result.h"

namespace tenon::runtime {

using tenon::ExceptionObject;
using tenon::HeapKind;
using tenon::HeapObject;
using tenon::is_i31;
using tenon::object_of;
using tenon::payload_words;

class Heap;
class Tracer;

/// A reference that the host holds. Collectors update `ref`; handles are counted, and outlive their store harmlessly.
struct Root {
  Ref ref = kNullRef;
  u32 count = 1;
  Store* store = nullptr;  ///< null once the store is gone
  Root* previous = nullptr;
  Root* next = nullptr;
};

/// A reference that keeps nothing alive by itself while it is inside a host value behind an externref, which shows it to the
/// collector; anywhere else it is a root. Lives in its heap's list; see TracedRef of the host API.
struct TracedSlot {
  Ref ref = kNullRef;
  u32 owned = 0;  ///< the collection that last found it in a host value, reachable or not
  u32 seen = 0;   ///< the collection that last found it in a reachable one
  Heap* heap = nullptr;
  TracedSlot* previous = nullptr;
  TracedSlot* next = nullptr;
};

/// A value of the host behind an externref.
struct HostValue {
  std::shared_ptr<void> value;
  const void* tag = nullptr;  ///< tells which C++ type `value` is
  /// Shows the collector the TracedSlots inside the value; null where it has none. Must not touch the store.
  void (*trace)(void* value, Tracer& tracer) = nullptr;
};

/// References that runtime code holds in locals while it allocates: a scope, innermost first.
class LocalRoots {
 public:
  explicit LocalRoots(Heap& heap);
  ~LocalRoots();
  LocalRoots(const LocalRoots&) = delete;
  LocalRoots& operator=(const LocalRoots&) = delete;
  /// The collector visits these; they may grow and shrink.
  std::vector<Ref> refs;

 private:
  friend class Heap;
  Heap& heap_;
  LocalRoots* outer_;
};

/// Counters of a heap since its store was made, and its present size.
struct HeapStatistics {
  u64 collections = 0;
  u64 objects_moved = 0;   ///< copies, in all collections together
  u64 bytes_moved = 0;
  u64 bytes_in_use = 0;    ///< objects in the heap, reachable or not
  u64 bytes_reserved = 0;  ///< address space of both halves
  u64 host_values = 0;     ///< behind externrefs, reachable or not
};

/// One collection, as roots see it.
class Tracer {
 public:
  /// Makes the object of a reference survive, and the reference point to where it now is. Any word that a reference can be is
  /// right: null, i31 and funcref stay as they are.
  void visit(Ref& ref) {
    if (ref - from_ < from_bytes_ && !is_i31(ref)) ref = move(ref);
  }
  void visit(TracedSlot& slot);

 private:
  friend class Heap;
  explicit Tracer(Heap& heap) : heap_(heap) {}
  Ref move(Ref ref);
  void scan(HeapObject* object);
  Heap& heap_;
  u64 from_ = 0, from_bytes_ = 0;
  u8* to_top_ = nullptr;
  std::vector<u32> host_values_;  // reached, not traced yet
  u64 objects_ = 0;
  bool counts_owned_ = false;  // slots are only noted as being in host values
};

/// See the top of the file.
class Heap {
 public:
  explicit Heap(Store& store);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// Makes room for an object of `bytes` (a multiple of 8) between heap_top and heap_limit, collecting where it must. When
  /// there is none the trap says why; nothing else has changed.
  std::optional<TrapCode> reserve(u64 bytes);
  /// Collects now. `needed`: bytes to allocate next, which the heap's new size allows for.
  void collect(u64 needed = 0);

  /// An object of a struct or exception layout, its payload zero; null when reserve refused, with `why` set.
  HeapObject* allocate(const HeapLayout& layout, TrapCode& why);
  /// The same for an array.
  HeapObject* allocate_array(const HeapLayout& layout, u64 length, TrapCode& why);
  /// A host value as an externref.
  HeapObject* allocate_extern(HostValue value, TrapCode& why);
  /// The host value of an ExternObject.
  const HostValue& extern_value(const HeapObject* object) const {
    return externs_[static_cast<const ExternObject*>(object)->index].value;
  }

  Root* new_root(Ref ref);
  void release(Root* root);
  void link(TracedSlot& slot);
  void unlink(TracedSlot& slot);

  Store& store() const { return store_; }
  HeapStatistics statistics() const;
  /// The half that objects were last moved out of: for tests that look whether it can be read.
  std::pair<const u8*, u64> old_half() const { return {halves_[1 - current_].base, halves_[1 - current_].bytes}; }

 private:
  friend class Tracer;
  friend class LocalRoots;
  struct Half {
    u8* base = nullptr;
    u64 bytes = 0;
  };
  struct Extern {
    HostValue value;
    u32 seen = 0;
    u32 next_free = 0;
  };
  bool map(Half& half, u64 bytes);
  void unmap(Half& half);
  bool collect_into(u64 bytes, u64 needed);
  void trace_roots(Tracer& tracer);
  void sweep_externs(std::vector<HostValue>& dead);
  void sweep_traced();
  u64 used() const;
  u64 size_for(u64 live) const;
  void set_limit(u64 needed);

  Store& store_;
  Half halves_[2];
  u32 current_ = 0;
  u32 cycle_ = 0;
  bool collecting_ = false;
  u32 countdown_ = 0;  // allocations until the next forced collection, where the tunables ask for them
  std::vector<Extern> externs_;
  u32 free_extern_ = ~0u;
  u64 wanted_ = 0;  // bytes that the other half is to have at the next collection
  u64 extern_count_ = 0;
  Root* roots_ = nullptr;
  TracedSlot* traced_ = nullptr;
  LocalRoots* local_roots_ = nullptr;
  HeapStatistics statistics_;
};

}  // namespace tenon::runtime
