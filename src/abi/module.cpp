#include "tenon/abi/module.h"

#include <algorithm>

namespace tenon {

std::string_view NameMap::func(u32 index) const {
  auto at = std::lower_bound(funcs.begin(), funcs.end(), index, [](const auto& row, u32 wanted) { return row.first < wanted; });
  return at != funcs.end() && at->first == index ? std::string_view(at->second) : std::string_view();
}

}  // namespace tenon
