// Guests from wat for tests: an engine with the interpreter, one store, instances, and calls with numbers.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tenon/front/front.h"
#include "tenon/interp/interp.h"
#include "tenon/runtime/instance.h"
#include "tenon/runtime/store.h"
#include "tenon/text/wat.h"

namespace tenon::interp {

inline Features all_features() {
  Features features = Features::defaults();
  for (std::size_t i = 0; i < kFeatures.size(); ++i) features.set(static_cast<Feature>(i), true);
  return features;
}

class WatGuest {
 public:
  explicit WatGuest(runtime::Tunables tunables = {}) {
    engine_ = std::make_shared<runtime::Engine>(tunables, runtime::EngineParts{.tier = tier()});
    store_ = std::move(*runtime::Store::create(engine_));
  }

  runtime::Store& store() { return *store_; }
  runtime::Engine& engine() { return *engine_; }

  /// A new instance of a module from wat. Fails the test and gives null when that is impossible.
  runtime::Instance* instantiate(std::string_view wat, std::vector<runtime::Item> imports = {}) {
    auto bytes = text::parse_wat(wat);
    if (!bytes) {
      ADD_FAILURE() << bytes.error().first().message;
      return nullptr;
    }
    return instantiate(std::move(*bytes), std::move(imports));
  }
  runtime::Instance* instantiate(std::vector<u8> bytes, std::vector<runtime::Item> imports = {}) {
    auto desc = front::compile_module(engine_->types(), std::move(bytes), {.features = all_features()});
    if (!desc) {
      ADD_FAILURE() << desc.error().to_string();
      return nullptr;
    }
    auto instance = runtime::instantiate(*store_, std::make_shared<runtime::Module>(*desc), imports);
    if (!instance) {
      ADD_FAILURE() << instance.error().to_string();
      return nullptr;
    }
    return *instance;
  }
  /// A host function of the store; `state` is reached through self->vmctx.
  FuncRef* host(FuncType type, ArrayEntry entry, void* state) {
    host_funcs_.push_back(std::make_unique<FuncRef>());
    Arity arity{static_cast<u32>(type.params.size()), static_cast<u32>(type.results.size())};
    // SAFETY: for host functions `vmctx` is the host's own context, cast back by `entry`.
    *host_funcs_.back() = {nullptr,      entry,  static_cast<VmCtx*>(state), engine_->types().intern(type)->value(),
                           arity.pack(), nullptr};
    return host_funcs_.back().get();
  }
  /// Calls an export; integers go in as they are. Nothing when it did not return.
  std::optional<std::vector<u64>> call(runtime::Instance* instance, std::string_view name, std::vector<u64> args = {}) {
    auto item = instance->find_export(name);
    if (!item) {
      ADD_FAILURE() << "no export " << name;
      return std::nullopt;
    }
    return call(std::get<FuncRef*>(*item), std::move(args));
  }
  std::optional<std::vector<u64>> call(const FuncRef* func, std::vector<u64> args) {
    const FuncType& type = engine_->types().func(TypeId(func->type));
    std::vector<Slot> slots(std::max(type.params.size(), type.results.size()) + 1);
    for (std::size_t i = 0; i < args.size(); ++i) slots[i].u64_ = args[i];
    if (!store_->enter(func, slots.data())) {
      pending_ = store_->ctx.pending;
      error_.emplace(store_->take_error());
      return std::nullopt;
    }
    std::vector<u64> results;
    for (std::size_t i = 0; i < type.results.size(); ++i)
      results.push_back(type.results[i] == ValType::i32() || type.results[i] == ValType::f32() ? slots[i].u32_ : slots[i].u64_);
    return results;
  }
  /// What the last call that did not return left behind.
  TrapCode trap() const { return pending_.trap; }
  const Pending& pending() const { return pending_; }
  const Error& error() const { return *error_; }
  const runtime::Backtrace& backtrace() const {
    return static_cast<const runtime::TrapInfoPayload*>(error_->payload())->backtrace;
  }

 private:
  std::shared_ptr<runtime::Engine> engine_;
  std::unique_ptr<runtime::Store> store_;
  std::vector<std::unique_ptr<FuncRef>> host_funcs_;
  Pending pending_;
  std::optional<Error> error_;
};

}  // namespace tenon::interp
