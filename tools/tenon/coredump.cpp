// spec: tool-conventions Coredump.
#include "coredump.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "commands.h"
#include "tenon/encode/instructions.h"
#include "tenon/encode/module.h"
#include "tenon/runtime/instance.h"
#include "tenon/runtime/memory.h"
#include "tenon/spec/errors.h"

namespace tenon::cli {
namespace {

using encode::Sink;

/// Runs of zeros this long are left out of a memory's data.
constexpr u64 kHole = 4096;

/// Gathers what the custom sections refer to, while it writes memories and globals.
class Dump {
 public:
  explicit Dump(StoreRef store) : store_(*store.raw()) {}

  Result<std::vector<u8>> write(std::string_view program, const Backtrace& frames) {
    for (const auto& instance : store_.instances()) add_instance(*instance);
    Sink core;
    core.push_back(0);
    core.name(program);
    module_.custom({encode::Anchor::First, false}, "core", core.view());
    custom("coremodules", module_count_, modules_);
    custom("coreinstances", instance_count_, instances_);
    add_stack(frames);
    return module_.finish();
  }

 private:
  void custom(std::string_view name, u32 count, const Sink& items) {
    Sink section;
    section.uleb(count);
    section.bytes(items.view());
    module_.custom({encode::Anchor::Last, true}, name, section.view());
  }

  u32 module_index(const runtime::Module* module) {
    const auto [at, added] = module_of_.try_emplace(module, module_count_);
    if (added) {
      ++module_count_;
      modules_.push_back(0);
      modules_.name(module->desc().names.module);
    }
    return at->second;
  }

  void add_instance(const runtime::Instance& instance) {
    const ModuleDesc& desc = instance.module()->desc();
    // Frames know their module only: where it has several instances they are taken to be of the newest.
    instance_of_[instance.module().get()] = instance_count_++;
    instances_.push_back(0);
    instances_.uleb(module_index(instance.module().get()));
    instances_.uleb(desc.memories.size());
    for (u32 i = 0; i < desc.memories.size(); ++i) instances_.uleb(memory_index(*instance.memory(i)));
    instances_.uleb(desc.global_types.size());
    for (u32 i = 0; i < desc.global_types.size(); ++i)
      instances_.uleb(global_index(std::get<runtime::GlobalItem>(instance.item(ExternKind::Global, i))));
  }

  u32 memory_index(const runtime::Memory& memory) {
    const auto [at, added] = memory_of_.try_emplace(memory.def(), static_cast<u32>(memory_of_.size()));
    if (!added) return at->second;
    encode::memory_type(module_.memories.item(), memory.type());
    const u8* bytes = memory.base();
    const u64 size = memory.byte_size();
    auto is_hole = [&](u64 page) {
      const u8* begin = bytes + page;
      return std::all_of(begin, begin + std::min(kHole, size - page), [](u8 byte) { return byte == 0; });
    };
    for (u64 page = 0; page < size;) {
      if (is_hole(page)) {
        page += kHole;
        continue;
      }
      const u64 begin = page;
      while (page < size && !is_hole(page)) page += kHole;
      Sink offset;
      if (memory.type().is_64) {
        encode::i64_const(offset, static_cast<i64>(begin));
      } else {
        encode::i32_const(offset, static_cast<i32>(static_cast<u32>(begin)));
      }
      module_.data.active(MemoryIndex(at->second), offset.view(), Bytes(bytes + begin, std::min(page, size) - begin));
    }
    return at->second;
  }

  u32 global_index(const runtime::GlobalItem& global) {
    const auto [at, added] = global_of_.try_emplace(global.slot, static_cast<u32>(global_of_.size()));
    if (!added) return at->second;
    Sink& sink = module_.globals.item();
    GlobalType type = global.type;
    type.is_mutable = false;
    // A reference cannot be said: its place is a null of no type.
    if (type.content.is_ref()) type.content = ValType::externref();
    encode::global_type(sink, type);
    const Slot& slot = *global.slot;
    if (type.content == ValType::i32()) {
      encode::i32_const(sink, slot.s32);
    } else if (type.content == ValType::i64()) {
      encode::i64_const(sink, slot.s64);
    } else if (type.content == ValType::f32()) {
      encode::f32_const(sink, slot.u32_);
    } else if (type.content == ValType::f64()) {
      encode::f64_const(sink, slot.u64_);
    } else if (type.content == ValType::v128()) {
      encode::v128_const(sink, slot.v128);
    } else {
      encode::op(sink, Op::RefNull);
      encode::heap_type(sink, type.content);
    }
    encode::end(sink);
    return at->second;
  }

  void add_stack(const Backtrace& frames) {
    Sink stack;
    stack.push_back(0);
    stack.name("main");
    stack.uleb(frames.size());
    for (const BacktraceFrame& frame : frames) {
      const ModuleDesc& desc = frame.module->desc();
      const u32 own = frame.func_index - desc.imported_funcs;
      const u32 body = own < desc.code.size() ? desc.code[own].body_offset : 0;
      const auto instance = instance_of_.find(frame.module.get());
      stack.push_back(0);
      stack.uleb(instance == instance_of_.end() ? 0 : instance->second);
      stack.uleb(frame.func_index);
      stack.uleb(frame.offset >= body && frame.offset != BacktraceFrame::kNotBegun ? frame.offset - body : 0);
      stack.uleb(0);
      stack.uleb(0);
    }
    module_.custom({encode::Anchor::Last, true}, "corestack", stack.view());
  }

  runtime::Store& store_;
  encode::ModuleBuilder module_;
  u32 module_count_ = 0, instance_count_ = 0;
  Sink modules_, instances_;
  std::map<const runtime::Module*, u32> module_of_, instance_of_;
  std::map<const MemoryDef*, u32> memory_of_;
  std::map<const Slot*, u32> global_of_;
};

}  // namespace

Result<> write_coredump(const std::string& path, std::string_view program, StoreRef store, const Backtrace& frames) {
  TENON_TRY(const std::vector<u8> bytes, Dump(store).write(program, frames));
  if (!write_output(path, bytes)) return fail(ErrorCode::Io, fmt::format("failed to create file at `{}`", path));
  return {};
}

}  // namespace tenon::cli
