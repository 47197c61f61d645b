// Handles to what a store holds: Func (in func.h), Table, Memory, Global, Tag; and Extern, any of them. A handle is a small
// value, valid as long as its store.
#pragma once

#include <span>
#include <variant>

#include "tenon/host/func.h"
#include "tenon/host/val.h"

namespace tenon {

/// A linear memory.
class Memory {
 public:
  /// A new memory. Fails where the limiter or the system refuses.
  static Result<Memory> create(StoreRef store, const MemoryType& type);
  explicit Memory(runtime::Memory* memory) : memory_(memory) {}

  StoreRef store() const { return StoreRef(&memory_->store()); }
  /// With its present size as minimum.
  MemoryType type() const { return memory_->type(); }
  /// Its bytes. Invalid once the guest runs or the memory grows. Of a shared memory other threads may write at any time.
  std::span<u8> data() const { return {memory_->base(), memory_->byte_size()}; }
  u64 byte_size() const { return memory_->byte_size(); }
  /// In pages.
  u64 size() const { return memory_->pages(); }
  /// Adds pages; the old size. Fails with ResourceLimit where the maximum, the limiter or the system refuses.
  Result<u64> grow(u64 delta) const;
  /// Copies out of or into the memory; fails, having done nothing, where the range is not within it.
  Result<> read(u64 offset, std::span<u8> to) const;
  Result<> write(u64 offset, Bytes from) const;

  bool operator==(const Memory&) const = default;
  runtime::Memory* raw() const { return memory_; }

 private:
  runtime::Memory* memory_;
};

using runtime::WaitResult;

/// A memory that stores of one engine share. A counted handle; thread-safe.
class SharedMemory {
 public:
  static Result<SharedMemory> create(const Engine& engine, const MemoryType& type);
  explicit SharedMemory(std::shared_ptr<runtime::SharedMemory> memory) : memory_(std::move(memory)) {}
  /// The memory as one store sees it.
  Memory in(StoreRef store) const;
  const MemoryType& type() const { return memory_->type(); }
  u64 byte_size() const { return memory_->byte_size(); }
  u8* base() const { return memory_->def()->base; }
  /// In pages.
  u64 size() const { return byte_size() >> type().page_size_log2; }
  /// Adds pages; the old size, or nothing where the maximum or the system refuses. Limiters are not asked: no store owns it.
  std::optional<u64> grow(u64 delta) const { return memory_->grow(delta); }
  /// memory.atomic.notify: wakes at most `count` threads that wait at `address`, of guests and of hosts; how many it woke. Fails
  /// as the instruction traps: unaligned, or out of bounds.
  Result<u32> atomic_notify(u64 address, u32 count) const;
  /// memory.atomic.wait32 and wait64: parks this thread while the value there is `expected`, until it is notified or `timeout`
  /// nanoseconds have passed (nothing: for ever). No store is interrupted by it and none may interrupt it.
  Result<WaitResult> atomic_wait32(u64 address, u32 expected, std::optional<u64> timeout) const;
  Result<WaitResult> atomic_wait64(u64 address, u64 expected, std::optional<u64> timeout) const;
  const std::shared_ptr<runtime::SharedMemory>& raw() const { return memory_; }

 private:
  std::shared_ptr<runtime::SharedMemory> memory_;
};

class Table {
 public:
  static Result<Table> create(StoreRef store, const TableType& type, const Val& init);
  explicit Table(runtime::Table* table) : table_(table) {}

  StoreRef store() const { return StoreRef(&table_->store()); }
  /// With its present size as minimum.
  TableType type() const { return table_->type(); }
  u64 size() const { return table_->size(); }
  /// Nothing when out of bounds.
  std::optional<Val> get(u64 index) const;
  Result<> set(u64 index, const Val& value) const;
  /// Adds elements; the old size.
  Result<u64> grow(u64 delta, const Val& init) const;

  bool operator==(const Table&) const = default;
  runtime::Table* raw() const { return table_; }

 private:
  runtime::Table* table_;
};

class Global {
 public:
  static Result<Global> create(StoreRef store, const GlobalType& type, const Val& value);
  Global(runtime::Store* store, const runtime::GlobalItem& item) : store_(store), item_(item) {}

  StoreRef store() const { return StoreRef(store_); }
  const GlobalType& type() const { return item_.type; }
  Val get() const { return Val::lift(store(), item_.type.content, *item_.slot); }
  /// Fails where it is immutable or the type differs.
  Result<> set(const Val& value) const;

  bool operator==(const Global& other) const { return item_.slot == other.item_.slot; }
  const runtime::GlobalItem& raw() const { return item_; }

 private:
  runtime::Store* store_;
  runtime::GlobalItem item_;
};

class Tag {
 public:
  static Result<Tag> create(StoreRef store, const FuncType& type);
  Tag(runtime::Store* store, TagDef* tag) : store_(store), tag_(tag) {}

  StoreRef store() const { return StoreRef(store_); }
  const FuncType& type() const { return store_->types().func(TypeId(tag_->type)); }

  bool operator==(const Tag&) const = default;
  TagDef* raw() const { return tag_; }

 private:
  runtime::Store* store_;
  TagDef* tag_;
};

/// Anything that is imported or exported; the alternative's position is its ExternKind.
class Extern : public std::variant<Func, Table, Memory, Global, Tag> {
 public:
  using variant::variant;
  Extern(runtime::Store* store, const runtime::Item& item);

  ExternKind kind() const { return static_cast<ExternKind>(index()); }
  std::optional<Func> func() const { return get<Func>(); }
  std::optional<Table> table() const { return get<Table>(); }
  std::optional<Memory> memory() const { return get<Memory>(); }
  std::optional<Global> global() const { return get<Global>(); }
  std::optional<Tag> tag() const { return get<Tag>(); }
  ExternType type() const;
  runtime::Store* store() const;
  runtime::Item raw() const;

 private:
  template <class T>
  std::optional<T> get() const {
    const T* item = std::get_if<T>(this);
    return item ? std::optional<T>(*item) : std::nullopt;
  }
};

}  // namespace tenon
