// Index<Tag>: one type for each index space, so that a function index is never taken for a type index.
#pragma once

#include <compare>
#include <functional>

#include "tenon/base/types.h"

namespace tenon {

/// An index into the space named by `Tag`. Built explicitly, compared with its own kind, no arithmetic.
template <class Tag>
class Index {
 public:
  constexpr Index() = default;
  constexpr explicit Index(u32 value) : value_(value) {}
  /// The number itself, for subscripts and encoding.
  constexpr u32 value() const { return value_; }
  constexpr auto operator<=>(const Index&) const = default;

 private:
  u32 value_ = 0;
};

}  // namespace tenon

template <class Tag>
struct std::hash<tenon::Index<Tag>> {
  std::size_t operator()(tenon::Index<Tag> index) const noexcept { return std::hash<tenon::u32>()(index.value()); }
};
