#include "tenon/inspect/metadata.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tenon/base/leb128.h"
#include "tenon/binary/errors.h"
#include "tenon/inspect/custom.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::inspect {
namespace {

void append_name(std::vector<u8>& out, std::string_view text) {
  append_uleb(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

// The section's data, and where they are in the module.
Reader contents_of(const RawSection& section) {
  Reader reader(section.contents, section.range.begin);
  reader.read_name(limits::kStringSize);
  return reader;
}

Result<Producers> read_producers(Reader reader) {
  Producers out;
  u32 fields = reader.read_uleb32();
  for (u32 i = 0; i < fields && reader.ok(); ++i) {
    u64 at = reader.offset();
    std::string_view field = reader.read_name(~u64{0});
    if (reader.ok() && field != "language" && field != "sdk" && field != "processed-by")
      reader.fail(ErrorCode::UnexpectedContent, at, fmt::format("invalid producers field name: `{}`", field));
    u32 values = reader.read_uleb32();
    std::vector<std::pair<std::string, std::string>> list;
    for (u32 k = 0; k < values && reader.ok(); ++k) {
      std::string name(reader.read_name(~u64{0}));
      std::string version(reader.read_name(~u64{0}));
      if (reader.ok()) list.emplace_back(std::move(name), std::move(version));
    }
    if (reader.ok()) out.emplace_back(field, std::move(list));
  }
  TENON_TRY_VOID(binary::check(reader));
  return out;
}

void merge(Producers& into, const Producers& from) {
  for (const auto& [field, values] : from) {
    auto at = std::find_if(into.begin(), into.end(), [&](const auto& row) { return row.first == field; });
    if (at == into.end()) at = into.insert(into.end(), {field, {}});
    for (const auto& value : values) {
      auto same =
          std::find_if(at->second.begin(), at->second.end(), [&](const auto& other) { return other.first == value.first; });
      if (same == at->second.end())
        at->second.push_back(value);
      else
        same->second = value.second;
    }
  }
}

void append_producers(std::vector<u8>& out, const Producers& producers) {
  std::vector<u8> body;
  append_name(body, "producers");
  append_uleb(body, producers.size());
  for (const auto& [field, values] : producers) {
    append_name(body, field);
    append_uleb(body, values.size());
    for (const auto& [name, version] : values) {
      append_name(body, name);
      append_name(body, version);
    }
  }
  append_section(out, 0, body);
}

void append_text(std::vector<u8>& out, std::string_view section, std::string_view text) {
  std::vector<u8> body;
  append_name(body, section);
  body.insert(body.end(), text.begin(), text.end());
  append_section(out, 0, body);
}

// A name section with the module's name first, and of `others` what does not name the module.
Result<> append_names(std::vector<u8>& out, const MetadataChange::Field& name, Reader others) {
  using Action = MetadataChange::Action;
  std::vector<u8> body, module_name;
  append_name(body, "name");
  std::vector<u8> rest;
  while (others.ok() && !others.at_end() && name.action != Action::Clear) {
    u8 id = others.read_u8();
    Bytes part = others.read_sized();
    if (!others.ok()) break;
    if (id == 0 && name.action == Action::Set) continue;
    append_section(id == 0 ? module_name : rest, id, part);
  }
  TENON_TRY_VOID(binary::check(others));
  if (name.action == Action::Set) {
    std::vector<u8> part;
    append_name(part, name.value);
    append_section(module_name, 0, part);
  }
  body.insert(body.end(), module_name.begin(), module_name.end());
  body.insert(body.end(), rest.begin(), rest.end());
  append_section(out, 0, body);
  return {};
}

}  // namespace

Result<Metadata> read_metadata(Bytes module) {
  Metadata out;
  out.size = module.size();
  TENON_TRY_VOID(for_each_section(module, [&](const RawSection& section) -> Result<> {
    if (section.id != 0) return {};
    Reader reader = contents_of(section);
    if (section.name == "producers") {
      TENON_TRY(out.producers, read_producers(std::move(reader)));
    } else if (section.name == "name") {
      while (reader.ok() && !reader.at_end()) {
        u8 id = reader.read_u8();
        u32 size = reader.read_uleb32();
        u64 at = reader.offset();
        Reader part(reader.read_bytes(size), at);
        if (id == 0 && reader.ok()) {
          std::string_view name = part.read_name(limits::kStringSize);
          TENON_TRY_VOID(binary::check(part));
          out.name = name;
        }
      }
      TENON_TRY_VOID(binary::check(reader));
    } else {
      for (std::size_t i = 0; i < kDescriptions.size(); ++i)
        if (section.name == kDescriptions[i]) out.descriptions[i] = as_text(reader.rest());
    }
    return {};
  }));
  return out;
}

Result<std::vector<u8>> change_metadata(Bytes module, const MetadataChange& change) {
  using Action = MetadataChange::Action;
  std::vector<u8> out(module.begin(), module.begin() + std::min<std::ptrdiff_t>(8, static_cast<std::ptrdiff_t>(module.size())));
  bool has_names = false, has_producers = false;
  TENON_TRY_VOID(for_each_section(module, [&](const RawSection& section) -> Result<> {
    if (section.id == 0 && section.name == "producers") {
      has_producers = true;
      TENON_TRY(Producers producers, read_producers(contents_of(section)));
      merge(producers, change.producers);
      append_producers(out, producers);
      return {};
    }
    if (section.id == 0 && section.name == "name") {
      has_names = true;
      return append_names(out, change.name, contents_of(section));
    }
    if (section.id == 0)
      for (std::size_t i = 0; i < kDescriptions.size(); ++i)
        if (section.name == kDescriptions[i] && change.descriptions[i].action == Action::Clear) return {};
    append_section(out, section.id, section.contents);
    return {};
  }));
  if (!has_names && change.name.action == Action::Set) TENON_TRY_VOID(append_names(out, change.name, Reader()));
  if (!has_producers && !change.producers.empty()) {
    Producers producers;
    merge(producers, change.producers);
    append_producers(out, producers);
  }
  for (std::size_t i = 0; i < kDescriptions.size(); ++i)
    if (change.descriptions[i].action == Action::Set) append_text(out, kDescriptions[i], change.descriptions[i].value);
  return out;
}

// ---- Showing ----

namespace {

// Columns that a text takes, one for each character.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// The byte where column `column` begins.
std::size_t byte_of_column(std::string_view text, std::size_t column) {
  std::size_t at = 0;
  while (at < text.size() && (column || (text[at] & 0xc0) == 0x80)) {
    if ((text[at] & 0xc0) != 0x80) --column;
    ++at;
    while (at < text.size() && (text[at] & 0xc0) == 0x80) ++at;
  }
  return at;
}

// Breaks text into lines of at most `width` columns, at spaces where words fit on a line. A line with fewer than three columns
// left is full.
std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  constexpr std::size_t kFull = 2;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    std::string_view paragraph = text.substr(at, text.find('\n', at) - at);
    at += paragraph.size() + 1;
    if (columns(paragraph) <= width) {
      lines.emplace_back(paragraph);
      continue;
    }
    std::string line;
    auto end_line = [&] { lines.push_back(std::exchange(line, {})); };
    while (!paragraph.empty()) {
      std::size_t space = std::min(paragraph.find(' '), paragraph.size());
      std::string_view word = paragraph.substr(0, space);
      std::size_t used = line.empty() ? 0 : columns(line) + 1;
      std::size_t room = width - std::min(width, used);
      if (columns(word) > room) {
        if (!line.empty() && (room <= kFull || columns(word) <= width)) {
          end_line();
          continue;
        }
        std::size_t cut = byte_of_column(word, room);
        line += (line.empty() ? "" : " ") + std::string(word.substr(0, cut));
        end_line();
        paragraph.remove_prefix(cut);
        continue;
      }
      line += (line.empty() ? "" : " ") + std::string(word);
      paragraph.remove_prefix(std::min(space + 1, paragraph.size()));
      if (columns(line) + kFull >= width) end_line();
    }
    if (!line.empty()) end_line();
  }
  return lines;
}

// A table with a frame; `right` marks columns that are aligned to the right. The last column is wrapped where the table would be
// wider than a terminal.
std::string frame(const std::vector<std::vector<std::string>>& rows, u32 right) {
  constexpr std::size_t kWidth = 80;
  std::size_t count = rows[0].size();
  std::vector<std::size_t> widths(count);
  for (const auto& row : rows)
    for (std::size_t i = 0; i + 1 < count; ++i) widths[i] = std::max(widths[i], columns(row[i]));
  std::size_t used = 1 + 3 * count;
  for (std::size_t width : widths) used += width;
  std::size_t room = used + 10 < kWidth ? kWidth - used : 10;
  std::vector<std::vector<std::string>> last;
  bool broken = false;
  for (const auto& row : rows) {
    last.push_back(wrap(row.back(), room));
    broken |= columns(row.back()) > room;
    for (const std::string& line : last.back()) widths.back() = std::max(widths.back(), columns(line));
  }
  if (broken && room - widths.back() < 3) widths.back() = room;  // too little to be worth a narrower table
  std::string out;
  auto rule = [&](const char* left, const char* line, const char* middle, const char* end) {
    out += left;
    for (std::size_t i = 0; i < count; ++i) {
      if (i) out += middle;
      for (std::size_t k = 0; k < widths[i] + 2; ++k) out += line;
    }
    out += end;
    out += '\n';
  };
  rule("╭", "─", "┬", "╮");
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == 1) rule("╞", "═", "╪", "╡");
    if (r > 1) rule("├", "╌", "┼", "┤");
    for (std::size_t line = 0; line < last[r].size(); ++line) {
      for (std::size_t i = 0; i < count; ++i) {
        std::string_view text = i + 1 == count ? std::string_view(last[r][line]) : line == 0 ? std::string_view(rows[r][i]) : "";
        std::string space(widths[i] - columns(text), ' ');
        out += i == 0 ? "│ " : "┆ ";
        out += right >> i & 1 ? fmt::format("{}{} ", space, text) : fmt::format("{}{} ", text, space);
      }
      out += "│\n";
    }
  }
  rule("╰", "─", "┴", "╯");
  return out;
}

std::string short_size(u64 bytes) {
  if (bytes < 1000) return fmt::format("{}B", bytes);
  double value = static_cast<double>(bytes);
  constexpr std::string_view kUnits = "kMGT";
  std::size_t unit = 0;
  for (value /= 1000; value >= 1000 && unit + 1 < kUnits.size(); value /= 1000) ++unit;
  return fmt::format("{:.1f}{}", value, kUnits[unit]);
}

}  // namespace

std::string metadata_tables(const Metadata& metadata) {
  std::string languages = "-";
  if (metadata.producers)
    for (const auto& [field, values] : *metadata.producers) {
      if (field != "language") continue;
      languages.clear();
      for (const auto& value : values) languages += (languages.empty() ? "" : ", ") + value.first;
    }
  std::string out =
      frame({{"KIND", "NAME", "SIZE", "SIZE%", "LANGUAGES", "PARENT"},
             {"module", metadata.name.value_or("unknown(0)"), short_size(metadata.size), "100%", languages, "<root>"}},
            0b1100);
  std::vector<std::vector<std::string>> rows = {{"KIND", "VALUE"},
                                                {"name", metadata.name.value_or("<unknown>")},
                                                {"kind", "module"},
                                                {"range", fmt::format("0x0..0x{:x}", metadata.size)}};
  for (std::string_view what : {"description", "authors", "version", "revision", "licenses", "source", "homepage"}) {
    std::size_t at =
        static_cast<std::size_t>(std::find(kDescriptions.begin(), kDescriptions.end(), what) - kDescriptions.begin());
    if (metadata.descriptions[at]) rows.push_back({std::string(what), *metadata.descriptions[at]});
  }
  Producers producers = metadata.producers.value_or(Producers());
  std::sort(producers.begin(), producers.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first != "language", a.first) < std::pair(b.first != "language", b.first);
  });
  for (const auto& [field, values] : producers)
    for (const auto& [name, version] : values)
      rows.push_back({field, version.empty() ? name : fmt::format("{} [{}]", name, version)});
  return out + frame(rows, 0);
}

std::string metadata_json(const Metadata& metadata) {
  using Json = nlohmann::ordered_json;
  auto text = [](const std::optional<std::string>& value) { return value ? Json(*value) : Json(); };
  Json module;
  module["name"] = text(metadata.name);
  module["producers"] = Json();
  if (metadata.producers) {
    Json fields = Json::array();
    for (const auto& [field, values] : *metadata.producers) {
      Json list = Json::object();
      for (const auto& [name, version] : values) list[name] = version;
      fields.push_back(Json::array({field, list}));
    }
    module["producers"] = fields;
  }
  for (std::size_t i = 0; i < kDescriptions.size(); ++i) module[std::string(kDescriptions[i])] = text(metadata.descriptions[i]);
  module["range"] = Json{{"start", 0}, {"end", metadata.size}};
  module["dependencies"] = Json();
  return Json{{"module", module}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tenon::inspect
