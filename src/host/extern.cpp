// Handles to memories, tables, globals and tags.
#include "tenon/host/extern.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "tenon/base/racy.h"
#include "tenon/runtime/instance.h"
#include "tenon/spec/errors.h"

namespace tenon {
namespace {

// Whether guests may have a memory or table of these limits; what validation checks for those that modules declare.
Result<> check_limits(const Limits& limits, u64 most, std::string_view what) {
  if (limits.max && *limits.max < limits.min)
    return fail(ErrorCode::LimitsInverted, "size minimum must not be greater than maximum");
  if (limits.min > most)
    return fail(ErrorCode::LimitExceeded, fmt::format("{} size of {} is over the limit of {}", what, limits.min, most));
  return {};
}

bool range_fits(u64 offset, u64 size, u64 limit) {
  return offset <= limit && size <= limit - offset;
}

// A growth that did not happen, or ended in a trap.
Result<u64> grown(runtime::Store& store, runtime::Growth growth, u64 old_size, std::string_view what) {
  switch (growth) {
    case runtime::Growth::Done:
      return old_size;
    case runtime::Growth::Refused:
      return fail(ErrorCode::ResourceLimit, fmt::format("failed to grow {}", what));
    default:
      return std::unexpected(store.take_error());
  }
}

}  // namespace

Result<Memory> Memory::create(StoreRef store, const MemoryType& type) {
  u64 most = type.is_64 ? limits::kMemoryPages64 : u64{1} << (32 - type.page_size_log2);
  TENON_TRY_VOID(check_limits(type.limits, most, "memory"));
  if (type.is_shared) {
    TENON_TRY(SharedMemory shared, SharedMemory::create(store.engine(), type));
    TENON_TRY(runtime::Memory * memory, store.raw()->new_memory(shared.raw()));
    return Memory(memory);
  }
  TENON_TRY(runtime::Memory * memory, store.raw()->new_memory(type));
  return Memory(memory);
}

Result<u64> Memory::grow(u64 delta) const {
  u64 old_pages = 0;
  runtime::Growth growth = memory_->grow(delta, old_pages);
  return grown(memory_->store(), growth, old_pages, "memory");
}

Result<> Memory::read(u64 offset, std::span<u8> to) const {
  if (!range_fits(offset, to.size(), byte_size())) return fail(ErrorCode::OffsetOutOfRange, "out of bounds memory access");
  if (!to.empty()) racy_copy(to.data(), memory_->base() + offset, to.size());
  return {};
}

Result<> Memory::write(u64 offset, Bytes from) const {
  if (!range_fits(offset, from.size(), byte_size())) return fail(ErrorCode::OffsetOutOfRange, "out of bounds memory access");
  if (!from.empty()) racy_copy(memory_->base() + offset, from.data(), from.size());
  return {};
}

Result<SharedMemory> SharedMemory::create(const Engine& engine, const MemoryType& type) {
  if (!type.is_shared || !type.limits.max) return fail(ErrorCode::SharedMemoryNeedsMaximum, "shared memory must have maximum");
  u64 most = type.is_64 ? limits::kMemoryPages64 : u64{1} << (32 - type.page_size_log2);
  TENON_TRY_VOID(check_limits(type.limits, most, "memory"));
  TENON_TRY(auto memory, runtime::SharedMemory::create(*engine.raw(), type));
  return SharedMemory(std::move(memory));
}

namespace {

Result<> check_atomic(const runtime::SharedMemory& memory, u64 address, u64 bytes) {
  if (address % bytes != 0) return std::unexpected(trap_error(TrapCode::HeapMisaligned));
  if (!range_fits(address, bytes, memory.byte_size())) return std::unexpected(trap_error(TrapCode::MemoryOutOfBounds));
  return {};
}

template <class T>
Result<WaitResult> wait(runtime::SharedMemory& memory, u64 address, T expected, std::optional<u64> timeout) {
  TENON_TRY_VOID(check_atomic(memory, address, sizeof(T)));
  constexpr u64 kMost = ~u64{0} >> 1;
  return memory.wait<T>(address, expected, timeout ? static_cast<i64>(std::min(*timeout, kMost)) : -1, nullptr);
}

}  // namespace

Result<u32> SharedMemory::atomic_notify(u64 address, u32 count) const {
  TENON_TRY_VOID(check_atomic(*memory_, address, 4));
  return memory_->notify(address, count);
}

Result<WaitResult> SharedMemory::atomic_wait32(u64 address, u32 expected, std::optional<u64> timeout) const {
  return wait<u32>(*memory_, address, expected, timeout);
}

Result<WaitResult> SharedMemory::atomic_wait64(u64 address, u64 expected, std::optional<u64> timeout) const {
  return wait<u64>(*memory_, address, expected, timeout);
}

Result<Table> Table::create(StoreRef store, const TableType& type, const Val& init) {
  TENON_TRY_VOID(check_limits(type.limits, limits::kTableEntries, "table"));
  TENON_TRY(Slot slot, init.lower(store, type.element));
  TENON_TRY(runtime::Table * table, store.raw()->new_table(type, slot.ref));
  return Table(table);
}

std::optional<Val> Table::get(u64 index) const {
  if (index >= size()) return std::nullopt;
  Slot slot;
  slot.ref = table_->def()->base[index];
  return Val::lift(store(), table_->declared_type().element, slot);
}

Result<> Table::set(u64 index, const Val& value) const {
  if (index >= size()) return fail(ErrorCode::OffsetOutOfRange, "table element index out of bounds");
  TENON_TRY(Slot slot, value.lower(store(), table_->declared_type().element));
  table_->def()->base[index] = slot.ref;
  return {};
}

Result<u64> Table::grow(u64 delta, const Val& init) const {
  TENON_TRY(Slot slot, init.lower(store(), table_->declared_type().element));
  u64 old_size = 0;
  runtime::Growth growth = table_->grow(delta, slot.ref, old_size);
  return grown(table_->store(), growth, old_size, "table");
}

Result<Global> Global::create(StoreRef store, const GlobalType& type, const Val& value) {
  TENON_TRY(Slot slot, value.lower(store, type.content));
  return Global(store.raw(), store.raw()->new_global(type, slot));
}

Result<> Global::set(const Val& value) const {
  if (!item_.type.is_mutable) return fail(ErrorCode::ImmutableGlobal, "immutable global cannot be set");
  TENON_TRY(Slot slot, value.lower(store(), item_.type.content));
  *item_.slot = slot;
  return {};
}

Result<Tag> Tag::create(StoreRef store, const FuncType& type) {
  TENON_TRY(TypeId id, store.raw()->engine().types().intern(type));
  return Tag(store.raw(), store.raw()->new_tag(id));
}

Extern::Extern(runtime::Store* store, const runtime::Item& item) : variant(Func(store, nullptr)) {
  switch (static_cast<ExternKind>(item.index())) {
    case ExternKind::Func:
      emplace<Func>(store, std::get<FuncRef*>(item));
      break;
    case ExternKind::Table:
      emplace<Table>(std::get<runtime::Table*>(item));
      break;
    case ExternKind::Memory:
      emplace<Memory>(std::get<runtime::Memory*>(item));
      break;
    case ExternKind::Global:
      emplace<Global>(store, std::get<runtime::GlobalItem>(item));
      break;
    case ExternKind::Tag:
      emplace<Tag>(store, std::get<TagDef*>(item));
      break;
  }
}

runtime::Item Extern::raw() const {
  return std::visit([](const auto& item) { return runtime::Item(item.raw()); }, static_cast<const variant&>(*this));
}

runtime::Store* Extern::store() const {
  return std::visit([](const auto& item) { return item.store().raw(); }, static_cast<const variant&>(*this));
}

ExternType Extern::type() const {
  return runtime::type_of(raw());
}

}  // namespace tenon
