// The copying collector. Rules of this file: between the first move and the last, objects of the old half are only headers that
// say where the object went; nothing but the Tracer looks at references then, and no code of the embedder runs but the trace
// functions of host values. Host values that died are destroyed when the heap is whole again.
#include "tenon/runtime/heap.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "tenon/runtime/instance.h"

namespace tenon::runtime {
namespace {

constexpr u32 kNoExtern = ~0u;
constexpr int kPoison = 0xdb;
constexpr u64 kReturnedHalf = u64{64} << 20;

u64 page_size() {
  static const u64 size = static_cast<u64>(sysconf(_SC_PAGESIZE));
  return size;
}

u64 round_up(u64 value, u64 to) { return (value + to - 1) & ~(to - 1); }

u64 size_of(const HeapObject* object, const HeapLayout* const* layouts) {
  switch (object->kind) {
    case HeapKind::Extern:
      return sizeof(ExternObject);
    case HeapKind::Array:
      return array_size(layouts[object->type]->element, array_length(object));
    default:
      return layouts[object->type]->size;
  }
}

}  // namespace

// --- tracing

LocalRoots::LocalRoots(Heap& heap) : heap_(heap), outer_(heap.local_roots_) { heap.local_roots_ = this; }
LocalRoots::~LocalRoots() { heap_.local_roots_ = outer_; }

Ref Tracer::move(Ref ref) {
  HeapObject* from = object_of(ref);
  u64 head;
  std::memcpy(&head, from, sizeof head);
  // The kinds are odd and addresses even: an even head is where the object went.
  if ((head & 1) == 0) return head;
  u64 bytes = size_of(from, heap_.store_.ctx.layouts);
  // SAFETY: the new half has at least as many bytes as the objects of the old one take together (Heap::collect_into).
  auto* to = reinterpret_cast<HeapObject*>(to_top_);
  std::memcpy(static_cast<void*>(to), from, bytes);
  to_top_ += bytes;
  ++objects_;
  Ref moved = ref_of(to);
  std::memcpy(static_cast<void*>(from), &moved, sizeof moved);
  if (to->kind == HeapKind::Extern) {
    u32 index = static_cast<u32>(static_cast<const ExternObject*>(to)->index);
    heap_.externs_[index].seen = heap_.cycle_;
    if (heap_.externs_[index].value.trace) host_values_.push_back(index);
  }
  return moved;
}

void Tracer::visit(TracedSlot& slot) {
  slot.owned = heap_.cycle_;
  if (counts_owned_) return;
  slot.seen = heap_.cycle_;
  visit(slot.ref);
}

void Tracer::scan(HeapObject* object) {
  if (object->kind == HeapKind::Extern) return;
  const HeapLayout& layout = *heap_.store_.ctx.layouts[object->type];
  u8* bytes = bytes_of(object);
  if (object->kind == HeapKind::Array) {
    if (layout.element != Storage::Ref) return;
    u8* at = bytes + kArrayElements;
    for (u32 i = 0, n = array_length(object); i < n; ++i, at += sizeof(Ref)) visit(ref_at(at));
  } else {
    for (u32 i = 0; i < layout.ref_count; ++i) visit(ref_at(bytes + layout.refs[i]));
  }
}

void Heap::trace_roots(Tracer& tracer) {
  for (Root* root = roots_; root != nullptr; root = root->next) tracer.visit(root->ref);
  for (LocalRoots* scope = local_roots_; scope != nullptr; scope = scope->outer_)
    for (Ref& ref : scope->refs) tracer.visit(ref);
  // What is in no host value (on its way into one, or out of it) is held as by a handle.
  if (traced_ != nullptr) {
    tracer.counts_owned_ = true;
    for (const Extern& entry : externs_)
      if (entry.value.trace) entry.value.trace(entry.value.value.get(), tracer);
    tracer.counts_owned_ = false;
    for (TracedSlot* slot = traced_; slot != nullptr; slot = slot->next)
      if (slot->owned != cycle_) tracer.visit(slot->ref);
  }
  tracer.visit(store_.ctx.pending.exception);
  for (Slot* global : store_.ref_globals_) tracer.visit(global->ref);
  for (std::vector<Ref>* segment : store_.ref_segments_)
    for (Ref& ref : *segment) tracer.visit(ref);
  for (const std::unique_ptr<Table>& table : store_.tables_) {
    if (store_.types().top(table->declared_type().element) == AbstractHeap::Func) continue;
    for (Ref *ref = table->def()->base, *end = ref + table->def()->length; ref != end; ++ref) tracer.visit(*ref);
  }
  for (const Activation* at = store_.ctx.activation; at != nullptr; at = at->outer)
    if (at->trace) at->trace(*at, tracer);
}

// --- the two halves

Heap::Heap(Store& store) : store_(store), countdown_(store.engine().tunables().gc_zeal) {}

Heap::~Heap() {
  for (Root* root = roots_; root != nullptr;) {
    Root* next = root->next;
    *root = Root{kNullRef, root->count, nullptr, nullptr, nullptr};
    root = next;
  }
  roots_ = nullptr;
  for (TracedSlot* slot = traced_; slot != nullptr;) {
    TracedSlot* next = slot->next;
    *slot = TracedSlot{};
    slot = next;
  }
  traced_ = nullptr;
  collecting_ = true;  // what host values do in their destructors allocates nothing
  std::vector<Extern> dying = std::move(externs_);
  dying.clear();
  for (Half& half : halves_) unmap(half);
}

bool Heap::map(Half& half, u64 bytes) {
  bytes = round_up(bytes, page_size());
  if (half.bytes == bytes) {
    // SAFETY: the whole of our own mapping, which a collection may have made unreadable.
    return store_.engine().tunables().gc_zeal == 0 || mprotect(half.base, half.bytes, PROT_READ | PROT_WRITE) == 0;
  }
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return false;
  unmap(half);
  half = {static_cast<u8*>(at), bytes};
  return true;
}

void Heap::unmap(Half& half) {
  if (half.base) munmap(half.base, half.bytes);
  half = {};
}

u64 Heap::used() const {
  return halves_[current_].base ? static_cast<u64>(store_.ctx.heap_top - halves_[current_].base) : 0;
}

u64 Heap::size_for(u64 live) const {
  const Tunables& tunables = store_.engine().tunables();
  u64 limit = std::max<u64>(round_up(tunables.gc_heap_limit, 8), 8);
  u64 wanted = std::max(tunables.gc_heap_initial, std::bit_ceil(live * 3));
  return std::min(std::max(wanted, live), limit);
}

void Heap::set_limit(u64 needed) {
  const Half& half = halves_[current_];
  u64 most = std::min(half.bytes, round_up(store_.engine().tunables().gc_heap_limit, 8));
  u8* end = half.base + most;
  // Where every allocation must come by, there is room for one at a time.
  store_.ctx.heap_limit = countdown_ != 0 ? std::min(end, store_.ctx.heap_top + needed) : end;
}

/// Copies what is reachable to the other half, made `bytes` large, and makes that the present one. False: no memory, nothing
/// has changed.
bool Heap::collect_into(u64 bytes, u64 needed) {
  Half& from = halves_[current_];
  Half& to = halves_[1 - current_];
  u64 old_used = used();
  if (!map(to, std::max(bytes, old_used))) return false;
  ++cycle_;
  Tracer tracer(*this);
  // SAFETY: an address as a number, for one comparison a reference.
  tracer.from_ = reinterpret_cast<u64>(from.base);
  tracer.from_bytes_ = old_used;
  tracer.to_top_ = to.base;
  trace_roots(tracer);
  u8* scanned = to.base;
  const HeapLayout* const* layouts = store_.ctx.layouts;
  while (true) {
    while (scanned != tracer.to_top_) {
      // SAFETY: whole objects lie back to back between the half's beginning and to_top_.
      auto* object = reinterpret_cast<HeapObject*>(scanned);
      scanned += size_of(object, layouts);
      tracer.scan(object);
    }
    if (tracer.host_values_.empty()) break;
    const HostValue& value = externs_[tracer.host_values_.back()].value;
    tracer.host_values_.pop_back();
    value.trace(value.value.get(), tracer);
  }
  sweep_traced();
  statistics_.objects_moved += tracer.objects_;
  statistics_.bytes_moved += static_cast<u64>(tracer.to_top_ - to.base);
  if (countdown_ != 0 && from.base) {
    // Whoever kept an old address finds nothing there.
    std::memset(from.base, kPoison, old_used);
    // SAFETY: the whole of our own mapping; map() makes it accessible again before it is used.
    mprotect(from.base, from.bytes, PROT_NONE);
  } else if (from.bytes >= kReturnedHalf) {
    // A large half is worth more to others until the next collection than its pages cost to make again.
    madvise(from.base, from.bytes, MADV_DONTNEED);
  }
  current_ = 1 - current_;
  store_.ctx.heap_top = tracer.to_top_;
  set_limit(needed);
  return true;
}

void Heap::collect(u64 needed) {
  if (collecting_) return;
  if (halves_[current_].base == nullptr && externs_.empty()) return;
  collecting_ = true;
  ++statistics_.collections;
  u64 bytes = std::max(halves_[current_].bytes, wanted_);
  if (wanted_ != 0 && wanted_ < halves_[current_].bytes && used() <= wanted_) bytes = wanted_;
  bool done = collect_into(bytes, needed) || (bytes != halves_[current_].bytes && collect_into(halves_[current_].bytes, needed));
  if (done) {
    u64 live = used();
    wanted_ = size_for(live + needed);
    // Growing at once costs a second copy; it is for when there is no room otherwise.
    if (halves_[current_].bytes - live < needed) collect_into(std::max(wanted_, live), needed);
  }
  std::vector<HostValue> dead;
  if (done) sweep_externs(dead);
  collecting_ = false;
  // Destructors of the embedder run here, where the heap is whole.
  dead.clear();
}

void Heap::sweep_traced() {
  for (TracedSlot* slot = traced_; slot != nullptr; slot = slot->next)
    if (slot->owned == cycle_ && slot->seen != cycle_) slot->ref = kNullRef;
}

void Heap::sweep_externs(std::vector<HostValue>& dead) {
  for (u32 i = 0; i < externs_.size(); ++i) {
    Extern& entry = externs_[i];
    if (entry.seen == 0 || entry.seen == cycle_) continue;
    dead.push_back(std::exchange(entry.value, {}));
    entry.seen = 0;
    entry.next_free = free_extern_;
    free_extern_ = i;
    --extern_count_;
  }
}

// --- allocation

std::optional<TrapCode> Heap::reserve(u64 bytes) {
  const Tunables& tunables = store_.engine().tunables();
  if (bytes > kMaxObjectBytes || bytes > round_up(tunables.gc_heap_limit, 8)) return TrapCode::AllocationTooLarge;
  if (collecting_) return TrapCode::HeapExhausted;
  if (halves_[current_].base == nullptr) {
    if (!map(halves_[current_], size_for(bytes))) return TrapCode::HeapExhausted;
    store_.ctx.heap_top = halves_[current_].base;
  }
  auto has_room = [&] {
    set_limit(bytes);
    return static_cast<u64>(store_.ctx.heap_limit - store_.ctx.heap_top) >= bytes;
  };
  bool forced = countdown_ != 0 && --countdown_ == 0;
  if (countdown_ == 0) countdown_ = tunables.gc_zeal;
  if (!forced && has_room()) return std::nullopt;
  collect(bytes);
  // A destructor of the embedder may have taken the room again.
  if (!has_room()) collect(bytes);
  if (has_room()) return std::nullopt;
  return TrapCode::HeapExhausted;
}

namespace {

/// Takes room that was reserved, zeroed, with a header.
HeapObject* take(StoreCtx& ctx, u64 bytes, HeapKind kind, u32 type) {
  // SAFETY: reserve() answered for [heap_top, heap_top + bytes), which is 8-aligned.
  auto* object = reinterpret_cast<HeapObject*>(ctx.heap_top);
  std::memset(static_cast<void*>(object), 0, bytes);
  ctx.heap_top += bytes;
  object->kind = kind;
  object->type = type;
  return object;
}

}  // namespace

HeapObject* Heap::allocate(const HeapLayout& layout, TrapCode& why) {
  if (auto trap = reserve(layout.size)) return why = *trap, nullptr;
  return take(store_.ctx, layout.size, layout.kind, layout.type);
}

HeapObject* Heap::allocate_array(const HeapLayout& layout, u64 length, TrapCode& why) {
  if (length > 0xffff'ffff) return why = TrapCode::AllocationTooLarge, nullptr;
  u64 bytes = array_size(layout.element, length);
  if (auto trap = reserve(bytes)) return why = *trap, nullptr;
  HeapObject* array = take(store_.ctx, bytes, HeapKind::Array, layout.type);
  static_cast<ArrayObject*>(array)->length = static_cast<u32>(length);
  return array;
}

HeapObject* Heap::allocate_extern(HostValue value, TrapCode& why) {
  if (auto trap = reserve(sizeof(ExternObject))) return why = *trap, nullptr;
  u32 index = free_extern_;
  if (index != kNoExtern) {
    free_extern_ = externs_[index].next_free;
  } else {
    index = static_cast<u32>(externs_.size());
    externs_.emplace_back();
  }
  // An entry's cycle tells that it is in use; the collection to come either sees it or frees it.
  externs_[index] = {std::move(value), std::max(cycle_, 1u), kNoExtern};
  cycle_ = std::max(cycle_, 1u);
  ++extern_count_;
  HeapObject* object = take(store_.ctx, sizeof(ExternObject), HeapKind::Extern, kNoHeapType);
  static_cast<ExternObject*>(object)->index = index;
  return object;
}

// --- handles

Root* Heap::new_root(Ref ref) {
  Root* root = new Root{ref, 1, &store_, nullptr, roots_};
  if (roots_) roots_->previous = root;
  roots_ = root;
  return root;
}

void Heap::release(Root* root) {
  (root->previous ? root->previous->next : roots_) = root->next;
  if (root->next) root->next->previous = root->previous;
}

void Heap::link(TracedSlot& slot) {
  slot.heap = this;
  slot.owned = slot.seen = 0;
  slot.previous = nullptr;
  slot.next = traced_;
  if (traced_) traced_->previous = &slot;
  traced_ = &slot;
}

void Heap::unlink(TracedSlot& slot) {
  (slot.previous ? slot.previous->next : traced_) = slot.next;
  if (slot.next) slot.next->previous = slot.previous;
  slot = TracedSlot{};
}

HeapStatistics Heap::statistics() const {
  HeapStatistics now = statistics_;
  now.bytes_in_use = used();
  now.bytes_reserved = halves_[0].bytes + halves_[1].bytes;
  now.host_values = extern_count_;
  return now;
}

}  // namespace tenon::runtime
