// Layouts: the heap layouts of an engine's types, made when a module or the host first uses a type.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "tenon/abi/heap.h"
#include "tenon/base/result.h"
#include "tenon/spec/type_store.h"

namespace tenon::runtime {

/// Thread-safe. Looking up takes no lock: the table never moves, and an id reaches a reader only after its layout was made.
class Layouts {
 public:
  explicit Layouts(const TypeStore& types) : types_(&types) {}
  ~Layouts();
  Layouts(const Layouts&) = delete;
  Layouts& operator=(const Layouts&) = delete;

  /// The layout of a struct or array type, or of the exceptions whose tags have that function type; made at the first call.
  /// Null for continuation types. Fails with OutOfMemory.
  Result<const HeapLayout*> make(TypeId id);
  /// Layouts by TypeId; null where none was made. The table itself is null before the first.
  const HeapLayout* const* table() const { return table_; }

 private:
  const TypeStore* types_;
  std::mutex lock_;
  const HeapLayout** table_ = nullptr;
  struct Made {
    HeapLayout layout;
    std::unique_ptr<u32[]> display;
    std::unique_ptr<FieldLayout[]> fields;
    std::unique_ptr<u32[]> refs;
  };
  std::deque<Made> made_;
};

/// Whether a reference is of a type, in constant time. `ref` must be of the same hierarchy as `type` (canonical).
/// spec: core/valid/matching, core/exec/instructions ref.test.
bool ref_matches(const TypeStore& types, Ref ref, ValType type);

}  // namespace tenon::runtime
