// What a linker holds under a name, and what a prepared instance keeps of it. Private.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "tenon/host/instance.h"

namespace tenon {

/// A host function of the engine, a shared memory of the engine, or something of one store.
struct Definition {
  std::variant<std::shared_ptr<detail::HostFunction>, SharedMemory, Extern> what;

  /// The definition as a store sees it; the store keeps it alive.
  Result<runtime::Item> in(StoreRef store) const;
  ExternType type() const;
};

/// In the order of the module's imports.
struct InstancePre::Imports {
  std::vector<Definition> definitions;
};

}  // namespace tenon
