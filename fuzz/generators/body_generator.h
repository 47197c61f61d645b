// Bodies and constant expressions for the module generator.
//
// Every statement leaves the operand stack as it found it, so any sequence of statements is valid, behind a branch as well. A
// statement picks an instruction, produces its operands, emits it and disposes of its results.
#pragma once

#include <algorithm>
#include <vector>

#include "tenon/encode/instructions.h"
#include "tenon/encode/module.h"
#include "tenon/spec/features.h"
#include "tenon/spec/opcodes.h"
#include "tenon/spec/types.h"

namespace tenon::fuzz {

/// Reproducible random numbers (splitmix64), or a fuzzer's choices as long as there are any.
class Random {
 public:
  explicit Random(u64 seed, Bytes choices = {}) : state_(seed), choices_(choices) {}
  u64 next() {
    if (!choices_.empty()) return choice(8);
    u64 z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  /// Below `bound`, which is not zero.
  u32 below(u64 bound) {
    if (!choices_.empty() && bound <= 0x10000) return static_cast<u32>(choice(bound <= 0x100 ? 1 : 2) % bound);
    return static_cast<u32>(next() % bound);
  }
  bool chance(u32 percent) { return below(100) < percent; }

 private:
  u64 choice(std::size_t size) {
    u64 value = 0;
    for (u8 byte : choices_.first(std::min(size, choices_.size()))) value = value << 8 | byte;
    choices_ = choices_.subspan(std::min(size, choices_.size()));
    return value;
  }

  u64 state_;
  Bytes choices_;
};

/// Continuation types that stack switching instructions use.
struct Conts {
  TypeIndex plain, unary, thunk, thunk_func, switching;
};

/// Where a module that is made to be run keeps what all its functions share. See running.cpp.
struct Running {
  bool on = false;
  /// Every NaN that arithmetic may make is replaced by the canonical one, for engines that cannot be told to.
  bool canonical_nans = false;
  u32 fuel = 0, sum = 0;         ///< globals that no statement sets: turns left, and the sum of all that was computed
  std::vector<bool> live_elems;  ///< by element segment: whether it still has its elements
};

/// What a module has defined so far.
struct World {
  explicit World(Features features) : features(features), used(kOpCount) {}
  Features features;
  std::vector<SubType> types;
  std::vector<TypeIndex> funcs;
  std::vector<TableType> tables;
  std::vector<MemoryType> memories;
  std::vector<GlobalType> globals;
  std::vector<TypeIndex> tags;
  std::vector<ValType> elems;
  u32 imported_globals = 0;
  u32 datas = 0;
  u32 imports = 0;
  Conts conts;
  std::vector<bool> used;
  Running running;
  /// The instruction at which to go wrong, counted over all bodies, and how; never where the module is to be valid.
  u32 emitted = 0;
  u32 damage_at = ~0u;
  u32 damage_kind = 0;
};

class BodyGenerator {
 public:
  BodyGenerator(World& world, Random& random, encode::Sink& sink) : world_(world), random_(random), sink_(sink) {}

  /// Instructions of a function, the final end included; locals are declared already.
  void function(const FuncType& type, const std::vector<ValType>& locals, u32 size);
  /// What a host calls: [i64 i64] -> [i64], which makes arguments for a function of those, calls it and sums up its results.
  void wrapper(u32 callee);
  /// [] -> [i64]: the sum of all globals and of what tables have.
  void digest();
  /// Locals that bodies of a module made to be run need behind their own.
  static std::vector<ValType> scratch(Features features);
  /// A constant expression without its end.
  void constant(ValType type, u32 depth);
  /// An opcode, recorded as used.
  void op(Op op);

 private:
  using Types = std::vector<ValType>;

  bool has(Feature feature) const { return world_.features.has(feature); }
  bool enabled(Op op) const;
  const FuncType& func_type(TypeIndex type) const { return *world_.types[type.value()].func(); }

  void statement();
  ValType operand_type();
  Op pick();
  void instruction(Op op);
  void fixed(Op op);
  void control(Op op);
  void branch(Op op);
  void call(Op op);
  void variable(Op op);
  void table(Op op);
  void memory(Op op);
  void reference(Op op);
  void aggregate(Op op);
  void cast(Op op);
  void exception(Op op);
  void legacy(Op op);
  void switching(Op op);
  void resume_with_handler();

  void block(Op op, const Types& params, const Types& results);
  void statements(u32 most);
  void begin(const Types& results);
  void finish();
  void block_type(const Types& params, const Types& results);

  void produce(ValType type);
  void produce(const Types& types);
  void produce_number(ValType type);
  void produce_reference(ValType type);
  void produce_concrete(ValType type);
  void number_constant(ValType type);
  void dispose(ValType type);
  void dispose(const Types& types);
  void mem_arg(const OpInfo& row, u32 memory);
  void immediates(const OpInfo& row);
  void index(u32 value);

  // For modules that are made to be run (running.cpp).
  bool running() const { return world_.running.on; }
  void burn();
  void guarded(Op op, u32 mask);
  void mix(ValType type);
  void canonicalize(const OpInfo& row);
  void operands(const OpInfo& row, u32 memory);
  void operand_of_conversion(const OpInfo& row);
  void produce_address(const OpInfo& row, bool is_64);
  void produce_below(ValType type, u32 mask);
  bool produce_object(ValType type);
  void initialise(u32 params);
  void exception_running();
  void cast_running(Op op);
  void counted_loop_begin();
  void counted_loop_end(const Types& params);
  u32 table_index();
  std::optional<u32> live_elem(ValType type);
  void constant_of(i64 value, ValType type);
  void plain(Op op) { this->op(op); }
  void local(Op op, u32 at) { this->op(op), index(at); }

  ValType address(bool is_64) const { return is_64 ? ValType::i64() : ValType::i32(); }
  /// A type index whose definition satisfies `want`, or nothing.
  template <class Want>
  std::optional<u32> pick_type(Want want);

  World& world_;
  Random& random_;
  encode::Sink& sink_;
  Types locals_;
  Types results_;
  std::vector<Types> labels_;  ///< innermost last; what a branch to each carries
  u32 depth_ = 0;
  u32 budget_ = 0;
  u32 scratch_ = 0;  ///< the first of the scratch locals
  u32 loops_ = 0;    ///< counted loops around
  u32 tries_ = 0;    ///< try blocks around
};

template <class Want>
std::optional<u32> BodyGenerator::pick_type(Want want) {
  u32 start = random_.below(world_.types.size());
  for (u32 n = 0; n < world_.types.size(); ++n) {
    u32 i = (start + n) % world_.types.size();
    if (want(world_.types[i])) return i;
  }
  return std::nullopt;
}

}  // namespace tenon::fuzz
