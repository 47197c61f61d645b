// What the generator does where a module is made to be run: it ends, traps seldom, and what it computes is seen.
//
// Every function and every turn of a loop burns a unit of a global that the host's entry points fill; without one a function
// returns at once, so that recursion and loops end in every engine alike. What statements make goes into locals, globals and
// memories, or into a sum of everything. Operands on which instructions trap are mostly made to fit.
#include <algorithm>

#include "body_generator.h"

namespace tenon::fuzz {

namespace {

constexpr i32 kFuel = 40;
constexpr u32 kCounters = 4;
// Places of scratch locals.
constexpr u32 kF32 = 0, kF64 = 1, kCounter = 2, kV128 = kCounter + kCounters;

constexpr u32 kNan32 = 0x7fc00000;
constexpr u64 kNan64 = 0x7ff8000000000000;

bool divides(Op op) {
  using enum Op;
  return (op >= I32DivS && op <= I32RemU) || (op >= I64DivS && op <= I64RemU);
}

bool converts_or_traps(Op op) {
  using enum Op;
  return op == I32TruncF32S || op == I32TruncF32U || op == I32TruncF64S || op == I32TruncF64U || op == I64TruncF32S ||
         op == I64TruncF32U || op == I64TruncF64S || op == I64TruncF64U;
}

bool waits(Op op) {
  return op == Op::MemoryAtomicWait32 || op == Op::MemoryAtomicWait64;
}

}  // namespace

std::vector<ValType> BodyGenerator::scratch(Features features) {
  std::vector<ValType> types = {ValType::f32(), ValType::f64()};
  types.insert(types.end(), kCounters, ValType::i32());
  if (features.has(Feature::Simd)) types.push_back(ValType::v128());
  if (features.has(Feature::Gc)) types.push_back(ValType::anyref());
  if (features.has(Feature::Exceptions) && !features.has(Feature::LegacyExceptions)) types.push_back(ValType::exnref());
  return types;
}

void BodyGenerator::constant_of(i64 value, ValType type) {
  op(type == ValType::i64() ? Op::I64Const : Op::I32Const);
  sink_.sleb(value);
}

// ---- ending

void BodyGenerator::burn() {
  using enum Op;
  local(GlobalGet, world_.running.fuel);
  constant_of(1, ValType::i32());
  op(I32Sub);
  local(GlobalSet, world_.running.fuel);
  local(GlobalGet, world_.running.fuel);
  constant_of(0, ValType::i32());
  op(I32LtS);
  op(If);
  block_type({}, {});
  u32 budget = std::exchange(budget_, 0);
  produce(results_);
  budget_ = budget;
  op(Return);
  op(End);
}

void BodyGenerator::counted_loop_begin() {
  if (loops_ < kCounters) {
    constant_of(0, ValType::i32());
    local(Op::LocalSet, scratch_ + kCounter + loops_);
  }
  ++loops_;
}

void BodyGenerator::counted_loop_end(const Types& params) {
  using enum Op;
  --loops_;
  if (loops_ >= kCounters) return;
  u32 counter = scratch_ + kCounter + loops_;
  produce(params);
  local(LocalGet, counter);
  constant_of(1, ValType::i32());
  op(I32Add);
  local(LocalTee, counter);
  constant_of(1 + random_.below(4), ValType::i32());
  op(I32LtU);
  op(BrIf);
  index(0);
  dispose(params);
}

// An instruction behind which nothing runs, executed now and then.
void BodyGenerator::guarded(Op op, u32 mask) {
  produce(ValType::i32());
  constant_of(mask, ValType::i32());
  plain(Op::I32And);
  if (random_.chance(50)) {
    plain(Op::I32Eqz);
  } else {
    constant_of(random_.below(mask + 1), ValType::i32());
    plain(Op::I32Eq);
  }
  plain(Op::If);
  block_type({}, {});
  labels_.push_back({});
  if (op == Op::Unreachable) {
    plain(op);
  } else if (op == Op::Throw) {
    exception(op);
  } else if (op == Op::Br || op == Op::BrTable || op == Op::Return) {
    branch(op);
  } else {
    call(op);
  }
  finish();
}

// ---- being seen

// Takes a value and changes the sum by it.
void BodyGenerator::mix(ValType type) {
  using enum Op;
  type = type.unpacked();
  if (type.is_ref()) {
    op(RefIsNull);
    op(I64ExtendI32U);
  } else if (type == ValType::i32()) {
    op(I64ExtendI32U);
  } else if (type == ValType::f32()) {
    op(I32ReinterpretF32);
    op(I64ExtendI32S);
  } else if (type == ValType::f64()) {
    op(I64ReinterpretF64);
  } else if (type == ValType::v128()) {
    local(LocalTee, scratch_ + kV128);
    op(I64x2ExtractLane);
    sink_.push_back(0);
    local(LocalGet, scratch_ + kV128);
    op(I64x2ExtractLane);
    sink_.push_back(1);
    constant_of(31, ValType::i64());
    op(I64Rotl);
    op(I64Xor);
  }
  local(GlobalGet, world_.running.sum);
  constant_of(7, ValType::i64());
  op(I64Rotl);
  op(I64Add);
  local(GlobalSet, world_.running.sum);
}

void BodyGenerator::canonicalize(const OpInfo& row) {
  using enum Op;
  if (!world_.running.canonical_nans || !row.has(op_flags::NanResult)) return;
  // select takes its second operand where the value differs from itself.
  if (row.results() == "v") {
    u32 value = scratch_ + kV128;
    bool wide = row.text.starts_with("f64x2");
    local(LocalTee, value);
    op(V128Const);
    for (int half = 0; half < 2; ++half) sink_.fixed64(wide ? kNan64 : u64{kNan32} << 32 | kNan32);
    local(LocalGet, value);
    local(LocalGet, value);
    op(wide ? F64x2Eq : F32x4Eq);
    op(V128Bitselect);
    return;
  }
  bool wide = row.results() == "d";
  u32 value = scratch_ + (wide ? kF64 : kF32);
  local(LocalTee, value);
  op(wide ? F64Const : F32Const);
  wide ? sink_.fixed64(kNan64) : sink_.fixed32(kNan32);
  local(LocalGet, value);
  local(LocalGet, value);
  op(wide ? F64Eq : F32Eq);
  op(Select);
}

// ---- operands that fit

void BodyGenerator::operands(const OpInfo& row, u32 memory) {
  Op op = static_cast<Op>(&row - kOps.data());
  std::string_view params = row.params();
  for (std::size_t i = 0; i < params.size(); ++i) {
    bool last = i + 1 == params.size();
    if (params[i] == 'm') {
      bool is_64 = world_.memories[memory].is_64;
      running() ? produce_address(row, is_64) : produce(address(is_64));
    } else if (running() && waits(op) && last) {
      constant_of(random_.below(1000), ValType::i64());  // nanoseconds
    } else if (running() && converts_or_traps(op) && random_.chance(95)) {
      operand_of_conversion(row);
    } else {
      produce(signature_type(params[i]));
      if (running() && divides(op) && last && random_.chance(96)) {
        bool wide = params[i] == 'l';
        constant_of(1, signature_type(params[i]));
        plain(wide ? Op::I64Or : Op::I32Or);
      }
    }
  }
}

// A float that an integer can hold.
void BodyGenerator::operand_of_conversion(const OpInfo& row) {
  bool wide = row.params() == "d";
  produce(ValType::i32());
  constant_of(random_.chance(50) ? 0xffff : 0x7fffffff, ValType::i32());
  plain(Op::I32And);
  plain(wide ? Op::F64ConvertI32S : Op::F32ConvertI32S);
  if (random_.chance(50)) {
    plain(wide ? Op::F64Const : Op::F32Const);
    wide ? sink_.fixed64(0x3fdb333333333333) : sink_.fixed32(0x3ed9999a);  // 0.425
    plain(wide ? Op::F64Mul : Op::F32Mul);
  }
}

void BodyGenerator::produce_address(const OpInfo& row, bool is_64) {
  ValType type = address(is_64);
  bool atomic = row.has(op_flags::Atomic);
  i64 mask = atomic ? 0xff0 : 0xfff;
  if (!atomic && random_.chance(2)) return produce(type);
  // Engines do not agree on what is wrong first: either out of bounds or unaligned, not both.
  if (atomic && random_.chance(1)) mask = random_.chance(50) ? ~15 : 0xfff;
  if (random_.chance(40)) return constant_of(static_cast<i64>(random_.next() & 0xfff) & mask, type);
  produce(type);
  constant_of(mask, type);
  plain(is_64 ? Op::I64And : Op::I32And);
}

// A number of at most `mask`, mostly.
void BodyGenerator::produce_below(ValType type, u32 mask) {
  if (random_.chance(2)) return produce(type);
  if (random_.chance(40)) return constant_of(random_.next() & mask, type);
  produce(type);
  constant_of(mask, type);
  plain(type == ValType::i64() ? Op::I64And : Op::I32And);
}

u32 BodyGenerator::table_index() {
  u32 tables = static_cast<u32>(world_.tables.size());
  if (!running() || tables == 1 || random_.chance(10)) return random_.below(tables);
  return 1 + random_.below(tables - 1);  // what call_indirect calls stands in the first
}

std::optional<u32> BodyGenerator::live_elem(ValType type) {
  u32 start = random_.below(world_.elems.size());
  for (u32 n = 0; n < world_.elems.size(); ++n) {
    u32 i = (start + n) % static_cast<u32>(world_.elems.size());
    if (world_.running.live_elems[i] && world_.elems[i] == type) return i;
  }
  return std::nullopt;
}

// An object of a reference type, mostly; false where there is none or null is wanted.
bool BodyGenerator::produce_object(ValType type) {
  using enum Op;
  if (type.nullable() && random_.chance(4)) return false;
  if (type.is_concrete()) {
    u32 wanted = type.type_index().value();
    const SubType& definition = world_.types[wanted];
    if (definition.func() != nullptr) return false;
    if (auto* structure = definition.structure()) {
      bool filled = depth_ < 3 && budget_ > 0 && random_.chance(50);
      ++depth_;
      if (filled)
        for (const FieldType& field : structure->fields) produce(field.storage);
      --depth_;
      op(filled ? StructNew : StructNewDefault);
    } else {
      ValType element = definition.array()->element.storage;
      bool filled = depth_ < 3 && budget_ > 0 && random_.chance(50);
      ++depth_;
      if (filled) produce(element);
      --depth_;
      constant_of(4 + random_.below(4), ValType::i32());
      op(filled ? ArrayNew : ArrayNewDefault);
    }
    index(wanted);
    return true;
  }
  auto object_of = [&](bool structs, bool arrays) {
    auto picked = pick_type([&](const SubType& t) { return (structs && t.structure()) || (arrays && t.array()); });
    return picked && produce_object(ValType::ref(TypeIndex(*picked), false));
  };
  switch (type.abstract_heap()) {
    case AbstractHeap::Func:
      op(RefFunc);
      index(random_.below(world_.funcs.size()));
      return true;
    case AbstractHeap::Extern:
      if (!has(Feature::Gc) || !produce_object(ValType::ref(AbstractHeap::Any, false))) return false;
      op(ExternConvertAny);
      return true;
    case AbstractHeap::Struct:
      return object_of(true, false);
    case AbstractHeap::Array:
      return object_of(false, true);
    case AbstractHeap::Any:
    case AbstractHeap::Eq:
      if (random_.chance(50)) return object_of(true, true);
      [[fallthrough]];
    case AbstractHeap::I31:
      produce(ValType::i32());
      op(RefI31);
      return true;
    default:
      return false;
  }
}

// References among the declared locals are null at first.
void BodyGenerator::initialise(u32 params) {
  for (u32 i = params; i < locals_.size(); ++i) {
    if (!locals_[i].is_ref() || random_.chance(10)) continue;
    produce_reference(locals_[i]);
    local(Op::LocalSet, i);
  }
}

// ---- instructions that would mostly trap

void BodyGenerator::exception_running() {
  using enum Op;
  if (has(Feature::LegacyExceptions))  // engines refuse modules with both forms
    return legacy(random_.chance(30) ? Delegate : random_.chance(50) ? Rethrow : CatchAll);
  u32 at = scratch_ + kV128 + has(Feature::Simd) + has(Feature::Gc);
  u32 tag = random_.below(2);  // tags 0 and 1 have no results
  const Types params = func_type(world_.tags[tag]).params;
  auto kind = static_cast<encode::CatchKind>(random_.below(4));
  bool with_tag = kind == encode::CatchKind::Catch || kind == encode::CatchKind::CatchRef;
  bool with_ref = kind == encode::CatchKind::CatchRef || kind == encode::CatchKind::CatchAllRef;
  if (with_ref && with_tag && !params.empty()) tag = 0;  // one value at most, so that a block type can say it
  Types carried = with_tag && !with_ref ? params : Types();
  if (with_ref) carried.push_back(ValType::exnref());
  begin(carried);
  op(TryTable);
  block_type({}, {});
  sink_.uleb(1);
  sink_.push_back(static_cast<u8>(kind));
  if (with_tag) index(tag);
  index(0);  // labels of clauses do not count the try_table itself
  labels_.push_back({});
  ++tries_;
  statements(4);
  if (random_.chance(60)) guarded(Throw, 1);
  --tries_;
  finish();
  if (with_ref) {
    op(RefNull);
    encode::heap_type(sink_, ValType::exnref());
  } else {
    produce(carried);
  }
  finish();
  if (!with_ref) return dispose(carried);
  // What was caught is thrown again, where something was.
  local(LocalSet, at);
  if (!random_.chance(tries_ > 0 ? 70 : 35)) return;
  if (!random_.chance(3)) {
    local(LocalGet, at);
    op(RefIsNull);
    op(I32Eqz);
  } else {
    constant_of(1, ValType::i32());
  }
  op(If);
  block_type({}, {});
  local(LocalGet, at);
  op(ThrowRef);
  op(End);
}

void BodyGenerator::cast_running(Op op) {
  using enum Op;
  ValType from = ValType::anyref(), to;
  switch (random_.below(6)) {
    case 0:
      to = ValType::ref(AbstractHeap::I31);
      break;
    case 1:
      to = ValType::ref(AbstractHeap::Struct);
      break;
    case 2:
      to = ValType::ref(AbstractHeap::Array);
      break;
    case 3:
      to = ValType::ref(AbstractHeap::Eq);
      break;
    default:
      to = ValType::ref(TypeIndex(*pick_type([](const SubType& t) { return t.structure() || t.array(); })));
  }
  bool casts = op == RefCast || op == RefCastNull;
  produce(random_.chance(casts ? 93 : 50) ? to : from);
  switch (op) {
    case RefTest:
    case RefTestNull:
      plain(op);
      encode::heap_type(sink_, to);
      return dispose(ValType::i32());
    case RefCast:
    case RefCastNull:
      plain(op);
      encode::heap_type(sink_, to);
      return dispose(to);
    default: {
      // The operand goes to a block's end either way, and is seen there.
      ValType carried = op == BrOnCast ? to : from;
      u32 kept = scratch_ + kV128 + has(Feature::Simd);
      local(LocalSet, kept);
      begin({carried});
      local(LocalGet, kept);
      plain(op);
      sink_.push_back(encode::cast_flags(true, true));
      index(0);
      encode::heap_type(sink_, from);
      encode::heap_type(sink_, to);
      constant_of(random_.below(100), ValType::i32());
      mix(ValType::i32());
      plain(Drop);
      produce(carried);
      finish();
      return dispose(carried);
    }
  }
}

// ---- what hosts call

void BodyGenerator::wrapper(u32 callee) {
  using enum Op;
  const FuncType& type = func_type(world_.funcs[callee]);
  scratch_ = 2;
  constant_of(kFuel, ValType::i32());
  local(GlobalSet, world_.running.fuel);
  for (u32 i = 0; i < type.params.size(); ++i) {
    ValType param = type.params[i];
    if (param.is_ref()) {
      produce_reference(param);
      continue;
    }
    local(LocalGet, i % 2);
    if (param == ValType::i32() || param == ValType::f32()) op(I32WrapI64);
    if (param == ValType::f32()) op(F32ReinterpretI32);
    if (param == ValType::f64()) op(F64ReinterpretI64);
    if (param == ValType::v128()) {
      op(I64x2Splat);
      local(LocalGet, 1 - i % 2);
      op(I64x2ReplaceLane);
      sink_.push_back(1);
    }
  }
  op(Call);
  index(callee);
  for (std::size_t n = type.results.size(); n > 0; --n) mix(type.results[n - 1]);
  local(GlobalGet, world_.running.sum);
  op(End);
}

void BodyGenerator::digest() {
  using enum Op;
  constexpr u32 kLeastElements = 10;
  scratch_ = 0;
  for (u32 i = 0; i < world_.globals.size(); ++i) {
    local(GlobalGet, i);
    mix(world_.globals[i].content);
  }
  for (u32 i = 0; i < world_.tables.size(); ++i) {
    ValType at = address(world_.tables[i].is_64);
    local(TableSize, i);
    mix(at);
    for (u32 n = 0; n < kLeastElements; ++n) {
      constant_of(n, at);
      local(TableGet, i);
      mix(world_.tables[i].element);
    }
  }
  local(GlobalGet, world_.running.sum);
  op(End);
}

}  // namespace tenon::fuzz
