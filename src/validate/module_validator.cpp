#include "module_validator.h"

#include <unordered_set>

#include <fmt/format.h>

#include "tenon/binary/ops.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::validate {

using binary::Range;
using binary::Section;
using binary::SectionItems;

// ---- Checks that several sections share ----

Result<> ModuleValidator::check_max(std::size_t have, u64 add, u64 max, const char* what, u64 offset) {
  if (have <= max && add <= max - have) return {};
  if (max == 1)
    return fail(std::string_view(what) == "memories" ? ErrorCode::MultipleMemories : ErrorCode::MultipleTables, offset,
                fmt::format("multiple {}", what));
  return fail(ErrorCode::LimitExceeded, offset, fmt::format("{} count exceeds limit of {}", what, max));
}

Result<> ModuleValidator::require(Feature feature, const char* message, u64 offset) const {
  if (features_.has(feature)) return {};
  return std::unexpected(Error(ErrorCode::FeatureDisabled, offset, message).with_missing(feature));
}

namespace {

std::unexpected<Error> unknown(ErrorCode code, const char* what, u32 index, const char* rest, u64 offset) {
  return fail(code, offset, fmt::format("unknown {} {}: {}", what, index, rest));
}

}  // namespace

Result<ValType> ModuleValidator::canonical(ValType type, u64 offset) const {
  if (!type.is_concrete()) return type;
  u32 index = type.type_index().value();
  if (index >= env_.types.size()) return unknown(ErrorCode::UnknownType, "type", index, "type index out of bounds", offset);
  return ValType::ref(env_.types[index], type.nullable()).with_exact(type.exact());
}

Result<ValType> ModuleValidator::check_type(ValType type, u64 offset) const {
  TENON_TRY_VOID(check_value_type(type, features_, offset));
  return canonical(type, offset);
}

Result<TypeId> ModuleValidator::func_type_at(TypeIndex index, u64 offset) const {
  u32 at = index.value();
  if (at >= env_.types.size()) return unknown(ErrorCode::UnknownType, "type", at, "type index out of bounds", offset);
  if (!env_.type_defs[at]->func())
    return fail(ErrorCode::UnknownType, offset, fmt::format("type index {} is not a function type", at));
  return env_.types[at];
}

Result<> ModuleValidator::check_limits(const Limits& limits, u64 offset) const {
  if (limits.max && limits.min > *limits.max)
    return fail(ErrorCode::LimitsInverted, offset, "size minimum must not be greater than maximum");
  return {};
}

Result<TableType> ModuleValidator::check_table(TableType type, u64 offset) const {
  // funcref was there before reference types were.
  if (type.element != ValType::funcref()) {
    TENON_TRY(type.element, check_type(type.element, offset));
  }
  TENON_TRY_VOID(check_limits(type.limits, offset));
  if (type.is_64) TENON_TRY_VOID(require(Feature::Memory64, "memory64 must be enabled for 64-bit tables", offset));
  if (type.is_shared)
    TENON_TRY_VOID(
        require(Feature::SharedEverythingThreads, "shared tables require the shared-everything-threads proposal", offset));
  u64 most = type.is_64 ? ~u64{0} : 0xffffffffu;
  if (type.limits.min > most || type.limits.max.value_or(0) > most)
    return fail(ErrorCode::TableSize, offset, fmt::format("table size must be at most {:#x} entries", most));
  bool shared_element = type.element.is_concrete() ? types_.get(type.element.type_id()).is_shared : type.element.shared();
  if (type.is_shared && !shared_element)
    return fail(ErrorCode::TypeMismatch, offset, "shared tables must have a shared element type");
  return type;
}

Result<MemoryType> ModuleValidator::check_memory(MemoryType type, bool custom_page_size, u64 offset) const {
  TENON_TRY_VOID(check_limits(type.limits, offset));
  if (type.is_64) TENON_TRY_VOID(require(Feature::Memory64, "memory64 must be enabled for 64-bit memories", offset));
  if (type.is_shared) TENON_TRY_VOID(require(Feature::Threads, "threads must be enabled for shared memories", offset));
  if (custom_page_size) {
    TENON_TRY_VOID(require(Feature::CustomPageSizes,
                           "the custom page sizes proposal must be enabled to customize a memory's page size", offset));
    if (type.page_size_log2 != 0 && type.page_size_log2 != 16)
      return fail(ErrorCode::InvalidCustomPageSize, offset, "invalid custom page size");
  }
  // As many pages as the address space has, where that number can be written.
  u64 most = type.is_64 ? (type.page_size_log2 == 0 ? ~u64{0} : limits::kMemoryPages64)
                        : (type.page_size_log2 == 0 ? u64{0xffffffff} : limits::kMemoryPages32);
  if (type.limits.min > most || type.limits.max.value_or(0) > most)
    return fail(ErrorCode::MemorySize, offset,
                fmt::format("memory size must be at most {:#x} {}-byte pages", most, type.page_size()));
  if (type.is_shared && !type.limits.max)
    return fail(ErrorCode::SharedMemoryNeedsMaximum, offset, "shared memory must have maximum size");
  return type;
}

Result<GlobalType> ModuleValidator::check_global(GlobalType type, u64 offset) const {
  TENON_TRY(type.content, check_type(type.content, offset));
  if (!type.is_shared) return type;
  TENON_TRY_VOID(
      require(Feature::SharedEverythingThreads, "shared globals require the shared-everything-threads proposal", offset));
  ValType content = type.content;
  bool shared = !content.is_ref() || (content.is_concrete() ? types_.get(content.type_id()).is_shared : content.shared());
  if (!shared) return fail(ErrorCode::TypeMismatch, offset, "shared globals must have a shared value type");
  return type;
}

Result<TypeId> ModuleValidator::check_tag(TypeIndex index, u64 offset) const {
  TENON_TRY_VOID(require(Feature::Exceptions, "exceptions proposal not enabled", offset));
  TENON_TRY(TypeId type, func_type_at(index, offset));
  if (!types_.func(type).results.empty() && !features_.has(Feature::StackSwitching))
    return std::unexpected(Error(ErrorCode::NonEmptyTagResult, offset, "invalid exception type: non-empty tag result type")
                               .with_missing(Feature::StackSwitching));
  return type;
}

void ModuleValidator::declare(u32 func) {
  if (env_.declared.size() <= func) env_.declared.resize(std::max<std::size_t>(func + 1, env_.funcs.size()));
  env_.declared[func] = true;
}

Result<ConstExpr> ModuleValidator::const_expr(const binary::ConstBytes& expr, ValType type) {
  ConstBuilder builder;
  builder.declares = !code_started_;
  BodyDecoder<ConstBuilder> decoder(env_, buffers_, builder);
  if (!decoder.decode_expression(expr.bytes, expr.offset, type)) return std::unexpected(decoder.take_error());
  for (u32 func : builder.ref_funcs) declare(func);
  return std::move(builder.code);
}

// ---- Sections ----

Result<> ModuleValidator::run() {
  binary::Parser parser(env_.reading);
  Bytes rest = desc_.bytes;
  while (true) {
    TENON_TRY(binary::Chunk chunk, parser.parse(rest, true));
    auto* parsed = std::get_if<binary::Parsed>(&chunk);
    if (!parsed) return fail(ErrorCode::UnexpectedEnd, parser.offset(), "unexpected end-of-file");
    rest = rest.subspan(parsed->consumed);
    binary::Payload& payload = parsed->payload;
    if (auto* body = std::get_if<binary::CodeEntry>(&payload)) {
      TENON_TRY_VOID(check_body_size(*body));
      bodies_.push_back(*body);
    } else if (auto* custom = std::get_if<binary::CustomSection>(&payload)) {
      add_custom(*custom);
    } else if (std::holds_alternative<binary::End>(payload)) {
      env_.declared.resize(env_.funcs.size());
      return {};
    } else {
      if (auto* code = std::get_if<binary::CodeSectionStart>(&payload))
        bodies_.reserve(std::min<std::size_t>(code->count, rest.size()));
      TENON_TRY_VOID(check(payload));
    }
  }
}

Result<> ModuleValidator::check(const binary::Payload& payload) {
  if (auto* items = std::get_if<binary::ItemSection>(&payload)) return section(*items);
  if (auto* start = std::get_if<binary::StartSection>(&payload)) return start_section(*start);
  if (auto* count = std::get_if<binary::DataCountSection>(&payload)) {
    if (count->count > limits::kDataSegments)
      return fail(ErrorCode::LimitExceeded, count->range.begin, "data count section specifies too many data segments");
    env_.data_count = count->count;
  } else if (std::holds_alternative<binary::CodeSectionStart>(payload)) {
    code_started_ = true;
    env_.declared.resize(env_.funcs.size());
  } else if (auto* unknown_section = std::get_if<binary::UnknownSection>(&payload)) {
    return fail(ErrorCode::MalformedSectionId, unknown_section->range.begin,
                fmt::format("malformed section id: {}", unknown_section->id));
  }
  return {};
}

Result<> ModuleValidator::check_body_size(const binary::CodeEntry& body) {
  return check_max(0, body.bytes.size(), limits::kFunctionSize, "function body size", body.offset);
}

Result<> ModuleValidator::section(const binary::ItemSection& section) {
  switch (section.id) {
    case binary::SectionId::Type:
      return type_section(section.section);
    case binary::SectionId::Import:
      return import_section(section.section);
    case binary::SectionId::Function:
      return function_section(section.section);
    case binary::SectionId::Table:
      return table_section(section.section);
    case binary::SectionId::Memory:
      return memory_section(section.section);
    case binary::SectionId::Tag:
      return tag_section(section.section);
    case binary::SectionId::Global:
      return global_section(section.section);
    case binary::SectionId::Export:
      return export_section(section.section);
    case binary::SectionId::Element:
      return element_section(section.section);
    default:
      return data_section(section.section);
  }
}

namespace {

// Reads the items one by one and hands each, whole, with its offset to `each`.
template <class Item, class Each>
Result<> for_items(const Section& section, Each&& each) {
  SectionItems items(section);
  Item item{};
  while (items.more()) {
    u64 offset = items.offset();
    binary::read_item(items, item);
    TENON_TRY_VOID(binary::check(items.reader()));
    TENON_TRY_VOID(each(item, offset));
  }
  return binary::check(items.reader());
}

}  // namespace

Result<> ModuleValidator::type_section(const Section& section) {
  TENON_TRY_VOID(check_max(env_.types.size(), section.count(), limits::kTypes, "types", section.range().begin));
  return for_items<binary::RecGroup>(section, [&](binary::RecGroup& group, u64 offset) { return add_rec_group(group, offset); });
}

namespace {

// Whether one of these is on that let types refer to types. If none is, a reference is refused for what it is before anyone asks
// what it refers to.
bool has_type_references(Features features) {
  using enum Feature;
  for (Feature feature : {Exceptions, LegacyExceptions, FunctionReferences, Gc, StackSwitching, MemoryControl,
                          SharedEverythingThreads, CustomDescriptors, CompactImports})
    if (features.has(feature)) return true;
  return false;
}

}  // namespace

Result<> ModuleValidator::add_rec_group(binary::RecGroup& group, u64 offset) {
  TENON_TRY_VOID(check_max(env_.types.size(), group.types.size(), limits::kTypes, "types", offset));
  if (group.is_explicit) TENON_TRY_VOID(require(Feature::Gc, "rec group usage requires `gc` proposal to be enabled", offset));
  u32 first = static_cast<u32>(env_.types.size());
  u32 count = static_cast<u32>(group.types.size());
  const bool references = has_type_references(features_);
  auto rewrite = [&](ValType& type, ErrorCode out_of_bounds = ErrorCode::UnknownType) -> Result<> {
    if (!type.is_concrete()) return {};
    if (!references) TENON_TRY_VOID(check_value_type(type, features_, offset));
    u32 index = type.type_index().value();
    if (index < first) {
      type = ValType::ref(env_.types[index], type.nullable()).with_exact(type.exact());
      return {};
    }
    if (index - first >= count) return unknown(out_of_bounds, "type", index, "type index out of bounds", offset);
    if (!features_.has(Feature::Gc))
      return unknown(ErrorCode::UnknownType, "type", index, "type index out of bounds because the GC proposal is disabled",
                     offset);
    type = ValType::rec_ref(index - first, type.nullable()).with_exact(type.exact());
    return {};
  };
  for (u32 i = 0; i < count; ++i) {
    SubType& type = group.types[i];
    if (type.supertype) {
      if (references && type.supertype->type_index().value() >= first + i)
        return fail(ErrorCode::UnknownType, offset, "supertypes must be defined before subtypes");
      if (!references) TENON_TRY_VOID(require(Feature::Gc, "gc proposal must be enabled to use subtypes", offset));
      TENON_TRY_VOID(rewrite(*type.supertype));
    }
    if (type.describes) {
      u32 described = type.describes->type_index().value();
      if (described >= first + i)
        return fail(described < first + count ? ErrorCode::DescribedForwardUse : ErrorCode::DescribedOutsideRecGroup, offset,
                    "forward describes reference");
    }
    if (type.descriptor) TENON_TRY_VOID(rewrite(*type.descriptor, ErrorCode::DescriptorOutsideRecGroup));
    if (type.describes) TENON_TRY_VOID(rewrite(*type.describes));
    if (auto* func = std::get_if<FuncType>(&type.composite)) {
      for (ValType& param : func->params) TENON_TRY_VOID(rewrite(param));
      for (ValType& result : func->results) TENON_TRY_VOID(rewrite(result));
    } else if (auto* structure = std::get_if<StructType>(&type.composite)) {
      for (FieldType& field : structure->fields) TENON_TRY_VOID(rewrite(field.storage));
    } else if (auto* array = std::get_if<ArrayType>(&type.composite)) {
      TENON_TRY_VOID(rewrite(array->element.storage));
    } else {
      TENON_TRY_VOID(rewrite(std::get<ContType>(type.composite).func));
    }
  }
  TENON_TRY_VOID(check_rec_group(types_, group.types, features_, offset));
  TENON_TRY(TypeId id, types_.intern(group.types));
  for (u32 i = 0; i < count; ++i) env_.add_type(TypeId(id.value() + i));
  return {};
}

Result<> ModuleValidator::import_section(const Section& section) {
  TENON_TRY_VOID(check_max(0, section.count(), limits::kImports, "imports", section.range().begin));
  SectionItems items(section);
  while (items.more()) {
    binary::ImportEntry entry;
    entry.read(items);
    TENON_TRY_VOID(binary::check(items.reader()));
    binary::ImportItem import;
    while (entry.next(import)) TENON_TRY_VOID(add_import(import));
    TENON_TRY_VOID(binary::check(entry.reader()));
  }
  return binary::check(items.reader());
}

Result<> ModuleValidator::add_import(const binary::ImportItem& import) {
  const binary::ImportType& type = import.type;
  u64 offset = import.offset;
  ImportDesc desc{std::string(import.module), std::string(import.name), FuncExtern{}};
  switch (type.kind) {
    case ExternKind::Func: {
      TENON_TRY(TypeId id, func_type_at(type.type, offset));
      if (type.exact) env_.exact_imports.push_back(env_.imported_funcs);
      env_.add_func(id);
      desc.type = FuncExtern{id, type.exact};
      ++env_.imported_funcs;
      TENON_TRY_VOID(check_max(env_.funcs.size(), 0, limits::kFunctions, "functions", offset));
      break;
    }
    case ExternKind::Table: {
      TENON_TRY(TableType table, check_table(type.table, offset));
      env_.tables.push_back(table);
      desc.type = table;
      TENON_TRY_VOID(
          check_max(env_.tables.size(), 0, features_.has(Feature::ReferenceTypes) ? limits::kTables : 1, "tables", offset));
      break;
    }
    case ExternKind::Memory: {
      TENON_TRY(MemoryType memory, check_memory(type.memory, type.custom_page_size, offset));
      env_.memories.push_back(memory);
      desc.type = memory;
      TENON_TRY_VOID(
          check_max(env_.memories.size(), 0, features_.has(Feature::MultiMemory) ? limits::kMemories : 1, "memories", offset));
      break;
    }
    case ExternKind::Global: {
      TENON_TRY(GlobalType global, check_global(type.global, offset));
      if (global.is_mutable) TENON_TRY_VOID(require(Feature::MutableGlobal, "mutable global support is not enabled", offset));
      env_.globals.push_back(global);
      desc.type = global;
      ++env_.imported_globals;
      TENON_TRY_VOID(check_max(env_.globals.size(), 0, limits::kGlobals, "globals", offset));
      break;
    }
    case ExternKind::Tag: {
      TENON_TRY(TypeId id, check_tag(type.type, offset));
      env_.add_tag(id);
      desc.type = TagExtern{id};
      TENON_TRY_VOID(check_max(env_.tags.size(), 0, limits::kTags, "tags", offset));
      break;
    }
  }
  desc_.imports.push_back(std::move(desc));
  desc_.imported_funcs = env_.imported_funcs;
  desc_.imported_tables = static_cast<u32>(env_.tables.size());
  desc_.imported_memories = static_cast<u32>(env_.memories.size());
  desc_.imported_globals = env_.imported_globals;
  desc_.imported_tags = static_cast<u32>(env_.tags.size());
  return {};
}

Result<> ModuleValidator::function_section(const Section& section) {
  TENON_TRY_VOID(check_max(env_.funcs.size(), section.count(), limits::kFunctions, "functions", section.range().begin));
  return for_items<TypeIndex>(section, [&](TypeIndex index, u64 offset) -> Result<> {
    TENON_TRY(TypeId id, func_type_at(index, offset));
    env_.add_func(id);
    return {};
  });
}

Result<> ModuleValidator::table_section(const Section& section) {
  u64 most = features_.has(Feature::ReferenceTypes) ? limits::kTables : 1;
  TENON_TRY_VOID(check_max(env_.tables.size(), section.count(), most, "tables", section.range().begin));
  return for_items<binary::TableItem>(section, [&](binary::TableItem& item, u64 offset) -> Result<> {
    TableDesc desc;
    TENON_TRY(desc.type, check_table(item.type, offset));
    if (item.has_init) {
      TENON_TRY_VOID(require(Feature::FunctionReferences,
                             "tables with expression initializers require the function-references proposal", offset));
      TENON_TRY(desc.init, const_expr(item.init, desc.type.element));
    } else if (!desc.type.element.nullable()) {
      return fail(ErrorCode::TypeMismatch, offset, "type mismatch: non-defaultable element type");
    }
    env_.tables.push_back(desc.type);
    desc_.tables.push_back(std::move(desc));
    return {};
  });
}

Result<> ModuleValidator::memory_section(const Section& section) {
  u64 most = features_.has(Feature::MultiMemory) ? limits::kMemories : 1;
  TENON_TRY_VOID(check_max(env_.memories.size(), section.count(), most, "memories", section.range().begin));
  return for_items<binary::MemoryItem>(section, [&](binary::MemoryItem& item, u64 offset) -> Result<> {
    TENON_TRY(MemoryType memory, check_memory(item.type, item.custom_page_size, offset));
    env_.memories.push_back(memory);
    return {};
  });
}

Result<> ModuleValidator::tag_section(const Section& section) {
  TENON_TRY_VOID(require(Feature::Exceptions, "exceptions proposal not enabled", section.range().begin));
  TENON_TRY_VOID(check_max(env_.tags.size(), section.count(), limits::kTags, "tags", section.range().begin));
  SectionItems items(section);
  while (items.more()) {
    u64 offset = items.offset();
    TypeIndex index;
    binary::read_tag(items, index);
    TENON_TRY_VOID(binary::check(items.reader()));
    TENON_TRY(TypeId id, check_tag(index, offset));
    env_.add_tag(id);
  }
  return binary::check(items.reader());
}

Result<> ModuleValidator::global_section(const Section& section) {
  TENON_TRY_VOID(check_max(env_.globals.size(), section.count(), limits::kGlobals, "globals", section.range().begin));
  return for_items<binary::GlobalItem>(section, [&](binary::GlobalItem& item, u64 offset) -> Result<> {
    GlobalDesc desc;
    TENON_TRY(desc.type, check_global(item.type, offset));
    TENON_TRY(desc.init, const_expr(item.init, desc.type.content));
    env_.globals.push_back(desc.type);
    desc_.globals.push_back(std::move(desc));
    return {};
  });
}

Result<> ModuleValidator::export_section(const Section& section) {
  TENON_TRY_VOID(check_max(0, section.count(), limits::kExports, "exports", section.range().begin));
  struct Space {
    ErrorCode code;
    const char* name;
    std::size_t size;
  };
  const Space spaces[] = {{ErrorCode::UnknownFunction, "function", env_.funcs.size()},
                          {ErrorCode::UnknownTable, "table", env_.tables.size()},
                          {ErrorCode::UnknownMemory, "memory", env_.memories.size()},
                          {ErrorCode::UnknownGlobal, "global", env_.globals.size()},
                          {ErrorCode::UnknownTag, "tag", env_.tags.size()}};
  std::unordered_set<std::string_view> names;
  return for_items<binary::ExportItem>(section, [&](binary::ExportItem& item, u64 offset) -> Result<> {
    const Space& space = spaces[static_cast<u8>(item.kind)];
    if (item.index >= space.size)
      return fail(space.code, offset, fmt::format("unknown {0} {1}: exported {0} index out of bounds", space.name, item.index));
    if (item.kind == ExternKind::Func) declare(item.index);
    if (item.kind == ExternKind::Global && env_.globals[item.index].is_mutable)
      TENON_TRY_VOID(require(Feature::MutableGlobal, "mutable global support is not enabled", offset));
    if (!names.insert(item.name).second)
      return fail(ErrorCode::DuplicateExport, offset, fmt::format("duplicate export name `{}` already defined", item.name));
    desc_.exports.push_back({std::string(item.name), item.kind, item.index});
    return {};
  });
}

Result<> ModuleValidator::start_section(const binary::StartSection& section) {
  u64 offset = section.range.begin;
  if (section.func >= env_.funcs.size())
    return unknown(ErrorCode::UnknownFunction, "function", section.func, "func index out of bounds", offset);
  const FuncType& type = *env_.func_types[section.func];
  if (!type.params.empty() || !type.results.empty()) return fail(ErrorCode::StartFunction, offset, "invalid start function type");
  desc_.start = FuncIndex(section.func);
  return {};
}

Result<> ModuleValidator::element_section(const Section& section) {
  TENON_TRY_VOID(
      check_max(env_.elems.size(), section.count(), limits::kElementSegments, "element segments", section.range().begin));
  return for_items<binary::ElementItem>(section,
                                        [&](binary::ElementItem& item, u64 offset) { return add_element(item, offset); });
}

Result<> ModuleValidator::add_element(const binary::ElementItem& item, u64 offset) {
  ElemDesc elem;
  elem.type = ValType::ref(AbstractHeap::Func, false);
  if (item.uses_exprs) {
    TENON_TRY(elem.type, check_type(item.type, offset));
  }
  if (item.mode == binary::ElementItem::Mode::Active) {
    elem.mode = SegmentMode::Active;
    elem.table = TableIndex(item.table);
    if (item.table >= env_.tables.size())
      return unknown(ErrorCode::UnknownTable, "table", item.table, "table index out of bounds", offset);
    const TableType& table = env_.tables[item.table];
    if (!types_.is_subtype(elem.type, table.element))
      return fail(ErrorCode::TypeMismatch, offset,
                  fmt::format("type mismatch: invalid element type `{}` for table type `{}`", to_string(elem.type),
                              to_string(table.element)));
    TENON_TRY(elem.offset, const_expr(item.offset, table.is_64 ? ValType::i64() : ValType::i32()));
  } else {
    elem.mode = item.mode == binary::ElementItem::Mode::Passive ? SegmentMode::Passive : SegmentMode::Declared;
    TENON_TRY_VOID(require(Feature::BulkMemory, "bulk memory must be enabled", offset));
  }
  if (item.count > limits::kTableEntries) return fail(ErrorCode::LimitExceeded, offset, "number of elements is out of bounds");
  TENON_TRY_VOID(element_items(item, elem, offset));
  env_.elems.push_back(elem.type);
  desc_.elems.push_back(std::move(elem));
  return {};
}

Result<> ModuleValidator::element_items(const binary::ElementItem& item, ElemDesc& elem, u64) {
  Reader reader(item.items, item.items_offset);
  if (!item.uses_exprs) {
    elem.funcs.reserve(item.count);
    for (u32 i = 0; i < item.count; ++i) {
      u64 at = reader.offset();
      u32 func = reader.read_uleb32();
      if (func >= env_.funcs.size()) return unknown(ErrorCode::UnknownFunction, "function", func, "func index out of bounds", at);
      declare(func);
      elem.funcs.push_back(FuncIndex(func));
    }
    return {};
  }
  // Expressions that only name functions are kept as functions.
  bool only_funcs = true;
  for (u32 i = 0; i < item.count; ++i) {
    binary::ConstBytes bytes;
    bytes.offset = reader.offset();
    bytes.bytes = binary::skip_const_expr(reader, env_.reading);
    TENON_TRY(ConstExpr expr, const_expr(bytes, elem.type));
    only_funcs = only_funcs && expr.size() == 1 && expr[0].op == Op::RefFunc;
    if (only_funcs) {
      elem.funcs.push_back(FuncIndex(static_cast<u32>(expr[0].a)));
      continue;
    }
    for (FuncIndex func : elem.funcs) elem.exprs.push_back({{Op::RefFunc, func.value()}});
    elem.funcs.clear();
    elem.exprs.push_back(std::move(expr));
  }
  return {};
}

Result<> ModuleValidator::data_section(const Section& section) {
  TENON_TRY_VOID(check_max(0, section.count(), limits::kDataSegments, "data segments", section.range().begin));
  return for_items<binary::DataItem>(section, [&](binary::DataItem& item, u64 offset) -> Result<> {
    DataDesc data;
    data.begin = item.bytes_offset;
    data.size = item.bytes.size();
    if (item.is_active) {
      data.mode = SegmentMode::Active;
      data.memory = MemoryIndex(item.memory);
      if (item.memory >= env_.memories.size())
        return unknown(ErrorCode::UnknownMemory, "memory", item.memory, "memory index out of bounds", offset);
      TENON_TRY(data.offset, const_expr(item.offset, env_.memories[item.memory].is_64 ? ValType::i64() : ValType::i32()));
    } else {
      TENON_TRY_VOID(require(Feature::BulkMemory, "passive data segments require the bulk-memory proposal", offset));
    }
    desc_.datas.push_back(std::move(data));
    return {};
  });
}

void ModuleValidator::add_custom(const binary::CustomSection& section) {
  desc_.customs.push_back({std::string(section.name), section.contents_offset, section.contents.size()});
  if (section.name == "name") desc_.names = read_names(section.contents);
}

void ModuleValidator::finish() {
  desc_.types = std::move(env_.types);
  desc_.funcs = std::move(env_.funcs);
  desc_.table_types = std::move(env_.tables);
  desc_.memories = std::move(env_.memories);
  desc_.global_types = std::move(env_.globals);
  desc_.tags = std::move(env_.tags);
  desc_.escaping_funcs = std::move(env_.declared);
}

}  // namespace tenon::validate
