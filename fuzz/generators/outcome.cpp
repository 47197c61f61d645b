#include "outcome.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace tenon::fuzz {
namespace {

/// Arguments that entries are called with, in turn.
constexpr u64 kArguments[] = {0,
                              1,
                              ~u64{0},
                              0x7fffffff,
                              0x80000000,
                              0x7fffffffffffffff,
                              0x8000000000000000,
                              0x3f8000003f800000,
                              0x400921fb54442d18,
                              0x7fc000007fc00000,
                              0xfff0000000000000,
                              0x0123456789abcdef,
                              0x40490fdb};
constexpr u32 kRounds = 3;

u32 crc32(Bytes bytes) {
  static const auto table = [] {
    std::array<std::array<u32, 256>, 8> made{};
    for (u32 i = 0; i < 256; ++i) {
      u32 value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
      made[0][i] = value;
    }
    for (u32 i = 0; i < 256; ++i)
      for (u32 n = 1; n < 8; ++n) made[n][i] = made[n - 1][i] >> 8 ^ made[0][made[n - 1][i] & 0xff];
    return made;
  }();
  u32 crc = ~u32{0};
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    u64 word;
    std::memcpy(&word, bytes.data() + at, 8);
    word ^= crc;
    crc = 0;
    for (u32 n = 0; n < 8; ++n) crc ^= table[7 - n][word >> 8 * n & 0xff];
  }
  for (; at < bytes.size(); ++at) crc = crc >> 8 ^ table[0][(crc ^ bytes[at]) & 0xff];
  return ~crc;
}

/// What a host has seen of a module that was run.
struct Host {
  u64 seen = 0;  ///< a sum over the arguments of host functions
  u32 h0(u32 a) {
    seen = (seen << 9 | seen >> 55) + a;
    return a * 2654435761u + 12345;
  }
  u64 h1(u32 a, u64 b) {
    seen = (seen << 9 | seen >> 55) + (b ^ a);
    return (b << 17 | b >> 47) ^ a * u64{0x9e3779b97f4a7c15};
  }
};

std::string reason(const Error& error) {
  if (error.code() == ErrorCode::Exception) return "exception";
  std::string_view message = error.message();
  if (message.starts_with("wasm trap: ")) message.remove_prefix(11);
  return std::string(message);
}

Result<Extern> import_of(StoreRef store, std::string_view name, Host& host) {
  if (name == "h0") {
    TENON_TRY(Func func, Func::wrap(store, [&host](u32 a) { return host.h0(a); }));
    return Extern(func);
  }
  if (name == "h1") {
    TENON_TRY(Func func, Func::wrap(store, [&host](u32 a, u64 b) { return host.h1(a, b); }));
    return Extern(func);
  }
  if (name == "gi") {
    TENON_TRY(Global global, Global::create(store, {ValType::i32(), false}, Val(i32{77})));
    return Extern(global);
  }
  if (name == "gl") {
    TENON_TRY(Global global, Global::create(store, {ValType::i64(), true}, Val(i64{0x123456789})));
    return Extern(global);
  }
  if (name == "mem") {
    MemoryType type;
    type.limits = {1, 4};
    TENON_TRY(Memory memory, Memory::create(store, type));
    return Extern(memory);
  }
  TableType type;
  type.element = ValType::funcref();
  type.limits = {10, 30};
  TENON_TRY(Table table, Table::create(store, type, Val::null_func()));
  return Extern(table);
}

}  // namespace

std::string outcome_of(const Engine& engine, const std::vector<u8>& bytes, std::vector<CallPlan>& calls, bool fueled) {
  auto store = Store::create(engine);
  if (!store) return "no store";
  if (fueled && !store->set_fuel(u64{1} << 40)) return "no fuel";
  auto module = Module::compile(engine, bytes);
  if (!module) return fmt::format("invalid {}", module.error().message());
  Host host;
  std::vector<Extern> imports;
  for (const ImportDesc& import : module->imports()) {
    auto item = import_of(*store, import.name, host);
    if (!item) return fmt::format("import {}", item.error().message());
    imports.push_back(*item);
  }
  auto instance = Instance::create(*store, *module, imports);
  if (!instance) return fmt::format("start {} {:x}", reason(instance.error()), host.seen);
  auto exports = instance->exports();
  if (calls.empty()) {
    u32 turn = static_cast<u32>(bytes.size());
    for (u32 round = 0; round < kRounds; ++round)
      for (const auto& [name, item] : exports)
        if (name[0] == 'c') {
          u64 a = kArguments[turn % std::size(kArguments)], b = kArguments[(turn * 5 + 3) % std::size(kArguments)];
          calls.push_back({std::string(name), a, b});
          ++turn;
        }
    calls.push_back({"d", 0, 0});
  }
  std::string out;
  auto text = std::back_inserter(out);
  for (const CallPlan& call : calls) {
    auto func = instance->get_func(call.name);
    if (!func) return "no export";
    auto results = call.name == "d" ? func->call({}) : func->call({Val(call.a), Val(call.b)});
    if (results) {
      fmt::format_to(text, "{}={:x};", call.name, (*results)[0].as_u64());
    } else {
      fmt::format_to(text, "{}!{};", call.name, reason(results.error()));
    }
  }
  for (const auto& [name, item] : exports) {
    if (auto memory = item.memory()) fmt::format_to(text, "{}:{}:{:x};", name, memory->byte_size(), crc32(memory->data()));
    if (auto table = item.table()) fmt::format_to(text, "{}:{};", name, table->size());
    if (auto global = item.global())
      fmt::format_to(text, "{}:{:x};", name,
                     global->type().content == ValType::i64() ? global->get().as_u64() : u64{global->get().as_u32()});
  }
  fmt::format_to(text, "host:{:x}", host.seen);
  return out;
}

}  // namespace tenon::fuzz
