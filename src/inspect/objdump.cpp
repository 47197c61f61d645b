// The list of sections.
#include <algorithm>

#include <fmt/format.h>

#include "debug_text.h"
#include "tenon/inspect/custom.h"
#include "tenon/inspect/dump.h"
#include "tenon/spec/errors.h"

namespace tenon::inspect {

Result<> list_sections(Bytes module, print::Sink& sink) {
  constexpr std::string_view kNames[] = {"",        "types", "imports",  "functions", "tables", "memories",   "globals",
                                         "exports", "start", "elements", "code",      "data",   "data count", "tags"};
  constexpr std::size_t kNameWidth = 40;
  auto starts_character = [](char c) { return (static_cast<u8>(c) & 0xc0) != 0x80; };
  return for_each_section(module, [&](const RawSection& section) -> Result<> {
    if (section.id >= std::size(kNames)) return {};
    std::string name = section.id == 0 ? "custom " + debug(section.name) : std::string(kNames[section.id]);
    binary::Range range = section.range;
    // Of a custom section, its data.
    if (section.id == 0)
      range.begin += static_cast<u64>(as_bytes(section.name).data() + section.name.size() - section.contents.data());
    // Padded to a number of characters, whatever their width.
    std::size_t width = 2 + static_cast<std::size_t>(std::count_if(name.begin(), name.end(), starts_character));
    name.append(width < kNameWidth ? kNameWidth - width : 0, ' ');
    std::string line = fmt::format("  {} | {:#10x} - {:#10x} | {:9} bytes | {} count\n", name, range.begin, range.end,
                                   range.end - range.begin, section.count);
    if (!sink.write(line)) return fail(ErrorCode::Io, "the output was refused");
    return {};
  });
}

}  // namespace tenon::inspect
