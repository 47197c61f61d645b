#include "tenon/text/wat.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "tenon/base/utf8.h"
#include "tenon/spec/errors.h"
#include "text/module_parser.h"
#include "text/parse.h"

namespace tenon::text {

Diagnostics to_diagnostics(std::string_view source, const ParseOptions& options, std::vector<Problem>& problems) {
  Diagnostics out{std::string(options.file)};
  auto by_phase = [](const Problem& a, const Problem& b) { return std::tie(a.phase, a.offset) < std::tie(b.phase, b.offset); };
  auto by_place = [](const Problem& a, const Problem& b) { return std::tie(a.offset, a.phase) < std::tie(b.offset, b.phase); };
  if (options.max_diagnostics <= 1) {
    auto first = std::min_element(problems.begin(), problems.end(), by_phase);
    out.add(source, first->code, first->offset, std::move(first->message));
    return out;
  }
  std::sort(problems.begin(), problems.end(), by_place);
  for (Problem& problem : problems) {
    if (out.all().size() >= options.max_diagnostics) break;
    out.add(source, problem.code, problem.offset, std::move(problem.message));
  }
  return out;
}

namespace {

std::expected<std::vector<u8>, Diagnostics> finish(std::string_view source, const ParseOptions& options, ModuleParser& parser) {
  if (!options.check_blocks)
    std::erase_if(parser.problems(), [](const Problem& problem) { return problem.phase == Phase::Structure; });
  if (!parser.problems().empty()) return std::unexpected(to_diagnostics(source, options, parser.problems()));
  auto bytes = parser.finish();
  if (bytes) return *std::move(bytes);
  Diagnostics out{std::string(options.file)};
  out.add(bytes.error().code(), bytes.error().message());
  return std::unexpected(std::move(out));
}

}  // namespace

std::expected<std::vector<u8>, Diagnostics> parse_module_at(std::string_view source, u64 at, const ParseOptions& options) {
  ModuleParser parser(source, options.allow_confusing_unicode);
  parser.parse_module_at(at);
  return finish(source, options, parser);
}

std::expected<std::vector<u8>, Diagnostics> parse_wat(std::string_view source, const ParseOptions& options) {
  if (source.starts_with(std::string_view("\0asm", 4))) {
    Bytes bytes = as_bytes(source);
    return std::vector<u8>(bytes.begin(), bytes.end());
  }
  if (!is_utf8(as_bytes(source))) {
    Diagnostics out{std::string(options.file)};
    std::string message = "input bytes aren't valid utf-8";
    if (options.file != ParseOptions().file) message = fmt::format("failed to parse `{}`: {}", options.file, message);
    out.add(ErrorCode::MalformedUtf8, std::move(message));
    return std::unexpected(std::move(out));
  }
  ModuleParser parser(source, options.allow_confusing_unicode);
  if (options.dwarf != Dwarf::None) parser.generate_dwarf(options);
  parser.parse_source();
  return finish(source, options, parser);
}

}  // namespace tenon::text
