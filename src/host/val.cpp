// Values: conversions between slots, which have no types, and Val, which has.
#include "tenon/host/val.h"

#include <fmt/format.h>

#include "tenon/host/extern.h"
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

namespace {

runtime::ExceptionObject* exception_behind(const ExnRef& ref) {
  if (ref.is_null()) return nullptr;
  // A reference of the exn hierarchy that is not null is an exception.
  return static_cast<runtime::ExceptionObject*>(runtime::object_of(ref.ref()));
}

}  // namespace

Result<ExnRef> ExnRef::create(const Tag& tag, std::span<const Val> fields) {
  const FuncType& type = tag.type();
  StoreRef store = tag.store();
  if (!type.results.empty()) return fail(ErrorCode::WrongType, "exceptions need a tag without results");
  if (fields.size() != type.params.size())
    return fail(ErrorCode::WrongType, fmt::format("expected {} fields, got {}", type.params.size(), fields.size()));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto slot = fields[i].lower(store, type.params[i]);
    if (!slot) return std::unexpected(std::move(slot).error().with_context(fmt::format("field {}", i)));
  }
  Ref ref = store.raw()->new_exception(tag.raw());
  if (ref == kNullRef) return fail(ErrorCode::OutOfMemory, "no room for an exception");
  ExnRef exception{Rooted(store, ref)};
  // References may have moved: only now are their bits taken.
  u64* word = exception_behind(exception)->payload();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    Slot slot = *fields[i].lower(store, type.params[i]);
    *word++ = slot.u64_;
    if (runtime::payload_words(type.params[i]) == 2) *word++ = slot.v128.hi;
  }
  return exception;
}

Result<ExnRef> ExnRef::create(const Tag& tag, std::initializer_list<Val> fields) {
  return create(tag, std::span(fields.begin(), fields.size()));
}

std::optional<Tag> ExnRef::tag() const {
  runtime::ExceptionObject* exception = exception_behind(*this);
  if (exception == nullptr) return std::nullopt;
  return Tag(store(), const_cast<TagDef*>(exception->tag));
}

std::vector<Val> ExnRef::fields() const {
  std::vector<Val> out;
  runtime::ExceptionObject* exception = exception_behind(*this);
  if (exception == nullptr) return out;
  const u64* word = exception->payload();
  for (ValType param : store()->types().func(TypeId(exception->type)).params) {
    Slot slot;
    slot.u64_ = *word++;
    if (runtime::payload_words(param) == 2) slot.v128.hi = *word++;
    out.push_back(Val::lift(StoreRef(store()), param, slot));
  }
  return out;
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

ExnRef Val::as_exn() const {
  return type_ == ValType::exnref() ? ExnRef(rooted_) : ExnRef();
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
