// What guest code asks of the runtime. Every function checks its bounds before it writes anything.
#include "tenon/runtime/libcalls.h"

#include <algorithm>
#include <cstring>

#include "tenon/abi/heap.h"
#include "tenon/base/racy.h"
#include "tenon/runtime/instance.h"

namespace tenon::runtime {

bool trap(StoreCtx* store, TrapCode code) {
  return store->owner->raise(code);
}

void forget_exception(StoreCtx* store) {
  store->owner->forget_exception();
}

const TypeStore& types_of(const StoreCtx* store) {
  return store->owner->types();
}

bool is_func_subtype(const StoreCtx* store, u32 actual, u32 expected) {
  return actual == expected || store->owner->types().is_subtype(TypeId(actual), TypeId(expected));
}

bool data_has(const VmCtx* vmctx, u32 data, u64 from, u64 count) {
  u64 size = vmctx->instance->data_dropped(data) ? 0 : vmctx->module->datas[data].size;
  return from <= size && count <= size - from;
}

bool elem_has(const VmCtx* vmctx, u32 elem, u64 from, u64 count) {
  u64 size = vmctx->instance->elem_size(elem);
  return from <= size && count <= size - from;
}

const void* libcall_address(Libcall which) {
  switch (which) {
#define LIBCALL(name, parameters)                                              \
  case Libcall::name:                                                          \
    /* SAFETY: POSIX lets function addresses be carried in object pointers. */ \
    return reinterpret_cast<const void*>(&libcalls::name);
#include "tenon/abi/libcalls.def"
  }
  return nullptr;
}

namespace libcalls {
namespace {

u64 length_of(const MemoryDef* def) {
  return __atomic_load_n(&def->length, __ATOMIC_RELAXED);
}
bool within(u64 at, u64 count, u64 length) {
  return at <= length && count <= length - at;
}
bool trap(VmCtx* vmctx, TrapCode code) {
  return vmctx->store->owner->raise(code);
}
bool memory_trap(VmCtx* vmctx) {
  return trap(vmctx, TrapCode::MemoryOutOfBounds);
}
bool table_trap(VmCtx* vmctx) {
  return trap(vmctx, TrapCode::TableOutOfBounds);
}

bool answer(Growth growth, u64* result) {
  if (growth == Growth::Refused) *result = ~u64{0};
  return growth != Growth::Trap;
}

/// The checks of memory.atomic.*: alignment before bounds.
bool check_atomic(VmCtx* vmctx, u32 memory, u64 address, u64 bytes) {
  if (address % bytes != 0) return trap(vmctx, TrapCode::HeapMisaligned);
  if (!within(address, bytes, length_of(vmctx->memories[memory]))) return memory_trap(vmctx);
  return true;
}

template <class T>
bool wait(VmCtx* vmctx, u32 memory, u64 address, T expected, i64 timeout, u32* result) {
  if (!check_atomic(vmctx, memory, address, sizeof(T))) return false;
  const std::shared_ptr<SharedMemory>& shared = vmctx->instance->memory(memory)->shared();
  if (!shared) return trap(vmctx, TrapCode::AtomicWaitNonSharedMemory);
  WaitResult ended = shared->wait<T>(address, expected, timeout, vmctx->store->owner);
  *result = static_cast<u32>(ended);
  return ended != WaitResult::Interrupted;
}

}  // namespace

bool memory_grow(VmCtx* vmctx, u32 memory, u64 delta, u64* result) {
  return answer(vmctx->instance->memory(memory)->grow(delta, *result), result);
}

bool memory_init(VmCtx* vmctx, u32 memory, u32 data, u64 to, u32 from, u32 count) {
  const DataDesc& segment = vmctx->module->datas[data];
  u64 size = vmctx->instance->data_dropped(data) ? 0 : segment.size;
  MemoryDef* def = vmctx->memories[memory];
  if (!within(to, count, length_of(def)) || !within(from, count, size)) return memory_trap(vmctx);
  if (count != 0) racy_copy(def->base + to, vmctx->code + segment.begin + from, count);
  return true;
}

bool memory_copy(VmCtx* vmctx, u32 to_memory, u32 from_memory, u64 to, u64 from, u64 count) {
  MemoryDef* target = vmctx->memories[to_memory];
  const MemoryDef* source = vmctx->memories[from_memory];
  if (!within(to, count, length_of(target)) || !within(from, count, length_of(source))) return memory_trap(vmctx);
  if (count != 0) racy_move(target->base + to, source->base + from, count);
  return true;
}

bool memory_fill(VmCtx* vmctx, u32 memory, u64 to, u32 value, u64 count) {
  MemoryDef* def = vmctx->memories[memory];
  if (!within(to, count, length_of(def))) return memory_trap(vmctx);
  if (count != 0) racy_fill(def->base + to, static_cast<u8>(value), count);
  return true;
}

bool data_drop(VmCtx* vmctx, u32 data) {
  vmctx->instance->drop_data(data);
  return true;
}

bool table_grow(VmCtx* vmctx, u32 table, Ref init, u64 delta, u64* result) {
  return answer(vmctx->instance->table(table)->grow(delta, init, *result), result);
}

bool table_init(VmCtx* vmctx, u32 table, u32 elem, u64 to, u32 from, u32 count) {
  const Instance& instance = *vmctx->instance;
  TableDef* def = vmctx->tables[table];
  if (!within(to, count, def->length) || !within(from, count, instance.elem_size(elem))) return table_trap(vmctx);
  for (u32 i = 0; i < count; ++i) def->base[to + i] = instance.elem_ref(elem, u64{from} + i);
  return true;
}

bool table_copy(VmCtx* vmctx, u32 to_table, u32 from_table, u64 to, u64 from, u64 count) {
  TableDef* target = vmctx->tables[to_table];
  const TableDef* source = vmctx->tables[from_table];
  if (!within(to, count, target->length) || !within(from, count, source->length)) return table_trap(vmctx);
  if (count != 0) std::memmove(target->base + to, source->base + from, count * sizeof(Ref));
  return true;
}

bool table_fill(VmCtx* vmctx, u32 table, u64 to, Ref value, u64 count) {
  TableDef* def = vmctx->tables[table];
  if (!within(to, count, def->length)) return table_trap(vmctx);
  std::fill_n(def->base + to, count, value);
  return true;
}

bool elem_drop(VmCtx* vmctx, u32 elem) {
  vmctx->instance->drop_elem(elem);
  return true;
}

bool memory_atomic_notify(VmCtx* vmctx, u32 memory, u64 address, u32 count, u32* result) {
  if (!check_atomic(vmctx, memory, address, 4)) return false;
  const std::shared_ptr<SharedMemory>& shared = vmctx->instance->memory(memory)->shared();
  *result = shared ? shared->notify(address, count) : 0;
  return true;
}

bool memory_atomic_wait32(VmCtx* vmctx, u32 memory, u64 address, u32 expected, i64 timeout, u32* result) {
  return wait<u32>(vmctx, memory, address, expected, timeout, result);
}

bool memory_atomic_wait64(VmCtx* vmctx, u32 memory, u64 address, u64 expected, i64 timeout, u32* result) {
  return wait<u64>(vmctx, memory, address, expected, timeout, result);
}

bool raise_trap(VmCtx* vmctx, TrapCode code) {
  return trap(vmctx, code);
}

bool raise_stack_overflow(VmCtx* vmctx, const FuncRef* callee) {
  return vmctx->store->owner->raise_stack_overflow(*callee);
}

bool note_memory_fault(VmCtx* vmctx, u64 address, u64 size) {
  vmctx->store->owner->note_memory_fault(address, size);
  return false;
}

bool interrupted(VmCtx* vmctx) {
  return vmctx->store->owner->poll();
}

bool out_of_fuel(VmCtx* vmctx) {
  Store& store = *vmctx->store->owner;
  return store.refuel() || store.raise(TrapCode::OutOfFuel);
}

bool exception_new(VmCtx* vmctx, u32 tag, Ref* result) {
  *result = vmctx->store->owner->new_exception(vmctx->tags[tag]);
  return *result != kNullRef || trap(vmctx, TrapCode::HeapExhausted);
}

bool throw_exception(VmCtx* vmctx, Ref exception) {
  return vmctx->store->owner->raise_exception(exception);
}

bool gc_reserve(VmCtx* vmctx, u64 bytes) {
  Store& store = *vmctx->store->owner;
  auto refused = store.heap().reserve(bytes);
  return !refused || store.raise(*refused);
}

bool array_copy(VmCtx* vmctx, Ref to, u32 to_index, Ref from, u32 from_index, u32 count) {
  if (to == kNullRef || from == kNullRef) return trap(vmctx, TrapCode::NullReference);
  HeapObject *target = object_of(to), *source = object_of(from);
  if (!within(to_index, count, array_length(target)) || !within(from_index, count, array_length(source)))
    return trap(vmctx, TrapCode::ArrayOutOfBounds);
  u32 log2 = size_log2(vmctx->store->layouts[target->type]->element);
  std::memmove(array_elements(target) + (u64{to_index} << log2), array_elements(source) + (u64{from_index} << log2),
               u64{count} << log2);
  return true;
}

bool array_init_data(VmCtx* vmctx, Ref array, u32 data, u32 to, u32 from, u32 count) {
  if (array == kNullRef) return trap(vmctx, TrapCode::NullReference);
  HeapObject* object = object_of(array);
  if (!within(to, count, array_length(object))) return trap(vmctx, TrapCode::ArrayOutOfBounds);
  const DataDesc& segment = vmctx->module->datas[data];
  u64 size = vmctx->instance->data_dropped(data) ? 0 : segment.size;
  u32 log2 = size_log2(vmctx->store->layouts[object->type]->element);
  if (!within(from, u64{count} << log2, size)) return memory_trap(vmctx);
  if (count != 0) std::memcpy(array_elements(object) + (u64{to} << log2), vmctx->code + segment.begin + from, u64{count} << log2);
  return true;
}

bool array_init_elem(VmCtx* vmctx, Ref array, u32 elem, u32 to, u32 from, u32 count) {
  if (array == kNullRef) return trap(vmctx, TrapCode::NullReference);
  HeapObject* object = object_of(array);
  if (!within(to, count, array_length(object))) return trap(vmctx, TrapCode::ArrayOutOfBounds);
  const Instance& instance = *vmctx->instance;
  if (!within(from, count, instance.elem_size(elem))) return table_trap(vmctx);
  u8* at = array_elements(object) + u64{to} * sizeof(Ref);
  for (u32 i = 0; i < count; ++i, at += sizeof(Ref)) ref_at(at) = instance.elem_ref(elem, u64{from} + i);
  return true;
}

}  // namespace libcalls
}  // namespace tenon::runtime
