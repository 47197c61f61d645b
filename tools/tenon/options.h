// Option groups (-W, -S, ...): their table, their parser, their values. Words and messages are Wasmtime's.
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/base/types.h"
#include "tenon/spec/features.h"

namespace tenon::cli {

enum class OptionGroup : u8 { Optimize, Codegen, Debug, Wasm, Wasi, Record };
enum class OptionType : u8 {
  Bool,
  U32,
  NonZeroU32,
  U64,
  Duration,
  String,
  Strings,
  OptLevel,
  Regalloc,
  Strategy,
  Collector,
  Enabled,
  Inlining,
  NnGraphs,
  KeyValues,
  Prefixed
};

/// A row of options.def: Opt::Wasm_fuel and so on.
enum class Opt : u16 {
#define OPTION(Group, name, ...) Group##_##name,
#include "options.def"
  kCount
};

/// A group as the command line names it.
struct OptionGroupInfo {
  char letter;
  std::string_view word;  ///< of the long option, and in "Available ... options"
};
inline constexpr auto kOptionGroups = std::to_array<OptionGroupInfo>(
    {{'O', "optimize"}, {'C', "codegen"}, {'D', "debug"}, {'W', "wasm"}, {'S', "wasi"}, {'R', "record"}});

/// The values that were given.
class Options {
 public:
  /// Parses "key[=value][,...]". On failure the message, as it follows "error: ".
  std::expected<void, std::string> parse(OptionGroup group, std::string_view text);

  /// One key, with its value where it has one; messages are those of `parse`.
  std::expected<void, std::string> set(OptionGroup group, std::string_view key, std::optional<std::string_view> value);
  /// Takes over what `other` was given; what it was not given stays.
  void override_with(const Options& other);

  bool given(Opt option) const { return !values_[static_cast<u16>(option)].empty(); }
  std::optional<bool> flag(Opt option) const;
  bool flag_or(Opt option, bool fallback) const { return flag(option).value_or(fallback); }
  /// Numbers; for durations nanoseconds.
  std::optional<u64> number(Opt option) const;
  std::vector<std::string> texts(Opt option) const;

  /// The features that the Wasm group leaves, beginning with the defaults.
  Features features() const;
  /// What was asked for and is not supported yet: "`-D coredump` is not supported yet: core dumps are not written".
  std::optional<std::string> unsupported() const;

 private:
  struct Value {
    u64 number = 0;
    std::string text;
  };
  std::array<std::vector<Value>, static_cast<std::size_t>(Opt::kCount)> values_;
};

/// The keys of a group, as they are typed.
std::vector<std::string> option_names(OptionGroup group);

/// "1", "2s", "100ms", ...: nanoseconds, or why not.
std::expected<u64, std::string> parse_duration(std::string_view text);

/// What `-W help` prints, or with `longer` `-W help-long`.
std::string option_help(OptionGroup group, bool longer);

}  // namespace tenon::cli
