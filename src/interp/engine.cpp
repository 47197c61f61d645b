// Plugs the front end and the interpreter into an engine.
#include "tenon/interp/engine.h"

#include "tenon/front/front.h"
#include "tenon/interp/interp.h"

namespace tenon::interp {
namespace {

class Front final : public runtime::FrontEnd {
 public:
  explicit Front(Executor* executor) : executor_(executor) {}
  Result<std::shared_ptr<const ModuleDesc>> compile(TypeStore& types, std::vector<u8> bytes, const Features& features) override {
    return front::compile_module(types, std::move(bytes), {features, executor_});
  }

 private:
  Executor* executor_;
};

}  // namespace

runtime::EngineParts engine_parts(Executor* executor) {
  return {std::make_shared<Front>(executor), tier()};
}

}  // namespace tenon::interp
