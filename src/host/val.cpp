// Values: conversions between slots, which have no types, and Val, which has.
#include "tenon/host/val.h"

#include <fmt/format.h>

#include "tenon/host/func.h"
#include "tenon/spec/errors.h"

namespace tenon {

Rooted::Rooted(StoreRef store, Ref ref) {
  if (ref == kNullRef || is_i31(ref))
    i31_ = ref;
  else
    root_ = store.raw()->new_root(ref);
}

Result<ExternRef> ExternRef::box(StoreRef store, runtime::HostValue value) {
  TENON_TRY(Ref ref, store.raw()->new_extern(std::move(value)));
  return ExternRef(Rooted(store, ref));
}

void* ExternRef::unbox(const void* tag) const {
  if (is_null() || is_i31(ref())) return nullptr;
  const HeapObject* object = object_of(ref());
  if (object->kind != HeapKind::Extern) return nullptr;
  const runtime::HostValue& box = store()->heap().extern_value(object);
  return box.tag == tag ? box.value.get() : nullptr;
}

AnyRef AnyRef::i31(StoreRef store, u32 value) {
  return AnyRef(Rooted(store, (Ref{value} << 1 & 0xffffffff) | 1));
}

Val::Val(const Func& func) : type_(ValType::funcref()), func_store_(func.store().raw()) {
  // SAFETY: the address is only carried; as_func turns it back.
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

Val Val::null(const TypeStore& types, ValType type) {
  Val value;
  value.type_ = ValType::ref(types.top(type));
  value.slot_.u64_ = kNullRef;
  return value;
}

Val Val::null_func() {
  Val value;
  value.type_ = ValType::funcref();
  value.slot_.u64_ = kNullRef;
  return value;
}

std::optional<Val> Val::default_of(const TypeStore& types, ValType type) {
  if (!type.is_ref()) {
    Val value;
    value.type_ = type;
    return value;
  }
  if (!type.nullable()) return std::nullopt;
  return null(types, type);
}

bool Val::is_null() const {
  if (!is_ref()) return false;
  return type_ == ValType::funcref() ? slot_.ref == kNullRef : rooted_.is_null();
}

std::optional<Func> Val::as_func() const {
  if (type_ != ValType::funcref() || slot_.ref == kNullRef) return std::nullopt;
  // SAFETY: a funcref's bits are a FuncRef's address (vmctx.h).
  return Func(func_store_, reinterpret_cast<FuncRef*>(slot_.ref));
}

ExternRef Val::as_extern() const {
  return type_ == ValType::externref() ? ExternRef(rooted_) : ExternRef();
}

AnyRef Val::as_any() const {
  return type_ == ValType::anyref() ? AnyRef(rooted_) : AnyRef();
}

Result<Slot> Val::lower(StoreRef store, ValType type) const {
  const TypeStore& types = store.raw()->types();
  auto wrong = [&] {
    return fail(ErrorCode::WrongType, fmt::format("expected a value of type {}, got {}", to_string(type), to_string(type_)));
  };
  if (!type.is_ref()) {
    if (type != type_) return wrong();
    return slot_;
  }
  if (!type_.is_ref() || types.top(type) != types.top(type_)) return wrong();
  Slot out;
  if (is_null()) {
    if (!type.nullable()) return wrong();
    out.ref = kNullRef;
    return out;
  }
  bool is_func = type_ == ValType::funcref();
  out.ref = is_func ? slot_.ref : rooted_.ref();
  runtime::Store* owner = is_func ? func_store_ : rooted_.store();
  if (owner != nullptr && owner != store.raw()) return fail(ErrorCode::WrongType, "a reference of another store");
  if (!runtime::ref_matches(types, out.ref, type)) return wrong();
  return out;
}

Val Val::lift(StoreRef store, ValType type, const Slot& slot) {
  Val value;
  if (!type.is_ref()) {
    value.type_ = type;
    value.slot_ = slot;
    return value;
  }
  value.type_ = ValType::ref(store.raw()->types().top(type));
  value.slot_.u64_ = kNullRef;
  if (value.type_ == ValType::funcref()) {
    value.slot_.ref = slot.ref;
    value.func_store_ = store.raw();
  } else {
    value.rooted_ = Rooted(store, slot.ref);
  }
  return value;
}

}  // namespace tenon
