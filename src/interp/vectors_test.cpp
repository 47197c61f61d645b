// Runs every case of tests/vectors/*.bin: instructions with a fixed signature over boundary operands, with results and traps
// from another engine. The format, and what is exact in it, is told in tests/vectors/make.py.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "interp/guest_test.h"
#include "interp/numerics.h"
#include "tenon/base/leb128.h"
#include "tenon/spec/opcodes.h"

namespace tenon::interp {
namespace {

constexpr u32 kPage = 65536;
constexpr u8 kSampled = 1, kHasStatus = 2, kNanClasses = 4, kMemory = 8, kTwoSets = 16;

/// A little-endian file in memory; reading past its end fails the test.
class File {
 public:
  explicit File(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
  }
  template <class T>
  T read() {
    T value{};
    take(&value, sizeof value);
    return value;
  }
  std::string text(std::size_t size) {
    std::string out(size, '\0');
    take(out.data(), size);
    return out;
  }
  Bits128 value(std::size_t width) {
    Bits128 out;
    take(&out, width);
    return out;
  }
  bool done() const { return at_ == bytes_.size(); }

 private:
  void take(void* to, std::size_t size) {
    ASSERT_LE(size, bytes_.size() - at_);
    std::memcpy(to, bytes_.data() + at_, size);
    at_ += size;
  }
  std::vector<char> bytes_;
  std::size_t at_ = 0;
};

struct Table {
  u8 width;
  std::vector<Bits128> values;
};

struct Block {
  Op op{};
  std::string immediate;
  u8 flags = 0;
  std::string params, results;  ///< type letters; results with "w" for the window of memory
  std::vector<const Table*> tables;
  std::vector<u32> counts;
  std::vector<u8> widths;
  u32 cases = 0;
  std::vector<u8> status;
  std::vector<std::vector<Bits128>> values;  ///< for each result, for each case
  std::vector<std::vector<Bits128>> other;   ///< the second set, with kTwoSets
};

u8 width_of(char type) {
  return type == 'v' || type == 'w' ? 16 : type == 'l' || type == 'd' ? 8 : 4;
}

Block read_block(File& file, const std::map<char, Table>& tables) {
  Block block;
  u8 prefix = file.read<u8>();
  u16 code = file.read<u16>();
  std::optional<Op> op = find_op(prefix, code);
  EXPECT_TRUE(op) << fmt::format("no instruction {:#x} {:#x}", prefix, code);
  if (op) block.op = *op;
  block.immediate = file.text(file.read<u8>());
  block.flags = file.read<u8>();
  for (u32 n = file.read<u8>(); n != 0; --n) {
    block.params += file.read<char>();
    block.tables.push_back(&tables.at(file.read<char>()));
    block.counts.push_back(file.read<u8>());
  }
  for (u32 n = file.read<u8>(); n != 0; --n) {
    block.results += file.read<char>();
    block.widths.push_back(file.read<u8>());
  }
  block.cases = file.read<u16>();
  if (block.flags & kHasStatus)
    for (u32 k = 0; k < block.cases; ++k) block.status.push_back(file.read<u8>());
  for (int set = 0; set < (block.flags & kTwoSets ? 2 : 1); ++set) {
    std::vector<std::vector<Bits128>> values;
    for (u8 width : block.widths) {
      values.emplace_back();
      for (u32 k = 0; k < block.cases; ++k) values.back().push_back(file.value(width));
    }
    (set == 0 ? block.values : block.other) = std::move(values);
  }
  return block;
}

/// Whether a lane agrees with what is expected, where NaNs stand for classes.
template <class F>
bool agrees_in_class(F actual, F expected) {
  auto want = to_bits(expected), have = to_bits(actual);
  if (expected == expected) return have == want;
  if (actual == actual || (have & FloatTraits<F>::kQuiet) == 0) return false;
  bool any_arithmetic = want == FloatTraits<F>::kCanonical + 1;
  return any_arithmetic || (have & ~FloatTraits<F>::kSign) == FloatTraits<F>::kCanonical;
}
template <class F>
bool agrees_in_class(const Bits128& actual, const Bits128& expected, u8 width) {
  auto a = actual.lanes<F>(), b = expected.lanes<F>();
  for (std::size_t i = 0; i < width / sizeof(F); ++i)
    if (!agrees_in_class(a[i], b[i])) return false;
  return true;
}

bool agrees(const Block& block, char type, const Bits128& actual, const Bits128& expected) {
  u8 width = width_of(type);
  if (type != 'w' && block.flags & kNanClasses) {
    std::string_view text = info(block.op).text;
    return text.starts_with("f32") ? agrees_in_class<f32>(actual, expected, width)
                                   : agrees_in_class<f64>(actual, expected, width);
  }
  return std::memcmp(&actual, &expected, width) == 0;
}

/// Bytes as one hexadecimal number, most significant first.
std::string hex(const Bits128& value, u8 width) {
  return width == 16 ? fmt::format("{:016x}_{:016x}", value.hi, value.lo)
                     : fmt::format("{:0{}x}", width == 8 ? value.lo : value.lo & 0xffff'ffff, 2 * width);
}

void fill_pattern(u8* page) {
  for (u32 a = 0; a < kPage; ++a) page[a] = static_cast<u8>(a * 167 + (a >> 8) * 13 + 5);
}

class Runner {
 public:
  explicit Runner(bool canonicalizes) : guest_({.canonicalizes_nans = canonicalizes, .deterministic_relaxed_simd = true}) {}

  void run(const Block& block, const std::vector<std::array<u8, 4>>& samples, const std::vector<TrapCode>& traps);
  /// The same where two sets of values are permitted: all cases must agree with one of them.
  void run_two_sets(Block block, const std::vector<std::array<u8, 4>>& samples, const std::vector<TrapCode>& traps);
  u64 cases = 0;

 private:
  void prepare(const Block& block);
  std::vector<Bits128> operands(const Block& block, u32 which, const std::vector<std::array<u8, 4>>& samples) const;

  HandMadeGuest guest_;
  u64 offset_ = 0;
  u32 failures_ = 0;
  bool only_counts_ = false;  ///< count what disagrees, report nothing
  u32 counted_ = 0;
};

void Runner::prepare(const Block& block) {
  std::vector<u8> code;
  for (u8 n = 0; n < block.params.size(); ++n) code.insert(code.end(), {0x20, n});
  append_op(code, block.op);
  code.insert(code.end(), block.immediate.begin(), block.immediate.end());
  code.push_back(0x0b);
  FuncSummary summary{};
  summary.param_count = summary.local_count = static_cast<u32>(block.params.size());
  summary.result_count = static_cast<u32>(block.results.size()) - (block.flags & kMemory ? 1 : 0);
  summary.max_operands = summary.param_count + summary.result_count;
  summary.uses_v128 = (block.params + block.results).find('v') != std::string::npos;
  if (block.flags & kMemory) {
    guest_.set_memory(kPage);
    fill_pattern(guest_.memory());
    auto* p = reinterpret_cast<const u8*>(block.immediate.data()) + 1;
    offset_ = decode_uleb<u64>(p);
  }
  guest_.set_function(std::move(code), summary);
}

std::vector<Bits128> Runner::operands(const Block& block, u32 which, const std::vector<std::array<u8, 4>>& samples) const {
  std::vector<Bits128> out(block.params.size());
  for (std::size_t n = block.params.size(); n-- > 0;) {
    u32 count = block.counts[n];
    u32 pick = block.flags & kSampled ? samples[which][n] % count : which % count;
    if (!(block.flags & kSampled)) which /= count;
    out[n] = block.tables[n]->values[pick];
  }
  return out;
}

void Runner::run(const Block& block, const std::vector<std::array<u8, 4>>& samples, const std::vector<TrapCode>& traps) {
  prepare(block);
  for (u32 k = 0; k < block.cases; ++k) {
    std::vector<Bits128> args = operands(block, k, samples);
    Slot slots[8];
    for (std::size_t n = 0; n < args.size(); ++n) {
      slots[n].v128 = args[n];
      // What lies beyond a scalar is undefined; make it matter if somebody looks.
      if (width_of(block.params[n]) == 4) slots[n].u64_ |= 0xdead'beef'0000'0000;
    }
    u8 window[16 + 16] = {};
    u64 at = std::min<u64>(static_cast<u32>(args.empty() ? 0 : args[0].lo) + offset_, kPage);
    if (block.flags & kMemory) std::memcpy(window, guest_.memory() + at, std::min<u64>(16, kPage - at));
    bool returned = guest_.call(slots);
    ++cases;
    std::string problem;
    u8 status = block.status.empty() ? 0 : block.status[k];
    if (status != 0) {
      if (returned)
        problem = fmt::format("returned, expected trap {}", info(traps[status - 1]).name);
      else if (guest_.store().pending.trap != traps[status - 1])
        problem = fmt::format("trap {}, expected {}", info(guest_.store().pending.trap).name, info(traps[status - 1]).name);
    } else if (!returned) {
      problem = fmt::format("trap {}", info(guest_.store().pending.trap).name);
    } else {
      for (std::size_t r = 0; r < block.results.size(); ++r) {
        char type = block.results[r];
        Bits128 actual = slots[r].v128;
        if (type == 'w') {
          actual = {};
          std::memcpy(&actual, guest_.memory() + at, std::min<u64>(16, kPage - at));
        }
        if (!agrees(block, type, actual, block.values[r][k]))
          problem +=
              fmt::format(" result {}: {}, expected {}", r, hex(actual, width_of(type)), hex(block.values[r][k], width_of(type)));
      }
    }
    if (block.flags & kMemory) std::memcpy(guest_.memory() + at, window, std::min<u64>(16, kPage - at));
    if (problem.empty()) continue;
    if (only_counts_) {
      ++counted_;
      continue;
    }
    std::string shown;
    for (std::size_t n = 0; n < args.size(); ++n) shown += " " + hex(args[n], width_of(block.params[n]));
    if (++failures_ > 40) continue;
    ADD_FAILURE() << info(block.op).text << " (immediate " <<
        [&] {
          std::string bytes;
          for (unsigned char c : block.immediate) bytes += fmt::format("{:02x}", c);
          return bytes;
        }() << ")" << shown
                  << ": " << problem;
  }
}

void Runner::run_two_sets(Block block, const std::vector<std::array<u8, 4>>& samples, const std::vector<TrapCode>& traps) {
  only_counts_ = true;
  counted_ = 0;
  run(block, samples, traps);
  only_counts_ = false;
  if (counted_ == 0) return;
  std::swap(block.values, block.other);
  run(block, samples, traps);
}

/// Waiting and waking belong to the runtime, whose tests have them.
bool runs_here(Op op) {
  return op != Op::MemoryAtomicNotify && op != Op::MemoryAtomicWait32 && op != Op::MemoryAtomicWait64;
}

u64 run_file(const std::filesystem::path& path, bool canonicalizes) {
  File file(path);
  EXPECT_EQ(file.text(8), "TNVEC01\n") << path;
  file.text(file.read<u16>());
  std::vector<TrapCode> traps;
  for (u32 n = file.read<u8>(); n != 0; --n) {
    std::string name = file.text(file.read<u8>());
    for (std::size_t i = 0; i < kTraps.size(); ++i)
      if (kTraps[i].name == name) traps.push_back(static_cast<TrapCode>(i));
  }
  std::map<char, Table> tables;
  for (u32 n = file.read<u8>(); n != 0; --n) {
    char id = file.read<char>();
    Table& table = tables[id];
    table.width = file.read<u8>();
    for (u32 count = file.read<u8>(); count != 0; --count) table.values.push_back(file.value(table.width));
  }
  std::vector<std::array<u8, 4>> samples(file.read<u16>());
  for (auto& sample : samples) sample = file.read<std::array<u8, 4>>();
  Runner runner(canonicalizes);
  for (u32 n = file.read<u16>(); n != 0; --n) {
    Block block = read_block(file, tables);
    if (testing::Test::HasFatalFailure()) return 0;
    if (!runs_here(block.op)) continue;
    if (block.flags & kTwoSets)
      runner.run_two_sets(block, samples, traps);
    else
      runner.run(block, samples, traps);
  }
  EXPECT_TRUE(file.done()) << path;
  return runner.cases;
}

class Vectors : public testing::TestWithParam<std::string> {};

TEST_P(Vectors, AgreeWithAnotherEngine) {
  u64 cases = run_file(std::filesystem::path(TENON_SOURCE_DIR) / "tests/vectors" / GetParam(), false);
  RecordProperty("cases", static_cast<int>(cases));
  std::cout << GetParam() << ": " << cases << " cases\n";
  EXPECT_GT(cases, 0u);
}
TEST_P(Vectors, AgreeWithCanonicalNans) {
  run_file(std::filesystem::path(TENON_SOURCE_DIR) / "tests/vectors" / GetParam(), true);
}

INSTANTIATE_TEST_SUITE_P(Files, Vectors,
                         testing::Values("atomic.bin", "f32.bin", "f32x4.bin", "f64.bin", "f64x2.bin", "i16x8.bin", "i32.bin",
                                         "i32x4.bin", "i64.bin", "i64x2.bin", "i8x16.bin", "memory.bin", "relaxed.bin",
                                         "v128.bin", "wide.bin"),
                         [](const auto& info) { return info.param.substr(0, info.param.find('.')); });

}  // namespace
}  // namespace tenon::interp
