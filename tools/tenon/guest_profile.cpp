#include "guest_profile.h"

#include <fmt/format.h>

#include <algorithm>

#include "commands.h"

namespace tenon::cli {
namespace {

/// Frames of one sample; deeper ones are left out.
constexpr std::size_t kMostFrames = 500;
/// Samples of one profile, so that a guest that runs for days does not take all memory.
constexpr std::size_t kMostSamples = 5'000'000;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// A column of a table: one value for each row.
template <class Rows, class Value>
std::string column(const Rows& rows, Value value) {
  std::string out = "[";
  for (const auto& row : rows) {
    if (out.size() > 1) out += ',';
    out += value(row);
  }
  return out + ']';
}

}  // namespace

GuestProfile::GuestProfile(StoreRef store, std::string program, std::chrono::nanoseconds interval)
    : program_(std::move(program)), interval_millis_(static_cast<f64>(interval.count()) / 1e6) {
  store.set_epoch_deadline(1);
  store.epoch_deadline_callback([this](StoreRef guest) -> Result<UpdateDeadline> {
    sample(guest);
    return UpdateDeadline{1};
  });
  clock_ = std::thread([this, engine = store.engine(), interval] {
    std::unique_lock lock(mutex_);
    while (!condition_.wait_for(lock, interval, [this] { return over_; })) engine.increment_epoch();
  });
}

GuestProfile::~GuestProfile() {
  stop();
}

void GuestProfile::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  condition_.notify_one();
  if (clock_.joinable()) clock_.join();
}

u32 GuestProfile::string(std::string_view text) {
  const auto found = string_of_.find(text);
  if (found != string_of_.end()) return found->second;
  const auto index = static_cast<u32>(strings_.size());
  strings_.emplace_back(text);
  string_of_.emplace(std::string(text), index);
  return index;
}

void GuestProfile::sample(StoreRef store) {
  if (samples_.size() >= kMostSamples) return;
  const Backtrace frames = store.raw()->backtrace(kMostFrames);
  i64 stack = -1;
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    const auto [func, new_func] = func_of_.try_emplace({frame->module.get(), frame->func_index}, static_cast<u32>(funcs_.size()));
    if (new_func) {
      const std::string_view name = frame->func_name();
      funcs_.push_back({string(name.empty() ? fmt::format("wasm-function[{}]", frame->func_index) : std::string(name))});
      modules_.push_back(frame->module);
    }
    const auto [place, new_frame] = frame_of_.try_emplace({func->second, frame->offset}, static_cast<u32>(frames_.size()));
    if (new_frame) frames_.push_back({func->second, frame->offset});
    const auto [at, new_stack] = stack_of_.try_emplace({stack, place->second}, static_cast<i64>(stacks_.size()));
    if (new_stack) stacks_.push_back({stack, place->second});
    stack = at->second;
  }
  const std::chrono::duration<f64, std::milli> passed = std::chrono::steady_clock::now() - begin_;
  samples_.push_back({stack, passed.count()});
}

std::string GuestProfile::json() const {
  const f64 wall = std::chrono::duration<f64, std::milli>(begin_wall_.time_since_epoch()).count();
  auto constant = [](const char* text) { return [text](const auto&) { return std::string(text); }; };
  auto orNull = [](i64 index) { return index < 0 ? std::string("null") : fmt::format("{}", index); };
  f64 last = 0;
  std::string out = fmt::format(
      R"({{"meta":{{"categories":[{{"name":"Other","color":"grey","subcategories":["Other"]}}],"debug":false,)"
      R"("extensions":{{"baseURL":[],"id":[],"length":0,"name":[]}},"interval":{},"preprocessedProfileVersion":46,)"
      R"("processType":0,"product":{},"sampleUnits":{{"eventDelay":"ms","threadCPUDelta":"µs","time":"ms"}},"startTime":{},)"
      R"("symbolicated":true,"pausedRanges":[],"version":24,"usesOnlyOneStackType":true,"sourceCodeIsNotOnSearchfox":true,)"
      R"("markerSchema":[]}},"libs":[],"threads":[{{)",
      interval_millis_, quoted(program_), wall);
  out += fmt::format(
      R"("frameTable":{{"length":{},"address":{},"inlineDepth":{},"category":{},"subcategory":{},"func":{},"nativeSymbol":{},)"
      R"("innerWindowID":{},"implementation":{},"line":{},"column":{}}},)",
      frames_.size(), column(frames_, [](const Frame& f) { return fmt::format("{}", f.address); }),
      column(frames_, constant("0")), column(frames_, constant("0")), column(frames_, constant("0")),
      column(frames_, [](const Frame& f) { return fmt::format("{}", f.func); }), column(frames_, constant("null")),
      column(frames_, constant("null")), column(frames_, constant("null")), column(frames_, constant("null")),
      column(frames_, constant("null")));
  out += fmt::format(
      R"("funcTable":{{"length":{},"name":{},"isJS":{},"relevantForJS":{},"resource":{},"fileName":{},"lineNumber":{},)"
      R"("columnNumber":{}}},)",
      funcs_.size(), column(funcs_, [](const Func& f) { return fmt::format("{}", f.name); }), column(funcs_, constant("false")),
      column(funcs_, constant("false")), column(funcs_, constant("-1")), column(funcs_, constant("null")),
      column(funcs_, constant("null")), column(funcs_, constant("null")));
  out += fmt::format(R"("stackTable":{{"length":{},"prefix":{},"frame":{},"category":{},"subcategory":{}}},)", stacks_.size(),
                     column(stacks_, [&](const Stack& s) { return orNull(s.prefix); }),
                     column(stacks_, [](const Stack& s) { return fmt::format("{}", s.frame); }), column(stacks_, constant("0")),
                     column(stacks_, constant("0")));
  out += fmt::format(R"("samples":{{"length":{},"stack":{},"timeDeltas":{},"weight":{},"weightType":"samples"}},)",
                     samples_.size(), column(samples_, [&](const Sample& s) { return orNull(s.stack); }),
                     column(samples_,
                            [&](const Sample& s) {
                              const f64 delta = s.millis - std::exchange(last, s.millis);
                              return fmt::format("{:.6f}", delta);
                            }),
                     column(samples_, constant("1")));
  out += fmt::format(
      R"("markers":{{"length":0,"category":[],"data":[],"endTime":[],"name":[],"phase":[],"startTime":[]}},)"
      R"("nativeSymbols":{{"length":0,"address":[],"functionSize":[],"libIndex":[],"name":[]}},)"
      R"("resourceTable":{{"length":0,"lib":[],"name":[],"host":[],"type":[]}},)"
      R"("stringArray":{},"isMainThread":true,"name":{},"pid":"0","tid":0,"pausedRanges":[],"processName":{},)"
      R"("processShutdownTime":null,"processStartupTime":0.0,"processType":"default","registerTime":0.0,"unregisterTime":null}}]}})",
      column(strings_, quoted), quoted(program_), quoted(program_));
  return out;
}

Result<> GuestProfile::finish(const std::string& path) {
  stop();
  return write_output(path, json());
}

}  // namespace tenon::cli
