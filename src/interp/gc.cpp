// Structs, arrays and casts.
//
// An instruction that allocates either takes room at heap_top or, before it has changed anything, asks for room and begins
// again: a collection finds its operands where they were and changes the references among them. No handler keeps the address of
// an object across make_room.
#include "interp/calls.h"
#include "interp/machine.h"
#include "tenon/abi/heap.h"

namespace tenon::interp {
namespace {

TENON_INLINE const HeapLayout* layout_at(Frame* frame, const u8*& p) { return frame->vmctx->layouts[read_u32(p)]; }

/// Whether an object of `bytes` fits without asking the collector.
TENON_INLINE bool has_room(const StoreCtx* store, u64 bytes) {
  return bytes <= static_cast<u64>(store->heap_limit - store->heap_top);
}
/// Takes room that is there and writes the header.
TENON_INLINE HeapObject* take(StoreCtx* store, u64 bytes, HeapKind kind, u32 type) {
  // SAFETY: has_room answered for the bytes at heap_top, which are 8-aligned and belong to nobody.
  auto* object = reinterpret_cast<HeapObject*>(store->heap_top);
  store->heap_top += bytes;
  // One store for the whole header.
  u64 head = static_cast<u64>(kind) | u64{type} << 32;
  std::memcpy(static_cast<void*>(object), &head, sizeof head);
  return object;
}
TENON_INLINE HeapObject* take_array(StoreCtx* store, const HeapLayout* layout, u64 bytes, u32 length) {
  HeapObject* array = take(store, bytes, HeapKind::Array, layout->type);
  static_cast<ArrayObject*>(array)->length = length;
  return array;
}

/// Asks for the room in `tos` (the operands are spilled) and begins the instruction again.
TENON_SLOW(make_room) {
  leave(frame, frame->call_pc);
  if (!libcalls::gc_reserve(frame->vmctx, tos)) return Exit::Failed;
  fill(sp, tos, nos);
  pc = frame->call_pc;
  // It was counted already where fuel is metered.
  const Dispatch* unmetered = table->base ? table->base : table;
  TENON_JUMP(unmetered->one[*pc]);
}
#define TENON_MAKE_ROOM(bytes) \
  do {                         \
    tos = (bytes);             \
    TENON_JUMP(make_room);     \
  } while (0)

/// Replaces the topmost `taken` operands, spilled, by one reference.
TENON_INLINE void replace(u64 taken, HeapObject* object, Slot*& sp, u64& tos, u64& nos) {
  sp += 1;
  sp -= taken;
  tos = ref_of(object);
  nos = lo(sp - 1);
}

/// Fills elements with one value. Out of line: what the compiler makes of it needs registers.
[[gnu::noinline]] void fill_elements(u8* at, Storage storage, Slot value, u64 count) {
  switch (storage) {
    case Storage::I8:
      std::memset(at, static_cast<int>(value.u32_ & 0xff), count);
      return;
    case Storage::I16:
      for (u64 i = 0; i < count; ++i) std::memcpy(at + 2 * i, &value, 2);
      return;
    case Storage::Word32:
      for (u64 i = 0; i < count; ++i) std::memcpy(at + 4 * i, &value, 4);
      return;
    case Storage::V128:
      for (u64 i = 0; i < count; ++i) std::memcpy(at + 16 * i, &value, 16);
      return;
    default:
      for (u64 i = 0; i < count; ++i) std::memcpy(at + 8 * i, &value, 8);
      return;
  }
}

/// A field as an operand. The high half of v128 goes where its slot is.
TENON_INLINE u64 load_operand(const u8* at, Storage storage, Slot* slot) {
  u64 value = 0;
  switch (storage) {
    case Storage::I8:
      return *at;
    case Storage::I16:
      std::memcpy(&value, at, 2);
      return value;
    case Storage::Word32:
      std::memcpy(&value, at, 4);
      return value;
    case Storage::V128:
      std::memcpy(&hi(slot), at + 8, 8);
      [[fallthrough]];
    default:
      std::memcpy(&value, at, 8);
      return value;
  }
}
/// An operand as a field: the low half, and for v128 the high one from its slot.
TENON_INLINE void store_operand(u8* at, Storage storage, u64 value, Slot* slot) {
  switch (storage) {
    case Storage::I8:
      *at = static_cast<u8>(value);
      return;
    case Storage::I16:
      std::memcpy(at, &value, 2);
      return;
    case Storage::Word32:
      std::memcpy(at, &value, 4);
      return;
    case Storage::V128:
      std::memcpy(at + 8, &hi(slot), 8);
      [[fallthrough]];
    default:
      std::memcpy(at, &value, 8);
      return;
  }
}
TENON_INLINE u64 sign_extend(u64 value, Storage storage) {
  return bits(storage == Storage::I8 ? i32{static_cast<i8>(value)} : i32{static_cast<i16>(value)});
}

}  // namespace

// --- structs -----------------------------------------------------------------------------------------------------------------

TENON_OP(StructNew) {
  const u8* p = pc + 1;
  const HeapLayout* layout = layout_at(frame, p);
  spill(sp, tos, nos);
  StoreCtx* store = frame->store;
  if (!has_room(store, layout->size)) [[unlikely]]
    TENON_MAKE_ROOM(layout->size);
  HeapObject* object = take(store, layout->size, HeapKind::Struct, layout->type);
  u64 count = layout->field_count;
  Slot* values = sp + 1 - count;
  const FieldLayout* field = layout->fields;
  for (u64 i = 0; i < count; ++i, ++field) store_operand(bytes_of(object) + field->offset, field->storage, lo(values + i), values + i);
  replace(count, object, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(StructNew);

TENON_OP(StructNewDefault) {
  const u8* p = pc + 1;
  const HeapLayout* layout = layout_at(frame, p);
  spill(sp, tos, nos);
  StoreCtx* store = frame->store;
  if (!has_room(store, layout->size)) [[unlikely]]
    TENON_MAKE_ROOM(layout->size);
  HeapObject* object = take(store, layout->size, HeapKind::Struct, layout->type);
  for (u32 at = sizeof(HeapObject); at < layout->size; at += 8) ref_at(bytes_of(object) + at) = 0;
  replace(0, object, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(StructNewDefault);

#define STRUCT_GET(Name, ...)                                                       \
  TENON_OP(Name) {                                                                  \
    const u8* p = pc + 1;                                                           \
    const HeapLayout* layout = layout_at(frame, p);                                 \
    const FieldLayout field = layout->fields[read_u32(p)];                          \
    if (tos == kNullRef) [[unlikely]]                                               \
      TENON_TRAP_OF(Name, NullReference);                                           \
    tos = load_operand(bytes_of(object_of(tos)) + field.offset, field.storage, sp); \
    __VA_ARGS__;                                                                    \
    TENON_NEXT_AT(p);                                                               \
  }                                                                                 \
  TENON_OP_BOTH(Name)
STRUCT_GET(StructGet);
STRUCT_GET(StructGetS, tos = sign_extend(tos, field.storage));
STRUCT_GET(StructGetU);

TENON_OP(StructSet) {
  const u8* p = pc + 1;
  const HeapLayout* layout = layout_at(frame, p);
  const FieldLayout field = layout->fields[read_u32(p)];
  if (nos == kNullRef) [[unlikely]]
    TENON_TRAP_OF(StructSet, NullReference);
  store_operand(bytes_of(object_of(nos)) + field.offset, field.storage, tos, sp);
  drop(2, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(StructSet);

// --- arrays ------------------------------------------------------------------------------------------------------------------

TENON_OP(ArrayNew) {
  const u8* p = pc + 1;
  const HeapLayout* layout = layout_at(frame, p);
  spill(sp, tos, nos);
  StoreCtx* store = frame->store;
  u32 length = static_cast<u32>(tos);
  u64 bytes = array_size(layout->element, length);
  if (!has_room(store, bytes)) [[unlikely]]
    TENON_MAKE_ROOM(bytes);
  HeapObject* array = take_array(store, layout, bytes, length);
  fill_elements(array_elements(array), layout->element, sp[-1], length);
  replace(2, array, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(ArrayNew);

TENON_OP(ArrayNewDefault) {
  const u8* p = pc + 1;
  const HeapLayout* layout = layout_at(frame, p);
  spill(sp, tos, nos);
  StoreCtx* store = frame->store;
  u32 length = static_cast<u32>(tos);
  u64 bytes = array_size(layout->element, length);
  if (!has_room(store, bytes)) [[unlikely]]
    TENON_MAKE_ROOM(bytes);
  HeapObject* array = take_array(store, layout, bytes, length);
  std::memset(array_elements(array), 0, bytes - kArrayElements);
  replace(1, array, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(ArrayNewDefault);

TENON_OP(ArrayNewFixed) {
  const u8* p = pc + 1;
  const HeapLayout* layout = layout_at(frame, p);
  u32 length = static_cast<u32>(read_u32(p));
  spill(sp, tos, nos);
  StoreCtx* store = frame->store;
  u64 bytes = array_size(layout->element, length);
  if (!has_room(store, bytes)) [[unlikely]]
    TENON_MAKE_ROOM(bytes);
  HeapObject* array = take_array(store, layout, bytes, length);
  Slot* values = sp + 1 - u64{length};
  u8* at = array_elements(array);
  for (u64 i = 0; i < length; ++i, at += u64{1} << size_log2(layout->element))
    store_operand(at, layout->element, lo(values + i), values + i);
  replace(length, array, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(ArrayNewFixed);

TENON_OP(ArrayNewData) {
  const u8* p = pc + 1;
  const HeapLayout* layout = layout_at(frame, p);
  u32 data = static_cast<u32>(read_u32(p));
  spill(sp, tos, nos);
  StoreCtx* store = frame->store;
  u32 length = static_cast<u32>(tos), from = static_cast<u32>(nos);
  if (!runtime::data_has(frame->vmctx, data, from, u64{length} << size_log2(layout->element))) [[unlikely]]
    TENON_TRAP_OF(ArrayNewData, MemoryOutOfBounds);
  u64 bytes = array_size(layout->element, length);
  if (!has_room(store, bytes)) [[unlikely]]
    TENON_MAKE_ROOM(bytes);
  HeapObject* array = take_array(store, layout, bytes, length);
  libcalls::array_init_data(frame->vmctx, ref_of(array), data, 0, from, length);
  replace(2, array, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(ArrayNewData);

TENON_OP(ArrayNewElem) {
  const u8* p = pc + 1;
  const HeapLayout* layout = layout_at(frame, p);
  u32 elem = static_cast<u32>(read_u32(p));
  spill(sp, tos, nos);
  StoreCtx* store = frame->store;
  u32 length = static_cast<u32>(tos), from = static_cast<u32>(nos);
  if (!runtime::elem_has(frame->vmctx, elem, from, length)) [[unlikely]]
    TENON_TRAP_OF(ArrayNewElem, TableOutOfBounds);
  u64 bytes = array_size(layout->element, length);
  if (!has_room(store, bytes)) [[unlikely]]
    TENON_MAKE_ROOM(bytes);
  HeapObject* array = take_array(store, layout, bytes, length);
  libcalls::array_init_elem(frame->vmctx, ref_of(array), elem, 0, from, length);
  replace(2, array, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(ArrayNewElem);

#define ARRAY_GET(Name, ...)                                                                               \
  TENON_OP(Name) {                                                                                         \
    const u8* p = pc + 1;                                                                                  \
    Storage element = layout_at(frame, p)->element;                                                        \
    if (nos == kNullRef) [[unlikely]]                                                                      \
      TENON_TRAP_OF(Name, NullReference);                                                                  \
    HeapObject* array = object_of(nos);                                                                    \
    u64 index = static_cast<u32>(tos);                                                                     \
    if (index >= array_length(array)) [[unlikely]]                                                         \
      TENON_TRAP_OF(Name, ArrayOutOfBounds);                                                               \
    --sp;                                                                                                  \
    nos = lo(sp - 1);                                                                                      \
    tos = load_operand(array_elements(array) + (index << size_log2(element)), element, sp);                \
    __VA_ARGS__;                                                                                           \
    TENON_NEXT_AT(p);                                                                                      \
  }                                                                                                        \
  TENON_OP_BOTH(Name)
ARRAY_GET(ArrayGet);
ARRAY_GET(ArrayGetS, tos = sign_extend(tos, element));
ARRAY_GET(ArrayGetU);

TENON_OP(ArraySet) {
  const u8* p = pc + 1;
  Storage element = layout_at(frame, p)->element;
  u64 ref = lo(sp - 2), index = static_cast<u32>(nos);
  if (ref == kNullRef) [[unlikely]]
    TENON_TRAP_OF(ArraySet, NullReference);
  HeapObject* array = object_of(ref);
  if (index >= array_length(array)) [[unlikely]]
    TENON_TRAP_OF(ArraySet, ArrayOutOfBounds);
  store_operand(array_elements(array) + (index << size_log2(element)), element, tos, sp);
  drop(3, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(ArraySet);

TENON_OP(ArrayLen) {
  if (tos == kNullRef) [[unlikely]]
    TENON_TRAP_OF(ArrayLen, NullReference);
  tos = array_length(object_of(tos));
  TENON_NEXT_AT(pc + 1);
}
TENON_OP_BOTH(ArrayLen);

TENON_OP(ArrayFill) {
  const u8* p = pc + 1;
  Storage element = layout_at(frame, p)->element;
  u64 ref = lo(sp - 3), index = lo(sp - 2) & 0xffff'ffff, count = static_cast<u32>(tos);
  if (ref == kNullRef) [[unlikely]]
    TENON_TRAP_OF(ArrayFill, NullReference);
  HeapObject* array = object_of(ref);
  if (index + count > array_length(array)) [[unlikely]]
    TENON_TRAP_OF(ArrayFill, ArrayOutOfBounds);
  lo(sp - 1) = nos;
  fill_elements(array_elements(array) + (index << size_log2(element)), element, sp[-1], count);
  drop(4, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(ArrayFill);

TENON_OP(ArrayCopy) {
  const u8* p = pc + 1;
  skip(p);
  skip(p);
  leave(frame, frame->call_pc);
  if (!libcalls::array_copy(frame->vmctx, lo(sp - 4), static_cast<u32>(lo(sp - 3)), lo(sp - 2), static_cast<u32>(nos),
                            static_cast<u32>(tos)))
    return Exit::Failed;
  drop(5, sp, tos, nos);
  TENON_NEXT_AT(p);
}
TENON_OP_BOTH(ArrayCopy);

#define ARRAY_INIT(Name, libcall)                                                                              \
  TENON_OP(Name) {                                                                                             \
    const u8* p = pc + 1;                                                                                      \
    skip(p);                                                                                                   \
    u32 segment = static_cast<u32>(read_u32(p));                                                               \
    leave(frame, frame->call_pc);                                                                              \
    if (!libcalls::libcall(frame->vmctx, lo(sp - 3), segment, static_cast<u32>(lo(sp - 2)), static_cast<u32>(nos), \
                           static_cast<u32>(tos)))                                                             \
      return Exit::Failed;                                                                                     \
    drop(4, sp, tos, nos);                                                                                     \
    TENON_NEXT_AT(p);                                                                                          \
  }                                                                                                            \
  TENON_OP_BOTH(Name)
ARRAY_INIT(ArrayInitData, array_init_data);
ARRAY_INIT(ArrayInitElem, array_init_elem);

// --- tests and casts ---------------------------------------------------------------------------------------------------------

namespace {

/// Whether a heap object is of a concrete type: its own, or one that stands in the display of its supertypes.
TENON_INLINE bool is_of_type(const StoreCtx* store, Ref ref, const HeapLayout* wanted, bool exact) {
  if (is_i31(ref)) return false;
  const HeapObject* object = object_of(ref);
  if (object->type == wanted->type) return true;
  if (exact || object->type == kNoHeapType) return false;
  const HeapLayout* actual = store->layouts[object->type];
  return wanted->depth < actual->depth && actual->display[wanted->depth] == wanted->type;
}

bool is_of_abstract_type(Ref ref, AbstractHeap heap) {
  switch (heap) {
    case AbstractHeap::Any:
    case AbstractHeap::Func:
    case AbstractHeap::Extern:
    case AbstractHeap::Exn:
      return true;
    case AbstractHeap::I31:
      return is_i31(ref);
    case AbstractHeap::Eq:
      return is_i31(ref) || object_of(ref)->kind == HeapKind::Struct || object_of(ref)->kind == HeapKind::Array;
    case AbstractHeap::Struct:
      return !is_i31(ref) && object_of(ref)->kind == HeapKind::Struct;
    case AbstractHeap::Array:
      return !is_i31(ref) && object_of(ref)->kind == HeapKind::Array;
    default:
      return false;
  }
}

/// Whether a reference that is not null is of the heap type at `p`; moves behind it.
[[gnu::noinline]] bool matches_slowly(Frame* frame, Ref ref, const u8* p) {
  bool exact = *p == 0x62;
  if (*p == 0x62 || *p == 0x65) ++p;
  i64 code = static_cast<i64>(read_signed<u64>(p));
  if (code < 0) return is_of_abstract_type(ref, static_cast<AbstractHeap>(code & 0x7f));
  const VmCtx* vmctx = frame->vmctx;
  const HeapLayout* layout = vmctx->layouts ? vmctx->layouts[code] : nullptr;
  if (layout) return is_of_type(frame->store, ref, layout, exact);
  u32 actual = func_of(ref)->type, wanted = vmctx->types[code];
  return exact ? actual == wanted : runtime::is_func_subtype(frame->store, actual, wanted);
}
TENON_INLINE bool matches(Frame* frame, Ref ref, const u8*& p) {
  const u8* type = p;
  skip_heap_type(p);
  const VmCtx* vmctx = frame->vmctx;
  // Most tests are of a type of the module whose index takes a byte.
  if (*type < 0x40 && vmctx->layouts && vmctx->layouts[*type]) [[likely]]
    return is_of_type(frame->store, ref, vmctx->layouts[*type], false);
  return matches_slowly(frame, ref, type);
}

}  // namespace

#define REF_TEST(Name, of_null)                                          \
  TENON_OP(Name) {                                                       \
    const u8* p = pc + 1;                                                \
    if (tos == kNullRef) {                                               \
      skip_heap_type(p);                                                 \
      tos = of_null;                                                     \
    } else {                                                             \
      tos = matches(frame, tos, p);                                      \
    }                                                                    \
    TENON_NEXT_AT(p);                                                    \
  }                                                                      \
  TENON_OP_BOTH(Name)
REF_TEST(RefTest, 0);
REF_TEST(RefTestNull, 1);

#define REF_CAST(Name, of_null)                                          \
  TENON_OP(Name) {                                                       \
    const u8* p = pc + 1;                                                \
    bool fits = of_null;                                                 \
    if (tos == kNullRef)                                                 \
      skip_heap_type(p);                                                 \
    else                                                                 \
      fits = matches(frame, tos, p);                                     \
    if (!fits) [[unlikely]]                                              \
      TENON_TRAP_OF(Name, CastFailure);                                  \
    TENON_NEXT_AT(p);                                                    \
  }                                                                      \
  TENON_OP_BOTH(Name)
REF_CAST(RefCast, false);
REF_CAST(RefCastNull, true);

// The flags' second bit: the target is nullable. A taken branch goes on as br does, whose side entry is the same.
#define BR_ON_CAST(Name, branches)                       \
  TENON_OP(Name) {                                       \
    const u8* p = pc + 1;                                \
    bool fits = (*p++ & 2) != 0;                         \
    skip(p);                                             \
    skip_heap_type(p);                                   \
    if (tos == kNullRef)                                 \
      skip_heap_type(p);                                 \
    else                                                 \
      fits = matches(frame, tos, p);                     \
    if (fits == branches) {                              \
      pc = frame->call_pc;                               \
      TENON_JUMP(on_Br<V>);                              \
    }                                                    \
    ++stp;                                               \
    TENON_NEXT_AT(p);                                    \
  }                                                      \
  TENON_OP_BOTH(Name)
BR_ON_CAST(BrOnCast, true);
BR_ON_CAST(BrOnCastFail, false);

}  // namespace tenon::interp
