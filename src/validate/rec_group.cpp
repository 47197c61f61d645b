// Validity of type definitions, before they are interned: what is interned was checked.
//
// spec: core/valid/types "Recursive Types", core/valid/matching.
#include <fmt/format.h>

#include "module_validator.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::validate {
namespace {

// Subtyping among references of which some point into the group that is being defined.
class GroupTypes {
 public:
  GroupTypes(const TypeStore& store, std::span<const SubType> group) : store_(store), group_(group) {}

  const SubType& get(ValType reference) const {
    return in_group(reference) ? group_[reference.rec_position()] : store_.get(reference.type_id());
  }

  bool is_shared(ValType type) const {
    if (!type.is_ref()) return true;
    return type.is_concrete() ? get(type).is_shared : type.shared();
  }

  bool matches(const SubType& sub, const SubType& super) const {
    if (sub.is_shared != super.is_shared || sub.composite.index() != super.composite.index()) return false;
    if (const FuncType* a = sub.func()) {
      const FuncType* b = super.func();
      return all_match(b->params, a->params) && all_match(a->results, b->results);
    }
    if (const StructType* a = sub.structure()) {
      const StructType* b = super.structure();
      if (a->fields.size() < b->fields.size()) return false;
      for (std::size_t i = 0; i < b->fields.size(); ++i)
        if (!field_matches(a->fields[i], b->fields[i])) return false;
      return true;
    }
    if (const ArrayType* a = sub.array()) return field_matches(a->element, super.array()->element);
    return is_subtype(sub.cont()->func, super.cont()->func);
  }

 private:
  static bool in_group(ValType reference) { return reference.space() == IndexSpace::RecGroup; }

  bool all_match(const std::vector<ValType>& sub, const std::vector<ValType>& super) const {
    if (sub.size() != super.size()) return false;
    for (std::size_t i = 0; i < sub.size(); ++i)
      if (!is_subtype(sub[i], super[i])) return false;
    return true;
  }
  bool field_matches(const FieldType& sub, const FieldType& super) const {
    if (sub.is_mutable != super.is_mutable) return false;
    return sub.is_mutable ? sub.storage == super.storage : is_subtype(sub.storage, super.storage);
  }

  bool is_subtype(ValType sub, ValType super) const {
    if (sub == super) return true;
    if (!sub.is_ref() || !super.is_ref()) return false;
    if (!in_group(sub) && !in_group(super)) return store_.is_subtype(sub, super);
    if (sub.nullable() && !super.nullable()) return false;
    if (super.is_concrete() && sub.is_concrete()) {
      if (super.exact() && !sub.exact()) return false;
      return declared(sub, super);
    }
    if (super.is_concrete()) {
      const SubType& type = get(super);
      AbstractHeap heap = sub.abstract_heap();
      if (type.is_shared != sub.shared()) return false;
      return heap == (type.func() ? AbstractHeap::NoFunc : type.cont() ? AbstractHeap::NoCont : AbstractHeap::None);
    }
    const SubType& type = get(sub);
    AbstractHeap heap = super.abstract_heap();
    if (type.is_shared != super.shared()) return false;
    if (type.func()) return heap == AbstractHeap::Func;
    if (type.cont()) return heap == AbstractHeap::Cont;
    return heap == AbstractHeap::Any || heap == AbstractHeap::Eq ||
           heap == (type.structure() ? AbstractHeap::Struct : AbstractHeap::Array);
  }

  // Follows the declared supertypes. Longer chains than the limit are refused where they are defined.
  bool declared(ValType sub, ValType super) const {
    ValType wanted = plain(super);
    ValType at = plain(sub);
    for (u64 steps = 0; steps <= limits::kSubtypingDepth; ++steps) {
      if (at == wanted) return true;
      if (!in_group(at)) return !in_group(wanted) && store_.is_subtype(at, wanted);
      const SubType& type = group_[at.rec_position()];
      if (!type.supertype) return false;
      at = plain(*type.supertype);
    }
    return false;
  }
  static ValType plain(ValType reference) { return reference.with_nullable(false).with_exact(false); }

  const TypeStore& store_;
  std::span<const SubType> group_;
};

// Whether two clauses name the same type; `reference` may be missing.
bool names(const std::optional<ValType>& reference, const std::optional<ValType>& other) {
  return reference && other && *reference == *other;
}

// What descriptors and supertypes have to do with each other.
Result<> check_descriptor_supertypes(const GroupTypes& types, const SubType& type, u64 offset) {
  const SubType& super = types.get(*type.supertype);
  if (type.descriptor) {
    if (super.descriptor && !names(types.get(*type.descriptor).supertype, super.descriptor))
      return fail(ErrorCode::DescriptorDoesNotMatch, offset,
                  "supertype of described type must be described by supertype of descriptor");
  } else if (super.descriptor) {
    return fail(ErrorCode::SubType, offset, "supertype of type without descriptor cannot have descriptor");
  }
  if (!type.describes && !super.describes) return {};
  if (!type.describes) return fail(ErrorCode::SubType, offset, "supertype of non-descriptor type cannot be a descriptor");
  if (!super.describes) return fail(ErrorCode::SubType, offset, "supertype of descriptor must be a descriptor");
  if (!names(types.get(*type.describes).supertype, super.describes))
    return fail(ErrorCode::DescribedDoesNotMatch, offset, "supertype of descriptor does not match");
  return {};
}

// The clauses of the type at `position`: both sides name each other, structures, in this group.
Result<> check_descriptors(const GroupTypes& types, u32 position, const SubType& type, u64 offset) {
  if ((type.describes || type.descriptor) && !type.structure()) {
    if (type.descriptor) return fail(ErrorCode::DescriptorMustBeStruct, offset, "descriptor clause on non-struct type");
    return fail(ErrorCode::DescribedMustBeStruct, offset, "describes clause on non-struct type");
  }
  if (type.supertype) TENON_TRY_VOID(check_descriptor_supertypes(types, type, offset));
  const std::optional<ValType> self = ValType::rec_ref(position, false);
  auto code = [](ValType other, ErrorCode inside, ErrorCode outside) {
    return other.space() == IndexSpace::RecGroup ? inside : outside;
  };
  if (type.descriptor && !names(types.get(*type.descriptor).describes, self))
    return fail(code(*type.descriptor, ErrorCode::NotDescribedByDescriptor, ErrorCode::DescriptorOutsideRecGroup), offset,
                "descriptor with no matching describes");
  if (type.describes && !names(types.get(*type.describes).descriptor, self))
    return fail(code(*type.describes, ErrorCode::DescribedNotByDescriptor, ErrorCode::DescribedOutsideRecGroup), offset,
                "describes with no matching descriptor");
  return {};
}

}  // namespace

Result<> check_rec_group(const TypeStore& store, std::span<const SubType> group, Features features, u64 offset) {
  GroupTypes types(store, group);
  std::vector<u32> depths(group.size(), 0);
  auto require = [&](Feature feature, const char* message) -> Result<> {
    if (features.has(feature)) return {};
    return std::unexpected(Error(ErrorCode::FeatureDisabled, offset, message).with_missing(feature));
  };
  auto check_value = [&](ValType type, bool shared) -> Result<> {
    if (type.is_packed()) return {};
    TENON_TRY_VOID(check_value_type(type, features, offset));
    if (shared && !types.is_shared(type))
      return fail(ErrorCode::SubType, offset, "shared composite type must contain shared types");
    return {};
  };
  for (std::size_t i = 0; i < group.size(); ++i) {
    const SubType& type = group[i];
    if (!type.is_final || type.supertype) TENON_TRY_VOID(require(Feature::Gc, "gc proposal must be enabled to use subtypes"));
    if (type.is_shared)
      TENON_TRY_VOID(
          require(Feature::SharedEverythingThreads, "shared composite types require the shared-everything-threads proposal"));
    if (const FuncType* func = type.func()) {
      for (ValType param : func->params) TENON_TRY_VOID(check_value(param, type.is_shared));
      for (ValType result : func->results) TENON_TRY_VOID(check_value(result, type.is_shared));
      if (func->results.size() > 1)
        TENON_TRY_VOID(
            require(Feature::MultiValue, "func type returns multiple values but the multi-value feature is not enabled"));
    } else if (const ArrayType* array = type.array()) {
      TENON_TRY_VOID(require(Feature::Gc, "array indexed types not supported without the gc feature"));
      TENON_TRY_VOID(require(Feature::GcTypes, "cannot define array types when gc types are disabled"));
      TENON_TRY_VOID(check_value(array->element.storage, type.is_shared));
    } else if (const StructType* structure = type.structure()) {
      TENON_TRY_VOID(require(Feature::Gc, "struct indexed types not supported without the gc feature"));
      TENON_TRY_VOID(require(Feature::GcTypes, "cannot define struct types when gc types are disabled"));
      for (const FieldType& field : structure->fields) TENON_TRY_VOID(check_value(field.storage, type.is_shared));
    } else {
      TENON_TRY_VOID(require(Feature::StackSwitching, "cannot define continuation types when stack switching is disabled"));
      TENON_TRY_VOID(require(Feature::GcTypes, "cannot define continuation types when gc types are disabled"));
      ValType func = type.cont()->func;
      if (!types.get(func).func()) {
        // By the number that the type has or would get.
        std::size_t number = func.space() == IndexSpace::RecGroup ? store.size() + func.rec_position() : func.type_id().value();
        return fail(ErrorCode::SubType, offset, fmt::format("non-function type {}", number));
      }
    }
    if (type.supertype) {
      const SubType& super = types.get(*type.supertype);
      if (super.is_final) return fail(ErrorCode::SubType, offset, "sub type cannot have a final super type");
      if (!types.matches(type, super)) return fail(ErrorCode::SubType, offset, "sub type must match super type");
      bool inside = type.supertype->space() == IndexSpace::RecGroup;
      depths[i] = 1 + (inside ? depths[type.supertype->rec_position()] : store.depth(type.supertype->type_id()));
      if (depths[i] > limits::kSubtypingDepth)
        return fail(ErrorCode::LimitExceeded, offset,
                    fmt::format("sub type hierarchy too deep: found depth {}, cannot exceed depth {}", depths[i],
                                limits::kSubtypingDepth));
    }
    if (type.describes || type.descriptor)
      TENON_TRY_VOID(
          require(Feature::CustomDescriptors, "custom descriptors proposal must be enabled to use descriptor and describes"));
    TENON_TRY_VOID(check_descriptors(types, static_cast<u32>(i), type, offset));
  }
  return {};
}

}  // namespace tenon::validate
