// What these tests share: engines, modules from text, values out of results.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tenon/host/host.h"
#include "tenon/interp/engine.h"
#include "tenon/spec/errors.h"
#include "tenon/text/wat.h"

namespace tenon::embed_test {

/// All that an error says, outermost first.
inline std::string text_of(const Error& error) {
  std::string out;
  for (std::size_t i = error.context().size(); i > 0; --i) out += error.context()[i - 1] + "\n";
  return out + error.to_string();
}

/// The value of a result that must have one.
template <class T>
T take(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << text_of(result.error());
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// The default settings, with every feature.
inline Config everything() {
  Config config;
  config.features = Features::all();
  return config;
}

inline Engine make_engine(const Config& config = {}) {
  return take(Engine::create(config, interp::engine_parts()));
}

inline Module compile(const Engine& engine, std::string_view wat) {
  auto bytes = text::parse_wat(wat);
  if (!bytes) {
    ADD_FAILURE() << bytes.error().render();
    std::abort();
  }
  return take(Module::compile(engine, *std::move(bytes)));
}

/// An engine with one store and a linker.
struct World {
  explicit World(const Config& config = {}) : engine(make_engine(config)), store(take(Store::create(engine))), linker(engine) {}
  Instance instantiate(std::string_view wat) { return take(linker.instantiate(store, compile(engine, wat))); }
  /// With imports in the module's order.
  Instance instantiate(std::string_view wat, std::initializer_list<Extern> imports) {
    return take(Instance::create(store, compile(engine, wat), std::span(imports.begin(), imports.size())));
  }
  Result<Instance> try_instantiate(std::string_view wat) { return linker.instantiate(store, compile(engine, wat)); }

  Engine engine;
  Store store;
  Linker linker;
};

inline Func func(const Instance& instance, std::string_view name) {
  return *instance.get_func(name);
}

template <class Sig>
TypedFunc<Sig> typed(const Instance& instance, std::string_view name) {
  return take(instance.get_typed_func<Sig>(name));
}

}  // namespace tenon::embed_test
