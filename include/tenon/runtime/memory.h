// Linear memories and tables of a running store, and memories that threads share.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "tenon/runtime/engine.h"

namespace tenon::runtime {

class Store;

/// Answer of a memory or table that was asked to grow.
enum class Growth : u8 {
  Done,
  Refused,  ///< the guest is told -1
  Trap,     ///< the limiter wants a trap: it is pending in the store
};

/// How memory.atomic.wait ended; the first three are what guests see.
enum class WaitResult : u32 { Woken = 0, NotEqual = 1, TimedOut = 2, Interrupted = 3 };

/// A memory that several stores may use at once. Its bytes never move; its length only grows.
class SharedMemory {
 public:
  /// The type must be shared and have a maximum.
  static Result<std::shared_ptr<SharedMemory>> create(Engine& engine, const MemoryType& type);

  const MemoryType& type() const { return type_; }
  /// What guests see. `length` is read and written atomically.
  MemoryDef* def() { return &def_; }
  u64 byte_size() const;
  /// Adds `delta` pages; the old size in pages, or nothing. Thread-safe.
  std::optional<u64> grow(u64 delta);
  /// memory.atomic.notify and wait, at an address that was checked. Thread-safe.
  u32 notify(u64 address, u32 count);
  /// Parks the thread until it is notified. `timeout` in nanoseconds, negative for ever. Where a store waits, its interruption
  /// and its epoch's deadline are looked after meanwhile (Store::poll): Interrupted means that the reason to end is in the store.
  /// Null: the host waits. T is u32 or u64.
  template <class T>
  WaitResult wait(u64 address, T expected, i64 timeout, Store* store);
  ~SharedMemory();

 private:
  SharedMemory() = default;
  struct Waiters;
  Waiters& waiters_at(u64 address) const;
  MemoryType type_;
  MemoryDef def_{};
  u64 most_bytes_ = 0;
  std::unique_ptr<LinearMemory> storage_;
  std::mutex grow_lock_;
  std::unique_ptr<Waiters[]> waiters_;  // by address, hashed
};

/// One linear memory of a store.
class Memory {
 public:
  /// The caller has asked the limiter. `def` must outlive the memory and stay where it is.
  static Result<std::unique_ptr<Memory>> create(Store& store, const MemoryType& type, MemoryDef* def);
  Memory(Store& store, std::shared_ptr<SharedMemory> shared);

  Store& store() const { return *store_; }
  MemoryDef* def() const { return def_; }
  const MemoryType& declared_type() const { return type_; }
  /// The type with its present size as minimum, as linking and reflection see it.
  MemoryType type() const;
  u8* base() const { return def_->base; }
  /// Bytes.
  u64 byte_size() const;
  u64 pages() const { return byte_size() >> type_.page_size_log2; }
  const std::shared_ptr<SharedMemory>& shared() const { return shared_; }
  /// memory.grow: asks the limiter, then the allocator. `old_pages` is set when Done.
  Growth grow(u64 delta, u64& old_pages);

 private:
  Memory(Store& store, const MemoryType& type) : store_(&store), type_(type) {}
  Store* store_;
  MemoryType type_;
  MemoryDef* def_ = nullptr;
  std::unique_ptr<LinearMemory> storage_;
  std::shared_ptr<SharedMemory> shared_;
};

/// One table of a store.
class Table {
 public:
  /// The caller has asked the limiter.
  static Result<std::unique_ptr<Table>> create(Store& store, const TableType& type, Ref init, TableDef* def);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  Store& store() const { return *store_; }
  TableDef* def() const { return def_; }
  const TableType& declared_type() const { return type_; }
  TableType type() const;
  u64 size() const { return def_->length; }
  Growth grow(u64 delta, Ref init, u64& old_size);

 private:
  Table(Store& store, const TableType& type, TableDef* def) : store_(&store), type_(type), def_(def) {}
  bool ensure(u64 size);
  Store* store_;
  TableType type_;
  TableDef* def_;
  u64 capacity_ = 0;
};

}  // namespace tenon::runtime
