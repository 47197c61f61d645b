// Validation: the verdict does not depend on the order in which errors are reported, nor on who asks.
// library: validate
#include "oracles/check.h"
#include "tenon/front/front.h"
#include "tenon/validate/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  static TypeStore* types = nullptr;
  static int runs = 0;
  // Types live as long as their store: a new one now and then.
  if (runs++ % 4096 == 0) {
    delete types;
    types = new TypeStore;
  }
  validate::Options options{.features = Features::all()};
  auto first = validate::validate_module(*types, {data, size}, options);
  options.order = validate::ErrorOrder::SectionsFirst;
  auto second = validate::validate_module(*types, {data, size}, options);
  fuzz::check(first.has_value() == second.has_value(), "verdicts differ with the order of errors");
  auto described = front::compile_module(*types, std::vector<u8>(data, data + size), {.features = Features::all()});
  fuzz::check(first.has_value() == described.has_value(), "front and validate differ");
  return 0;
}
