// The text parser: what it accepts encodes to a module that the pull parser reads; scripts parse or are refused.
// library: text
#include "oracles/payloads.h"
#include "tenon/text/wast.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  std::string_view source = as_text({data, size});
  auto bytes = text::parse_wat(source);
  // The bytes of a `module binary` are the writer's own.
  if (bytes && !source.starts_with(std::string_view("\0asm", 4)) && source.find("binary") == source.npos) {
    fuzz::Trace trace = fuzz::trace_payloads(*bytes, [](std::size_t left) { return left; });
    fuzz::check(!trace.empty() && trace.back().find("ends") != std::string::npos, "encoded module: " + trace.back());
  }
  if (auto script = text::parse_wast(source, {.max_diagnostics = 10}))
    for (const auto& directive : script->directives)
      if (auto* define = std::get_if<text::DefineAndInstantiate>(&directive.what)) (void)define->module.encode();
  return 0;
}
