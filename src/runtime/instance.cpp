// Instantiation: imports are checked, definitions made, constant expressions evaluated, segments copied, the start function run.
//
// spec: core/exec/modules "Instantiation" and "Allocation", core/valid/matching.
#include "tenon/runtime/instance.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "tenon/runtime/libcalls.h"
#include "tenon/spec/errors.h"

namespace tenon::runtime {

// --- looking at instances

Instance::~Instance() {
  std::free(vmctx_);
}

Item Instance::item(ExternKind kind, u32 index) const {
  const ModuleDesc& desc = module_->desc();
  switch (kind) {
    case ExternKind::Func:
      return vmctx_->funcs[index];
    case ExternKind::Table:
      return tables_[index];
    case ExternKind::Memory:
      return memories_[index];
    case ExternKind::Global:
      return GlobalItem{vmctx_->globals[index],
                        index < imported_globals_.size() ? imported_globals_[index] : desc.global_types[index]};
    case ExternKind::Tag:
      break;
  }
  return vmctx_->tags[index];
}

std::optional<Item> Instance::find_export(std::string_view name) const {
  const ExportDesc* found = module_->find_export(name);
  if (!found) return std::nullopt;
  return item(found->kind, found->index);
}

u64 Instance::elem_size(u32 index) const {
  return elems_[index].dropped ? 0 : module_->desc().elems[index].size();
}

Ref Instance::elem_ref(u32 index, u64 at) const {
  const ElemSegment& segment = elems_[index];
  if (!segment.refs.empty()) return segment.refs[at];
  // SAFETY: a funcref's bits are its FuncRef's address.
  return reinterpret_cast<Ref>(vmctx_->funcs[module_->desc().elems[index].funcs[at].value()]);
}

// --- import matching

namespace {

bool limits_match(const Limits& actual, const Limits& expected) {
  if (actual.min < expected.min) return false;
  return !expected.max || (actual.max && *actual.max <= *expected.max);
}

/// "(func (param i32) (result i64))"
std::string text(const TypeStore& types, TypeId id) {
  const FuncType* func = types.get(id).func();
  if (!func) return fmt::format("(type {})", id.value());
  std::string out = "(func";
  auto list = [&](std::string_view what, const std::vector<ValType>& values) {
    if (values.empty()) return;
    fmt::format_to(std::back_inserter(out), " ({}", what);
    for (ValType type : values) out += " " + to_string(type);
    out += ")";
  };
  list("param", func->params);
  list("result", func->results);
  return out + ")";
}

std::string mismatch(std::string_view what, std::string_view expected, std::string_view found) {
  return fmt::format("{0} types incompatible: expected {0} of type `{1}`, found {0} of type `{2}`", what, expected, found);
}

/// Which of two properties was expected, where they differ.
std::string mismatch(std::string_view what, bool expected, std::string_view yes, std::string_view no) {
  return fmt::format("{0} types incompatible: expected {1} {0}, found {2} {0}", what, expected ? yes : no, expected ? no : yes);
}

std::string mismatch(std::string_view what, const Limits& expected, const Limits& found) {
  auto text = [](const Limits& limits) {
    return fmt::format("(min: {}, max: {})", limits.min, limits.max ? std::to_string(*limits.max) : "none");
  };
  return fmt::format("{0} types incompatible: expected {0} limits {1} doesn't match provided {0} limits {2}", what,
                     text(expected), text(found));
}

/// What makes `found` unfit, for types of one kind that do not match.
struct Explain {
  const TypeStore& types;
  const ExternType& found;

  std::string operator()(const FuncExtern& expected) {
    return fmt::format("types incompatible: expected type `{}`, found type `{}`", text(types, expected.type),
                       text(types, std::get<FuncExtern>(found).type));
  }
  std::string operator()(const TagExtern& expected) {
    return mismatch("tag", text(types, expected.type), text(types, std::get<TagExtern>(found).type));
  }
  std::string operator()(const TableType& expected) {
    const auto& table = std::get<TableType>(found);
    if (expected.element != table.element) return mismatch("table", to_string(expected.element), to_string(table.element));
    if (expected.is_64 != table.is_64) return mismatch("table", expected.is_64, "64-bit", "32-bit");
    if (expected.is_shared != table.is_shared) return mismatch("table", expected.is_shared, "shared", "non-shared");
    return mismatch("table", expected.limits, table.limits);
  }
  std::string operator()(const MemoryType& expected) {
    const auto& memory = std::get<MemoryType>(found);
    if (expected.is_shared != memory.is_shared) return mismatch("memory", expected.is_shared, "shared", "non-shared");
    if (expected.is_64 != memory.is_64) return mismatch("memory", expected.is_64, "64-bit", "32-bit");
    if (expected.page_size_log2 != memory.page_size_log2)
      return fmt::format("memory types incompatible: expected a memory with a page size of {} bytes, found one of {} bytes",
                         expected.page_size(), memory.page_size());
    return mismatch("memory", expected.limits, memory.limits);
  }
  std::string operator()(const GlobalType& expected) {
    const auto& global = std::get<GlobalType>(found);
    bool fits = expected.is_mutable ? expected.content == global.content : types.is_subtype(global.content, expected.content);
    if (!fits) return mismatch("global", to_string(expected.content), to_string(global.content));
    if (expected.is_mutable != global.is_mutable) return mismatch("global", expected.is_mutable, "mutable", "immutable");
    return mismatch("global", expected.is_shared, "shared", "non-shared");
  }
};

}  // namespace

bool matches(const TypeStore& types, const ExternType& actual, const ExternType& expected) {
  if (actual.index() != expected.index()) return false;
  switch (kind_of(expected)) {
    case ExternKind::Func: {
      const auto& e = std::get<FuncExtern>(expected);
      TypeId a = std::get<FuncExtern>(actual).type;
      return e.is_exact ? a == e.type : types.is_subtype(a, e.type);
    }
    case ExternKind::Table: {
      const auto& a = std::get<TableType>(actual);
      const auto& e = std::get<TableType>(expected);
      return a.element == e.element && a.is_64 == e.is_64 && a.is_shared == e.is_shared && limits_match(a.limits, e.limits);
    }
    case ExternKind::Memory: {
      const auto& a = std::get<MemoryType>(actual);
      const auto& e = std::get<MemoryType>(expected);
      return a.is_64 == e.is_64 && a.is_shared == e.is_shared && a.page_size_log2 == e.page_size_log2 &&
             limits_match(a.limits, e.limits);
    }
    case ExternKind::Global: {
      const auto& a = std::get<GlobalType>(actual);
      const auto& e = std::get<GlobalType>(expected);
      if (a.is_mutable != e.is_mutable || a.is_shared != e.is_shared) return false;
      return e.is_mutable ? a.content == e.content : types.is_subtype(a.content, e.content);
    }
    case ExternKind::Tag:
      break;
  }
  return std::get<TagExtern>(actual).type == std::get<TagExtern>(expected).type;
}

ExternType type_of(const Item& item) {
  switch (static_cast<ExternKind>(item.index())) {
    case ExternKind::Func:
      return FuncExtern{TypeId(std::get<FuncRef*>(item)->type)};
    case ExternKind::Table:
      return std::get<Table*>(item)->type();
    case ExternKind::Memory:
      return std::get<Memory*>(item)->type();
    case ExternKind::Global:
      return std::get<GlobalItem>(item).type;
    case ExternKind::Tag:
      break;
  }
  return TagExtern{TypeId(std::get<TagDef*>(item)->type)};
}

static std::string_view in_words(ExternKind kind) {
  return kind == ExternKind::Func ? "function" : to_string(kind);
}

Error incompatible_import(const TypeStore& types, const ImportDesc& import, const ExternType& actual) {
  std::string what = actual.index() == import.type.index()
                         ? std::visit(Explain{types, actual}, import.type)
                         : fmt::format("expected {}, but found {}", in_words(kind_of(import.type)), in_words(kind_of(actual)));
  return Error(ErrorCode::IncompatibleImport, std::move(what))
      .with_context(fmt::format("incompatible import type for `{}::{}`", import.module, import.name));
}

Result<> check_imports(const TypeStore& types, const Module& module, std::span<const Item> imports) {
  const std::vector<ImportDesc>& wanted = module.desc().imports;
  if (imports.size() != wanted.size())
    return fail(ErrorCode::UnknownImport, fmt::format("expected {} imports, found {}", wanted.size(), imports.size()));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    ExternType actual = type_of(imports[i]);
    if (!matches(types, actual, wanted[i].type)) return std::unexpected(incompatible_import(types, wanted[i], actual));
  }
  return {};
}

// --- constant expressions

namespace {

/// The stack of one evaluation. References lie apart, where the collector finds them.
class ConstMachine {
 public:
  explicit ConstMachine(VmCtx* vmctx) : vmctx_(vmctx), store_(*vmctx->store->owner), refs_(store_.heap()) {}

  Result<Slot> run(const ConstExpr& expr) {
    for (const ConstInstr& instr : expr) TENON_TRY_VOID(step(instr));
    // SAFETY of pops, here and below: the expression was validated, so operands are there and of their types.
    if (numbers_.size() + refs_.refs.size() != 1)
      return fail(ErrorCode::Unsupported, "constant expression does not leave one value");
    if (!numbers_.empty()) return numbers_.back();
    Slot value;
    value.ref = refs_.refs.back();
    return value;
  }

 private:
  void push(u64 bits) { numbers_.emplace_back().u64_ = bits; }
  void push_ref(Ref ref) { refs_.refs.push_back(ref); }
  void push(ValType type, const Slot& value) {
    if (type.is_ref())
      push_ref(value.ref);
    else
      numbers_.push_back(value);
  }
  Slot pop() {
    Slot top = numbers_.back();
    numbers_.pop_back();
    return top;
  }
  Slot pop(Storage storage) {
    if (storage != Storage::Ref) return pop();
    Slot top;
    top.ref = refs_.refs.back();
    refs_.refs.pop_back();
    return top;
  }
  template <class F>
  void binary32(F f) {
    u32 b = pop().u32_, a = pop().u32_;
    push(f(a, b));
  }
  template <class F>
  void binary64(F f) {
    u64 b = pop().u64_, a = pop().u64_;
    push(f(a, b));
  }

  Result<> pushed(HeapObject* object, TrapCode why) {
    if (object == nullptr) {
      store_.raise(why);
      return std::unexpected(store_.take_error());
    }
    push_ref(ref_of(object));
    return {};
  }
  Result<> make_struct(const HeapLayout& layout, bool defaults) {
    TrapCode why{};
    HeapObject* object = store_.heap().allocate(layout, why);
    if (object != nullptr && !defaults)
      for (u32 i = layout.field_count; i > 0; --i) {
        const FieldLayout& field = layout.fields[i - 1];
        store_field(bytes_of(object) + field.offset, field.storage, pop(field.storage));
      }
    return pushed(object, why);
  }
  Result<> make_array(const HeapLayout& layout, u64 length, bool defaults, bool fixed) {
    TrapCode why{};
    HeapObject* object = store_.heap().allocate_array(layout, length, why);
    if (object != nullptr && !defaults) {
      u32 step = 1u << size_log2(layout.element);
      Slot value;
      if (!fixed) value = pop(layout.element);
      for (u64 i = length; i > 0; --i)
        store_field(array_elements(object) + (i - 1) * step, layout.element, fixed ? pop(layout.element) : value);
    }
    return pushed(object, why);
  }
  Result<> make_object(const ConstInstr& instr) {
    TENON_TRY(const HeapLayout* layout, store_.layout_of(TypeId(static_cast<u32>(instr.a))));
    switch (instr.op) {
      case Op::StructNew:
      case Op::StructNewDefault:
        return make_struct(*layout, instr.op == Op::StructNewDefault);
      case Op::ArrayNewFixed:
        return make_array(*layout, instr.b, false, true);
      default: {
        u32 length = pop().u32_;
        return make_array(*layout, length, instr.op == Op::ArrayNewDefault, false);
      }
    }
  }

  Result<> step(const ConstInstr& instr) {
    switch (instr.op) {
      case Op::I32Const:
      case Op::I64Const:
      case Op::F32Const:
      case Op::F64Const:
        push(instr.a);
        break;
      case Op::V128Const:
        numbers_.emplace_back().v128 = {instr.a, instr.b};
        break;
      case Op::GlobalGet:
        push(vmctx_->module->global_types[instr.a].content, *vmctx_->globals[instr.a]);
        break;
      case Op::RefFunc:
        // SAFETY: a funcref's bits are its FuncRef's address.
        push_ref(reinterpret_cast<Ref>(vmctx_->funcs[instr.a]));
        break;
      case Op::RefNull:
        push_ref(kNullRef);
        break;
      case Op::RefI31:
        push_ref(u64{pop().u32_ << 1 | 1});
        break;
      case Op::AnyConvertExtern:
      case Op::ExternConvertAny:
        break;
      case Op::I32Add:
        binary32([](u32 a, u32 b) { return a + b; });
        break;
      case Op::I32Sub:
        binary32([](u32 a, u32 b) { return a - b; });
        break;
      case Op::I32Mul:
        binary32([](u32 a, u32 b) { return a * b; });
        break;
      case Op::I64Add:
        binary64([](u64 a, u64 b) { return a + b; });
        break;
      case Op::I64Sub:
        binary64([](u64 a, u64 b) { return a - b; });
        break;
      case Op::I64Mul:
        binary64([](u64 a, u64 b) { return a * b; });
        break;
      case Op::StructNew:
      case Op::StructNewDefault:
      case Op::ArrayNew:
      case Op::ArrayNewDefault:
      case Op::ArrayNewFixed:
        return make_object(instr);
      default:
        return fail(ErrorCode::Unsupported, fmt::format("{} in a constant expression is not supported yet", info(instr.op).text));
    }
    return {};
  }

  VmCtx* vmctx_;
  Store& store_;
  std::vector<Slot> numbers_;
  LocalRoots refs_;
};

}  // namespace

Result<Slot> evaluate(VmCtx* vmctx, const ConstExpr& expr) {
  return ConstMachine(vmctx).run(expr);
}

// --- instantiation

/// One instantiation in its steps.
class Instantiation {
 public:
  Instantiation(Store& store, std::shared_ptr<const Module> module)
      : store_(store), desc_(module->desc()), layout_(module->layout()), owned_(new Instance) {
    owned_->module_ = std::move(module);
    instance_ = owned_.get();
  }

  Result<Instance*> run(std::span<const Item> imports) {
    TENON_TRY_VOID(check_imports(store_.types(), *instance_->module_, imports));
    TENON_TRY_VOID(store_.count_instance());
    TENON_TRY_VOID(allocate());
    TENON_TRY_VOID(make_layouts());
    // From here on the store owns it: functions of the instance may leak before it is complete.
    store_.adopt(std::move(owned_));
    bind(imports);
    TENON_TRY_VOID(make_globals());
    TENON_TRY_VOID(make_memories());
    TENON_TRY_VOID(make_tables());
    TENON_TRY_VOID(make_segments());
    TENON_TRY_VOID(run_segments());
    if (desc_.start) {
      std::vector<Slot> none(1);
      if (!store_.enter(vmctx_->funcs[desc_.start->value()], none.data())) return std::unexpected(store_.take_error());
    }
    return instance_;
  }

 private:
  /// The address of an array or definition within the instance.
  template <class T>
  T* at(u32 offset) const {
    // SAFETY: VmLayout keeps offsets aligned for their types and within the allocation, which is zeroed.
    return reinterpret_cast<T*>(reinterpret_cast<u8*>(vmctx_) + offset);
  }

  Result<> allocate() {
    void* room = std::aligned_alloc(16, layout_.size);
    if (!room) return fail(ErrorCode::OutOfMemory, fmt::format("failed to allocate an instance of {} bytes", layout_.size));
    std::memset(room, 0, layout_.size);
    vmctx_ = static_cast<VmCtx*>(room);
    instance_->vmctx_ = vmctx_;
    vmctx_->store = &store_.ctx;
    vmctx_->code = desc_.bytes.data();
    vmctx_->side_table = desc_.side_table.data();
    vmctx_->memories = at<MemoryDef*>(layout_.memories);
    vmctx_->tables = at<TableDef*>(layout_.tables);
    vmctx_->globals = at<Slot*>(layout_.globals);
    vmctx_->funcs = at<FuncRef*>(layout_.funcs);
    vmctx_->tags = at<TagDef*>(layout_.tags);
    static_assert(sizeof(TypeId) == sizeof(u32));
    // SAFETY: a TypeId is one u32 and nothing else; the module's types are immutable and live with the instance.
    vmctx_->types = reinterpret_cast<const u32*>(desc_.types.data());
    vmctx_->module = &desc_;
    vmctx_->instance = instance_;
    return {};
  }

  /// Layouts of the types that the module's code makes objects of.
  Result<> make_layouts() {
    for (TypeId tag : desc_.tags) TENON_TRY_VOID(store_.layout_of(tag));
    const TypeStore& types = store_.types();
    std::vector<const HeapLayout*>& layouts = instance_->layouts_;
    for (std::size_t i = 0; i < desc_.types.size(); ++i) {
      const SubType& type = types.get(desc_.types[i]);
      if (!type.structure() && !type.array()) continue;
      if (layouts.empty()) layouts.resize(desc_.types.size());
      TENON_TRY(layouts[i], store_.layout_of(desc_.types[i]));
    }
    if (!layouts.empty()) vmctx_->layouts = layouts.data();
    return layouts.empty() && desc_.tags.empty() ? Result<>() : store_.count_gc_heap();
  }

  /// Fills the pointer arrays for imports and for own definitions that need no evaluation.
  void bind(std::span<const Item> imports) {
    instance_->memories_.reserve(desc_.memories.size());
    instance_->tables_.reserve(desc_.table_types.size());
    u32 funcs = 0, globals = 0, tags = 0;
    for (const Item& item : imports) {
      switch (static_cast<ExternKind>(item.index())) {
        case ExternKind::Func:
          vmctx_->funcs[funcs++] = std::get<FuncRef*>(item);
          break;
        case ExternKind::Table:
          vmctx_->tables[instance_->tables_.size()] = std::get<Table*>(item)->def();
          instance_->tables_.push_back(std::get<Table*>(item));
          break;
        case ExternKind::Memory:
          vmctx_->memories[instance_->memories_.size()] = std::get<Memory*>(item)->def();
          instance_->memories_.push_back(std::get<Memory*>(item));
          break;
        case ExternKind::Global:
          vmctx_->globals[globals++] = std::get<GlobalItem>(item).slot;
          instance_->imported_globals_.push_back(std::get<GlobalItem>(item).type);
          break;
        case ExternKind::Tag:
          vmctx_->tags[tags++] = std::get<TagDef*>(item);
          break;
      }
    }
    std::span<FuncRef> own(at<FuncRef>(layout_.own_funcs), desc_.code.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
      FuncRef& func = own[i];
      func.vmctx = vmctx_;
      func.type = desc_.code[i].type.value();
      func.func_index = desc_.code[i].func_index;
      func.summary = &desc_.code[i];
      vmctx_->funcs[funcs + i] = &func;
    }
    store_.engine().tier().set_entries(desc_, own);
    TagDef* own_tags = at<TagDef>(layout_.own_tags);
    for (std::size_t i = tags; i < desc_.tags.size(); ++i) {
      own_tags[i - tags].type = desc_.tags[i].value();
      vmctx_->tags[i] = &own_tags[i - tags];
    }
  }

  Result<> make_globals() {
    Slot* own = at<Slot>(layout_.own_globals);
    for (std::size_t i = 0; i < desc_.globals.size(); ++i) {
      TENON_TRY(own[i], evaluate(vmctx_, desc_.globals[i].init));
      store_.trace_global(desc_.globals[i].type.content, &own[i]);
      vmctx_->globals[desc_.imported_globals + i] = &own[i];
    }
    return {};
  }

  Result<> make_memories() {
    MemoryDef* own = at<MemoryDef>(layout_.own_memories);
    for (std::size_t i = desc_.imported_memories; i < desc_.memories.size(); ++i) {
      TENON_TRY(Memory * memory, store_.new_memory(desc_.memories[i], &own[i - desc_.imported_memories]));
      vmctx_->memories[i] = memory->def();
      instance_->memories_.push_back(memory);
    }
    i32 index = instance_->module_->default_memory();
    if (index >= 0) instance_->default_memory_ = instance_->memories_[static_cast<u32>(index)];
    return {};
  }

  Result<> make_tables() {
    TableDef* own = at<TableDef>(layout_.own_tables);
    for (std::size_t i = 0; i < desc_.tables.size(); ++i) {
      Ref init = kNullRef;
      if (!desc_.tables[i].init.empty()) {
        TENON_TRY(Slot value, evaluate(vmctx_, desc_.tables[i].init));
        init = value.ref;
      }
      TENON_TRY(Table * table, store_.new_table(desc_.tables[i].type, init, &own[i]));
      vmctx_->tables[desc_.imported_tables + i] = table->def();
      instance_->tables_.push_back(table);
    }
    return {};
  }

  Result<> make_segments() {
    instance_->dropped_datas_.resize(desc_.datas.size());
    instance_->elems_.resize(desc_.elems.size());
    for (std::size_t i = 0; i < desc_.elems.size(); ++i) {
      const ElemDesc& elem = desc_.elems[i];
      Instance::ElemSegment& segment = instance_->elems_[i];
      segment.refs.reserve(elem.exprs.size());
      if (!elem.exprs.empty()) store_.trace_segment(elem.type, &segment.refs);
      for (const ConstExpr& expr : elem.exprs) {
        TENON_TRY(Slot value, evaluate(vmctx_, expr));
        segment.refs.push_back(value.ref);
      }
    }
    return {};
  }

  static u64 offset(const Slot& value, bool is_64) { return is_64 ? value.u64_ : value.u32_; }

  Result<> run_segments() {
    for (u32 i = 0; i < desc_.elems.size(); ++i) {
      const ElemDesc& elem = desc_.elems[i];
      if (elem.mode == SegmentMode::Active) {
        TENON_TRY(Slot value, evaluate(vmctx_, elem.offset));
        u64 to = offset(value, desc_.table_types[elem.table.value()].is_64);
        if (!libcalls::table_init(vmctx_, elem.table.value(), i, to, 0, static_cast<u32>(elem.size())))
          return std::unexpected(store_.take_error());
      }
      if (elem.mode != SegmentMode::Passive) instance_->drop_elem(i);
    }
    for (u32 i = 0; i < desc_.datas.size(); ++i) {
      const DataDesc& data = desc_.datas[i];
      if (data.mode != SegmentMode::Active) continue;
      TENON_TRY(Slot value, evaluate(vmctx_, data.offset));
      u64 to = offset(value, desc_.memories[data.memory.value()].is_64);
      if (!libcalls::memory_init(vmctx_, data.memory.value(), i, to, 0, static_cast<u32>(data.size)))
        return std::unexpected(store_.take_error());
      instance_->drop_data(i);
    }
    return {};
  }

  Store& store_;
  const ModuleDesc& desc_;
  const VmLayout& layout_;
  std::unique_ptr<Instance> owned_;
  Instance* instance_;
  VmCtx* vmctx_ = nullptr;
};

Result<Instance*> instantiate(Store& store, std::shared_ptr<const Module> module, std::span<const Item> imports) {
  return Instantiation(store, std::move(module)).run(imports);
}

}  // namespace tenon::runtime
