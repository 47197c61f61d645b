#include "tenon/encode/types.h"

namespace tenon::encode {

namespace {

u8 code(TypeKind kind) {
  switch (kind) {
#define NUM_TYPE(Name, text, code) \
  case TypeKind::Name:             \
    return code;
#include "tenon/spec/types.def"
    case TypeKind::I8:
      return 0x78;
    case TypeKind::I16:
      return 0x77;
    case TypeKind::Bottom:
    case TypeKind::Ref:
      break;
  }
  return 0;  // Bottom stands for no type of the format; no decoder accepts this byte
}

}  // namespace

void heap_type(Sink& sink, ValType reference) {
  if (reference.is_abstract()) {
    heap_type(sink, reference.abstract_heap(), reference.shared());
  } else if (reference.exact()) {
    sink.push_back(0x62);
    sink.uleb(reference.type_index().value());
  } else {
    heap_type(sink, reference.type_index());
  }
}

void val_type(Sink& sink, ValType type) {
  if (!type.is_ref()) {
    sink.push_back(code(type.kind()));
    return;
  }
  if (!type.nullable()) {
    sink.push_back(0x64);
  } else if (!type.is_abstract()) {
    sink.push_back(0x63);
  }
  heap_type(sink, type);
}

void val_types(Sink& sink, std::span<const ValType> types) {
  sink.uleb(types.size());
  for (ValType type : types) val_type(sink, type);
}

void func_type(Sink& sink, std::span<const ValType> params, std::span<const ValType> results) {
  sink.push_back(0x60);
  val_types(sink, params);
  val_types(sink, results);
}

void field_type(Sink& sink, const FieldType& field) {
  val_type(sink, field.storage);
  sink.push_back(field.is_mutable ? 1 : 0);
}

void sub_type(Sink& sink, const SubType& type) {
  if (type.supertype || !type.is_final) {
    sink.push_back(type.is_final ? 0x4f : 0x50);
    sink.uleb(type.supertype ? 1 : 0);
    if (type.supertype) sink.uleb(type.supertype->type_index().value());
  }
  if (type.is_shared) sink.push_back(0x65);
  if (type.describes) {
    sink.push_back(0x4c);
    sink.uleb(type.describes->type_index().value());
  }
  if (type.descriptor) {
    sink.push_back(0x4d);
    sink.uleb(type.descriptor->type_index().value());
  }
  if (const FuncType* func = type.func()) {
    func_type(sink, func->params, func->results);
  } else if (const StructType* structure = type.structure()) {
    sink.push_back(0x5f);
    sink.uleb(structure->fields.size());
    for (const FieldType& field : structure->fields) field_type(sink, field);
  } else if (const ArrayType* array = type.array()) {
    sink.push_back(0x5e);
    field_type(sink, array->element);
  } else if (const ContType* cont = type.cont()) {
    sink.push_back(0x5d);
    heap_type(sink, cont->func);
  }
}

void limits(Sink& sink, u8 flags, const Limits& limits) {
  sink.push_back(flags);
  sink.uleb(limits.min);
  if (flags & limit_flags::kHasMax) sink.uleb(limits.max.value_or(0));
}

namespace {

u8 flags_of(const Limits& limits, bool is_64, bool is_shared) {
  return static_cast<u8>((limits.max ? limit_flags::kHasMax : 0) | (is_shared ? limit_flags::kShared : 0) |
                         (is_64 ? limit_flags::kIs64 : 0));
}

}  // namespace

void memory_type(Sink& sink, const MemoryType& type) {
  u8 flags = flags_of(type.limits, type.is_64, type.is_shared);
  if (type.page_size_log2 != 16) flags |= limit_flags::kPageSize;
  limits(sink, flags, type.limits);
  if (flags & limit_flags::kPageSize) sink.uleb(type.page_size_log2);
}

void table_type(Sink& sink, const TableType& type) {
  val_type(sink, type.element);
  limits(sink, flags_of(type.limits, type.is_64, type.is_shared), type.limits);
}

void global_type(Sink& sink, const GlobalType& type) {
  val_type(sink, type.content);
  sink.push_back(static_cast<u8>((type.is_mutable ? 1 : 0) | (type.is_shared ? 2 : 0)));
}

}  // namespace tenon::encode
