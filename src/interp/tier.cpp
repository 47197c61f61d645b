// The interpreter's face towards the runtime.
#include "interp/calls.h"
#include "tenon/interp/interp.h"
#include "tenon/runtime/store.h"

namespace tenon::interp {
namespace {

class InterpreterTier final : public runtime::Tier {
 public:
  std::string_view name() const override { return "interp"; }
  void set_entries(const ModuleDesc&, std::span<FuncRef> own) override {
    for (FuncRef& func : own) func.array_entry = &array_entry;
  }
};

}  // namespace

std::shared_ptr<runtime::Tier> tier() {
  static const auto only = std::make_shared<InterpreterTier>();
  return only;
}

}  // namespace tenon::interp
