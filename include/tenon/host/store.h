// Store: where instances live and run. Everything made in a store lives until the store does; handles to it (Func, Memory, ...)
// are small values that must not be used after it, except references, which become null. A store is used by one thread at a
// time, and may move between threads.
#pragma once

#include <functional>
#include <memory>

#include "tenon/host/engine.h"
#include "tenon/runtime/store.h"

namespace tenon {

using runtime::HeapStatistics;
using runtime::ResourceLimiter;
using runtime::UpdateDeadline;

/// Limits for a store, as settings. Must outlive the stores that use it.
class StoreLimits : public ResourceLimiter {
 public:
  StoreLimits& memory_size(u64 bytes) { return memory_size_ = bytes, *this; }        ///< of each memory
  StoreLimits& table_elements(u64 count) { return table_elements_ = count, *this; }  ///< of each table
  StoreLimits& instances(u64 count) { return instances_ = count, *this; }
  StoreLimits& memories(u64 count) { return memories_ = count, *this; }
  StoreLimits& tables(u64 count) { return tables_ = count, *this; }
  /// A growth that is refused traps instead of answering -1.
  StoreLimits& trap_on_grow_failure(bool trap) { return trap_ = trap, *this; }

  Result<bool> memory_growing(u64 current, u64 desired, std::optional<u64> maximum) override;
  Result<bool> table_growing(u64 current, u64 desired, std::optional<u64> maximum) override;
  Result<> memory_grow_failed() override;
  Result<> table_grow_failed() override;
  u64 instances() const override { return instances_; }
  u64 memories() const override { return memories_; }
  u64 tables() const override { return tables_; }

 private:
  std::optional<u64> memory_size_, table_elements_;
  u64 instances_ = limits::kStoreInstances, memories_ = limits::kStoreMemories, tables_ = limits::kStoreTables;
  bool trap_ = false;
};

/// Ends a running guest from any thread. Outlives the store harmlessly. Thread-safe.
class InterruptHandle {
 public:
  explicit InterruptHandle(std::shared_ptr<runtime::InterruptTarget> target) : target_(std::move(target)) {}
  /// The store's running or next guest call traps Interrupt at its next function entry or loop turn; once for each call of this.
  void interrupt() const;

 private:
  std::shared_ptr<runtime::InterruptTarget> target_;
};

namespace detail {
/// One address for each type.
template <class T>
inline constexpr char kTypeTag = 0;
}  // namespace detail

/// A store that somebody else owns; what functions of this API take. Copy freely.
class StoreRef {
 public:
  explicit StoreRef(runtime::Store* store) : store_(store) {}

  Engine engine() const { return Engine(store_->shared_engine()); }

  /// Fuel left; 0 unless Config::consume_fuel.
  u64 fuel() const { return store_->fuel(); }
  Result<> set_fuel(u64 fuel) const;
  /// The deadline becomes the present epoch plus `ticks`.
  void set_epoch_deadline(u64 ticks) const { store_->set_epoch_deadline(ticks); }
  /// A passed deadline traps (the default).
  void epoch_deadline_trap() const { store_->set_epoch_callback(nullptr); }
  /// A passed deadline asks `callback`, on the store's thread, between two guest instructions: how long to go on, or the error
  /// that ends the call.
  void epoch_deadline_callback(std::function<Result<UpdateDeadline>(StoreRef)> callback) const;
  /// `limiter` is the caller's and must outlive its use; null: the defaults of limits.def.
  void set_limiter(ResourceLimiter* limiter) const { store_->set_limiter(limiter); }
  /// Collects garbage now. Host values behind externrefs that nobody refers to any more are destroyed.
  void gc() const { store_->heap().collect(); }
  /// Counters of the collector and the heap's present size.
  HeapStatistics heap_statistics() const { return store_->heap().statistics(); }
  InterruptHandle interrupt_handle() const { return InterruptHandle(store_->interrupt_target()); }

  /// The embedder's datum of type T, or null. A store has at most one for each type.
  template <class T>
  T* data() const {
    return static_cast<T*>(store_->find_data(&detail::kTypeTag<T>));
  }
  /// Makes the embedder's datum of type T; replaces an older one.
  template <class T, class... Args>
  T& emplace_data(Args&&... args) const {
    auto value = std::make_shared<T>(std::forward<Args>(args)...);
    T& ref = *value;
    store_->set_data(&detail::kTypeTag<T>, std::move(value));
    return ref;
  }

  runtime::Store* raw() const { return store_; }

 protected:
  runtime::Store* store_;
};

/// A store that this object owns. Move-only. A StoreRef to it stays valid when the Store is moved.
class Store : public StoreRef {
 public:
  static Result<Store> create(const Engine& engine);
  Store(Store&&) noexcept = default;
  Store& operator=(Store&&) noexcept = default;

 private:
  explicit Store(std::unique_ptr<runtime::Store> store) : StoreRef(store.get()), owned_(std::move(store)) {}
  std::unique_ptr<runtime::Store> owned_;
};

}  // namespace tenon
