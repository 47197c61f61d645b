// Where the fields of each type's objects lie, and tests of references against types.
#include "tenon/runtime/layouts.h"

#include <sys/mman.h>

#include <algorithm>

#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::runtime {
namespace {

constexpr u64 kTableBytes = limits::kEngineTypes * sizeof(const HeapLayout*);

Storage storage_of(ValType type) {
  switch (type.kind()) {
    case TypeKind::I8:
      return Storage::I8;
    case TypeKind::I16:
      return Storage::I16;
    case TypeKind::I32:
    case TypeKind::F32:
      return Storage::Word32;
    case TypeKind::V128:
      return Storage::V128;
    case TypeKind::Ref:
      return Storage::Ref;
    default:
      return Storage::Word64;
  }
}

}  // namespace

Layouts::~Layouts() {
  if (table_) munmap(table_, kTableBytes);
}

Result<const HeapLayout*> Layouts::make(TypeId id) {
  std::lock_guard lock(lock_);
  if (table_ == nullptr) {
    // Reserved as a whole, so that it never moves; pages come into being as they are written.
    void* at = mmap(nullptr, kTableBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return fail(ErrorCode::OutOfMemory, "failed to reserve the table of heap layouts");
    table_ = static_cast<const HeapLayout**>(at);
  }
  if (const HeapLayout* made = table_[id.value()]) return made;

  const SubType& type = types_->get(id);
  if (type.cont()) return nullptr;
  Made& made = made_.emplace_back();
  HeapLayout& layout = made.layout;
  layout = {};
  layout.type = id.value();
  std::span<const u32> supertypes = types_->supertypes(id);
  made.display = std::make_unique<u32[]>(supertypes.size());
  std::copy(supertypes.begin(), supertypes.end(), made.display.get());
  layout.depth = static_cast<u32>(supertypes.size());
  layout.display = made.display.get();

  if (const ArrayType* array = type.array()) {
    layout.kind = HeapKind::Array;
    layout.element = storage_of(array->element.storage);
    layout.size = kArrayElements;
    table_[id.value()] = &layout;
    return &layout;
  }
  const FuncType* func = type.func();
  const StructType* structure = type.structure();
  layout.kind = func ? HeapKind::Exception : HeapKind::Struct;
  layout.field_count = static_cast<u32>(func ? func->params.size() : structure->fields.size());
  made.fields = std::make_unique<FieldLayout[]>(layout.field_count);
  made.refs = std::make_unique<u32[]>(layout.field_count);
  u32 at = func ? kExceptionPayload : sizeof(HeapObject);
  for (u32 i = 0; i < layout.field_count; ++i) {
    Storage storage = storage_of(func ? func->params[i] : structure->fields[i].storage);
    u32 size = 1u << size_log2(storage), align = std::min(size, 8u);
    at = (at + align - 1) & ~(align - 1);
    made.fields[i] = {at, storage};
    if (storage == Storage::Ref) made.refs[layout.ref_count++] = at;
    at += func ? 8 * payload_words(func->params[i]) : size;
  }
  layout.size = (at + 7) & ~7u;
  layout.fields = made.fields.get();
  layout.refs = made.refs.get();
  table_[id.value()] = &layout;
  return &layout;
}

bool ref_matches(const TypeStore& types, Ref ref, ValType type) {
  if (ref == kNullRef) return type.nullable();
  AbstractHeap top = types.top(type);
  if (top == AbstractHeap::Func) {
    if (!type.is_concrete()) return type.is_abstract(AbstractHeap::Func);
    // SAFETY: a funcref's bits are a FuncRef's address (vmctx.h).
    TypeId actual(reinterpret_cast<const FuncRef*>(ref)->type);
    return type.exact() ? actual == type.type_id() : types.is_subtype(actual, type.type_id());
  }
  if (type.is_concrete()) {
    if (is_i31(ref)) return false;
    const HeapObject* object = object_of(ref);
    if (object->kind != HeapKind::Struct && object->kind != HeapKind::Array) return false;
    TypeId actual(object->type);
    return type.exact() ? actual == type.type_id() : types.is_subtype(actual, type.type_id());
  }
  switch (type.abstract_heap()) {
    case AbstractHeap::Any:
    case AbstractHeap::Extern:
    case AbstractHeap::Exn:
      return true;
    case AbstractHeap::Eq:
      return is_i31(ref) || object_of(ref)->kind == HeapKind::Struct || object_of(ref)->kind == HeapKind::Array;
    case AbstractHeap::I31:
      return is_i31(ref);
    case AbstractHeap::Struct:
      return !is_i31(ref) && object_of(ref)->kind == HeapKind::Struct;
    case AbstractHeap::Array:
      return !is_i31(ref) && object_of(ref)->kind == HeapKind::Array;
    default:
      return false;
  }
}

}  // namespace tenon::runtime
