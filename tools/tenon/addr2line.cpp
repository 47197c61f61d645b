// tenon addr2line: where instructions come from, by the module's debugging information, with wasm-tools' command line.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tenon/inspect/debug_info.h"
#include "tenon/spec/errors.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {
    {0, "code-section-relative", "", "addresses count from the start of the code section's contents"},
};

Result<u64> parse_address(std::string_view text) {
  std::string_view digits = text;
  int base = 10;
  if (text.starts_with("0x") || text.starts_with('@')) {
    digits.remove_prefix(text[0] == '@' ? 1 : 2);
    base = 16;
  }
  u64 value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty()) return fail(ErrorCode::Usage, "cannot parse integer from empty string");
  if (error == std::errc::result_out_of_range && end == digits.data() + digits.size())
    return fail(ErrorCode::Usage, "number too large to fit in target type");
  if (error != std::errc() || end != digits.data() + digits.size())
    return fail(ErrorCode::Usage, "invalid digit found in string");
  return value;
}

Result<> translate(inspect::DebugInfo& info, std::string_view text, bool relative, u64 module_size, std::string& out) {
  TENON_TRY(u64 address, parse_address(text));
  if (!relative) {
    if (!info.code_offset() || address < *info.code_offset() || address >= module_size)
      return fail(ErrorCode::Usage, "no module found which contains this address");
    address -= *info.code_offset();
  }
  TENON_TRY(auto frames, info.find(address));
  out += fmt::format("{}:", text);
  if (frames.empty()) out += " no dwarf frames found for this address\n";
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const inspect::SourceFrame& frame = frames[i];
    if (i)
      out += '\t';
    else
      out += ' ';
    if (frame.function) out += *frame.function;
    if (frame.file) {
      out += fmt::format("{}{}", frame.function ? " " : "", *frame.file);
      if (frame.line) out += fmt::format(":{}", frame.line);
      if (frame.column) out += fmt::format(":{}", *frame.column);
    }
    out += '\n';
  }
  return {};
}

}  // namespace

int command_addr2line(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(
      line,
      {.summary =
           "Say which places in the source instructions come from, by the module's DWARF. Functions that were inlined come "
           "first.",
       .positionals = "[INPUT] [ADDRESSES]...",
       .max_positionals = ~std::size_t{0},
       .dwarf = true,
       .options = kOptions,
       .more = "Addresses are offsets in the module: `0x1f` and `@1f` in hexadecimal, others in decimal."},
      exit);
  if (!arguments) return exit;
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  auto info = inspect::DebugInfo::read(*module);
  if (!info) return report(info.error());
  std::string out;
  for (std::size_t i = 1; i < arguments->positionals().size(); ++i) {
    std::string_view address = arguments->positional(i);
    auto done = translate(*info, address, arguments->has("code-section-relative"), module->size(), out);
    if (done) continue;
    if (int code = arguments->write(out)) return code;
    return report(std::move(done).error().with_context(fmt::format("failed to find frames for `{}`", address)));
  }
  return arguments->write(out);
}

}  // namespace tenon::cli
