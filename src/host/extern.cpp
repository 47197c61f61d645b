// Handles to memories, tables, globals and tags.
#include "tenon/host/extern.h"

#include <cstring>

#include "tenon/runtime/instance.h"
#include "tenon/spec/errors.h"

namespace tenon {
namespace {

std::unexpected<Error> grow_error(runtime::Store& store, runtime::Growth growth, std::string_view what) {
  if (growth == runtime::Growth::Trap) return std::unexpected(store.take_error());
  return fail(ErrorCode::ResourceLimit, "failed to grow " + std::string(what));
}

}  // namespace

// --- memories

Result<Memory> Memory::create(StoreRef store, const MemoryType& type) {
  TENON_TRY(runtime::Memory * memory, store.raw()->new_memory(type));
  return Memory(memory);
}

Result<u64> Memory::grow(u64 delta) const {
  u64 old = 0;
  runtime::Growth growth = memory_->grow(delta, old);
  if (growth != runtime::Growth::Done) return grow_error(memory_->store(), growth, "memory");
  return old;
}

Result<> Memory::read(u64 offset, std::span<u8> to) const {
  std::span<u8> bytes = data();
  if (offset > bytes.size() || to.size() > bytes.size() - offset) return fail(ErrorCode::Usage, "out of bounds memory access");
  if (!to.empty()) std::memcpy(to.data(), bytes.data() + offset, to.size());
  return {};
}

Result<> Memory::write(u64 offset, Bytes from) const {
  std::span<u8> bytes = data();
  if (offset > bytes.size() || from.size() > bytes.size() - offset) return fail(ErrorCode::Usage, "out of bounds memory access");
  if (!from.empty()) std::memcpy(bytes.data() + offset, from.data(), from.size());
  return {};
}

Result<SharedMemory> SharedMemory::create(const Engine& engine, const MemoryType& type) {
  TENON_TRY(auto memory, runtime::SharedMemory::create(*engine.raw(), type));
  return SharedMemory(std::move(memory));
}

Memory SharedMemory::in(StoreRef store) const { return Memory(*store.raw()->new_memory(memory_)); }

// --- tables

Result<Table> Table::create(StoreRef store, const TableType& type, const Val& init) {
  TENON_TRY(Slot value, init.lower(store, type.element));
  TENON_TRY(runtime::Table * table, store.raw()->new_table(type, value.ref));
  return Table(table);
}

std::optional<Val> Table::get(u64 index) const {
  const TableDef* def = table_->def();
  if (index >= def->length) return std::nullopt;
  Slot slot;
  slot.ref = def->base[index];
  return Val::lift(store(), table_->declared_type().element, slot);
}

Result<> Table::set(u64 index, const Val& value) const {
  TENON_TRY(Slot slot, value.lower(store(), table_->declared_type().element));
  TableDef* def = table_->def();
  if (index >= def->length) return fail(ErrorCode::Usage, "table element index out of bounds");
  def->base[index] = slot.ref;
  return {};
}

Result<u64> Table::grow(u64 delta, const Val& init) const {
  TENON_TRY(Slot slot, init.lower(store(), table_->declared_type().element));
  u64 old = 0;
  runtime::Growth growth = table_->grow(delta, slot.ref, old);
  if (growth != runtime::Growth::Done) return grow_error(table_->store(), growth, "table");
  return old;
}

// --- globals and tags

Result<Global> Global::create(StoreRef store, const GlobalType& type, const Val& value) {
  TENON_TRY(Slot slot, value.lower(store, type.content));
  return Global(store.raw(), store.raw()->new_global(type, slot));
}

Result<> Global::set(const Val& value) const {
  if (!item_.type.is_mutable) return fail(ErrorCode::Usage, "immutable global cannot be set");
  TENON_TRY(*item_.slot, value.lower(store(), item_.type.content));
  return {};
}

Result<Tag> Tag::create(StoreRef store, const FuncType& type) {
  TENON_TRY(TypeId id, store.raw()->engine().types().intern(type));
  return Tag(store.raw(), store.raw()->new_tag(id));
}

// --- any of them

namespace {

Extern from_item(runtime::Store* store, const runtime::Item& item) {
  switch (static_cast<ExternKind>(item.index())) {
    case ExternKind::Func:
      return Func(store, std::get<FuncRef*>(item));
    case ExternKind::Table:
      return Table(std::get<runtime::Table*>(item));
    case ExternKind::Memory:
      return Memory(std::get<runtime::Memory*>(item));
    case ExternKind::Global:
      return Global(store, std::get<runtime::GlobalItem>(item));
    case ExternKind::Tag:
      break;
  }
  return Tag(store, std::get<TagDef*>(item));
}

}  // namespace

Extern::Extern(runtime::Store* store, const runtime::Item& item) : Extern(from_item(store, item)) {}

ExternType Extern::type() const { return runtime::type_of(raw()); }

runtime::Store* Extern::store() const {
  return std::visit([](const auto& item) { return item.store().raw(); }, static_cast<const variant&>(*this));
}

runtime::Item Extern::raw() const {
  return std::visit([](const auto& item) -> runtime::Item { return item.raw(); }, static_cast<const variant&>(*this));
}

}  // namespace tenon
