// An engine with the interpreter, a store and modules from wat, for tests of the embedding API.
#pragma once

#include <gtest/gtest.h>

#include "tenon/host/host.h"
#include "tenon/interp/engine.h"
#include "tenon/spec/errors.h"
#include "tenon/text/wat.h"

namespace tenon::testing {

inline Config everything() {
  Config config;
  config.features = Features::all();
  return config;
}

/// Ends the test program where something that must work does not: tests go on with the value.
template <class T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    std::abort();
  }
  return *std::move(result);
}

class Host {
 public:
  explicit Host(const Config& config = everything())
      : engine(must(Engine::create(config, interp::engine_parts()))), store(must(Store::create(engine))) {}

  Module compile(std::string_view wat) const {
    auto bytes = text::parse_wat(wat);
    if (!bytes) {
      ADD_FAILURE() << bytes.error().render();
      std::abort();
    }
    return must(Module::compile(engine, *std::move(bytes)));
  }
  Instance instantiate(std::string_view wat, std::initializer_list<Extern> imports = {}) const {
    return must(Instance::create(store, compile(wat), std::span(imports.begin(), imports.size())));
  }

  Engine engine;
  Store store;
};

inline Func func(const Instance& instance, std::string_view name) { return *instance.get_func(name); }

}  // namespace tenon::testing
