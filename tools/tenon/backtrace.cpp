#include "backtrace.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tenon/inspect/debug_info.h"
#include "tenon/inspect/demangle.h"

namespace tenon::cli {
namespace {

bool has_debug_sections(const ModuleDesc& module) {
  return std::ranges::any_of(module.customs, [](const auto& section) { return section.name.starts_with(".debug_"); });
}

std::string name_of(const BacktraceFrame& frame) {
  const std::string_view name = frame.func_name();
  if (name.empty()) return fmt::format("<wasm function {}>", frame.func_index);
  return inspect::demangle(name).value_or(std::string(name));
}

/// Places in the source, of several modules.
class Sources {
 public:
  /// Who is active in the frame, innermost first; empty where nothing is known.
  std::vector<inspect::SourceFrame> find(const BacktraceFrame& frame) {
    if (frame.offset == BacktraceFrame::kNotBegun) return {};
    const ModuleDesc& module = frame.module->desc();
    auto [at, made] = modules_.try_emplace(&module);
    if (made && has_debug_sections(module))
      if (auto info = inspect::DebugInfo::read(module.bytes)) at->second.emplace(std::move(*info));
    if (!at->second || !at->second->code_offset() || frame.offset < *at->second->code_offset()) return {};
    return at->second->find(frame.offset - *at->second->code_offset()).value_or(std::vector<inspect::SourceFrame>());
  }

 private:
  std::map<const ModuleDesc*, std::optional<inspect::DebugInfo>> modules_;
};

void append_places(std::string& out, const BacktraceFrame& frame, const std::vector<inspect::SourceFrame>& places) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    const inspect::SourceFrame& place = places[i];
    if (i > 0) out += "\n                - ";
    out += place.function ? *place.function : i == 0 ? name_of(frame) : "<inlined function>";
    if (!place.file) continue;
    out += "\n                    at " + *place.file;
    if (place.line == 0) continue;
    out += fmt::format(":{}", place.line);
    if (place.column) out += fmt::format(":{}", *place.column);
  }
}

}  // namespace

std::string show_backtrace(const Backtrace& frames) {
  const char* wanted = std::getenv("WASMTIME_BACKTRACE_DETAILS");
  const bool details = wanted != nullptr && std::string_view(wanted) == "1";
  Sources sources;
  std::string out = "error while executing at wasm backtrace:";
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const BacktraceFrame& frame = frames[i];
    out += fmt::format("\n  {:>3}: ", i);
    if (frame.offset != BacktraceFrame::kNotBegun) out += fmt::format("{:#8x} - ", frame.offset);
    const auto places = details ? sources.find(frame) : std::vector<inspect::SourceFrame>();
    if (!places.empty()) {
      append_places(out, frame, places);
    } else {
      const std::string_view module = frame.module_name();
      out += fmt::format("{}!{}", module.empty() ? "<unknown>" : module, name_of(frame));
    }
  }
  if (!details && std::ranges::any_of(frames, [](const auto& frame) { return has_debug_sections(frame.module->desc()); }))
    out += "\nnote: using the `WASMTIME_BACKTRACE_DETAILS=1` environment variable may show more debugging information";
  return out;
}

}  // namespace tenon::cli
