#include "tenon/validate/module_env.h"

#include <algorithm>

#include <fmt/format.h>

#include "tenon/spec/errors.h"

namespace tenon::validate {

ModuleEnv::ModuleEnv(const TypeStore& store, const ModuleDesc& module, Features features) : ModuleEnv(store, features) {
  for (TypeId id : module.types) add_type(id);
  for (TypeId id : module.funcs) add_func(id);
  for (TypeId id : module.tags) add_tag(id);
  tables = module.table_types;
  memories = module.memories;
  globals = module.global_types;
  for (const ElemDesc& elem : module.elems) elems.push_back(elem.type);
  data_count = static_cast<u32>(module.datas.size());
  declared = module.escaping_funcs;
  imported_funcs = module.imported_funcs;
  imported_globals = module.imported_globals;
  u32 func = 0;
  for (const ImportDesc& import : module.imports) {
    const auto* type = std::get_if<FuncExtern>(&import.type);
    if (type && type->is_exact) exact_imports.push_back(func);
    func += type != nullptr;
  }
}

void ModuleEnv::add_type(TypeId id) {
  types.push_back(id);
  type_defs.push_back(&store->get(id));
}

void ModuleEnv::add_func(TypeId id) {
  funcs.push_back(id);
  func_types.push_back(&store->func(id));
}

void ModuleEnv::add_tag(TypeId id) {
  tags.push_back(id);
  tag_types.push_back(&store->func(id));
}

bool ModuleEnv::has_exact_type(u32 func) const {
  return func >= imported_funcs || std::binary_search(exact_imports.begin(), exact_imports.end(), func);
}

namespace {

// Numbers canonical types as the module meets them, without those it repeats.
u32 number_of(const ModuleEnv& env, TypeId wanted) {
  std::vector<TypeId> seen;
  for (TypeId id : env.types) {
    if (id == wanted) break;
    seen.push_back(id);
  }
  std::sort(seen.begin(), seen.end());
  return static_cast<u32>(std::unique(seen.begin(), seen.end()) - seen.begin());
}

}  // namespace

std::string ModuleEnv::display(ValType type) const {
  if (!type.is_concrete()) return to_string(type);
  std::string index = type.space() == IndexSpace::Canonical ? fmt::format("(id {})", number_of(*this, type.type_id()))
                                                            : fmt::format("(module {})", type.rec_position());
  // As in other tools' messages, which leave out whether an exact reference may be null.
  if (type.exact()) return fmt::format("(ref (exact {}))", index);
  return fmt::format("(ref {}{})", type.nullable() ? "null " : "", index);
}

std::string ModuleEnv::display(const SubType& type) const {
  auto field = [&](const FieldType& of) {
    return of.is_mutable ? fmt::format("(mut {})", display(of.storage)) : display(of.storage);
  };
  std::string out;
  if (const FuncType* func = type.func()) {
    auto list = [&](const char* word, const std::vector<ValType>& types) {
      if (types.empty()) return;
      out += fmt::format(" ({}", word);
      for (ValType item : types) out += " " + display(item);
      out += ")";
    };
    out = "(func";
    list("param", func->params);
    list("result", func->results);
    out += ")";
  } else if (const StructType* structure = type.structure()) {
    out = "(struct";
    for (const FieldType& of : structure->fields) out += " " + field(of);
    out += ")";
  } else if (const ArrayType* array = type.array()) {
    out = fmt::format("(array {})", field(array->element));
  } else {
    out = fmt::format("(cont (id {}))", number_of(*this, type.cont()->func.type_id()));
  }
  if (type.is_shared) out = fmt::format("(shared {})", out);
  if (type.is_final && !type.supertype) return out;
  std::string super = type.supertype ? fmt::format("(id {}) ", number_of(*this, type.supertype->type_id())) : "";
  return fmt::format("(sub {}{}{})", type.is_final ? "final " : "", super, out);
}

std::string_view support_text(Feature feature) {
  using enum Feature;
  switch (feature) {
    case Simd:
      return "SIMD";
    case RelaxedSimd:
      return "relaxed SIMD";
    case SaturatingFloatToInt:
      return "saturating float to int conversions";
    case ReferenceTypes:
      return "reference types";
    case BulkMemory:
    case BulkMemoryOpt:
      return "bulk memory";
    case SignExtension:
      return "sign extension operations";
    case TailCall:
      return "tail calls";
    case FunctionReferences:
      return "function references";
    case MemoryControl:
      return "memory control";
    case LegacyExceptions:
      return "legacy exceptions";
    case StackSwitching:
      return "stack switching";
    case WideArithmetic:
      return "wide arithmetic";
    case CustomDescriptors:
      return "custom descriptors operations";
    default:
      return info(feature).option;
  }
}

Result<> check_value_type(ValType type, Features features, u64 offset) {
  using enum AbstractHeap;
  auto require = [&](Feature feature, const char* message) -> Result<> {
    if (features.has(feature)) return {};
    return std::unexpected(Error(ErrorCode::FeatureDisabled, offset, message).with_missing(feature));
  };
  switch (type.kind()) {
    case TypeKind::F32:
    case TypeKind::F64:
      return require(Feature::Floats, "floating-point support is disabled");
    case TypeKind::V128:
      return require(Feature::Simd, "SIMD support is not enabled");
    case TypeKind::Ref:
      break;
    default:
      return {};
  }
  TENON_TRY_VOID(require(Feature::ReferenceTypes, "reference types support is not enabled"));
  if (type.is_concrete()) {
    if (type.exact()) return require(Feature::CustomDescriptors, "custom descriptors required for exact reference types");
    if (features.has(Feature::Gc)) return {};
    return require(Feature::FunctionReferences, "function references required for index reference types");
  }
  if (type.shared())
    TENON_TRY_VOID(
        require(Feature::SharedEverythingThreads, "shared reference types require the shared-everything-threads proposal"));
  AbstractHeap heap = type.abstract_heap();
  if (heap != Func && heap != Exn)
    TENON_TRY_VOID(require(Feature::GcTypes, "gc types are disallowed but found type which requires gc"));
  switch (heap) {
    case Func:
    case Extern:
      if (type.nullable()) return {};
      return require(Feature::FunctionReferences, "function references required for non-nullable types");
    case Exn:
    case NoExn:
      return require(Feature::Exceptions, "exception refs not supported without the exception handling feature");
    case Cont:
    case NoCont:
      return require(Feature::StackSwitching, "continuation refs not supported without the stack switching feature");
    default:
      return require(Feature::Gc, "heap types not supported without the gc feature");
  }
}

std::string describe_bad_opcode(u8 byte, u32 code, bool prefixed) {
  return prefixed ? fmt::format("unknown {:#x} subopcode: {:#x}", byte, code) : fmt::format("illegal opcode: {:#x}", byte);
}

}  // namespace tenon::validate
