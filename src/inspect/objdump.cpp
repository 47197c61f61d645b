// The list of sections.
#include <fmt/format.h>

#include "debug_text.h"
#include "tenon/inspect/custom.h"
#include "tenon/inspect/dump.h"
#include "tenon/spec/errors.h"

namespace tenon::inspect {

Result<> list_sections(Bytes module, print::Sink& sink) {
  constexpr std::string_view kNames[] = {"",        "types", "imports",  "functions", "tables", "memories",   "globals",
                                         "exports", "start", "elements", "code",      "data",   "data count", "tags"};
  return for_each_section(module, [&](const RawSection& section) -> Result<> {
    if (section.id >= std::size(kNames)) return {};
    std::string name = section.id == 0 ? "custom " + debug(section.name) : std::string(kNames[section.id]);
    binary::Range range = section.range;
    // Of a custom section, its data.
    if (section.id == 0)
      range.begin += static_cast<u64>(as_bytes(section.name).data() + section.name.size() - section.contents.data());
    std::string line = fmt::format("{:40} | {:#10x} - {:#10x} | {:9} bytes | {} count\n", "  " + name, range.begin, range.end,
                                   range.end - range.begin, section.count);
    if (!sink.write(line)) return fail(ErrorCode::Io, "the output was refused");
    return {};
  });
}

}  // namespace tenon::inspect
