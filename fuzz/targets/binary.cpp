// The pull parser of modules: in one piece, byte by byte, and in pieces that the input chooses; then everything inside, with all
// features and with few.
// library: binary
#include "oracles/contents.h"
#include "oracles/payloads.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon::fuzz;
  tenon::Bytes bytes(data, size);
  Trace whole = trace_payloads(bytes, [](std::size_t left) { return left; });
  check(whole == trace_payloads(bytes, [](std::size_t) { return std::size_t{1}; }), "byte by byte differs");
  std::size_t at = size;
  check(whole == trace_payloads(bytes, [&](std::size_t) { return std::size_t{at == 0 ? 1u : 1u + data[--at]}; }),
        "pieces differ");
  read_contents(bytes, tenon::Features::all());
  read_contents(bytes, tenon::Features::none());
  return 0;
}
