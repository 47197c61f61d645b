// tenon metadata: shows and changes a module's metadata, with wasm-tools' command line and output.
#include <algorithm>
#include <expected>

#include <fmt/format.h>

#include "tenon/inspect/license.h"
#include "tenon/inspect/metadata.h"
#include "tool.h"

namespace tenon::cli {
namespace {

constexpr ToolOption kShowOptions[] = {{0, "json", "", "JSON instead of tables"}};

constexpr ToolOption kAddOptions[] = {
    {0, "name", "NAME", "the module's name"},
    {0, "language", "NAME=VERSION", "a language that it is written in", true},
    {0, "processed-by", "NAME=VERSION", "a tool that made it", true},
    {0, "sdk", "NAME=VERSION", "an SDK that it was made with", true},
    {0, "authors", "NAME", "who made it"},
    {0, "description", "NAME", "what it is"},
    {0, "licenses", "NAME", "an SPDX expression"},
    {0, "source", "NAME", "the URL of its source"},
    {0, "homepage", "NAME", "the URL of more about it"},
    {0, "revision", "NAME", "the revision of its source"},
    {0, "version", "NAME", "its version"},
    {0, "clear-name", "", "remove the module's name"},
    {0, "clear-authors", "", "remove the authors"},
    {0, "clear-description", "", "remove the description"},
    {0, "clear-licenses", "", "remove the licenses"},
    {0, "clear-source", "", "remove the source"},
    {0, "clear-homepage", "", "remove the homepage"},
    {0, "clear-revision", "", "remove the revision"},
    {0, "clear-version", "", "remove the version"},
    {'t', "wat", "", "write text"},
};

int show(const CommandLine& line) {
  int exit = 0;
  auto arguments = ToolArguments::parse(
      line, {.summary = "Show the metadata of a module.", .positionals = "[INPUT]", .options = kShowOptions}, exit);
  if (!arguments) return exit;
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  auto metadata = inspect::read_metadata(*module);
  if (!metadata) return report(metadata.error());
  return arguments->write(arguments->has("json") ? inspect::metadata_json(*metadata) : inspect::metadata_tables(*metadata));
}

int invalid(std::string_view option, std::string_view placeholder, std::string_view value, std::string_view why) {
  return report_usage(fmt::format("invalid value '{}' for '--{} <{}>': {}", value, option, placeholder, why), "");
}

// Percent-encodes what a URL's path, query or fragment does not hold as it is.
std::string percent_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c <= ' ' || c == 0x7f || (c & 0x80) || c == '"' || c == '<' || c == '>' || c == '`')
      out += fmt::format("%{:02X}", static_cast<u8>(c));
    else
      out += c;
  }
  return out;
}

// A path without `.` and `..`.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  bool folder = true;
  for (std::size_t at = 0; at < path.size();) {
    std::string_view part = path.substr(at + 1, path.find('/', at + 1) - at - 1);
    at += part.size() + 1;
    folder = part.empty() || part == "." || part == "..";
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (part != "." && part != ".." && (!part.empty() || at < path.size())) parts.push_back(part);
  }
  std::string out;
  for (std::string_view part : parts) out += "/" + std::string(part);
  return folder ? out + "/" : out;
}

/// A URL in its normal form; fails with the reason why it is none. Hosts outside of ASCII are refused, not translated.
/// Source: the URL standard of WHATWG, of whose parser this is a part.
std::expected<std::string, std::string> normal_url(std::string_view text) {
  auto lower = [](std::string_view from) {
    std::string out(from);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  };
  std::size_t colon = text.find(':');
  auto in_scheme = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  if (colon == text.npos || colon == 0 ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), in_scheme) ||
      !in_scheme(static_cast<char>(text[0] | 0x20)) || text[0] < 'A')
    return std::unexpected("relative URL without a base");
  std::string scheme = lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 1);
  constexpr std::pair<std::string_view, std::string_view> kSpecial[] = {{"http", "80"}, {"https", "443"}, {"ws", "80"},
                                                                        {"wss", "443"}, {"ftp", "21"},    {"file", ""}};
  auto special = std::find_if(std::begin(kSpecial), std::end(kSpecial), [&](const auto& row) { return row.first == scheme; });
  bool is_special = special != std::end(kSpecial);
  if (!rest.starts_with("//") && (!is_special || scheme == "file")) return scheme + ":" + percent_encode(rest);
  while (rest.starts_with('/') && (is_special && scheme != "file")) rest.remove_prefix(1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  std::size_t at = authority.rfind('@');
  std::string user = at == authority.npos ? "" : percent_encode(authority.substr(0, at + 1));
  std::string_view host = at == authority.npos ? authority : authority.substr(at + 1);
  std::string_view port;
  if (std::size_t mark = host.rfind(':'); mark != host.npos && host.find(']', mark) == host.npos) {
    port = host.substr(mark + 1);
    host = host.substr(0, mark);
  }
  if (port.find_first_not_of("0123456789") != port.npos || port.size() > 5) return std::unexpected("invalid port number");
  if (host.empty() && is_special && scheme != "file") return std::unexpected("empty host");
  if (host.find_first_of(" <>^|%\\\"") != host.npos ||
      std::any_of(host.begin(), host.end(), [](char c) { return (c & 0x80) || c < ' '; }))
    return std::unexpected("invalid international domain name");
  std::string out = scheme + "://" + user + (is_special ? lower(host) : std::string(host));
  if (!port.empty() && (!is_special || port != special->second)) out += ":" + std::string(port);
  std::string_view path = rest.substr(0, rest.find_first_of("?#"));
  rest.remove_prefix(path.size());
  if (!path.empty() || is_special) out += percent_encode(without_dots(path));
  return out + percent_encode(rest);
}

int add(const CommandLine& line) {
  using Action = inspect::MetadataChange::Action;
  int exit = 0;
  auto arguments = ToolArguments::parse(
      line, {.summary = "Change the metadata of a module.", .positionals = "[INPUT]", .dwarf = true, .options = kAddOptions},
      exit);
  if (!arguments) return exit;
  inspect::MetadataChange change;
  int failed = 0;
  auto take = [&](std::string_view option, inspect::MetadataChange::Field& field) {
    std::string clear = fmt::format("clear-{}", option);
    if (arguments->has(clear)) field.action = Action::Clear;
    if (!arguments->has(option)) return;
    std::string_view value = arguments->value(option);
    if (field.action == Action::Clear) {
      failed = report_usage(fmt::format("the argument '--{} <NAME>' cannot be used with '--{}'", option, clear),
                            fmt::format("{} {} --{} <NAME> <INPUT>", line.program, line.word, option));
      return;
    }
    field = {Action::Set, std::string(value)};
    if (option == "licenses")
      if (auto fault = inspect::license_fault(value)) failed = invalid(option, "NAME", value, *fault);
    if (option != "source" && option != "homepage") return;
    auto url = normal_url(value);
    if (!url) failed = invalid(option, "NAME", value, url.error());
    if (url) field.value = *std::move(url);
  };
  take("name", change.name);
  for (std::size_t i = 0; i < inspect::kDescriptions.size(); ++i) take(inspect::kDescriptions[i], change.descriptions[i]);
  if (failed) return failed;
  for (std::string_view field : {"language", "processed-by", "sdk"}) {
    for (std::string_view pair : arguments->values(field)) {
      std::size_t equals = pair.find('=');
      if (equals == pair.npos) return invalid(field, "NAME=VERSION", pair, "expected KEY=VALUE");
      change.producers.push_back(
          {std::string(field), {{std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1))}}});
    }
  }
  auto module = arguments->read_module();
  if (!module) return report(module.error());
  auto changed = inspect::change_metadata(*module, change);
  if (!changed) return report(changed.error());
  return arguments->write_module(*changed, arguments->has("wat"));
}

}  // namespace

int command_metadata(const CommandLine& line) {
  std::string_view word = line.args.empty() ? std::string_view() : std::string_view(line.args[0]);
  if (word == "show" || word == "add") {
    std::string words = fmt::format("metadata {}", word);
    CommandLine inner{line.tool, line.program, words, line.args.subspan(1)};
    return word == "show" ? show(inner) : add(inner);
  }
  if (word == "-h" || word == "--help" || word == "help") {
    fmt::print("Show or change the metadata of a module.\n\nUsage: {} metadata <show|add> ...\n", line.program);
    return kExitOk;
  }
  std::string usage = fmt::format("{} metadata <COMMAND>", line.program);
  if (word.empty()) return report_usage("'metadata' needs a subcommand: show or add", usage);
  return report_usage(fmt::format("unrecognized subcommand '{}'", word), usage);
}

}  // namespace tenon::cli
