// Look-ups over the tables, and the checks that keep the tables honest at compile time.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "tenon/spec/features.h"
#include "tenon/spec/limits.h"
#include "tenon/spec/opcodes.h"
#include "tenon/spec/traps.h"

namespace tenon {
namespace {

// "i32.load8_s" <=> I32Load8S: a slip in either column does not build.
consteval bool names_follow_text() {
  for (const OpInfo& op : kOps) {
    if (op.name == "SelectT" || op.name == "RefTestNull" || op.name == "RefCastNull" || op.name == "RefCastDescEqNull") continue;
    std::size_t n = 0;
    bool up = true;
    for (char c : op.text) {
      if (c == '.' || c == '_') {
        up = true;
        continue;
      }
      char want = up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      up = false;
      if (n >= op.name.size() || op.name[n++] != want) return false;
    }
    if (n != op.name.size()) return false;
  }
  return true;
}
static_assert(names_follow_text());

consteval bool sorted_by_encoding() {
  for (std::size_t i = 1; i < kOps.size(); ++i)
    if (kOps[i - 1].prefix > kOps[i].prefix || (kOps[i - 1].prefix == kOps[i].prefix && kOps[i - 1].code >= kOps[i].code))
      return false;
  return true;
}
static_assert(sorted_by_encoding());

consteval bool signatures_are_well_formed() {
  for (const OpInfo& op : kOps) {
    if (op.sig == "*") continue;
    if (op.sig.find(':') == std::string_view::npos) return false;
    for (char c : op.sig)
      if (std::string_view("ilfdvm:").find(c) == std::string_view::npos) return false;
    bool addressed = op.sig.find('m') != std::string_view::npos;
    if (addressed != (op.imm == Imm::MemArg || op.imm == Imm::MemArgLane)) return false;
    if (addressed != (op.mem != 0)) return false;
  }
  return true;
}
static_assert(signatures_are_well_formed());

constexpr u8 prefix_slot(u8 prefix) {
  return prefix == 0 ? 0 : static_cast<u8>(prefix - 0xfa);
}
constexpr u16 kNoOp = 0xffff;

// [prefix slot][code] -> Op; codes after a prefix stay below 512.
constexpr auto kByCode = [] {
  std::array<std::array<u16, 512>, 5> map{};
  for (auto& row : map) row.fill(kNoOp);
  for (std::size_t i = 0; i < kOps.size(); ++i) map[prefix_slot(kOps[i].prefix)][kOps[i].code] = static_cast<u16>(i);
  return map;
}();

// Indices of kOps sorted by keyword; the first row wins where rows share one.
constexpr auto kByText = [] {
  std::array<u16, kOps.size()> order{};
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<u16>(i);
  std::sort(order.begin(), order.end(),
            [](u16 a, u16 b) { return kOps[a].text != kOps[b].text ? kOps[a].text < kOps[b].text : a < b; });
  return order;
}();

}  // namespace

std::optional<Op> find_op(u8 prefix, u32 code) {
  if (code >= 512 || (prefix != 0 && (prefix < 0xfb || prefix > 0xfe))) return std::nullopt;
  u16 op = kByCode[prefix_slot(prefix)][code];
  if (op == kNoOp) return std::nullopt;
  return static_cast<Op>(op);
}

std::optional<Op> find_op(std::string_view text) {
  auto at = std::lower_bound(kByText.begin(), kByText.end(), text,
                             [](u16 op, std::string_view wanted) { return kOps[op].text < wanted; });
  if (at == kByText.end() || kOps[*at].text != text) return std::nullopt;
  return static_cast<Op>(*at);
}

std::optional<Feature> find_feature(std::string_view option) {
  for (std::size_t i = 0; i < kFeatures.size(); ++i)
    if (kFeatures[i].option == option) return static_cast<Feature>(i);
  return std::nullopt;
}

namespace {

// Words of --features beside those of kFeatures, or their places.
struct FeatureWord {
  std::string_view option;
  std::string_view behind;
};
constexpr FeatureWord kFeatureWords[] = {
#define FEATURE_WORD(option, behind) {option, behind},
#include "tenon/spec/feature_words.def"
};

constexpr std::string_view kFeatureGroups[] = {"mvp", "wasm1", "wasm2", "wasm3", "lime1", "all"};

// Every word that a list may have, as the message about one that is not among them names them.
std::string valid_features() {
  std::vector<std::string_view> words;
  for (const FeatureInfo& row : kFeatures)
    if (row.option != "mvp") words.push_back(row.option);
  for (const FeatureWord& word : kFeatureWords) {
    std::erase(words, word.option);
    auto behind = std::find(words.begin(), words.end(), word.behind);
    words.insert(behind == words.end() ? behind : behind + 1, word.option);
  }
  words.insert(words.end(), std::begin(kFeatureGroups), std::end(kFeatureGroups));
  return fmt::format("{}", fmt::join(words, ", "));
}

// The groups of features that replace a set, by their names on the command line.
std::optional<Features> feature_group(std::string_view name) {
  using enum Feature;
  auto with = [](Features set, std::initializer_list<Feature> more) {
    for (Feature feature : more) set.enable(feature);
    return set;
  };
  Features mvp = Features::none();
  Features wasm1 = with(mvp, {MutableGlobal});
  Features wasm2 = with(wasm1, {BulkMemory, ReferenceTypes, SignExtension, SaturatingFloatToInt, MultiValue, Simd});
  if (name == "mvp") return mvp;
  if (name == "wasm1") return wasm1;
  if (name == "wasm2") return wasm2;
  if (name == "wasm3")
    return with(wasm2,
                {Gc, TailCall, ExtendedConst, FunctionReferences, MultiMemory, RelaxedSimd, Threads, Exceptions, Memory64});
  if (name == "lime1")
    return with(wasm1, {MultiValue, SignExtension, SaturatingFloatToInt, BulkMemoryOpt, ExtendedConst, CallIndirectOverlong});
  if (name == "all") return Features::all();
  return std::nullopt;
}

}  // namespace

Result<> apply_features(Features& set, std::string_view list) {
  auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!list.empty()) {
    std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    while (!word.empty() && is_space(word.front())) word.remove_prefix(1);
    while (!word.empty() && is_space(word.back())) word.remove_suffix(1);
    if (word.empty()) continue;
    bool on = word.front() != '-';
    std::string_view name = on ? word : word.substr(1);
    if (!on && name == "all") {
      set = Features();
      set.enable(Feature::Mvp);
      continue;
    }
    if (auto group = feature_group(name)) {
      if (!on) return fail(ErrorCode::Usage, fmt::format("cannot disable `{}`, it can only be enabled", name));
      set = *group;
      continue;
    }
    if (auto feature = find_feature(name)) {
      set.set(*feature, on);
      continue;
    }
    auto is_name = [&](const FeatureWord& known) { return known.option == name; };
    if (std::none_of(std::begin(kFeatureWords), std::end(kFeatureWords), is_name))
      return fail(ErrorCode::Usage, fmt::format("unknown feature `{}`\nValid features: {}", name, valid_features()));
  }
  return {};
}

}  // namespace tenon
