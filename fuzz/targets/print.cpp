// The printer: any bytes print or are refused; the text of a valid module parses back to a module that prints the
// same, plain and folded, and to the same bytes from then on.
// library: print
#include "tenon/print/print.h"
#include "oracles/round_trip.h"
#include "tenon/spec/type_store.h"
#include "tenon/validate/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  Bytes bytes(data, size);
  for (unsigned bits = 0; bits < 4; ++bits) {
    print::Options options{.offsets = (bits & 1) != 0, .skeleton = bits == 3, .fold_instructions = (bits & 2) != 0};
    options.operand_stack = bits == 1;
    print::StringSink sink;
    (void)print::print_module(bytes, options, sink);
  }
  TypeStore types;
  if (!validate::validate_module(types, bytes, {.features = Features::all()})) return 0;
  fuzz::check_round_trip(bytes);
  return 0;
}
