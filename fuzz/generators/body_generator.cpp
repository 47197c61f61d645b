#include "body_generator.h"

#include <algorithm>

namespace tenon::fuzz {

namespace {

constexpr u32 kMaxDepth = 4;

// Bits that numeric instructions care about.
constexpr u64 kBits[] = {0,
                         1,
                         2,
                         0x7f,
                         0x80,
                         0xff,
                         0x7fff,
                         0x8000,
                         0x7fffffff,
                         0x80000000,
                         0xffffffff,
                         0x7fffffffffffffff,
                         0x8000000000000000,
                         0xffffffffffffffff,
                         0x3f800000,
                         0x7fc00000,
                         0x7f800001,
                         0x3ff0000000000000,
                         0x7ff8000000000000,
                         0x7ff0000000000001,
                         0x4330000000000000};

}  // namespace

void BodyGenerator::op(Op op) {
  bool here = world_.emitted++ == world_.damage_at;
  world_.used[static_cast<u16>(op)] = true;
  if (!here) {
    encode::op(sink_, op);
    return;
  }
  switch (world_.damage_kind) {
    case 0:
      return;  // the instruction is missing
    case 1:
      encode::op(sink_, Op::Drop);
      break;  // an operand is missing
    case 2:
      encode::i32_const(sink_, 7);
      break;  // an operand too many
    default:
      encode::op(sink_, static_cast<Op>(random_.below(kOpCount)));
      return;  // another instruction
  }
  encode::op(sink_, op);
}

bool BodyGenerator::enabled(Op op) const {
  return has(info(op).feature);
}

void BodyGenerator::index(u32 value) {
  sink_.uleb(value);
}

void BodyGenerator::function(const FuncType& type, const std::vector<ValType>& locals, u32 size) {
  locals_ = type.params;
  locals_.insert(locals_.end(), locals.begin(), locals.end());
  results_ = type.results;
  labels_ = {type.results};
  budget_ = size;
  scratch_ = static_cast<u32>(locals_.size());
  if (running()) burn(), initialise(static_cast<u32>(type.params.size()));
  while (budget_ > 0) statement();
  produce(type.results);
  op(Op::End);
}

void BodyGenerator::statement() {
  if (budget_ > 0) --budget_;
  for (u32 tries = 0; tries < 20; ++tries) {
    Op choice = pick();
    if (!enabled(choice)) continue;
    // Operands beneath, which a branch or an exception leaves behind.
    Types beneath;
    while (random_.chance(12)) beneath.push_back(operand_type());
    produce(beneath);
    instruction(choice);
    dispose(beneath);
    return;
  }
}

ValType BodyGenerator::operand_type() {
  u32 kind = random_.below(6);
  if (kind == 5 && has(Feature::ReferenceTypes)) return has(Feature::Gc) ? ValType::anyref() : ValType::externref();
  if (kind == 4 && has(Feature::Simd)) return ValType::v128();
  return signature_type("ilfd"[kind % 4]);
}

Op BodyGenerator::pick() {
  // What programs mostly consist of would be rare if all instructions were alike.
  using enum Op;
  static constexpr Op kOften[] = {
      Block,    Loop,        If,        BrIf,      BrTable,     Call,        CallIndirect,  LocalSet,
      LocalTee, GlobalGet,   GlobalSet, Select,    I32Store,    I64Store,    I32Load,       I64Load,
      TableGet, MemoryCopy,  TryTable,  Throw,     StructGet,   StructSet,   ArrayGet,      ArraySet,
      RefCast,  BrOnCast,    CallRef,   V128Store, F64Load,     ReturnCall,  ReturnCallRef, ReturnCallIndirect,
      Br,       Unreachable, ThrowRef,  Rethrow,   I64MulWideS, I64MulWideU, I64Add128,     ArrayCopy};
  if (running() && random_.chance(40)) return kOften[random_.below(std::size(kOften))];
  return static_cast<Op>(random_.below(kOpCount));
}

void BodyGenerator::statements(u32 most) {
  if (depth_ >= kMaxDepth) return;
  ++depth_;
  for (u32 n = random_.below(most + 1); n > 0 && budget_ > 0; --n) statement();
  --depth_;
}

void BodyGenerator::instruction(Op op) {
  const OpInfo& row = info(op);
  if (row.has_fixed_signature()) return fixed(op);
  using enum Op;
  if (running()) {
    switch (op) {
      case Unreachable:
        return guarded(op, 127);
      case Br:
      case BrTable:
      case Return:
      case ReturnCall:
      case ReturnCallIndirect:
      case ReturnCallRef:
        return guarded(op, 7);
      case Throw:
        return guarded(op, tries_ > 0 ? 3 : 63);
      case TryTable:
      case ThrowRef:
        return exception_running();
      case RefTest:
      case RefTestNull:
      case RefCast:
      case RefCastNull:
      case BrOnCast:
      case BrOnCastFail:
        return cast_running(op);
      default:
        break;
    }
  }
  switch (op) {
    case Unreachable:
      return this->op(op);
    case Block:
    case Loop:
    case If:
    case Else:
    case End:
      return control(op);
    case Br:
    case BrIf:
    case BrTable:
    case Return:
    case BrOnNull:
    case BrOnNonNull:
      return branch(op);
    case Call:
    case CallIndirect:
    case CallRef:
    case ReturnCall:
    case ReturnCallIndirect:
    case ReturnCallRef:
      return call(op);
    case Drop:
    case Select:
    case SelectT:
    case LocalGet:
    case LocalSet:
    case LocalTee:
    case GlobalGet:
    case GlobalSet:
      return variable(op);
    case TableGet:
    case TableSet:
    case TableInit:
    case TableCopy:
    case TableGrow:
    case TableSize:
    case TableFill:
      return table(op);
    case MemorySize:
    case MemoryGrow:
    case MemoryInit:
    case MemoryCopy:
    case MemoryFill:
      return memory(op);
    case RefNull:
    case RefIsNull:
    case RefFunc:
    case RefEq:
    case RefAsNonNull:
    case AnyConvertExtern:
    case ExternConvertAny:
    case RefI31:
    case I31GetS:
    case I31GetU:
      return reference(op);
    case RefTest:
    case RefTestNull:
    case RefCast:
    case RefCastNull:
    case BrOnCast:
    case BrOnCastFail:
      return cast(op);
    case TryTable:
    case Throw:
    case ThrowRef:
      return exception(op);
    case Try:
    case Catch:
    case CatchAll:
    case Rethrow:
    case Delegate:
      return legacy(op);
    case ContNew:
    case ContBind:
    case Suspend:
    case Resume:
    case ResumeThrow:
    case ResumeThrowRef:
    case Switch:
      return switching(op);
    default:
      return aggregate(op);
  }
}

void BodyGenerator::fixed(Op op) {
  const OpInfo& row = info(op);
  u32 memory = world_.memories.empty() ? 0 : random_.below(world_.memories.size());
  if (row.mem != 0 && world_.memories.empty()) return;
  if (op == Op::DataDrop && (world_.datas == 0)) return;
  if (op == Op::ElemDrop && world_.elems.empty()) return;
  operands(row, memory);
  this->op(op);
  if (row.imm == Imm::MemArg || row.imm == Imm::MemArgLane) mem_arg(row, memory);
  immediates(row);
  canonicalize(row);
  for (std::size_t n = row.results().size(); n > 0; --n) dispose(signature_type(row.results()[n - 1]));
}

void BodyGenerator::mem_arg(const OpInfo& row, u32 memory) {
  u32 natural = 0;
  while ((1u << natural) < row.mem) ++natural;
  u32 align = row.has(op_flags::Atomic) ? natural : random_.below(natural + 1);
  u64 offset = random_.chance(70) ? random_.below(100) : random_.next() & 0xffffffff;
  if (running()) {
    bool atomic = row.has(op_flags::Atomic);
    offset = random_.chance(85) ? random_.below(100) : random_.below(3000);
    if (!atomic && random_.chance(1)) offset = random_.next() & 0xffffffff;
    if (!atomic && world_.memories[memory].is_64 && random_.chance(1)) offset = random_.next();
    // An atomic access that is unaligned is in bounds: engines look for the two traps in any order.
    if (atomic) offset &= ~u64{15};
  }
  encode::mem_arg(sink_, align, offset, MemoryIndex(memory));
}

// Immediates that do not depend on the module: constants, lanes, the fence's zero, dropped segments.
void BodyGenerator::immediates(const OpInfo& row) {
  auto bits = [&] { return random_.chance(60) ? kBits[random_.below(std::size(kBits))] : random_.next(); };
  u32 lanes = 16;
  std::string_view shape = row.text;
  if (shape.starts_with("i16x8")) lanes = 8;
  if (shape.starts_with("i32x4") || shape.starts_with("f32x4")) lanes = 4;
  if (shape.starts_with("i64x2") || shape.starts_with("f64x2")) lanes = 2;
  if (row.imm == Imm::MemArgLane) lanes = 16 / row.mem;
  for (ImmField field : kImmFields[static_cast<u8>(row.imm)]) {
    switch (field) {
      case ImmField::I32:
        sink_.sleb(static_cast<i32>(bits()));
        break;
      case ImmField::I64:
        sink_.sleb(static_cast<i64>(bits()));
        break;
      case ImmField::F32:
        sink_.fixed32(static_cast<u32>(bits()));
        break;
      case ImmField::F64:
        sink_.fixed64(bits());
        break;
      case ImmField::V128:
        sink_.fixed64(bits());
        sink_.fixed64(bits());
        break;
      case ImmField::Lane:
        sink_.push_back(static_cast<u8>(random_.below(lanes)));
        break;
      case ImmField::Lanes16:
        for (int i = 0; i < 16; ++i) sink_.push_back(static_cast<u8>(random_.below(32)));
        break;
      case ImmField::Zero:
        sink_.push_back(0);
        break;
      case ImmField::Data:
        index(running() && random_.chance(95) ? world_.datas - 1 : random_.below(world_.datas));
        break;
      case ImmField::Elem:
        index(running() && random_.chance(95) ? world_.elems.size() - 1 : random_.below(world_.elems.size()));
        break;
      default:
        break;
    }
  }
}

// ---- operands and results

void BodyGenerator::produce(const Types& types) {
  for (ValType type : types) produce(type);
}

void BodyGenerator::produce(ValType type) {
  type = type.unpacked();
  if (random_.chance(40)) {
    for (u32 tries = 0; tries < 4 && !locals_.empty(); ++tries) {
      u32 local = random_.below(locals_.size());
      if (locals_[local] != type || !type.is_defaultable()) continue;
      op(Op::LocalGet);
      return index(local);
    }
  }
  if (type.is_ref()) return produce_reference(type);
  produce_number(type);
}

void BodyGenerator::produce_number(ValType type) {
  if (depth_ < kMaxDepth && budget_ > 0 && random_.chance(50)) {
    // Any instruction of a fixed signature that makes one such value.
    for (u32 tries = 0; tries < 10; ++tries) {
      Op choice = static_cast<Op>(random_.below(kOpCount));
      const OpInfo& row = info(choice);
      if (!enabled(choice) || !row.has_fixed_signature() || row.results().size() != 1) continue;
      if (row.mem != 0 && (!running() || world_.memories.empty())) continue;
      if (signature_type(row.results()[0]) != type) continue;
      ++depth_;
      --budget_;
      u32 memory = row.mem != 0 ? random_.below(world_.memories.size()) : 0;
      operands(row, memory);
      op(choice);
      if (row.mem != 0) mem_arg(row, memory);
      immediates(row);
      canonicalize(row);
      --depth_;
      return;
    }
  }
  number_constant(type);
}

void BodyGenerator::number_constant(ValType type) {
  static constexpr Op kConstants[] = {Op::I32Const, Op::I64Const, Op::F32Const, Op::F64Const, Op::V128Const};
  Op constant = kConstants[static_cast<u8>(type.kind()) - static_cast<u8>(TypeKind::I32)];
  op(constant);
  immediates(info(constant));
}

void BodyGenerator::produce_reference(ValType type) {
  if (running() && produce_object(type)) return;
  if (type.is_concrete()) return produce_concrete(type);
  AbstractHeap heap = type.abstract_heap();
  if (heap == AbstractHeap::Func && has(Feature::BulkMemory) && random_.chance(50)) {
    op(Op::RefFunc);
    return index(random_.below(world_.funcs.size()));
  }
  bool any = heap == AbstractHeap::Any || heap == AbstractHeap::Eq || heap == AbstractHeap::I31;
  if (any && random_.chance(50)) {
    produce(ValType::i32());
    return op(Op::RefI31);
  }
  op(Op::RefNull);
  encode::heap_type(sink_, type);
  if (!type.nullable()) op(Op::RefAsNonNull);
}

void BodyGenerator::produce_concrete(ValType type) {
  u32 wanted = type.type_index().value();
  const SubType& definition = world_.types[wanted];
  bool defaultable = true;
  if (auto* fields = definition.structure())
    for (const FieldType& field : fields->fields) defaultable &= field.storage.is_defaultable();
  if (definition.structure() != nullptr && defaultable && random_.chance(60)) {
    op(Op::StructNewDefault);
    return index(wanted);
  }
  if (definition.array() != nullptr && !running() && random_.chance(60)) {
    number_constant(ValType::i32());
    op(Op::ArrayNewDefault);
    return index(wanted);
  }
  if (definition.func() != nullptr && has(Feature::BulkMemory)) {
    for (u32 i = 0; i < world_.funcs.size(); ++i) {
      if (world_.funcs[i].value() != wanted) continue;
      op(Op::RefFunc);
      return index(i);
    }
  }
  op(Op::RefNull);
  encode::heap_type(sink_, type.type_index());
  if (!type.nullable()) op(Op::RefAsNonNull);
}

void BodyGenerator::dispose(const Types& types) {
  for (std::size_t n = types.size(); n > 0; --n) dispose(types[n - 1]);
}

void BodyGenerator::dispose(ValType type) {
  type = type.unpacked();
  if (random_.chance(running() ? 50 : 30)) {
    for (u32 tries = 0; tries < 4 && !locals_.empty(); ++tries) {
      u32 local = random_.below(locals_.size());
      if (locals_[local] != type) continue;
      op(Op::LocalSet);
      return index(local);
    }
  }
  if (running() && random_.chance(90)) return mix(type);
  op(Op::Drop);
}

// ---- constant expressions

void BodyGenerator::constant(ValType type, u32 depth) {
  for (u32 i = 0; i < world_.globals.size() && random_.chance(50); ++i) {
    bool visible = i < world_.imported_globals || has(Feature::Gc);
    if (!visible || world_.globals[i].is_mutable || world_.globals[i].content != type) continue;
    op(Op::GlobalGet);
    return index(i);
  }
  if (type.is_ref()) {
    bool makes_i31 = type.is_abstract(AbstractHeap::Any) || type.is_abstract(AbstractHeap::I31);
    if (makes_i31 && random_.chance(50)) {
      constant(ValType::i32(), depth);
      return op(Op::RefI31);
    }
    if (type.is_abstract(AbstractHeap::Func) && !world_.funcs.empty() && random_.chance(50)) {
      op(Op::RefFunc);
      return index(random_.below(world_.funcs.size()));
    }
    op(Op::RefNull);
    return encode::heap_type(sink_, type);
  }
  bool integer = type == ValType::i32() || type == ValType::i64();
  if (integer && depth > 0 && has(Feature::ExtendedConst) && random_.chance(40)) {
    constant(type, depth - 1);
    constant(type, depth - 1);
    static constexpr Op kArithmetic[2][3] = {{Op::I32Add, Op::I32Sub, Op::I32Mul}, {Op::I64Add, Op::I64Sub, Op::I64Mul}};
    return op(kArithmetic[type == ValType::i64()][random_.below(3)]);
  }
  number_constant(type);
}

// ---- structured control

void BodyGenerator::block_type(const Types& params, const Types& results) {
  if (params.empty() && results.empty()) return encode::block_type_empty(sink_);
  if (params.empty() && results.size() == 1) return encode::block_type(sink_, results[0]);
  for (u32 i = 0; i < world_.types.size(); ++i) {
    const FuncType* type = world_.types[i].func();
    if (type != nullptr && type->params == params && type->results == results) return encode::block_type(sink_, TypeIndex(i));
  }
  encode::block_type_empty(sink_);
}

void BodyGenerator::begin(const Types& results) {
  op(Op::Block);
  block_type({}, results);
  labels_.push_back(results);
}

void BodyGenerator::finish() {
  labels_.pop_back();
  op(Op::End);
}

void BodyGenerator::block(Op op, const Types& params, const Types& results) {
  produce(params);
  if (op == Op::If) produce(ValType::i32());
  bool counted = running() && op == Op::Loop;
  if (counted) counted_loop_begin();
  this->op(op);
  block_type(params, results);
  labels_.push_back(op == Op::Loop ? params : results);
  dispose(params);
  if (counted) burn();
  statements(4);
  if (counted) counted_loop_end(params);
  produce(results);
  if (op == Op::If && (params != results || random_.chance(50))) {
    this->op(Op::Else);
    dispose(params);
    statements(3);
    produce(results);
  }
  finish();
  dispose(results);
}

void BodyGenerator::control(Op op) {
  if (op == Op::Else) op = Op::If;
  if (op == Op::End) op = Op::Block;
  Types params, results;
  if (has(Feature::MultiValue) && random_.chance(40)) {
    u32 type = *pick_type([](const SubType& t) { return t.func() != nullptr; });
    params = func_type(TypeIndex(type)).params;
    results = func_type(TypeIndex(type)).results;
  } else if (random_.chance(50)) {
    results = {ValType::i32()};
  }
  block(op, params, results);
}

void BodyGenerator::branch(Op op) {
  using enum Op;
  if (op == Return) {
    produce(results_);
    return this->op(op);
  }
  u32 label = random_.below(labels_.size());
  if (running() && random_.chance(60)) label = random_.below(std::min<u64>(3, labels_.size()));
  Types carried = labels_[labels_.size() - 1 - label];
  switch (op) {
    case Br:
      produce(carried);
      this->op(op);
      return index(label);
    case BrIf:
      produce(carried);
      produce(ValType::i32());
      this->op(op);
      index(label);
      return dispose(carried);
    case BrTable: {
      std::vector<u32> targets;
      for (u32 i = 0; i < labels_.size(); ++i)
        if (labels_[labels_.size() - 1 - i] == carried) targets.push_back(i);
      produce(carried);
      produce(ValType::i32());
      this->op(op);
      u32 count = random_.below(5);
      sink_.uleb(count);
      for (u32 i = 0; i <= count; ++i) index(targets[random_.below(targets.size())]);
      return;
    }
    case BrOnNull:
      produce(carried);
      produce(ValType::externref());
      this->op(op);
      index(label);
      this->op(Drop);
      return dispose(carried);
    default: {  // br_on_non_null: the label carries the reference
      ValType reference = ValType::ref(AbstractHeap::Func, random_.chance(50));
      begin({reference});
      produce(ValType::funcref());
      this->op(op);
      index(0);
      produce(reference);
      finish();
      return this->op(Drop);
    }
  }
}

void BodyGenerator::call(Op op) {
  using enum Op;
  bool tail = op == ReturnCall || op == ReturnCallIndirect || op == ReturnCallRef;
  // A tail call needs the caller's own results.
  auto fits = [&](const SubType& t) { return t.func() != nullptr && (!tail || t.func()->results == results_); };
  // One that may be called: some function has the type.
  auto there = [&](const SubType& t) {
    u32 type = static_cast<u32>(&t - world_.types.data());
    return fits(t) && (!running() || std::ranges::any_of(world_.funcs, [&](TypeIndex of) { return of.value() == type; }));
  };
  if (op == Call || op == ReturnCall) {
    u32 target = random_.below(world_.funcs.size());
    for (u32 n = 0; n < world_.funcs.size() && !fits(world_.types[world_.funcs[target].value()]); ++n)
      target = (target + 1) % static_cast<u32>(world_.funcs.size());
    if (!fits(world_.types[world_.funcs[target].value()])) return;
    const FuncType& type = func_type(world_.funcs[target]);
    produce(type.params);
    this->op(op);
    index(target);
    if (!tail) dispose(type.results);
    return;
  }
  auto type = pick_type(there);
  if (!type) return;
  u32 table = 0;
  if (op == CallIndirect || op == ReturnCallIndirect) {
    for (; table < world_.tables.size(); ++table)
      if (world_.tables[table].element == ValType::funcref()) break;
    if (table == world_.tables.size()) return;
  }
  produce(func_type(TypeIndex(*type)).params);
  if (op == CallRef || op == ReturnCallRef) {
    produce(ValType::ref(TypeIndex(*type)));
    this->op(op);
    index(*type);
  } else {
    u32 callee = 0;  // where its element stands, too
    while (running() && world_.funcs[callee].value() != *type) ++callee;
    if (!running() || random_.chance(2)) {
      produce(address(world_.tables[table].is_64));
    } else if (random_.chance(4)) {
      produce_below(address(world_.tables[table].is_64), 15);
    } else {
      constant_of(callee, address(world_.tables[table].is_64));
    }
    this->op(op);
    index(*type);
    index(table);
  }
  if (!tail) dispose(func_type(TypeIndex(*type)).results);
}

// ---- variables, tables, memories

void BodyGenerator::variable(Op op) {
  using enum Op;
  switch (op) {
    case Drop:
    case LocalSet: {
      ValType type = locals_.empty() ? ValType::i32() : locals_[random_.below(locals_.size())];
      produce(type);
      return dispose(type);
    }
    case Select: {
      ValType type = has(Feature::Simd) && random_.chance(20) ? ValType::v128() : signature_type("ilfd"[random_.below(4)]);
      produce(Types{type, type, ValType::i32()});
      this->op(op);
      return dispose(type);
    }
    case SelectT: {
      ValType type = random_.chance(50) ? ValType::externref() : ValType::f64();
      produce(Types{type, type, ValType::i32()});
      this->op(op);
      encode::val_types(sink_, Types{type});
      return dispose(type);
    }
    case LocalGet:
    case LocalTee: {
      if (locals_.empty()) return;
      u32 local = random_.below(locals_.size());
      if (op == LocalTee) produce(locals_[local]);
      if (op == LocalGet && !locals_[local].is_defaultable()) return;
      this->op(op);
      index(local);
      return dispose(locals_[local]);
    }
    default: {
      if (world_.globals.empty()) return;
      u32 global = random_.below(world_.globals.size());
      ValType type = world_.globals[global].content;
      if (op == GlobalSet && !world_.globals[global].is_mutable) return;
      if (op == GlobalSet) produce(type);
      this->op(op);
      index(global);
      if (op == GlobalGet) dispose(type);
      return;
    }
  }
}

void BodyGenerator::table(Op op) {
  using enum Op;
  u32 table = table_index();
  const TableType& type = world_.tables[table];
  ValType at = address(type.is_64);
  auto place = [&](ValType address) { running() ? produce_below(address, 7) : produce(address); };
  auto count = [&](ValType address) { running() ? produce_below(address, 3) : produce(address); };
  switch (op) {
    case TableGet:
      place(at);
      this->op(op);
      index(table);
      return dispose(type.element);
    case TableSet:
      place(at);
      produce(type.element);
      this->op(op);
      return index(table);
    case TableSize:
      this->op(op);
      index(table);
      return dispose(at);
    case TableGrow:
      produce(type.element);
      count(at);
      this->op(op);
      index(table);
      return dispose(at);
    case TableFill:
      place(at);
      produce(type.element);
      count(at);
      this->op(op);
      return index(table);
    case TableCopy: {
      u32 from = random_.below(world_.tables.size());
      if (world_.tables[from].element != type.element) from = table;
      bool narrow = !type.is_64 || !world_.tables[from].is_64;
      place(at);
      place(address(world_.tables[from].is_64));
      count(address(!narrow));
      this->op(op);
      index(table);
      return index(from);
    }
    default: {  // table.init
      if (running()) {
        auto segment = live_elem(type.element);
        if (!segment) return;
        place(at);
        produce_below(ValType::i32(), 3);
        produce_below(ValType::i32(), 3);
        this->op(op);
        index(*segment);
        return index(table);
      }
      for (u32 i = 0; i < world_.elems.size(); ++i) {
        if (world_.elems[i] != type.element) continue;
        produce(Types{at, ValType::i32(), ValType::i32()});
        this->op(op);
        index(i);
        return index(table);
      }
      return;
    }
  }
}

void BodyGenerator::memory(Op op) {
  using enum Op;
  if (world_.memories.empty()) return;
  u32 memory = random_.below(world_.memories.size());
  ValType at = address(world_.memories[memory].is_64);
  auto place = [&](ValType address) { running() ? produce_below(address, 0xfff) : produce(address); };
  auto count = [&](ValType address) { running() ? produce_below(address, 0x3f) : produce(address); };
  switch (op) {
    case MemorySize:
      this->op(op);
      index(memory);
      return dispose(at);
    case MemoryGrow:
      running() ? produce_below(at, 1) : produce(at);
      this->op(op);
      index(memory);
      return dispose(at);
    case MemoryFill:
      place(at);
      produce(ValType::i32());
      count(at);
      this->op(op);
      return index(memory);
    case MemoryCopy: {
      u32 from = random_.below(world_.memories.size());
      bool wide = world_.memories[memory].is_64 && world_.memories[from].is_64;
      place(at);
      place(address(world_.memories[from].is_64));
      count(address(wide));
      this->op(op);
      index(memory);
      return index(from);
    }
    default:  // memory.init
      if (world_.datas == 0) return;
      place(at);
      running() ? produce_below(ValType::i32(), 15) : produce(ValType::i32());
      running() ? produce_below(ValType::i32(), 15) : produce(ValType::i32());
      this->op(op);
      index(running() && random_.chance(95) ? 1 : random_.below(world_.datas));
      return index(memory);
  }
}

// ---- references and aggregates

void BodyGenerator::reference(Op op) {
  using enum Op;
  ValType operand, result = ValType::i32();
  switch (op) {
    case RefNull:
    case RefFunc:
      return [&] {
        produce_reference(ValType::funcref());
        dispose(ValType::funcref());
      }();
    case RefIsNull:
      operand = ValType::externref();
      break;
    case RefEq:
      produce(ValType::ref(AbstractHeap::Eq));
      operand = ValType::ref(AbstractHeap::Eq);
      break;
    case RefAsNonNull:
      operand = ValType::funcref();
      result = ValType::ref(AbstractHeap::Func, false);
      break;
    case AnyConvertExtern:
      operand = ValType::externref();
      result = ValType::anyref();
      break;
    case ExternConvertAny:
      operand = ValType::anyref();
      result = ValType::externref();
      break;
    case RefI31:
      operand = ValType::i32();
      result = ValType::ref(AbstractHeap::I31, false);
      break;
    default:
      operand = ValType::ref(AbstractHeap::I31);
      break;
  }
  produce(operand);
  this->op(op);
  if (result.is_ref() && !result.nullable() && !running()) return this->op(Drop);
  dispose(result.is_ref() ? result.with_nullable(true) : result);
}

void BodyGenerator::cast(Op op) {
  using enum Op;
  ValType from = ValType::anyref(), to = ValType::ref(random_.chance(50) ? AbstractHeap::I31 : AbstractHeap::Struct);
  switch (op) {
    case RefTest:
    case RefTestNull:
      produce(from);
      this->op(op);
      encode::heap_type(sink_, to);
      return dispose(ValType::i32());
    case RefCast:
    case RefCastNull:
      produce(from);
      this->op(op);
      encode::heap_type(sink_, to);
      return this->op(Drop);
    default: {
      // on_cast carries what was cast, on_cast_fail what was not.
      ValType carried = op == BrOnCast ? to : from;
      begin({carried});
      produce(from);
      this->op(op);
      sink_.push_back(encode::cast_flags(true, true));
      index(0);
      encode::heap_type(sink_, from);
      encode::heap_type(sink_, to);
      this->op(Drop);
      produce(carried);
      finish();
      return this->op(Drop);
    }
  }
}

void BodyGenerator::aggregate(Op op) {
  using enum Op;
  auto made = [&](u32 type) { running() ? dispose(ValType::ref(TypeIndex(type))) : this->op(Drop); };
  bool structure =
      op == StructNew || op == StructNewDefault || op == StructGet || op == StructGetS || op == StructGetU || op == StructSet;
  if (structure) {
    bool packed = op == StructGetS || op == StructGetU;
    u32 field = 0;
    auto type = pick_type([&](const SubType& t) {
      if (t.structure() == nullptr) return false;
      const auto& fields = t.structure()->fields;
      if (op == StructNew || op == StructNewDefault)
        return op == StructNew || std::ranges::all_of(fields, [](const FieldType& f) { return f.storage.is_defaultable(); });
      for (field = 0; field < fields.size(); ++field)
        if (fields[field].storage.is_packed() == packed && (op != StructSet || fields[field].is_mutable)) return true;
      if (op != StructSet) return false;
      for (field = 0; field < fields.size(); ++field)
        if (fields[field].is_mutable) return true;
      return false;
    });
    if (!type) return;
    const auto& fields = world_.types[*type].structure()->fields;
    if (op == StructNew)
      for (const FieldType& f : fields) produce(f.storage);
    bool access = op != StructNew && op != StructNewDefault;
    if (access) produce(ValType::ref(TypeIndex(*type)));
    if (op == StructSet) produce(fields[field].storage);
    this->op(op);
    index(*type);
    if (access) index(field);
    if (op == StructSet) return;
    return access ? dispose(fields[field].storage) : made(*type);
  }
  if (op == ArrayLen) {
    produce(ValType::ref(AbstractHeap::Array));
    this->op(op);
    return dispose(ValType::i32());
  }
  bool packed = op == ArrayGetS || op == ArrayGetU;
  bool from_data = op == ArrayNewData || op == ArrayInitData, from_elem = op == ArrayNewElem || op == ArrayInitElem;
  if ((from_data && world_.datas == 0) || (from_elem && world_.elems.empty())) return;
  auto type = pick_type([&](const SubType& t) {
    if (t.array() == nullptr) return false;
    ValType element = t.array()->element.storage;
    if (from_data) return !element.is_ref();
    if (from_elem) return element == ValType::funcref();
    if (op == ArrayGet || packed) return element.is_packed() == packed;
    return true;
  });
  if (!type) return;
  ValType element = world_.types[*type].array()->element.storage, array = ValType::ref(TypeIndex(*type)), i32 = ValType::i32();
  auto emit = [&](const Types& operands) {
    // Where modules run, indices and lengths are such that they fit mostly.
    bool many = op == ArrayNew || op == ArrayNewDefault;
    u32 indices = 0;
    for (const ValType& operand : operands) {
      bool number = operand == i32 && &operand != &operands[0];
      if (running() && op == ArraySet) number = &operand == &operands[1];
      if (running() && op == ArrayFill) number = &operand == &operands[1] || &operand == &operands[3];
      if (many) number = &operand == &operands.back();
      if (from_data || (from_elem && op == ArrayNewElem)) number = operand == i32;
      if (op == ArrayNewFixed) number = false;
      if (!running() || !number) {
        produce(operand);
      } else if (many || ((op == ArrayNewData || op == ArrayNewElem) && indices == 1)) {
        constant_of(4 + random_.below(2), i32);  // how many there may be is up to engines
      } else if (op == ArrayInitElem && indices > 0) {
        constant_of(random_.below(2), i32);  // the segment has them: engines look at it before or after the array
      } else {
        produce_below(i32, op == ArrayGet || packed || op == ArraySet ? 3 : 1);
      }
      indices += number;
    }
    this->op(op);
    index(*type);
  };
  switch (op) {
    case ArrayNew:
      emit({element, i32});
      return made(*type);
    case ArrayNewDefault:
      emit({i32});
      return made(*type);
    case ArrayNewFixed: {
      u32 count = random_.below(4) + (running() ? 4 : 0);
      emit(Types(count, element));
      sink_.uleb(count);
      return made(*type);
    }
    case ArrayNewData:
      emit({i32, i32});
      index(running() ? 1 : random_.below(world_.datas));
      return made(*type);
    case ArrayNewElem:
    case ArrayInitElem: {
      u32 segment = 0;
      while (segment < world_.elems.size() && world_.elems[segment].with_nullable(true) != ValType::funcref()) ++segment;
      if (running()) segment = live_elem(ValType::funcref()).value_or(world_.elems.size());
      if (segment == world_.elems.size()) return;
      if (op == ArrayInitElem) {
        emit({array, i32, i32, i32});
        return index(segment);
      }
      emit({i32, i32});
      index(segment);
      return made(*type);
    }
    case ArrayGet:
    case ArrayGetS:
    case ArrayGetU:
      emit({array, i32});
      return dispose(element);
    case ArraySet:
      return emit({array, i32, element});
    case ArrayFill:
      return emit({array, i32, element, i32});
    case ArrayCopy:
      // Where it runs the source is not null: engines look at it before or after the bounds.
      emit({array, i32, array.with_nullable(!running()), i32, i32});
      return index(*type);
    case ArrayInitData:
      emit({array, i32, i32, i32});
      return index(running() ? 1 : random_.below(world_.datas));
    default:
      return;
  }
}

// ---- exceptions and stack switching

void BodyGenerator::exception(Op op) {
  using enum Op;
  if (op == ThrowRef) {
    produce(ValType::exnref());
    return this->op(op);
  }
  u32 tag = random_.below(2);  // tags 0 and 1 have no results
  const Types params = func_type(world_.tags[tag]).params;
  if (op == Throw) {
    produce(params);
    this->op(op);
    return index(tag);
  }
  auto kind = static_cast<encode::CatchKind>(random_.below(4));
  bool with_tag = kind == encode::CatchKind::Catch || kind == encode::CatchKind::CatchRef;
  bool with_ref = kind == encode::CatchKind::CatchRef || kind == encode::CatchKind::CatchAllRef;
  Types carried = with_tag ? params : Types();
  if (with_ref) {
    if (!carried.empty()) carried.clear(), tag = 0;  // one value at most, so that a block type can say it
    carried.push_back(ValType::ref(AbstractHeap::Exn, !has(Feature::FunctionReferences)));
  }
  if (with_ref && !has(Feature::FunctionReferences)) return;
  begin(carried);
  this->op(TryTable);
  block_type({}, {});
  sink_.uleb(1);
  sink_.push_back(static_cast<u8>(kind));
  if (with_tag) index(tag);
  index(0);  // labels of clauses do not count the try_table itself
  labels_.push_back({});
  statements(4);
  finish();
  if (with_ref) {
    this->op(Unreachable);
  } else {
    produce(carried);
  }
  finish();
  for (std::size_t n = 0; n < carried.size(); ++n) this->op(Drop);
}

void BodyGenerator::legacy(Op op) {
  using enum Op;
  this->op(Try);
  block_type({}, {});
  labels_.push_back({});
  ++tries_;
  statements(3);
  if (running() && random_.chance(60)) guarded(Throw, 1);
  --tries_;
  if (op == Delegate) {
    labels_.pop_back();
    this->op(Delegate);
    return index(random_.below(labels_.size()));
  }
  u32 tag = random_.below(2);
  this->op(Catch);
  index(tag);
  dispose(func_type(world_.tags[tag]).params);
  statements(2);
  if (op == Rethrow && running()) {
    produce(ValType::i32());
    this->op(If);
    block_type({}, {});
    this->op(Rethrow);
    index(1);
    this->op(End);
  } else if (op == Rethrow) {
    this->op(Rethrow);
    index(0);
  }
  if (op == CatchAll || random_.chance(50)) {
    this->op(CatchAll);
    statements(2);
  }
  finish();
}

void BodyGenerator::switching(Op op) {
  using enum Op;
  if (world_.tags.size() < 3) return;
  const Conts& conts = world_.conts;
  switch (op) {
    case ContNew:
      produce(ValType::ref(TypeIndex(1)));
      this->op(op);
      index(conts.unary.value());
      return this->op(Drop);
    case ContBind:
      produce(Types{ValType::i32(), ValType::ref(conts.unary)});
      this->op(op);
      index(conts.unary.value());
      index(conts.thunk.value());
      return this->op(Drop);
    case Suspend:
      produce(ValType::i32());
      this->op(op);
      index(2);
      return dispose(ValType::i32());
    case Switch:
      produce(ValType::ref(conts.switching));
      this->op(op);
      index(conts.switching.value());
      return index(0);
    case Resume:
      if (random_.chance(50)) return resume_with_handler();
      produce(Types{ValType::i32(), ValType::ref(conts.unary)});
      break;
    case ResumeThrow:
      produce(ValType::ref(conts.unary));
      break;
    default:
      produce(Types{ValType::exnref(), ValType::ref(conts.unary)});
      break;
  }
  this->op(op);
  index(conts.unary.value());
  if (op == ResumeThrow) index(0);
  sink_.uleb(0);
  dispose(ValType::i32());
}

// resume of a continuation [] -> [] with one handler: a switch, or a label that is given the continuation.
void BodyGenerator::resume_with_handler() {
  TypeIndex type = world_.conts.plain;
  bool on_switch = random_.chance(50);
  ValType reference = ValType::ref(type, false);
  begin({reference});
  produce(ValType::ref(type));
  op(Op::Resume);
  index(type.value());
  sink_.uleb(1);
  sink_.push_back(on_switch);
  index(0);
  if (!on_switch) index(0);
  produce(reference);
  finish();
  op(Op::Drop);
}

}  // namespace tenon::fuzz
