// runtime::Instance: a module with its imports met. One allocation holds what guest code sees (vmctx.h); this object beside it
// holds what only the runtime needs.
//
// spec: core/exec/modules.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tenon/runtime/module.h"
#include "tenon/runtime/store.h"

namespace tenon::runtime {

class Instance {
 public:
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  Store& store() const { return *vmctx_->store->owner; }
  VmCtx* vmctx() const { return vmctx_; }
  const std::shared_ptr<const Module>& module() const { return module_; }

  /// An entry of an index space.
  Item item(ExternKind kind, u32 index) const;
  /// The export of that name.
  std::optional<Item> find_export(std::string_view name) const;
  Memory* memory(u32 index) const { return memories_[index]; }
  Table* table(u32 index) const { return tables_[index]; }
  /// The exported memory "memory", or null.
  Memory* default_memory() const { return default_memory_; }

  /// The segments that are left; a dropped one is empty.
  struct ElemSegment {
    bool dropped = false;
    std::vector<Ref> refs;  ///< evaluated expressions; empty where the segment names functions
  };
  void drop_elem(u32 index) { elems_[index] = {true, {}}; }
  u64 elem_size(u32 index) const;
  Ref elem_ref(u32 index, u64 at) const;
  bool data_dropped(u32 index) const { return dropped_datas_[index]; }
  void drop_data(u32 index) { dropped_datas_[index] = true; }

 private:
  friend class Instantiation;
  Instance() = default;
  VmCtx* vmctx_ = nullptr;
  std::shared_ptr<const Module> module_;
  std::vector<Memory*> memories_;             // whole index space
  std::vector<Table*> tables_;                // whole index space
  std::vector<GlobalType> imported_globals_;  // as they are, which may be below the types that were asked
  std::vector<ElemSegment> elems_;
  std::vector<bool> dropped_datas_;
  std::vector<const HeapLayout*> layouts_;  // by the module's type indices; empty where it has function types only
  Memory* default_memory_ = nullptr;
};

/// Whether `actual` may be imported where `expected` is asked.
/// spec: core/valid/matching "External Types".
bool matches(const TypeStore& types, const ExternType& actual, const ExternType& expected);
/// The type of an item, with present sizes as minima.
ExternType type_of(const Item& item);
/// What to say when it may not.
Error incompatible_import(const TypeStore& types, const ImportDesc& import, const ExternType& actual);
/// Checks items against a module's imports, in order.
Result<> check_imports(const TypeStore& types, const Module& module, std::span<const Item> imports);

/// Makes an instance: `imports` in the module's order, one each. Runs active segments and the start function. When it fails in
/// these last steps what they have written stays written, and functions of the instance that leaked may go on being called.
Result<Instance*> instantiate(Store& store, std::shared_ptr<const Module> module, std::span<const Item> imports);

/// Evaluates a constant expression of a module whose imports and previous globals are set.
Result<Slot> evaluate(VmCtx* vmctx, const ConstExpr& expr);

}  // namespace tenon::runtime
