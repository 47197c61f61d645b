#include "tenon/runtime/trap.h"

#include <fmt/format.h>

namespace tenon::runtime {

std::string to_string(const Backtrace& backtrace) {
  std::string out = "error while executing at wasm backtrace:";
  for (std::size_t i = 0; i < backtrace.size(); ++i) {
    const BacktraceFrame& frame = backtrace[i];
    std::string_view module = frame.module_name(), func = frame.func_name();
    fmt::format_to(std::back_inserter(out), "\n  {:>3}: ", i);
    if (frame.offset != BacktraceFrame::kNotBegun) fmt::format_to(std::back_inserter(out), "{:#8x} - ", frame.offset);
    fmt::format_to(std::back_inserter(out), "{}!", module.empty() ? "<unknown>" : module);
    if (func.empty())
      fmt::format_to(std::back_inserter(out), "<wasm function {}>", frame.func_index);
    else
      out += func;
  }
  return out;
}

}  // namespace tenon::runtime
