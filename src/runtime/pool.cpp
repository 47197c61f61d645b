#include "tenon/runtime/pool.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "tenon/runtime/module.h"
#include "tenon/spec/errors.h"

namespace tenon::runtime {
namespace {

constexpr std::string_view kMemoryMisfit = "module memory does not fit in pooling allocator requirements";
constexpr std::string_view kTableMisfit = "module table does not fit in pooling allocator requirements";
constexpr std::string_view kSizeMisfit = "module instance size does not fit in pooling allocator requirements";

Error misfit(std::string what) {
  return Error(ErrorCode::ResourceLimit, std::move(what));
}

Result<> check_count(std::string_view what, std::size_t count, u32 each, u32 total) {
  if (count > each)
    return fail(misfit(fmt::format("defined {} count of {} exceeds the per-instance limit of {}", what, count, each)));
  if (count > total)
    return fail(misfit(fmt::format("defined {} count of {} exceeds the total {} limit of {}", what, count, what, total)));
  return {};
}

Result<> check_memory(const MemoryType& type, u64 most) {
  u64 bytes = type.limits.min > (~u64{0} >> type.page_size_log2) ? ~u64{0} : type.limits.min << type.page_size_log2;
  if (bytes > most)
    return fail(misfit(fmt::format("memory has a minimum byte size of {} which exceeds the limit of {:#x} bytes", bytes, most)));
  if (type.is_shared) return fail(misfit("memory is shared which is not supported in the pooling allocator"));
  return {};
}

/// What makes an instance large: a line for each part that is more than a twentieth of it.
std::string breakdown(const VmLayout& layout) {
  const std::pair<std::string_view, u64> parts[] = {
      {"static vmctx data", 0},
      {"memories by index", layout.memories},
      {"tables by index", layout.tables},
      {"globals by index", layout.globals},
      {"functions by index", layout.funcs},
      {"tags by index", layout.tags},
      {"defined memories", layout.own_memories},
      {"defined tables", layout.own_tables},
      {"defined globals", layout.own_globals},
      {"module functions", layout.own_funcs},
      {"defined tags", layout.own_tags},
  };
  std::string out;
  for (std::size_t i = 0; i < std::size(parts); ++i) {
    const u64 end = i + 1 < std::size(parts) ? parts[i + 1].second : layout.size;
    const u64 bytes = end - parts[i].second;
    if (bytes > layout.size / 20)
      out += fmt::format(" * {:.2f}% - {} bytes - {}\n", 100.0 * static_cast<double>(bytes) / static_cast<double>(layout.size),
                         bytes, parts[i].first);
  }
  return out;
}

}  // namespace

Result<> Pool::check(const Module& module) const {
  const ModuleDesc& desc = module.desc();
  auto with = [](Result<> result, std::string_view context) -> Result<> {
    if (result) return result;
    return fail(std::move(result).error().with_context(std::string(context)));
  };
  std::size_t memories = desc.memories.size() - desc.imported_memories;
  TENON_TRY_VOID(with(check_count("memories", memories, limits_.memories_per_module, ~u32{0}), kMemoryMisfit));
  for (std::size_t i = desc.imported_memories; i < desc.memories.size(); ++i) {
    std::string place = fmt::format("memory index {} is unsupported in this pooling allocator configuration", i);
    TENON_TRY_VOID(with(with(check_memory(desc.memories[i], limits_.memory_bytes), place), kMemoryMisfit));
  }
  TENON_TRY_VOID(with(check_count("tables", desc.tables.size(), limits_.tables_per_module, limits_.tables), kTableMisfit));
  for (std::size_t i = 0; i < desc.tables.size(); ++i)
    if (u64 size = desc.tables[i].type.limits.min; size > limits_.table_elements)
      return with(fail(misfit(fmt::format("table index {} has a minimum element size of {} which exceeds the limit of {}",
                                          desc.imported_tables + i, size, limits_.table_elements))),
                  kTableMisfit);
  if (u64 bytes = module.layout().size; bytes > limits_.core_instance_bytes)
    return with(fail(misfit(fmt::format("instance allocation for this module requires {} bytes which exceeds the configured "
                                        "maximum of {} bytes; breakdown of allocation requirement:\n\n{}",
                                        bytes, limits_.core_instance_bytes, breakdown(module.layout())))),
                kSizeMisfit);
  return {};
}

Result<> Pool::take(Pooled what) {
  struct Row {
    std::string_view name;
    u32 PoolLimits::* most;
  };
  static constexpr Row kRows[kPooledKinds] = {{"core instances", &PoolLimits::core_instances},
                                              {"memory stripe 0", &PoolLimits::memories},
                                              {"tables", &PoolLimits::tables},
                                              {"fibers", &PoolLimits::stacks},
                                              {"GC heaps", &PoolLimits::gc_heaps}};
  const Row& row = kRows[static_cast<u8>(what)];
  std::atomic<u32>& live = live_[static_cast<u8>(what)];
  u32 most = limits_.*row.most;
  u32 now = live.load(std::memory_order_relaxed);
  do {
    if (now >= most) return fail(misfit(fmt::format("maximum concurrent limit of {} for {} reached", most, row.name)));
  } while (!live.compare_exchange_weak(now, now + 1, std::memory_order_relaxed));
  return {};
}

}  // namespace tenon::runtime
