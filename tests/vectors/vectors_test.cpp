// Runs every case of tests/vectors/*.bin through the embedding API: instructions with a fixed signature over boundary operands,
// with results and traps from another engine, and checks that no such instruction is without vectors. The format, and what is
// exact in it, is told in make.py.
//
// For each block of a file a module is written here by hand: one function whose parameters are the operands, its body
// local.get for each and the instruction. Nothing of Tenon but reading and running the module takes part.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tenon/base/leb128.h"
#include "tenon/host/host.h"
#include "tenon/interp/engine.h"
#include "tenon/spec/opcodes.h"

namespace tenon {
namespace {

constexpr u32 kPage = 65536;
constexpr u8 kSampled = 1, kHasStatus = 2, kNanClasses = 4, kMemory = 8, kTwoSets = 16;
constexpr int kMostFailures = 20;  // shown for each file

const std::filesystem::path kFolder = std::filesystem::path(TENON_SOURCE_DIR) / "tests/vectors";

u8 width_of(char type) {
  return type == 'v' || type == 'w' ? 16 : type == 'l' || type == 'd' ? 8 : 4;
}

struct Table {
  u8 width = 0;
  std::vector<Bits128> values;
};

/// For each result, for each case.
using Columns = std::vector<std::vector<Bits128>>;

struct Block {
  Op op{};
  std::string immediate;
  u8 flags = 0;
  std::string params, results;  ///< type letters; 'w' is the window of memory
  std::vector<const Table*> tables;
  std::vector<u32> counts;
  u32 cases = 0;
  std::vector<u8> status;
  std::vector<Columns> sets;  ///< one, or two of which either may hold throughout

  std::string name() const {
    std::string bytes;
    for (unsigned char c : immediate) bytes += fmt::format(" {:02x}", c);
    return std::string(info(op).text) + (bytes.empty() ? "" : " (immediate" + bytes + ")");
  }
};

/// A file of vectors, read whole.
class VectorFile {
 public:
  explicit VectorFile(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
    ok_ = text(8) == "TNVEC01\n";
    text(read<u16>());  // who made it
    for (u32 n = read<u8>(); n != 0; --n) {
      std::string name = text(read<u8>());
      for (std::size_t i = 0; i < kTraps.size(); ++i)
        if (kTraps[i].name == name) traps.push_back(static_cast<TrapCode>(i));
    }
    for (u32 n = read<u8>(); n != 0; --n) {
      Table& table = tables_[read<char>()];
      table.width = read<u8>();
      for (u32 count = read<u8>(); count != 0; --count) table.values.push_back(value(table.width));
    }
    samples.resize(read<u16>());
    for (auto& sample : samples) sample = read<std::array<u8, 4>>();
    for (u32 n = read<u16>(); n != 0 && ok_; --n) blocks.push_back(block());
    ok_ = ok_ && at_ == bytes_.size();
  }

  bool ok() const { return ok_; }
  std::vector<TrapCode> traps;
  std::vector<std::array<u8, 4>> samples;
  std::vector<Block> blocks;

 private:
  void take(void* to, std::size_t size) {
    if (size > bytes_.size() - at_) {
      ok_ = false;
      return;
    }
    std::memcpy(to, bytes_.data() + at_, size);
    at_ += size;
  }
  template <class T>
  T read() {
    T out{};
    take(&out, sizeof out);
    return out;
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

  Block block() {
    Block out;
    u8 prefix = read<u8>();
    u16 code = read<u16>();
    std::optional<Op> op = find_op(prefix, code);
    ok_ = ok_ && op;
    out.op = op.value_or(Op::Nop);
    out.immediate = text(read<u8>());
    out.flags = read<u8>();
    for (u32 n = read<u8>(); n != 0; --n) {
      out.params += read<char>();
      out.tables.push_back(&tables_[read<char>()]);
      out.counts.push_back(read<u8>());
    }
    std::vector<u8> widths;
    for (u32 n = read<u8>(); n != 0; --n) {
      out.results += read<char>();
      widths.push_back(read<u8>());
    }
    out.cases = read<u16>();
    if (out.flags & kHasStatus) out.status.resize(out.cases);
    for (u8& status : out.status) status = read<u8>();
    for (int set = 0; set < (out.flags & kTwoSets ? 2 : 1); ++set) {
      Columns& columns = out.sets.emplace_back();
      for (u8 width : widths) {
        auto& column = columns.emplace_back();
        for (u32 k = 0; k < out.cases && ok_; ++k) column.push_back(value(width));
      }
    }
    return out;
  }

  std::vector<char> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
  std::map<char, Table> tables_;
};

// ---- modules ------------------------------------------------------------------------------------------------------------------

void append_sized(std::vector<u8>& out, const std::vector<u8>& contents) {
  append_uleb(out, contents.size());
  out.insert(out.end(), contents.begin(), contents.end());
}
void append_section(std::vector<u8>& out, u8 id, const std::vector<u8>& contents) {
  out.push_back(id);
  append_sized(out, contents);
}
u8 type_code(char type) {
  switch (type) {
    case 'l':
      return 0x7e;
    case 'f':
      return 0x7d;
    case 'd':
      return 0x7c;
    case 'v':
      return 0x7b;
    default:
      return 0x7f;
  }
}

/// A module that exports the instruction as function "f", and the memory it works on as "m".
std::vector<u8> module_of(const Block& block) {
  std::vector<u8> type = {1, 0x60, static_cast<u8>(block.params.size())};
  for (char p : block.params) type.push_back(type_code(p));
  std::string results = block.results.substr(0, block.results.find('w'));
  type.push_back(static_cast<u8>(results.size()));
  for (char r : results) type.push_back(type_code(r));
  std::vector<u8> body = {0};
  for (u8 n = 0; n < block.params.size(); ++n) body.insert(body.end(), {0x20, n});
  append_op(body, block.op);
  body.insert(body.end(), block.immediate.begin(), block.immediate.end());
  body.push_back(0x0b);
  std::vector<u8> code = {1};
  append_sized(code, body);

  std::vector<u8> out = {0, 'a', 's', 'm', 1, 0, 0, 0};
  append_section(out, 1, type);
  append_section(out, 3, {1, 0});
  append_section(out, 5, {1, 1, 1, 1});
  append_section(out, 7, {2, 1, 'f', 0, 0, 1, 'm', 2, 0});
  append_section(out, 10, code);
  return out;
}

Val to_val(char type, const Bits128& bits) {
  switch (type) {
    case 'l':
      return Val(bits.lo);
    case 'f':
      return Val::from_f32_bits(static_cast<u32>(bits.lo));
    case 'd':
      return Val::from_f64_bits(bits.lo);
    case 'v':
      return Val(bits);
    default:
      return Val(static_cast<u32>(bits.lo));
  }
}
Bits128 to_bits(char type, const Val& val) {
  switch (type) {
    case 'l':
      return {val.as_u64(), 0};
    case 'f':
      return {val.f32_bits(), 0};
    case 'd':
      return {val.f64_bits(), 0};
    case 'v':
      return val.as_v128();
    default:
      return {val.as_u32(), 0};
  }
}

// ---- comparing
// ------------------------------------------------------------------------------------------------------------------

/// One lane where NaNs stand for classes; `exponent` has all bits of the exponent, `quiet` the highest of the fraction.
bool agrees_in_class(u64 actual, u64 expected, u64 exponent, u64 quiet) {
  u64 canonical = exponent | quiet;
  u64 magnitude = actual & (canonical | (quiet - 1));
  if (expected == canonical) return magnitude == canonical;
  if (expected == canonical + 1) return (magnitude & canonical) == canonical;
  return actual == expected;
}

bool agrees(const Block& block, char type, const Bits128& actual, const Bits128& expected) {
  if (type == 'w' || !(block.flags & kNanClasses)) return actual == expected;
  bool narrow = info(block.op).text.starts_with("f32");
  for (std::size_t i = 0; i < width_of(type) / (narrow ? 4u : 8u); ++i) {
    bool same = narrow ? agrees_in_class(actual.lanes<u32>()[i], expected.lanes<u32>()[i], 0x7f80'0000, 0x40'0000)
                       : agrees_in_class(actual.lanes<u64>()[i], expected.lanes<u64>()[i], u64{0x7ff} << 52, u64{1} << 51);
    if (!same) return false;
  }
  return true;
}

std::string hex(char type, const Bits128& value) {
  if (width_of(type) == 16) return fmt::format("{:016x}_{:016x}", value.hi, value.lo);
  return fmt::format("{:0{}x}", value.lo, 2 * width_of(type));
}

/// What one case gave: results, or a trap.
struct Outcome {
  std::optional<TrapCode> trap;
  std::vector<Bits128> results;
  std::string other_error;
};

class Runner {
 public:
  explicit Runner(const VectorFile& file) : file_(file) {
    Config config;
    config.features = Features::all();
    config.deterministic_relaxed_simd = true;
    config.backtrace_frames = 0;
    auto engine = Engine::create(config, interp::engine_parts());
    EXPECT_TRUE(engine);
    if (engine) engine_ = *engine;
  }

  u64 cases = 0;
  int failures = 0;

  void run(const Block& block) {
    if (!engine_) return;
    auto module = Module::compile(*engine_, module_of(block));
    auto store = Store::create(*engine_);
    ASSERT_TRUE(module) << block.name() << ": " << module.error().message();
    ASSERT_TRUE(store);
    auto instance = Instance::create(*store, *module, {});
    ASSERT_TRUE(instance) << block.name() << ": " << instance.error().message();
    std::vector<Outcome> outcomes;
    for (u32 k = 0; k < block.cases; ++k) outcomes.push_back(run_case(block, k, *instance));
    cases += block.cases;
    std::size_t set = 0;  // the set with which all cases agree, else the first
    for (std::size_t s = block.sets.size(); s-- > 0;) {
      bool all = true;
      for (u32 k = 0; k < block.cases && all; ++k) all = problem(block, block.sets[s], k, outcomes[k]).empty();
      if (all) set = s;
    }
    for (u32 k = 0; k < block.cases; ++k) {
      std::string what = problem(block, block.sets[set], k, outcomes[k]);
      if (what.empty() || ++failures > kMostFailures) continue;
      std::string operands;
      std::vector<Bits128> args = operands_of(block, k);
      for (std::size_t n = 0; n < args.size(); ++n) operands += " " + hex(block.params[n], args[n]);
      ADD_FAILURE() << block.name() << operands << ": " << what;
    }
  }

 private:
  std::vector<Bits128> operands_of(const Block& block, u32 which) const {
    std::vector<Bits128> out(block.params.size());
    for (std::size_t n = block.params.size(); n-- > 0;) {
      u32 count = block.counts[n];
      u32 pick = block.flags & kSampled ? file_.samples[which][n] % count : which % count;
      if (!(block.flags & kSampled)) which /= count;
      out[n] = block.tables[n]->values[pick];
    }
    return out;
  }

  Outcome run_case(const Block& block, u32 k, const Instance& instance) const {
    std::vector<Bits128> operands = operands_of(block, k);
    std::vector<Val> args;
    for (std::size_t n = 0; n < operands.size(); ++n) args.push_back(to_val(block.params[n], operands[n]));
    std::span<u8> memory = instance.get_memory("m")->data();
    u64 at = kPage;
    if (block.flags & kMemory) {
      for (u32 a = 0; a < kPage; ++a) memory[a] = static_cast<u8>(a * 167 + (a >> 8) * 13 + 5);
      auto* p = reinterpret_cast<const u8*>(block.immediate.data()) + 1;  // SAFETY: bytes of the file, read as bytes
      at = std::min<u64>(static_cast<u32>(operands[0].lo) + decode_uleb<u64>(p), kPage);
    }
    auto results = instance.get_func("f")->call(std::span<const Val>(args));
    Outcome out;
    if (!results) {
      out.trap = trap_code(results.error());
      if (!out.trap) out.other_error = results.error().message();
      return out;
    }
    for (std::size_t r = 0; r < results->size(); ++r) out.results.push_back(to_bits(block.results[r], (*results)[r]));
    if (block.flags & kMemory) {
      Bits128 window;
      std::memcpy(&window, memory.data() + at, std::min<u64>(16, kPage - at));
      out.results.push_back(window);
    }
    return out;
  }

  /// Whether an atomic access is misaligned and out of bounds: which trap comes first is not specified.
  bool both_reasons(const Block& block, u32 k) const {
    const OpInfo& row = info(block.op);
    if (!row.has(op_flags::Atomic)) return false;
    auto* p = reinterpret_cast<const u8*>(block.immediate.data()) + 1;  // SAFETY: bytes of the file, read as bytes
    u64 address = static_cast<u32>(operands_of(block, k)[0].lo) + decode_uleb<u64>(p);
    return address % row.mem != 0 && address + row.mem > kPage;
  }

  /// How a case differs from what a set expects; empty if it does not.
  std::string problem(const Block& block, const Columns& expected, u32 k, const Outcome& outcome) const {
    if (!outcome.other_error.empty()) return outcome.other_error;
    u8 status = block.status.empty() ? 0 : block.status[k];
    std::optional<TrapCode> trap;
    if (status != 0) trap = file_.traps[status - 1];
    if (outcome.trap != trap && !(outcome.trap && trap && both_reasons(block, k))) {
      auto name = [](std::optional<TrapCode> code) { return code ? "trap " + std::string(info(*code).name) : "a result"; };
      return fmt::format("{}, expected {}", name(outcome.trap), name(trap));
    }
    if (trap) return {};
    std::string out;
    for (std::size_t r = 0; r < outcome.results.size(); ++r) {
      char type = block.results[r];
      if (!agrees(block, type, outcome.results[r], expected[r][k]))
        out += fmt::format("result {}: {}, expected {} ", r, hex(type, outcome.results[r]), hex(type, expected[r][k]));
    }
    return out;
  }

  const VectorFile& file_;
  std::optional<Engine> engine_;
};

std::vector<std::string> files() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".bin") out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

class Vectors : public testing::TestWithParam<std::string> {};

TEST_P(Vectors, AgreeWithAnotherEngine) {
  VectorFile file(kFolder / (GetParam() + ".bin"));
  ASSERT_TRUE(file.ok());
  Runner runner(file);
  for (const Block& block : file.blocks) {
    runner.run(block);
    if (HasFatalFailure()) return;
  }
  RecordProperty("cases", static_cast<int>(runner.cases));
  EXPECT_EQ(runner.failures, 0) << "of " << runner.cases << " cases";
  EXPECT_GT(runner.cases, 0u);
}
INSTANTIATE_TEST_SUITE_P(Files, Vectors, testing::ValuesIn(files()), [](const auto& info) { return info.param; });

// Every instruction with a fixed signature that leaves something to see.
TEST(VectorFiles, CoverEveryInstruction) {
  std::set<Op> covered;
  for (const std::string& name : files()) {
    VectorFile file(kFolder / (name + ".bin"));
    ASSERT_TRUE(file.ok()) << name;
    for (const Block& block : file.blocks) {
      covered.insert(block.op);
      const OpInfo& row = info(block.op);
      EXPECT_EQ(block.params, row.params()) << row.text;
      EXPECT_EQ(block.results.substr(0, block.results.find('w')), row.results()) << row.text;
    }
  }
  for (std::size_t i = 0; i < kOpCount; ++i) {
    const OpInfo& row = kOps[i];
    if (row.has_fixed_signature() && row.sig != ":")
      EXPECT_TRUE(covered.contains(static_cast<Op>(i))) << row.text << " has no vectors";
  }
}

}  // namespace
}  // namespace tenon
