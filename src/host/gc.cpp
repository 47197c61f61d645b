// Structs and arrays in the host's hands.
#include "tenon/host/gc.h"

#include <fmt/format.h>

#include <algorithm>

#include "tenon/host/engine.h"
#include "tenon/spec/errors.h"

namespace tenon {
namespace {

std::unexpected<Error> is_null_error() { return fail(ErrorCode::WrongType, "null reference"); }

std::unexpected<Error> trap_error(TrapCode why) {
  auto payload = std::make_shared<runtime::TrapInfoPayload>();
  payload->code = why;
  return std::unexpected(Error(ErrorCode::Trap, fmt::format("wasm trap: {}", info(why).message)).with_payload(std::move(payload)));
}

Result<TypeId> define_type(const Engine& engine, CompositeType type, bool is_final) {
  const TypeStore& types = engine.types();
  auto is_canonical = [&](const FieldType& field) {
    ValType storage = field.storage;
    return !storage.is_concrete() || (storage.space() == IndexSpace::Canonical && storage.type_id().value() < types.size());
  };
  const auto* structure = std::get_if<StructType>(&type);
  bool canonical = structure ? std::all_of(structure->fields.begin(), structure->fields.end(), is_canonical)
                             : is_canonical(std::get<ArrayType>(type).element);
  if (!canonical) return fail(ErrorCode::WrongType, "a field refers to a type that is not canonical in the engine");
  SubType definition;
  definition.is_final = is_final;
  definition.composite = std::move(type);
  return engine.types().intern(std::span(&definition, 1));
}

/// Whether a value may be stored in a field. References are checked here and their bits taken later: they may move between.
Result<> check_field(StoreRef store, const FieldType& field, const Val& value, std::size_t index) {
  auto slot = value.lower(store, field.storage.unpacked());
  if (slot) return {};
  return std::unexpected(std::move(slot).error().with_context(fmt::format("field {}", index)));
}

void put(StoreRef store, u8* at, Storage storage, const FieldType& field, const Val& value) {
  // It was checked.
  store_field(at, storage, value.lower(store, field.storage.unpacked()).value_or(Slot()));
}

Val take(StoreRef store, const u8* at, Storage storage, const FieldType& field) {
  return Val::lift(store, field.storage.unpacked(), load_field(at, storage));
}

const HeapLayout& layout_of(runtime::Store* store, const HeapObject* object) { return *store->ctx.layouts[object->type]; }

}  // namespace

// --- references of the any hierarchy

std::optional<StructRef> AnyRef::as_struct() const { return is_struct() ? std::optional(StructRef(*this)) : std::nullopt; }

std::optional<ArrayRef> AnyRef::as_array() const { return is_array() ? std::optional(ArrayRef(*this)) : std::nullopt; }

ExternRef ExternRef::from_any(const AnyRef& any) { return ExternRef(any); }

bool AnyRef::matches(ValType type) const {
  if (!type.is_ref()) return false;
  if (is_null()) return type.nullable();
  if (is_i31()) {
    using enum AbstractHeap;
    return type.is_abstract(Any) || type.is_abstract(Eq) || type.is_abstract(I31);
  }
  const TypeStore& types = store()->types();
  return types.top(type) == AbstractHeap::Any && runtime::ref_matches(types, ref(), type);
}

ValType AnyRef::type() const {
  if (is_null()) return ValType::ref(AbstractHeap::None);
  if (is_i31()) return ValType::ref(AbstractHeap::I31, false);
  if (is_struct() || is_array()) return ValType::ref(TypeId(object_of(ref())->type), false);
  return ValType::ref(AbstractHeap::Any, false);
}

// --- structs

Result<TypeId> StructRef::define(const Engine& engine, StructType type, bool is_final) {
  if (type.fields.size() > limits::kStructFields) return fail(ErrorCode::LimitExceeded, "a struct type has too many fields");
  return define_type(engine, std::move(type), is_final);
}

Result<StructRef> StructRef::create(StoreRef store, TypeId type, std::span<const Val> fields) {
  const StructType* structure = store.raw()->types().get(type).structure();
  if (structure == nullptr) return fail(ErrorCode::WrongType, "not a struct type");
  if (fields.size() != structure->fields.size())
    return fail(ErrorCode::WrongType, fmt::format("expected {} fields, got {}", structure->fields.size(), fields.size()));
  for (std::size_t i = 0; i < fields.size(); ++i) TENON_TRY_VOID(check_field(store, structure->fields[i], fields[i], i));
  TENON_TRY(const HeapLayout* layout, store.raw()->layout_of(type));
  TrapCode why{};
  HeapObject* object = store.raw()->heap().allocate(*layout, why);
  if (object == nullptr) return trap_error(why);
  for (std::size_t i = 0; i < fields.size(); ++i)
    put(store, bytes_of(object) + layout->fields[i].offset, layout->fields[i].storage, structure->fields[i], fields[i]);
  return StructRef(AnyRef(Rooted(store, ref_of(object))));
}

Result<StructRef> StructRef::create(StoreRef store, TypeId type, std::initializer_list<Val> fields) {
  return create(store, type, std::span(fields.begin(), fields.size()));
}

TypeId StructRef::type_id() const { return TypeId(object_of(ref())->type); }

const StructType& StructRef::struct_type() const { return *store()->types().get(type_id()).structure(); }

std::size_t StructRef::size() const { return is_null() ? 0 : struct_type().fields.size(); }

Result<Val> StructRef::field(std::size_t index) const {
  if (is_null()) return is_null_error();
  if (index >= size()) return fail(ErrorCode::OffsetOutOfRange, fmt::format("struct has no field {}", index));
  HeapObject* object = object_of(ref());
  const FieldLayout& layout = layout_of(store(), object).fields[index];
  return take(StoreRef(store()), bytes_of(object) + layout.offset, layout.storage, struct_type().fields[index]);
}

Result<> StructRef::set_field(std::size_t index, const Val& value) const {
  if (is_null()) return is_null_error();
  if (index >= size()) return fail(ErrorCode::OffsetOutOfRange, fmt::format("struct has no field {}", index));
  const FieldType& field = struct_type().fields[index];
  if (!field.is_mutable) return fail(ErrorCode::ImmutableField, fmt::format("struct field {} is immutable", index));
  TENON_TRY_VOID(check_field(StoreRef(store()), field, value, index));
  HeapObject* object = object_of(ref());
  const FieldLayout& layout = layout_of(store(), object).fields[index];
  put(StoreRef(store()), bytes_of(object) + layout.offset, layout.storage, field, value);
  return {};
}

// --- arrays

Result<TypeId> ArrayRef::define(const Engine& engine, ArrayType type, bool is_final) {
  return define_type(engine, type, is_final);
}

namespace {

/// A new array whose element type is `element`, all zero.
Result<HeapObject*> new_array(StoreRef store, TypeId type, u64 length, const FieldType*& element) {
  const ArrayType* array = store.raw()->types().get(type).array();
  if (array == nullptr) return fail(ErrorCode::WrongType, "not an array type");
  element = &array->element;
  TENON_TRY(const HeapLayout* layout, store.raw()->layout_of(type));
  TrapCode why{};
  HeapObject* object = store.raw()->heap().allocate_array(*layout, length, why);
  if (object == nullptr) return trap_error(why);
  return object;
}

u8* element_at(HeapObject* array, Storage storage, u64 index) { return array_elements(array) + (index << size_log2(storage)); }

}  // namespace

Result<ArrayRef> ArrayRef::create(StoreRef store, TypeId type, const Val& element, u32 length) {
  const ArrayType* array = store.raw()->types().get(type).array();
  if (array != nullptr) TENON_TRY_VOID(check_field(store, array->element, element, 0));
  const FieldType* field = nullptr;
  TENON_TRY(HeapObject* object, new_array(store, type, length, field));
  Storage storage = layout_of(store.raw(), object).element;
  for (u32 i = 0; i < length; ++i) put(store, element_at(object, storage, i), storage, *field, element);
  return ArrayRef(AnyRef(Rooted(store, ref_of(object))));
}

Result<ArrayRef> ArrayRef::create_fixed(StoreRef store, TypeId type, std::span<const Val> elements) {
  const ArrayType* array = store.raw()->types().get(type).array();
  for (std::size_t i = 0; array != nullptr && i < elements.size(); ++i)
    TENON_TRY_VOID(check_field(store, array->element, elements[i], i));
  const FieldType* field = nullptr;
  TENON_TRY(HeapObject* object, new_array(store, type, elements.size(), field));
  Storage storage = layout_of(store.raw(), object).element;
  for (std::size_t i = 0; i < elements.size(); ++i) put(store, element_at(object, storage, i), storage, *field, elements[i]);
  return ArrayRef(AnyRef(Rooted(store, ref_of(object))));
}

Result<ArrayRef> ArrayRef::create_fixed(StoreRef store, TypeId type, std::initializer_list<Val> elements) {
  return create_fixed(store, type, std::span(elements.begin(), elements.size()));
}

TypeId ArrayRef::type_id() const { return TypeId(object_of(ref())->type); }

const ArrayType& ArrayRef::array_type() const { return *store()->types().get(type_id()).array(); }

u32 ArrayRef::size() const { return is_null() ? 0 : array_length(object_of(ref())); }

Result<Val> ArrayRef::get(u32 index) const {
  if (is_null()) return is_null_error();
  if (index >= size()) return fail(ErrorCode::OffsetOutOfRange, fmt::format("array has no element {}", index));
  HeapObject* object = object_of(ref());
  Storage storage = layout_of(store(), object).element;
  return take(StoreRef(store()), element_at(object, storage, index), storage, array_type().element);
}

Result<> ArrayRef::set(u32 index, const Val& value) const {
  if (is_null()) return is_null_error();
  if (index >= size()) return fail(ErrorCode::OffsetOutOfRange, fmt::format("array has no element {}", index));
  const FieldType& element = array_type().element;
  if (!element.is_mutable) return fail(ErrorCode::ImmutableArray, "array is immutable");
  TENON_TRY_VOID(check_field(StoreRef(store()), element, value, index));
  HeapObject* object = object_of(ref());
  Storage storage = layout_of(store(), object).element;
  put(StoreRef(store()), element_at(object, storage, index), storage, element, value);
  return {};
}

// --- traced references

TracedRef::TracedRef(const Rooted& from) {
  slot_.ref = from.ref();
  if (from.store()) from.store()->heap().link(slot_);
}

void TracedRef::copy(const TracedRef& other) {
  slot_.ref = other.slot_.ref;
  if (other.slot_.heap) other.slot_.heap->link(slot_);
}

void TracedRef::drop() {
  if (slot_.heap) slot_.heap->unlink(slot_);
  slot_ = {};
}

TracedRef& TracedRef::operator=(const TracedRef& other) {
  if (this != &other) {
    drop();
    copy(other);
  }
  return *this;
}

Rooted TracedRef::get() const {
  if (slot_.heap) return Rooted(StoreRef(&slot_.heap->store()), slot_.ref);
  return is_i31(slot_.ref) ? Rooted(StoreRef(nullptr), slot_.ref) : Rooted();
}

}  // namespace tenon
