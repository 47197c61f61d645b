// BodyReferences: the body decoder's handlers of references, structures and arrays, with the proposals that are about them:
// custom descriptors and the atomic accesses of shared-everything threads. Nobody but body_decoder.h uses this header.
//
// spec: core/valid/instructions "Reference Instructions", "Aggregate Instructions"; proposals custom-descriptors,
// shared-everything-threads. What the proposals leave open is as wasm-tools has it.
#pragma once

#include <string>

#include "tenon/spec/limits.h"
#include "tenon/validate/body_machine.h"

namespace tenon::validate {

template <class Interface>
class BodyReferences : public BodyMachine<Interface> {
  using Machine = BodyMachine<Interface>;

 public:
  using Frame = typename Machine::Frame;
  using Machine::height;
  using Machine::Machine;

 protected:
  using Immediates = binary::Immediates;
  using Machine::address_type;
  using Machine::array_at;
  using Machine::check_data;
  using Machine::concrete;
  using Machine::elem_at;
  using Machine::env_;
  using Machine::fail;
  using Machine::fail_unknown;
  using Machine::field_at;
  using Machine::floor_;
  using Machine::global_at;
  using Machine::has;
  using Machine::heap_type;
  using Machine::interface_;
  using Machine::is_shared;
  using Machine::is_subtype;
  using Machine::kValidate;
  using Machine::label;
  using Machine::mutable_array_at;
  using Machine::non_null;
  using Machine::pop;
  using Machine::pop_abstract;
  using Machine::pop_any;
  using Machine::pop_push;
  using Machine::pop_ref;
  using Machine::push;
  using Machine::push_number;
  using Machine::struct_at;
  using Machine::table_at;
  using Machine::top_;
  using Machine::type_at;
  using Machine::value_type;

  // ---- References ----

  void on_RefNull(const Immediates& imm) {
    ValType type;
    if (value_type(imm.types[0], type)) push(type);
  }
  void on_RefIsNull(const Immediates&) {
    pop_ref();
    push_number(ValType::i32());
  }
  void on_RefFunc(const Immediates& imm) {
    u32 index = imm.index[0];
    if (index >= env_.funcs.size())
      return fail_unknown(ErrorCode::UnknownFunction, "function", index, ": function index out of bounds");
    bool declares = false;
    if constexpr (Interface::kConstant) declares = interface_.declares;
    if constexpr (kValidate) {
      if (!declares && !env_.declared[index])
        return fail(ErrorCode::UndeclaredFunctionReference, "undeclared function reference");
    }
    push(ValType::ref(env_.funcs[index], false).with_exact(has(Feature::CustomDescriptors) && env_.has_exact_type(index)));
  }
  void on_RefEq(const Immediates&) {
    ValType a = pop_abstract(AbstractHeap::Eq), b = pop_abstract(AbstractHeap::Eq);
    if (a.is_ref() && b.is_ref() && is_shared(a) != is_shared(b))
      return fail(ErrorCode::TypeMismatch, "type mismatch: expected `ref.eq` types to match `shared`-ness");
    push_number(ValType::i32());
  }
  void on_RefAsNonNull(const Immediates&) { push(non_null(pop_ref())); }
  void on_BrOnNull(const Immediates& imm) {
    ValType type = non_null(pop_ref());
    Frame* target = label(imm.index[0]);
    if (!target) return;
    interface_.branch(*this, *target, height());
    if (pop_push(target->label())) push(type);
  }
  void on_BrOnNonNull(const Immediates& imm) {
    Frame* target = label(imm.index[0]);
    if (!target) return;
    std::span<const ValType> types = target->label();
    if (types.empty()) return fail(ErrorCode::TypeMismatch, "type mismatch: br_on_non_null target has no label types");
    if (!types.back().is_ref())
      return fail(ErrorCode::TypeMismatch, "type mismatch: br_on_non_null target does not end with heap type");
    interface_.branch(*this, *target, height());
    if (pop(types.back().with_nullable(true))) pop_push(types.first(types.size() - 1));
  }
  bool check_castable(ValType type) {
    if (env_.store->top(type) != AbstractHeap::Cont) return true;
    return fail(ErrorCode::TypeMismatch, "invalid cast: cannot cast to a continuation type"), false;
  }
  // The target of a test or cast; bottom on a fault.
  ValType pop_cast(ValType written) {
    ValType target;
    if (!heap_type(written, target) || !check_castable(target)) return ValType::bottom();
    if (!pop(ValType::ref(env_.store->top(target)).with_shared(is_shared(target)))) return ValType::bottom();
    return target;
  }
  void on_RefTest(const Immediates& imm) {
    if (!pop_cast(imm.types[0]).is_bottom()) push_number(ValType::i32());
  }
  void on_RefTestNull(const Immediates& imm) { on_RefTest(imm); }
  void on_RefCast(const Immediates& imm) {
    if (ValType type = pop_cast(imm.types[0]); !type.is_bottom()) push(type);
  }
  void on_RefCastNull(const Immediates& imm) { on_RefCast(imm); }

  // The types of a branching cast, canonical: `to` has to lie below `from`, or with custom descriptors in the same hierarchy.
  bool cast_types(const Immediates& imm, ValType& from, ValType& to) {
    if (!value_type(imm.types[0], from) || !value_type(imm.types[1], to)) return false;
    if (has(Feature::CustomDescriptors)) {
      if (env_.store->top(from) == env_.store->top(to) && is_shared(from) == is_shared(to)) return true;
      return fail(ErrorCode::TypeMismatch,
                  "type mismatch: " + env_.display(from) + " and " + env_.display(to) + " have different heap type hierarchies"),
             false;
    }
    if (!check_castable(to)) return false;
    if (kValidate && !is_subtype(to, from))
      return fail(ErrorCode::TypeMismatch, "type mismatch: expected " + env_.display(from) + ", found " + env_.display(to)),
             false;
    return true;
  }
  // What is left of `from` when it is known not to be a `to`.
  static ValType difference(ValType from, ValType to) { return to.nullable() ? from.with_nullable(false) : from; }
  // A cast that branches where it succeeds; a descriptor that it compares with was popped.
  void branch_on_cast(u32 depth, ValType from, ValType to) {
    Frame* target = label(depth);
    if (!target) return;
    std::span<const ValType> types = target->label();
    if (types.empty())
      return fail(ErrorCode::TypeMismatch, "type mismatch: br_on_cast to label with empty types, must have a reference type");
    if (kValidate && !is_subtype(to, types.back()))
      return fail(ErrorCode::TypeMismatch, "type mismatch: casting to type " + env_.display(to) +
                                               ", but it does not match label result type " + env_.display(types.back()));
    interface_.branch(*this, *target, height());
    if (pop(from) && pop_push(types.first(types.size() - 1))) push(difference(from, to));
  }
  // And one that branches where it fails.
  void branch_on_cast_fail(u32 depth, ValType from, ValType to) {
    Frame* target = label(depth);
    if (!target) return;
    std::span<const ValType> types = target->label();
    if (types.empty()) return fail(ErrorCode::TypeMismatch, "type mismatch: expected a reference type, found nothing");
    ValType rest = difference(from, to);
    if (kValidate && !is_subtype(rest, types.back()))
      return fail(ErrorCode::TypeMismatch,
                  "type mismatch: expected label result type " + env_.display(types.back()) + ", found " + env_.display(rest));
    interface_.branch(*this, *target, height());
    if (pop(from) && pop_push(types.first(types.size() - 1))) push(to);
  }
  void on_BrOnCast(const Immediates& imm) {
    ValType from, to;
    if (cast_types(imm, from, to)) branch_on_cast(imm.index[0], from, to);
  }
  void on_BrOnCastFail(const Immediates& imm) {
    ValType from, to;
    if (cast_types(imm, from, to)) branch_on_cast_fail(imm.index[0], from, to);
  }

  // ---- Descriptors ----

  // The type of what an allocation leaves: exact, where there are exact types.
  ValType allocated(u32 type) const { return concrete(type, false).with_exact(has(Feature::CustomDescriptors)); }

  // The descriptor's type of a cast's target as written; bottom on a fault.
  ValType target_descriptor(ValType written) {
    if (!written.is_concrete()) return fail(ErrorCode::TypeMismatch, "unexpected heap type"), ValType::bottom();
    const SubType* type = type_at(written.type_index().value());
    if (!type) return ValType::bottom();
    if (type->descriptor) return type->descriptor->with_nullable(true);
    return fail(ErrorCode::TypeWithoutDescriptor, "cast target must have descriptor"), ValType::bottom();
  }
  // Takes the descriptor that a cast compares with. An exact target wants an exact one.
  bool pop_descriptor(ValType written) {
    ValType expected = target_descriptor(written);
    if (expected.is_bottom()) return false;
    ValType actual = top_ > floor_ ? top_[-1] : ValType::bottom();
    if (!pop(expected)) return false;
    ValType exact = expected.with_exact(true);
    if (!kValidate || !written.exact() || !actual.is_ref() || is_subtype(actual, exact)) return true;
    return fail(ErrorCode::TypeMismatch,
                "type mismatch: expected descriptor of exact type " + env_.display(exact) + " found " + env_.display(actual)),
           false;
  }
  void on_RefGetDesc(const Immediates& imm) {
    // Before it becomes a type, which has room for fewer bits.
    u32 index = imm.index[0];
    if (index >= env_.types.size()) return fail_unknown(ErrorCode::UnknownType, "type", index, ": type index out of bounds");
    ValType expected = concrete(index, true);
    ValType actual = top_ > floor_ ? top_[-1] : ValType::bottom();
    if (!pop(expected)) return;
    const SubType* type = env_.type_defs[index];
    if (!type->descriptor) return fail(ErrorCode::TypeWithoutDescriptor, "expected type with descriptor");
    // Null has every exact type, and what unreachable code makes up may have it.
    bool narrow = actual.is_ref() && (actual.exact() || actual.is_abstract(AbstractHeap::None));
    bool exact = actual.bits() == 0 || (narrow && is_subtype(actual, expected.with_exact(true)));
    push(type->descriptor->with_nullable(false).with_exact(exact));
  }
  void on_RefCastDescEq(const Immediates& imm) {
    if (!pop_descriptor(imm.types[0])) return;
    if (ValType type = pop_cast(imm.types[0]); !type.is_bottom()) push(type);
  }
  void on_RefCastDescEqNull(const Immediates& imm) { on_RefCastDescEq(imm); }
  void on_BrOnCastDescEq(const Immediates& imm) {
    ValType from, to;
    if (cast_types(imm, from, to) && pop_descriptor(imm.types[1])) branch_on_cast(imm.index[0], from, to);
  }
  void on_BrOnCastDescEqFail(const Immediates& imm) {
    ValType from, to;
    if (cast_types(imm, from, to) && pop_descriptor(imm.types[1])) branch_on_cast_fail(imm.index[0], from, to);
  }

  // ---- Structures and arrays ----

  // Whether a type may be allocated without a descriptor.
  bool check_undescribed(u32 index, const char* name) {
    const SubType* type = type_at(index);
    if (!type || !type->descriptor) return type != nullptr;
    return fail(ErrorCode::DescriptorAllocationRequired, std::string("type with descriptor requires descriptor allocation: `") +
                                                             name + "` with type " + std::to_string(index)),
           false;
  }
  // Takes the descriptor that an allocation gives to its object.
  bool pop_new_descriptor(u32 index, const char* name) {
    const SubType* type = type_at(index);
    if (!type) return false;
    if (type->descriptor) return pop(type->descriptor->with_nullable(true).with_exact(true));
    return fail(ErrorCode::NonDescriptorAllocationRequired,
                std::string("invalid `") + name + "`: type " + std::to_string(index) + " is not described"),
           false;
  }
  void struct_new(u32 index) {
    const StructType* structure = struct_at(index);
    if (!structure) return;
    for (std::size_t i = structure->fields.size(); i > 0; --i)
      if (!pop(structure->fields[i - 1].storage.unpacked())) return;
    push(allocated(index));
  }
  void struct_new_default(u32 index) {
    const StructType* structure = struct_at(index);
    if (!structure) return;
    for (const FieldType& field : structure->fields) {
      if (field.storage.is_defaultable()) continue;
      return fail(ErrorCode::TypeMismatch,
                  "invalid `struct.new_default`: " + env_.display(field.storage) + " field is not defaultable");
    }
    push(allocated(index));
  }
  void on_StructNew(const Immediates& imm) {
    if (check_undescribed(imm.index[0], "struct.new")) struct_new(imm.index[0]);
  }
  void on_StructNewDefault(const Immediates& imm) {
    if (check_undescribed(imm.index[0], "struct.new_default")) struct_new_default(imm.index[0]);
  }
  void on_StructNewDesc(const Immediates& imm) {
    if (pop_new_descriptor(imm.index[0], "struct.new_desc")) struct_new(imm.index[0]);
  }
  void on_StructNewDefaultDesc(const Immediates& imm) {
    if (pop_new_descriptor(imm.index[0], "struct.new_default_desc")) struct_new_default(imm.index[0]);
  }
  void struct_get(const Immediates& imm, bool packed, const char* message) {
    const FieldType* field = field_at(imm.index[0], imm.index[1]);
    if (!field) return;
    if (field->storage.is_packed() != packed) return fail(ErrorCode::TypeMismatch, message);
    if (pop(concrete(imm.index[0], true))) push(field->storage.unpacked());
  }
  void on_StructGet(const Immediates& imm) { struct_get(imm, false, "can only use struct `get` with non-packed storage types"); }
  void on_StructGetS(const Immediates& imm) { struct_get(imm, true, "cannot use struct.get_s with non-packed storage types"); }
  void on_StructGetU(const Immediates& imm) { struct_get(imm, true, "cannot use struct.get_u with non-packed storage types"); }
  const FieldType* mutable_field_at(u32 type, u32 index) {
    const FieldType* field = field_at(type, index);
    if (!field || field->is_mutable) return field;
    fail(ErrorCode::ImmutableField, "invalid struct modification: struct field is immutable");
    return nullptr;
  }
  void on_StructSet(const Immediates& imm) {
    const FieldType* field = mutable_field_at(imm.index[0], imm.index[1]);
    if (field && pop(field->storage.unpacked())) pop(concrete(imm.index[0], true));
  }
  void on_ArrayNew(const Immediates& imm) {
    const FieldType* element = array_at(imm.index[0]);
    if (element && pop(ValType::i32()) && pop(element->storage.unpacked())) push(allocated(imm.index[0]));
  }
  void on_ArrayNewDefault(const Immediates& imm) {
    const FieldType* element = array_at(imm.index[0]);
    if (!element) return;
    if (!element->storage.is_defaultable())
      return fail(ErrorCode::TypeMismatch,
                  "invalid `array.new_default`: " + env_.display(element->storage) + " field is not defaultable");
    if (pop(ValType::i32())) push(allocated(imm.index[0]));
  }
  void on_ArrayNewFixed(const Immediates& imm) {
    const FieldType* element = array_at(imm.index[0]);
    if (!element) return;
    if (imm.index[1] > limits::kArrayNewFixed) return fail(ErrorCode::LimitExceeded, "array.new_fixed size is out of bounds");
    for (u32 i = 0; i < imm.index[1]; ++i)
      if (!pop(element->storage.unpacked())) return;
    push(allocated(imm.index[0]));
  }
  void on_ArrayNewData(const Immediates& imm) {
    const FieldType* element = array_at(imm.index[0]);
    if (!element) return;
    if (element->storage.is_ref())
      return fail(ErrorCode::ArrayNotNumeric,
                  "type mismatch: array.new_data can only create arrays with numeric and vector elements");
    if (check_data(imm.index[1]) && pop(ValType::i32()) && pop(ValType::i32())) push(allocated(imm.index[0]));
  }
  // Whether a segment's elements may go into an array.
  bool check_array_elem(const FieldType& element, u32 segment, const char* name) {
    if (!element.storage.is_ref())
      return fail(ErrorCode::TypeMismatch,
                  std::string("type mismatch: array.") + name + " can only create arrays with reference elements"),
             false;
    ValType type;
    if (!elem_at(segment, type)) return false;
    if (is_subtype(type, element.storage)) return true;
    return fail(ErrorCode::TypeMismatch, std::string("invalid array.") + name + " instruction: element segment " +
                                             std::to_string(segment) + " type mismatch: expected " +
                                             env_.display(element.storage) + ", found " + env_.display(type)),
           false;
  }
  void on_ArrayNewElem(const Immediates& imm) {
    const FieldType* element = array_at(imm.index[0]);
    if (!element || !check_array_elem(*element, imm.index[1], "new_elem")) return;
    if (pop(ValType::i32()) && pop(ValType::i32())) push(allocated(imm.index[0]));
  }
  void array_get(const Immediates& imm, bool packed, const char* message) {
    const FieldType* element = array_at(imm.index[0]);
    if (!element) return;
    if (element->storage.is_packed() != packed) return fail(ErrorCode::TypeMismatch, message);
    if (pop(ValType::i32()) && pop(concrete(imm.index[0], true))) push(element->storage.unpacked());
  }
  void on_ArrayGet(const Immediates& imm) { array_get(imm, false, "cannot use array.get with packed storage types"); }
  void on_ArrayGetS(const Immediates& imm) { array_get(imm, true, "cannot use array.get_s with non-packed storage types"); }
  void on_ArrayGetU(const Immediates& imm) { array_get(imm, true, "cannot use array.get_u with non-packed storage types"); }
  void on_ArraySet(const Immediates& imm) {
    const FieldType* element = mutable_array_at(imm.index[0]);
    if (element && pop(element->storage.unpacked()) && pop(ValType::i32())) pop(concrete(imm.index[0], true));
  }
  void on_ArrayLen(const Immediates&) {
    pop_abstract(AbstractHeap::Array);
    push_number(ValType::i32());
  }
  void on_ArrayFill(const Immediates& imm) {
    const FieldType* element = mutable_array_at(imm.index[0]);
    if (element && pop(ValType::i32()) && pop(element->storage.unpacked()) && pop(ValType::i32()))
      pop(concrete(imm.index[0], true));
  }
  void on_ArrayCopy(const Immediates& imm) {
    const FieldType* to = mutable_array_at(imm.index[0]);
    if (!to) return;
    const FieldType* from = array_at(imm.index[1]);
    if (!from) return;
    bool packed = to->storage.is_packed() || from->storage.is_packed();
    if (packed ? to->storage != from->storage : !is_subtype(from->storage, to->storage))
      return fail(ErrorCode::ArrayTypesDoNotMatch,
                  "array types do not match: expected " + env_.display(to->storage) + ", found " + env_.display(from->storage));
    if (pop(ValType::i32()) && pop(ValType::i32()) && pop(concrete(imm.index[1], true)) && pop(ValType::i32()))
      pop(concrete(imm.index[0], true));
  }
  void on_ArrayInitData(const Immediates& imm) {
    const FieldType* element = mutable_array_at(imm.index[0]);
    if (!element) return;
    if (element->storage.is_ref())
      return fail(ErrorCode::ArrayNotNumeric, "invalid array.init_data: array type is not numeric or vector");
    if (check_data(imm.index[1]) && pop(ValType::i32()) && pop(ValType::i32()) && pop(ValType::i32()))
      pop(concrete(imm.index[0], true));
  }
  void on_ArrayInitElem(const Immediates& imm) {
    const FieldType* element = mutable_array_at(imm.index[0]);
    if (!element || !check_array_elem(*element, imm.index[1], "init_elem")) return;
    if (pop(ValType::i32()) && pop(ValType::i32()) && pop(ValType::i32())) pop(concrete(imm.index[0], true));
  }
  void convert(AbstractHeap from, AbstractHeap to) {
    ValType type = pop_abstract(from);
    if (type.is_ref()) {
      push(ValType::ref(to, type.nullable()).with_shared(is_shared(type)));
    } else {
      push(detail::unknown_ref(to));
    }
  }
  void on_AnyConvertExtern(const Immediates&) { convert(AbstractHeap::Extern, AbstractHeap::Any); }
  void on_ExternConvertAny(const Immediates&) { convert(AbstractHeap::Any, AbstractHeap::Extern); }
  void on_RefI31(const Immediates&) {
    if (pop(ValType::i32())) push(ValType::ref(AbstractHeap::I31, false));
  }
  void on_RefI31Shared(const Immediates&) {
    if (pop(ValType::i32())) push(ValType::ref(AbstractHeap::I31, false).with_shared(true));
  }
  void on_I31GetS(const Immediates&) {
    pop_abstract(AbstractHeap::I31);
    push_number(ValType::i32());
  }
  void on_I31GetU(const Immediates& imm) { on_I31GetS(imm); }

  // ---- Atomic accesses of globals, tables, structures and arrays ----

  // Whether what is accessed is of a type that an access named `name` can be made to: i32, i64 (and where `packed` i8 and i16),
  // or a reference below `bound`.
  [[gnu::noinline]] bool check_atomic(ValType type, ValType bound, const char* name, const char* numbers) {
    if (type == ValType::i32() || type == ValType::i64() || is_subtype(type, bound)) return true;
    std::string heap(info(bound.abstract_heap()).nullable_text);
    return fail(ErrorCode::TypeMismatch,
                std::string("invalid type: `") + name + "` only allows " + numbers + "subtypes of `" + heap + "`"),
           false;
  }
  static constexpr const char* kWords = "`i32`, `i64` and ";
  static constexpr const char* kIntegers = "`i8`, `i16`, `i32`, `i64` and ";
  static constexpr ValType any_bound(bool shared) { return ValType::ref(AbstractHeap::Any).with_shared(shared); }
  static constexpr ValType eq_bound(bool shared) { return ValType::ref(AbstractHeap::Eq).with_shared(shared); }

  const GlobalType* mutable_global_at(u32 index, const char* name) {
    const GlobalType* global = global_at(index);
    if (!global || global->is_mutable || !kValidate) return global;
    fail(ErrorCode::ImmutableGlobal, std::string("global is immutable: cannot modify it with `") + name + "`");
    return nullptr;
  }
  void on_GlobalAtomicGet(const Immediates& imm) {
    const GlobalType* global = global_at(imm.index[0]);
    if (!global) return;
    push(global->content);
    check_atomic(global->content, any_bound(false), "global.atomic.get", kWords);
  }
  void on_GlobalAtomicSet(const Immediates& imm) {
    const GlobalType* global = mutable_global_at(imm.index[0], "global.set");
    if (global && pop(global->content)) check_atomic(global->content, any_bound(false), "global.atomic.set", kWords);
  }
  [[gnu::noinline]] void global_rmw(const Immediates& imm) {
    const GlobalType* global = mutable_global_at(imm.index[0], "global.atomic.rmw.*");
    if (!global) return;
    if (global->content != ValType::i32() && global->content != ValType::i64())
      return fail(ErrorCode::TypeMismatch, "invalid type: `global.atomic.rmw.*` only allows `i32` and `i64`");
    if (pop(global->content)) push_number(global->content);
  }
  void on_GlobalAtomicRmwAdd(const Immediates& imm) { global_rmw(imm); }
  void on_GlobalAtomicRmwSub(const Immediates& imm) { global_rmw(imm); }
  void on_GlobalAtomicRmwAnd(const Immediates& imm) { global_rmw(imm); }
  void on_GlobalAtomicRmwOr(const Immediates& imm) { global_rmw(imm); }
  void on_GlobalAtomicRmwXor(const Immediates& imm) { global_rmw(imm); }
  void on_GlobalAtomicRmwXchg(const Immediates& imm) {
    constexpr const char* kName = "global.atomic.rmw.xchg";
    const GlobalType* global = mutable_global_at(imm.index[0], kName);
    if (!global || !check_atomic(global->content, any_bound(false), kName, kWords)) return;
    if (pop(global->content)) push(global->content);
  }
  void on_GlobalAtomicRmwCmpxchg(const Immediates& imm) {
    constexpr const char* kName = "global.atomic.rmw.cmpxchg";
    const GlobalType* global = mutable_global_at(imm.index[0], kName);
    if (!global || !check_atomic(global->content, eq_bound(false), kName, kWords)) return;
    if (pop(global->content) && pop(global->content)) push(global->content);
  }

  void on_TableAtomicGet(const Immediates& imm) {
    const TableType* table = table_at(imm.index[0]);
    if (!table || !pop(address_type(table->is_64))) return;
    push(table->element);
    check_atomic(table->element, any_bound(true), "table.atomic.get", "");
  }
  void on_TableAtomicSet(const Immediates& imm) {
    const TableType* table = table_at(imm.index[0]);
    if (table && pop(table->element) && pop(address_type(table->is_64)))
      check_atomic(table->element, any_bound(true), "table.atomic.set", "");
  }
  void on_TableAtomicRmwXchg(const Immediates& imm) {
    const TableType* table = table_at(imm.index[0]);
    if (!table || !check_atomic(table->element, any_bound(true), "table.atomic.rmw.xchg", "")) return;
    if (pop(table->element) && pop(address_type(table->is_64))) push(table->element);
  }
  void on_TableAtomicRmwCmpxchg(const Immediates& imm) {
    const TableType* table = table_at(imm.index[0]);
    if (!table || !check_atomic(table->element, eq_bound(true), "table.atomic.rmw.cmpxchg", "")) return;
    if (pop(table->element) && pop(table->element) && pop(address_type(table->is_64))) push(table->element);
  }

  // A field, or with `array` an element, that is written; and the operands that say where it is.
  template <bool array>
  const FieldType* mutable_place(const Immediates& imm) {
    if constexpr (array) return mutable_array_at(imm.index[0]);
    return mutable_field_at(imm.index[0], imm.index[1]);
  }
  template <bool array>
  bool pop_place(const Immediates& imm) {
    return (!array || pop(ValType::i32())) && pop(concrete(imm.index[0], true));
  }
  template <bool array>
  [[gnu::noinline]] void place_set(const Immediates& imm) {
    const FieldType* place = mutable_place<array>(imm);
    if (!place || !pop(place->storage.unpacked()) || !pop_place<array>(imm) || place->storage.is_packed()) return;
    check_atomic(place->storage, any_bound(true), array ? "array.atomic.set" : "struct.atomic.set", kIntegers);
  }
  template <bool array>
  [[gnu::noinline]] void place_rmw(const Immediates& imm, const char* name) {
    const FieldType* place = mutable_place<array>(imm);
    if (!place) return;
    ValType type = place->storage;
    if (type != ValType::i32() && type != ValType::i64())
      return fail(ErrorCode::TypeMismatch, std::string("invalid type: `") + name + "` only allows `i32` and `i64`");
    if (pop(type) && pop_place<array>(imm)) push_number(type);
  }
  template <bool array>
  [[gnu::noinline]] void place_xchg(const Immediates& imm, ValType bound, const char* name) {
    const FieldType* place = mutable_place<array>(imm);
    if (!place || !check_atomic(place->storage, bound, name, kWords)) return;
    // cmpxchg has the expected value below the new one.
    bool compares = bound.is_abstract(AbstractHeap::Eq);
    if (pop(place->storage) && (!compares || pop(place->storage)) && pop_place<array>(imm)) push(place->storage);
  }
  void on_StructAtomicGet(const Immediates& imm) {
    on_StructGet(imm);
    if (const FieldType* field = field_at(imm.index[0], imm.index[1]))
      check_atomic(field->storage, any_bound(true), "struct.atomic.get", kWords);
  }
  void on_StructAtomicGetS(const Immediates& imm) { on_StructGetS(imm); }
  void on_StructAtomicGetU(const Immediates& imm) { on_StructGetU(imm); }
  void on_StructAtomicSet(const Immediates& imm) { place_set<false>(imm); }
  void on_StructAtomicRmwAdd(const Immediates& imm) { place_rmw<false>(imm, "struct.atomic.rmw.add"); }
  void on_StructAtomicRmwSub(const Immediates& imm) { place_rmw<false>(imm, "struct.atomic.rmw.sub"); }
  void on_StructAtomicRmwAnd(const Immediates& imm) { place_rmw<false>(imm, "struct.atomic.rmw.and"); }
  void on_StructAtomicRmwOr(const Immediates& imm) { place_rmw<false>(imm, "struct.atomic.rmw.or"); }
  void on_StructAtomicRmwXor(const Immediates& imm) { place_rmw<false>(imm, "struct.atomic.rmw.xor"); }
  void on_StructAtomicRmwXchg(const Immediates& imm) { place_xchg<false>(imm, any_bound(true), "struct.atomic.rmw.xchg"); }
  void on_StructAtomicRmwCmpxchg(const Immediates& imm) { place_xchg<false>(imm, eq_bound(true), "struct.atomic.rmw.cmpxchg"); }
  void on_ArrayAtomicGet(const Immediates& imm) {
    on_ArrayGet(imm);
    if (const FieldType* element = array_at(imm.index[0]))
      check_atomic(element->storage, any_bound(true), "array.atomic.get", kWords);
  }
  void on_ArrayAtomicGetS(const Immediates& imm) { on_ArrayGetS(imm); }
  void on_ArrayAtomicGetU(const Immediates& imm) { on_ArrayGetU(imm); }
  void on_ArrayAtomicSet(const Immediates& imm) { place_set<true>(imm); }
  void on_ArrayAtomicRmwAdd(const Immediates& imm) { place_rmw<true>(imm, "array.atomic.rmw.add"); }
  void on_ArrayAtomicRmwSub(const Immediates& imm) { place_rmw<true>(imm, "array.atomic.rmw.sub"); }
  void on_ArrayAtomicRmwAnd(const Immediates& imm) { place_rmw<true>(imm, "array.atomic.rmw.and"); }
  void on_ArrayAtomicRmwOr(const Immediates& imm) { place_rmw<true>(imm, "array.atomic.rmw.or"); }
  void on_ArrayAtomicRmwXor(const Immediates& imm) { place_rmw<true>(imm, "array.atomic.rmw.xor"); }
  void on_ArrayAtomicRmwXchg(const Immediates& imm) { place_xchg<true>(imm, any_bound(true), "array.atomic.rmw.xchg"); }
  void on_ArrayAtomicRmwCmpxchg(const Immediates& imm) { place_xchg<true>(imm, eq_bound(true), "array.atomic.rmw.cmpxchg"); }
};

}  // namespace tenon::validate
