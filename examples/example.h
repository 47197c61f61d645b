// What the examples share: a module from text, and a way to give up.
#pragma once

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "tenon/host/host.h"
#include "tenon/text/wat.h"

/// The value, or the end of the program with the error's causes.
template <class T>
T must(tenon::Result<T> result) {
  if (!result) {
    for (const std::string& context : result.error().context()) fmt::print(stderr, "{}\n", context);
    fmt::print(stderr, "{}\n", result.error().to_string());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// A module from the text format.
inline tenon::Module module_of(const tenon::Engine& engine, std::string_view wat) {
  auto bytes = tenon::text::parse_wat(wat);
  if (!bytes) {
    fmt::print(stderr, "{}\n", bytes.error().render());
    std::exit(1);
  }
  return must(tenon::Module::compile(engine, *std::move(bytes)));
}
