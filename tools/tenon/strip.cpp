// tenon strip: a module without its custom sections, with wasm-tools' command line.
#include <memory>

#include <regex.h>

#include <fmt/format.h>

#include "tenon/inspect/custom.h"
#include "tenon/spec/errors.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kOptions[] = {
    {'a', "all", "", "remove all custom sections"},
    {'d', "delete", "REGEX", "remove those whose name matches; may be given several times", true},
    {'t', "wat", "", "write text"},
};

// An extended regular expression. The system's matcher needs no native stack for long names.
class Pattern {
 public:
  static Result<Pattern> create(std::string_view text) {
    Pattern out;
    std::string copy(text);
    if (int code = ::regcomp(out.compiled_.get(), copy.c_str(), REG_EXTENDED | REG_NOSUB); code != 0) {
      char reason[200];
      ::regerror(code, out.compiled_.get(), reason, sizeof reason);
      delete out.compiled_.release();
      return fail(ErrorCode::Usage, fmt::format("regex parse error:\n    {}\nerror: {}", text, reason));
    }
    return out;
  }
  bool matches(std::string_view name) const {
    std::string copy(name);
    return ::regexec(compiled_.get(), copy.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  struct Free {
    void operator()(regex_t* regex) const {
      ::regfree(regex);
      delete regex;
    }
  };
  Pattern() : compiled_(new regex_t) {}
  std::unique_ptr<regex_t, Free> compiled_;
};

}  // namespace

int command_strip(const CommandLine& line) {
  int exit = 0;
  auto arguments =
      ToolArguments::parse(line,
                           {.summary = "Remove custom sections; where nothing else is said, all but `name`, `dylink.0` and "
                                       "`component-type:...`.",
                            .positionals = "[INPUT]",
                            .options = kOptions},
                           exit);
  if (!arguments) return exit;
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  std::vector<Pattern> patterns;
  for (std::string_view text : arguments->values("delete")) {
    auto pattern = Pattern::create(text);
    if (!pattern) return report(pattern.error());
    patterns.push_back(*std::move(pattern));
  }
  bool all = arguments->has("all");
  auto drop = [&](std::string_view name) {
    if (all) return true;
    if (patterns.empty()) return name != "name" && !name.starts_with("component-type:") && name != "dylink.0";
    for (const Pattern& pattern : patterns)
      if (pattern.matches(name)) return true;
    return false;
  };
  auto stripped = inspect::strip(*module, drop);
  if (!stripped) return report(stripped.error());
  return arguments->write_module(*stripped, arguments->has("wat"));
}

}  // namespace tenon::cli
