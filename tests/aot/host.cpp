// A host without a front end: it gives the engine a description and a tier of its own, and is refused bytes.
#include <cstdio>

#include "tenon/host/host.h"
#include "tenon/spec/errors.h"

namespace {

using namespace tenon;

// A tier whose functions answer their first parameter plus one.
class Successor final : public runtime::Tier {
 public:
  std::string_view name() const override { return "successor"; }
  void set_entries(const ModuleDesc&, std::span<FuncRef> own) override {
    for (FuncRef& func : own)
      func.array_entry = [](const FuncRef*, VmCtx*, Slot* args) {
        args[0].s32 += 1;
        return true;
      };
  }
};

std::shared_ptr<const ModuleDesc> describe(TypeStore& types) {
  auto desc = std::make_shared<ModuleDesc>();
  TypeId type = types.intern(FuncType{{ValType::i32()}, {ValType::i32()}}).value();
  desc->types = {type};
  desc->funcs = {type};
  desc->code = {FuncSummary{}};
  desc->code[0].type = type;
  desc->code[0].param_count = desc->code[0].result_count = desc->code[0].local_count = 1;
  desc->escaping_funcs = {true};
  desc->exports = {{"run", ExternKind::Func, 0}};
  return desc;
}

}  // namespace

int main() {
  auto engine = Engine::create({}, {.front = nullptr, .tier = std::make_shared<Successor>()}).value();
  auto bytes = Module::compile(engine, std::vector<u8>{0, 'a', 's', 'm', 1, 0, 0, 0});
  if (bytes || bytes.error().code() != ErrorCode::Unsupported) return 1;
  auto module = Module::from_desc(engine, describe(engine.types())).value();
  auto store = Store::create(engine).value();
  auto run = Instance::create(store, module, {}).value().get_typed_func<i32(i32)>("run").value();
  auto answer = run(41);
  if (!answer || *answer != 42) return 1;
  std::puts("42");
}
