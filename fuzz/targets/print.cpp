// The printer: any bytes print or are refused; the text of a valid module parses back to a module that prints the same.
// library: print
#include "oracles/check.h"
#include "tenon/inspect/dump.h"
#include "tenon/print/print.h"
#include "tenon/spec/type_store.h"
#include "tenon/text/wat.h"
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
  print::StringSink sink;
  (void)inspect::dump(bytes, false, sink);
  TypeStore types;
  if (!validate::validate_module(types, bytes, {.features = Features::all()})) return 0;
  auto text = print::print_module(bytes);
  fuzz::check(text.has_value(), "a valid module does not print");
  auto back = text::parse_wat(*text);
  fuzz::check(back.has_value(), "printed text does not parse:\n" + *text);
  auto again = print::print_module(*back);
  fuzz::check(again && *again == *text, "printed text changes:\n" + *text);
  return 0;
}
