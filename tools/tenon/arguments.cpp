#include "arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace tenon::cli {
namespace {

constexpr std::string_view kTryHelp = "\nFor more information, try '--help'.\n";

std::string shown(const ArgumentSpec& option) {
  return option.value.empty() ? fmt::format("--{}", option.name) : fmt::format("--{} <{}>", option.name, option.value);
}

/// Jaro's similarity of two words, 0 to 1. Source: M. A. Jaro, "Advances in record-linkage methodology" (1989).
double similarity(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a == b ? 1 : 0;
  const std::size_t reach = std::max(a.size(), b.size()) / 2 - (std::max(a.size(), b.size()) > 1 ? 1 : 0);
  std::vector<bool> used(b.size());
  std::string matched_a, matched_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t begin = i > reach ? i - reach : 0, end = std::min(i + reach + 1, b.size());
    for (std::size_t j = begin; j < end; ++j) {
      if (used[j] || a[i] != b[j]) continue;
      used[j] = true;
      matched_a += a[i];
      break;
    }
  }
  if (matched_a.empty()) return 0;
  for (std::size_t j = 0; j < b.size(); ++j)
    if (used[j]) matched_b += b[j];
  double swapped = 0;
  for (std::size_t i = 0; i < matched_a.size(); ++i) swapped += matched_a[i] != matched_b[i];
  const auto matches = static_cast<double>(matched_a.size());
  return (matches / static_cast<double>(a.size()) + matches / static_cast<double>(b.size()) + (matches - swapped / 2) / matches) /
         3;
}

class Parse {
 public:
  Parse(const ArgumentGrammar& grammar, std::span<const std::string> args, const TakeOption& take)
      : grammar_(grammar), args_(args), take_(take), seen_(grammar.options.size()) {}

  std::expected<std::vector<std::string>, std::string> run() {
    while (at_ < args_.size()) {
      const std::string& arg = args_[at_];
      if (arg == "--") {
        ++at_;
        break;
      }
      if (arg.size() < 2 || arg[0] != '-') break;
      ++at_;
      const auto taken = arg.starts_with("--") ? long_option(arg) : short_option(arg);
      if (!taken) return std::unexpected(taken.error());
      if (*taken == Taken::Stop) return {};
    }
    if (at_ == args_.size()) {
      return std::unexpected(fmt::format("error: the following required arguments were not provided:\n  {}\n\nUsage: {}{} {}\n{}",
                                         grammar_.positional, grammar_.command, given_, grammar_.positional, kTryHelp));
    }
    return std::vector<std::string>(args_.begin() + static_cast<std::ptrdiff_t>(at_), args_.end());
  }

 private:
  using Step = std::expected<Taken, std::string>;

  std::string usage(std::string_view options = " [OPTIONS]") const {
    return fmt::format("\nUsage: {}{} {}\n{}", grammar_.command, options, grammar_.positional, kTryHelp);
  }

  std::unexpected<std::string> unknown(std::string_view arg) const {
    std::string tips;
    std::string options = " [OPTIONS]";
    if (arg.starts_with("--")) {
      const ArgumentSpec* best = nullptr;
      double most = 0.7;
      for (const ArgumentSpec& option : grammar_.options) {
        const double likeness = similarity(arg.substr(2), option.name);
        if (likeness > 0.7 && likeness >= most) {
          best = &option;
          most = likeness;
        }
      }
      if (best != nullptr) {
        tips = fmt::format("  tip: a similar argument exists: '--{}'\n", best->name);
        options = " " + shown(*best);
      }
    }
    return std::unexpected(
        fmt::format("error: unexpected argument '{0}' found\n\n{1}  tip: to pass '{0}' as a value, use '-- {0}'\n{2}", arg, tips,
                    usage(options)));
  }

  Step take(std::size_t index, std::string_view value) {
    const ArgumentSpec& option = grammar_.options[index];
    if (seen_[index] && !option.repeats)
      return std::unexpected(fmt::format("error: the argument '{}' cannot be used multiple times\n{}", shown(option), usage()));
    if (!seen_[index]) given_ += " " + shown(option);
    seen_[index] = true;
    auto taken = take_(index, value);
    if (!taken) return std::unexpected(fmt::format("error: {}\n", taken.error()));
    return *taken;
  }

  /// The option's value from the next argument.
  Step take_next(std::size_t index) {
    if (at_ < args_.size()) {
      const std::string& next = args_[at_];
      const bool value = next.size() < 2 || next[0] != '-';
      if (value) {
        ++at_;
        return take(index, next);
      }
      if (next != "--" && !known(next))
        return unknown(next.starts_with("--") ? next.substr(0, next.find('=')) : next.substr(0, 2));
    }
    return std::unexpected(
        fmt::format("error: a value is required for '{}' but none was supplied\n{}", shown(grammar_.options[index]), kTryHelp));
  }

  bool known(std::string_view arg) const {
    for (const ArgumentSpec& option : grammar_.options)
      if (arg.starts_with("--") ? arg.substr(2, arg.find('=') - 2) == option.name : option.letter != 0 && arg[1] == option.letter)
        return true;
    return false;
  }

  Step long_option(std::string_view arg) {
    const std::size_t equals = arg.find('=');
    const std::string_view name = arg.substr(2, equals == std::string_view::npos ? equals : equals - 2);
    for (std::size_t i = 0; i < grammar_.options.size(); ++i) {
      const ArgumentSpec& option = grammar_.options[i];
      if (option.name != name) continue;
      if (equals != std::string_view::npos) {
        if (!option.value.empty()) return take(i, arg.substr(equals + 1));
        return std::unexpected(fmt::format("error: unexpected value '{}' for '--{}' found; no more were expected\n{}",
                                           arg.substr(equals + 1), option.name, usage(" --" + std::string(option.name))));
      }
      return option.value.empty() ? take(i, {}) : take_next(i);
    }
    return unknown(arg.substr(0, equals));
  }

  Step short_option(std::string_view arg) {
    for (std::size_t c = 1; c < arg.size(); ++c) {
      std::size_t i = 0;
      while (i < grammar_.options.size() && grammar_.options[i].letter != arg[c]) ++i;
      if (i == grammar_.options.size()) return unknown(std::string("-") + arg[c]);
      if (!grammar_.options[i].value.empty()) {
        if (c + 1 == arg.size()) return take_next(i);
        std::string_view value = arg.substr(c + 1);
        if (value.starts_with('=')) value.remove_prefix(1);
        return take(i, value);
      }
      auto taken = take(i, {});
      if (!taken || *taken == Taken::Stop) return taken;
    }
    return Taken::Go;
  }

  const ArgumentGrammar& grammar_;
  std::span<const std::string> args_;
  const TakeOption& take_;
  std::vector<bool> seen_;
  std::string given_;  ///< the options so far, as usage shows them
  std::size_t at_ = 0;
};

}  // namespace

std::expected<std::vector<std::string>, std::string> parse_arguments(const ArgumentGrammar& grammar,
                                                                     std::span<const std::string> args, const TakeOption& take) {
  return Parse(grammar, args, take).run();
}

std::unexpected<std::string> invalid_value(const ArgumentSpec& option, std::string_view value, std::string_view why) {
  return std::unexpected(
      fmt::format("invalid value '{}' for '{}': {}\n{}", value, shown(option), why, kTryHelp.substr(0, kTryHelp.size() - 1)));
}

}  // namespace tenon::cli
