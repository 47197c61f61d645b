// Values: conversions between slots, which have no types, and Val, which has.
#include "tenon/host/val.h"

#include <fmt/format.h>

#include "tenon/host/func.h"
#include "tenon/spec/errors.h"

namespace tenon {

Rooted::Rooted(StoreRef store, Ref ref) {
  if (ref == kNullRef || runtime::is_i31(ref))
    i31_ = ref;
  else
    root_ = store.raw()->new_root(ref);
}

ExternRef ExternRef::box(StoreRef store, std::shared_ptr<void> value, const void* tag) {
  return ExternRef(Rooted(store, store.raw()->new_extern(std::move(value), tag)));
}

void* ExternRef::unbox(const void* tag) const {
  if (is_null() || runtime::is_i31(ref())) return nullptr;
  const runtime::HeapObject* object = runtime::object_of(ref());
  if (object->kind != runtime::HeapKind::Extern) return nullptr;
  const auto* boxed = static_cast<const runtime::ExternObject*>(object);
  return boxed->tag == tag ? boxed->value.get() : nullptr;
}

AnyRef AnyRef::i31(StoreRef store, u32 value) { return AnyRef(Rooted(store, u64{value << 1 | 1})); }

Val::Val(const Func& func) : type_(ValType::funcref()), func_store_(func.store().raw()) {
  // SAFETY: a funcref's bits are its FuncRef's address; as_func turns it back.
  slot_.ref = reinterpret_cast<Ref>(func.raw());
}

Val Val::from_f32_bits(u32 bits) {
  Val value(f32{0});
  value.slot_.u64_ = bits;
  return value;
}

Val Val::from_f64_bits(u64 bits) {
  Val value(f64{0});
  value.slot_.u64_ = bits;
  return value;
}

Val Val::null_func() {
  Val value;
  value.type_ = ValType::funcref();
  return value;
}

Val Val::null(const TypeStore& types, ValType type) {
  Val value;
  value.type_ = ValType::ref(types.top(type));
  return value;
}

std::optional<Val> Val::default_of(const TypeStore& types, ValType type) {
  switch (type.kind()) {
    case TypeKind::I32:
      return Val(i32{0});
    case TypeKind::I64:
      return Val(i64{0});
    case TypeKind::F32:
      return Val(f32{0});
    case TypeKind::F64:
      return Val(f64{0});
    case TypeKind::V128:
      return Val(Bits128{});
    case TypeKind::Ref:
      if (type.nullable()) return null(types, type);
      break;
    default:
      break;
  }
  return std::nullopt;
}

bool Val::is_null() const {
  if (!is_ref()) return false;
  return type_ == ValType::funcref() ? slot_.ref == kNullRef : rooted_.is_null();
}

std::optional<Func> Val::as_func() const {
  if (type_ != ValType::funcref() || slot_.ref == kNullRef) return std::nullopt;
  // SAFETY: only the constructor from Func and `lift` make such values, from a FuncRef's address.
  return Func(func_store_, reinterpret_cast<FuncRef*>(slot_.ref));
}

ExternRef Val::as_extern() const { return type_ == ValType::externref() ? ExternRef(rooted_) : ExternRef(); }
AnyRef Val::as_any() const { return type_ == ValType::anyref() ? AnyRef(rooted_) : AnyRef(); }

namespace {

Error mismatch(ValType expected, ValType found) {
  return Error(ErrorCode::WrongType, fmt::format("type mismatch: expected {}, found {}", to_string(expected), to_string(found)));
}

/// The most exact type of a reference of the any, extern or exn hierarchy.
ValType exact_type(ValType top, Ref ref) {
  if (top == ValType::externref()) return ValType::ref(AbstractHeap::Extern, false);
  if (top == ValType::exnref()) return ValType::ref(AbstractHeap::Exn, false);
  if (runtime::is_i31(ref)) return ValType::ref(AbstractHeap::I31, false);
  const runtime::HeapObject* object = runtime::object_of(ref);
  if (object->kind == runtime::HeapKind::Struct || object->kind == runtime::HeapKind::Array)
    return ValType::ref(TypeId(object->type), false);
  return ValType::ref(AbstractHeap::Any, false);
}

}  // namespace

Result<Slot> Val::lower(StoreRef store, ValType type) const {
  if (!type.is_ref() || !is_ref()) {
    if (type_ != type) return std::unexpected(mismatch(type, type_));
    return slot_;
  }
  const TypeStore& types = store.raw()->types();
  Slot out;
  if (is_null()) {
    if (!type.nullable() || types.top(type) != types.top(type_)) return std::unexpected(mismatch(type, type_));
    out.ref = kNullRef;
    return out;
  }
  ValType actual;
  const runtime::Store* owner;
  if (type_ == ValType::funcref()) {
    // SAFETY: see as_func.
    const auto* func = reinterpret_cast<const FuncRef*>(slot_.ref);
    actual = ValType::ref(TypeId(func->type), false);
    owner = func_store_;
    out.ref = slot_.ref;
  } else {
    out.ref = rooted_.ref();
    actual = exact_type(type_, out.ref);
    owner = rooted_.store() ? rooted_.store() : store.raw();
  }
  if (owner != store.raw()) return fail(ErrorCode::WrongType, "reference belongs to another store");
  if (!types.is_subtype(actual, type)) return std::unexpected(mismatch(type, actual));
  return out;
}

Val Val::lift(StoreRef store, ValType type, const Slot& slot) {
  Val value;
  if (!type.is_ref()) {
    value.type_ = type;
    value.slot_ = slot;
    // An i32 or f32 leaves the upper half undefined.
    if (type == ValType::i32())
      value.slot_.s64 = slot.s32;
    else if (type == ValType::f32())
      value.slot_.u64_ = slot.u32_;
    return value;
  }
  value.type_ = ValType::ref(store.raw()->types().top(type));
  if (value.type_ == ValType::funcref()) {
    value.slot_.ref = slot.ref;
    value.func_store_ = store.raw();
  } else {
    value.rooted_ = Rooted(store, slot.ref);
  }
  return value;
}

}  // namespace tenon
