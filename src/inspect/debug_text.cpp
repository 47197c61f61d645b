#include "debug_text.h"

#include <fmt/format.h>

#include "tenon/base/utf8.h"

namespace tenon::inspect {

std::string debug(std::string_view text) {
  std::string out = "\"";
  Bytes bytes = as_bytes(text);
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t begin = at;
    auto scalar = decode_utf8(bytes, at);
    if (!scalar) {
      ++at;
      continue;
    }
    char32_t c = *scalar;
    if (c == '"' || c == '\\')
      (out += '\\') += static_cast<char>(c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (c == 0)
      out += "\\0";
    else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || c == 0xfeff ||
             c >= 0xe0000)
      out += fmt::format("\\u{{{:x}}}", static_cast<u32>(c));
    else
      out.append(text.substr(begin, at - begin));
  }
  return out + '"';
}

namespace {

std::string index_text(const char* kind, u32 index) {
  return fmt::format("({} {})", kind, index);
}

std::string heap_debug(ValType type) {
  if (type.is_concrete()) return fmt::format("{}(Module({}))", type.exact() ? "Exact" : "Concrete", type.type_index().value());
  return fmt::format("Abstract {{ shared: {}, ty: {} }}", type.shared(), info(type.abstract_heap()).name);
}

std::string optional_index(const std::optional<ValType>& type) {
  return type ? fmt::format("Some(CoreTypeIndex {{ kind: \"module\", index: {} }})", type->type_index().value()) : "None";
}

template <class T>
std::string list(const std::vector<T>& items, std::string (*one)(T)) {
  std::string out = "[";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i ? ", " : "") + one(items[i]);
  return out + "]";
}

std::string field_debug(FieldType field) {
  std::string storage = field.storage.kind() == TypeKind::I8    ? "I8"
                        : field.storage.kind() == TypeKind::I16 ? "I16"
                                                                : fmt::format("Val({})", debug(field.storage));
  return fmt::format("FieldType {{ element_type: {}, mutable: {} }}", storage, field.is_mutable);
}

std::string some(const std::optional<u64>& value) {
  return value ? fmt::format("Some({})", *value) : "None";
}

std::string bytes_list(Bytes bytes) {
  std::string out = "[";
  for (std::size_t i = 0; i < bytes.size(); ++i) fmt::format_to(std::back_inserter(out), "{}{}", i ? ", " : "", bytes[i]);
  return out + "]";
}

std::string block_debug(const binary::BlockType& type) {
  switch (type.kind) {
    case binary::BlockType::Kind::Empty:
      return "Empty";
    case binary::BlockType::Kind::Value:
      return fmt::format("Type({})", debug(type.value));
    case binary::BlockType::Kind::Func:
      return fmt::format("FuncType({})", type.index.value());
  }
  return {};
}

}  // namespace

std::string ref_text(ValType type) {
  if (type.is_concrete()) {
    std::string index = index_text("module", type.type_index().value());
    if (type.exact()) return fmt::format("(ref (exact {}))", index);
    return fmt::format("(ref {}{})", type.nullable() ? "null " : "", index);
  }
  return to_string(type);
}

std::string debug(ValType type) {
  switch (type.kind()) {
#define NUM_TYPE(Name, text, code) \
  case TypeKind::Name:             \
    return #Name;
#include "tenon/spec/types.def"
    default:
      return fmt::format("Ref({})", ref_text(type));
  }
}

std::string debug(const SubType& type) {
  std::string inner;
  if (const FuncType* func = type.func())
    inner = fmt::format("Func(FuncType {{ params: {}, results: {} }})", list<ValType>(func->params, debug),
                        list<ValType>(func->results, debug));
  else if (const StructType* structure = type.structure())
    inner = fmt::format("Struct(StructType {{ fields: {} }})", list<FieldType>(structure->fields, field_debug));
  else if (const ArrayType* array = type.array())
    inner = fmt::format("Array(ArrayType({}))", field_debug(array->element));
  else
    inner =
        fmt::format("Cont(ContType(CoreTypeIndex {{ kind: \"module\", index: {} }}))", type.cont()->func.type_index().value());
  return fmt::format(
      "SubType {{ is_final: {}, supertype_idx: {}, composite_type: CompositeType {{ inner: {}, shared: {}, descriptor_idx: {}, "
      "describes_idx: {} }} }}",
      type.is_final, optional_index(type.supertype), inner, type.is_shared, optional_index(type.descriptor),
      optional_index(type.describes));
}

std::string debug(const TableType& type) {
  return fmt::format("TableType {{ element_type: {}, table64: {}, initial: {}, maximum: {}, shared: {} }}",
                     ref_text(type.element), type.is_64, type.limits.min, some(type.limits.max), type.is_shared);
}

std::string debug(const MemoryType& type, bool custom_page_size) {
  std::optional<u64> log2;
  if (custom_page_size) log2 = type.page_size_log2;
  return fmt::format("MemoryType {{ memory64: {}, shared: {}, initial: {}, maximum: {}, page_size_log2: {} }}", type.is_64,
                     type.is_shared, type.limits.min, some(type.limits.max), some(log2));
}

std::string debug(const GlobalType& type) {
  return fmt::format("GlobalType {{ content_type: {}, mutable: {}, shared: {} }}", debug(type.content), type.is_mutable,
                     type.is_shared);
}

std::string debug(const binary::ImportType& type) {
  switch (type.kind) {
    case ExternKind::Func:
      return fmt::format("{}({})", type.exact ? "FuncExact" : "Func", type.type.value());
    case ExternKind::Table:
      return fmt::format("Table({})", debug(type.table));
    case ExternKind::Memory:
      return fmt::format("Memory({})", debug(type.memory, type.custom_page_size));
    case ExternKind::Global:
      return fmt::format("Global({})", debug(type.global));
    case ExternKind::Tag:
      return fmt::format("Tag(TagType {{ kind: Exception, func_type_idx: {} }})", type.type.value());
  }
  return {};
}

std::string debug(const binary::ConstBytes& expr) {
  return fmt::format("ConstExpr {{ offset: {}, data: {} }}", expr.offset, bytes_list(expr.bytes));
}

namespace {

// The instruction's name: its keyword with underscores, but for those that share one.
std::string op_name(Op op, const binary::Immediates& imm) {
  switch (op) {
    case Op::SelectT:
      return imm.count == 1 ? "typed_select" : "typed_select_multi";
    case Op::RefTest:
      return "ref_test_non_null";
    case Op::RefTestNull:
      return "ref_test_nullable";
    case Op::RefCast:
      return "ref_cast_non_null";
    case Op::RefCastNull:
      return "ref_cast_nullable";
    case Op::RefCastDescEq:
      return "ref_cast_desc_eq_non_null";
    case Op::RefCastDescEqNull:
      return "ref_cast_desc_eq_nullable";
    default:
      break;
  }
  std::string name(info(op).text);
  for (char& c : name)
    if (c == '.') c = '_';
  return name;
}

// What an index is called, where that is not the same for all instructions.
std::string_view type_word(Op op, std::size_t nth) {
  std::string_view text = info(op).text;
  if (text.starts_with("struct.")) return "struct_type_index";
  if (op == Op::ArrayCopy) return nth == 0 ? "array_type_index_dst" : "array_type_index_src";
  if (text.starts_with("array.")) return "array_type_index";
  if (op == Op::ContBind) return nth == 0 ? "argument_index" : "result_index";
  if (info(op).feature == Feature::StackSwitching) return "cont_type_index";
  return "type_index";
}

std::string index_word(Op op, ImmField field, std::size_t nth) {
  bool array = info(op).text.starts_with("array.");
  switch (field) {
    case ImmField::Label:
      return "relative_depth";
    case ImmField::Func:
      return "function_index";
    case ImmField::Type:
      return std::string(type_word(op, nth));
    case ImmField::Table:
      if (op == Op::TableCopy) return nth == 0 ? "dst_table" : "src_table";
      return op == Op::CallIndirect || op == Op::ReturnCallIndirect || info(op).has(op_flags::Atomic) ? "table_index" : "table";
    case ImmField::Memory:
      if (op == Op::MemoryCopy) return nth == 0 ? "dst_mem" : "src_mem";
      return "mem";
    case ImmField::Global:
      return "global_index";
    case ImmField::Local:
      return "local_index";
    case ImmField::Tag:
      return "tag_index";
    case ImmField::Elem:
      return array ? "array_elem_index" : "elem_index";
    case ImmField::Data:
      return array ? "array_data_index" : "data_index";
    case ImmField::Field:
      return "field_index";
    default:
      return "array_size";
  }
}

std::string catches_debug(const binary::Immediates& imm) {
  std::string out = fmt::format("TryTable {{ ty: {}, catches: [", block_debug(imm.block));
  Reader reader(imm.items);
  constexpr const char* kNames[] = {"One", "OneRef", "All", "AllRef"};
  for (u32 i = 0; i < imm.count; ++i) {
    binary::Catch clause = binary::read_catch(reader);
    out += i ? ", " : "";
    out += clause.kind < 2 ? fmt::format("{} {{ tag: {}, label: {} }}", kNames[clause.kind], clause.tag, clause.label)
                           : fmt::format("{} {{ label: {} }}", kNames[clause.kind & 3], clause.label);
  }
  return out + "] }";
}

std::string handlers_debug(const binary::Immediates& imm) {
  std::string out = "ResumeTable { handlers: [";
  Reader reader(imm.items);
  for (u32 i = 0; i < imm.count; ++i) {
    binary::Handler handler = binary::read_handler(reader);
    out += i ? ", " : "";
    out += handler.is_switch ? fmt::format("OnSwitch {{ tag: {} }}", handler.tag)
                             : fmt::format("OnLabel {{ tag: {}, label: {} }}", handler.tag, handler.label);
  }
  return out + "] }";
}

std::string labels_debug(const binary::Immediates& imm) {
  std::string out = fmt::format("BrTable {{ count: {}, default: {}, targets: [", imm.count, imm.default_label);
  Reader reader(imm.items);
  for (u32 i = 0; i < imm.count; ++i) fmt::format_to(std::back_inserter(out), "{}{}", i ? ", " : "", reader.read_uleb32());
  return out + "] }";
}

unsigned log2_of(u8 bytes) {
  unsigned log = 0;
  while (bytes > 1u << log) ++log;
  return log;
}

std::string value_types(const binary::Immediates& imm) {
  Reader reader(imm.items);
  if (imm.count == 1) return "ty:" + debug(binary::read_val_type(reader));
  std::string out = "tys:[";
  for (u32 i = 0; i < imm.count; ++i) out += (i ? ", " : "") + debug(binary::read_val_type(reader));
  return out + "]";
}

}  // namespace

std::string debug(Op op, const binary::Immediates& imm) {
  std::string out = op_name(op, imm);
  std::size_t index = 0, type = 0, same = 0;
  ImmField before = ImmField::None;
  for (ImmField field : kImmFields[static_cast<u8>(info(op).imm)]) {
    same = field == before ? same + 1 : 0;
    before = field;
    switch (field) {
      case ImmField::None:
        return out;
      case ImmField::BlockType:
        if (op != Op::TryTable) out += " blockty:" + block_debug(imm.block);
        break;
      case ImmField::Labels:
        out += " targets:" + labels_debug(imm);
        break;
      case ImmField::MemArg:
        out += fmt::format(" memarg:MemArg {{ align: {}, max_align: {}, offset: {}, memory: {} }}", imm.mem.align,
                           log2_of(info(op).mem), imm.mem.offset, imm.mem.memory);
        break;
      case ImmField::ValTypes:
        out += " " + value_types(imm);
        break;
      case ImmField::HeapType:
        if (info(op).imm == Imm::BrOnCast)
          out += fmt::format(" {}:{}", type == 0 ? "from_ref_type" : "to_ref_type", ref_text(imm.types[type]));
        else
          out += " hty:" + heap_debug(imm.types[type]);
        ++type;
        break;
      case ImmField::CastFlags:
      case ImmField::Zero:
        break;
      case ImmField::Ordering:
        out += imm.ordering == 0 ? " ordering:SeqCst" : " ordering:AcqRel";
        break;
      case ImmField::I32:
      case ImmField::I64:
        out += fmt::format(" value:{}", static_cast<i64>(imm.bits));
        break;
      case ImmField::F32:
        out += fmt::format(" value:Ieee32({})", imm.bits);
        break;
      case ImmField::F64:
        out += fmt::format(" value:Ieee64({})", imm.bits);
        break;
      case ImmField::V128:
        out += fmt::format(" value:V128({})", bytes_list({imm.bytes16, 16}));
        break;
      case ImmField::Lanes16:
        out += " lanes:" + bytes_list({imm.bytes16, 16});
        break;
      case ImmField::Lane:
        out += fmt::format(" lane:{}", imm.lane);
        break;
      case ImmField::Catches:
        out += " try_table:" + catches_debug(imm);
        break;
      case ImmField::Handlers:
        out += " resume_table:" + handlers_debug(imm);
        break;
      default:
        out += fmt::format(" {}:{}", index_word(op, field, same), imm.index[index++]);
        break;
    }
  }
  return out;
}

}  // namespace tenon::inspect
