// The name section: names of the module and of its functions.
//
// spec: core/appendix/custom "Name Section". Of a section that does not parse, what stands before the fault counts.
#include <algorithm>

#include "module_validator.h"
#include "tenon/spec/limits.h"

namespace tenon::validate {

NameMap read_names(Bytes contents) {
  constexpr u8 kModule = 0, kFunctions = 1;
  NameMap names;
  Reader reader(contents);
  while (reader.ok() && !reader.at_end()) {
    u8 id = reader.read_u8();
    Bytes bytes = reader.read_sized();
    if (!reader.ok()) break;
    Reader inner(bytes);
    if (id == kModule) {
      names.module = inner.read_name(limits::kStringSize);
      if (!inner.ok() || !inner.at_end()) break;
    } else if (id == kFunctions) {
      u32 count = inner.read_uleb32();
      for (u32 i = 0; i < count && inner.ok(); ++i) {
        u32 index = inner.read_uleb32();
        std::string_view name = inner.read_name(~u32{0});
        if (inner.ok()) names.funcs.emplace_back(index, name);
      }
      if (!inner.ok()) break;
    }
  }
  auto by_index = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(names.funcs.begin(), names.funcs.end(), by_index))
    std::sort(names.funcs.begin(), names.funcs.end(), by_index);
  return names;
}

}  // namespace tenon::validate
