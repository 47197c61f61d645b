// How types are written in messages.
#include "tenon/spec/types.h"

namespace tenon {

std::string to_string(ValType type) {
  switch (type.kind()) {
    case TypeKind::Bottom:
      return "bot";
#define NUM_TYPE(Name, text, code) \
  case TypeKind::Name:             \
    return text;
#include "tenon/spec/types.def"
    case TypeKind::I8:
      return "i8";
    case TypeKind::I16:
      return "i16";
    case TypeKind::Ref:
      break;
  }
  if (type.is_abstract()) {
    const HeapInfo& heap = info(type.abstract_heap());
    if (type.nullable())
      return type.shared() ? "(shared " + std::string(heap.nullable_text) + ")" : std::string(heap.nullable_text);
    return type.shared() ? "(ref (shared " + std::string(heap.text) + "))" : "(ref " + std::string(heap.text) + ")";
  }
  std::string index = type.space() == IndexSpace::Canonical ? "$type" : std::to_string(type.rec_position());
  if (type.exact()) index = "(exact " + index + ")";
  return (type.nullable() ? "(ref null " : "(ref ") + index + ")";
}

std::string_view to_string(ExternKind kind) {
  constexpr std::string_view kNames[] = {"func", "table", "memory", "global", "tag"};
  return kNames[static_cast<u8>(kind)];
}

}  // namespace tenon
