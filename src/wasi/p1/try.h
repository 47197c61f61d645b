// P1_TRY and P1_CHECK: unwrap a Sys in a handler, or answer its errno.
#pragma once

#include "tenon/base/result.h"

#define P1_TRY_IMPL(tmp, decl, ...) \
  auto tmp = (__VA_ARGS__);         \
  if (!tmp) [[unlikely]]            \
    return tmp.error();             \
  decl = *std::move(tmp)
#define P1_TRY(decl, ...) P1_TRY_IMPL(TENON_CONCAT(p1_try_, __COUNTER__), decl, __VA_ARGS__)
#define P1_CHECK_IMPL(tmp, ...)                    \
  if (auto tmp = (__VA_ARGS__); !tmp) [[unlikely]] \
  return tmp.error()
#define P1_CHECK(...) P1_CHECK_IMPL(TENON_CONCAT(p1_try_, __COUNTER__), __VA_ARGS__)
