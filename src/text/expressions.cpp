#include "text/expressions.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "text/keywords.h"

namespace tenon::text {

using encode::Sink;

void Expressions::start_function() {
  locals_.clear();
  local_count_ = 0;
  label_names_.clear();
  label_count_ = 0;
  hints_.clear();
  places_.clear();
}

void Expressions::add_local(std::string_view id, u64 offset) {
  u32 index = local_count_++;
  if (!id.empty() && !locals_.define(id, index)) cx_.duplicate(ErrorCode::DuplicateLocal, "local", offset);
}

void Expressions::function_body(Sink& to, std::size_t start) {
  in_function_ = true;
  start_ = start;
  run(to, Extent::All);
}

void Expressions::constant(Sink& to) {
  in_function_ = false;
  local_count_ = 0;
  locals_.clear();
  run(to, Extent::All);
}

void Expressions::folded_constant(Sink& to, bool lenient) {
  in_function_ = false;
  local_count_ = 0;
  locals_.clear();
  run(to, lenient ? Extent::OneLenient : Extent::OneFolded);
}

// Up to the closing parenthesis of what it stands in, or to the one that closes the first folded instruction.
void Expressions::run(Sink& to, Extent extent) {
  levels_.clear();
  pending_.clear();
  deferred_.clear();
  labels_.clear();
  label_stack_.clear();
  pending_hint_ = kNoHint;
  extent_ = extent;
  while (!t_.failed()) {
    switch (t_.tok().kind) {
      case TokenKind::Keyword:
        if (extent == Extent::OneFolded || (extent == Extent::OneLenient && levels_.empty()))
          t_.fail("expected to continue a folded instruction");
        plain(to);
        break;
      case TokenKind::LParen:
        open(to);
        break;
      case TokenKind::RParen:
        if (levels_.empty()) {
          check_hint_used();
          check_all_closed();
          return;
        }
        close(to);
        if (extent != Extent::All && levels_.empty()) {
          check_all_closed();
          return;
        }
        break;
      case TokenKind::Eof:
        if (levels_.empty()) {
          check_hint_used();
          return;
        }
        t_.fail("expected an instruction");
        break;
      default:
        if (!levels_.empty() && (levels_.back().kind == LevelKind::IfClause || levels_.back().kind == LevelKind::IfThen ||
                                 levels_.back().kind == LevelKind::IfElse))
          t_.fail("expected `(`");
        t_.fail("expected an instruction");
        break;
    }
  }
}

bool Expressions::find_op(Op& op) {
  if (!t_.at(TokenKind::Keyword)) {
    t_.fail("expected an instruction");
    return false;
  }
  auto found = find_instruction(t_.tok().text());
  if (!found) {
    bool number = classify_number(t_.tok().text()) != NumberClass::None;
    t_.fail(number ? "expected an instruction" : "unknown operator or unexpected token");
    return false;
  }
  op = *found;
  op_offset_ = t_.offset();
  t_.advance();
  return true;
}

void Expressions::plain(Sink& to) {
  if (t_.failed()) return;
  if (!levels_.empty()) {
    LevelKind kind = levels_.back().kind;
    if (kind >= LevelKind::IfClause && kind != LevelKind::Arm) {
      t_.fail("expected `(`");
      return;
    }
  }
  Op op;
  if (!find_op(op)) return;
  i8 hint = std::exchange(pending_hint_, kNoHint);
  record(to, hint, op_offset_);
  switch (op) {
    case Op::Block:
    case Op::Loop:
    case Op::If:
    case Op::Try:
    case Op::TryTable:
      block_start(to, op);
      return;
    default:
      immediates(to, op, nullptr);
      control(op);
  }
}

// Behind an opening parenthesis.
void Expressions::open(Sink& to) {
  t_.advance();
  if (!levels_.empty()) {
    LevelKind kind = levels_.back().kind;
    if (kind == LevelKind::IfClause || kind == LevelKind::IfThen || kind == LevelKind::IfElse) {
      if (open_in_if(to)) return;
    } else if (kind == LevelKind::Try || kind == LevelKind::TryDo || kind == LevelKind::TryDone) {
      open_in_try(to);
      return;
    }
  }
  if (Tokens::is_annotation(t_.tok(), "metadata.code.branch_hint")) {
    branch_hint();
    return;
  }
  i8 hint = std::exchange(pending_hint_, kNoHint);
  Op op;
  if (!find_op(op)) return;
  Level level{
      .kind = LevelKind::Folded, .hint = hint, .op = op, .pending = static_cast<u32>(pending_.size()), .offset = op_offset_};
  switch (op) {
    case Op::Block:
    case Op::Loop:
    case Op::TryTable:
    case Op::Try:
      if (only_plain()) {
        block_start(pending_, op);
        break;
      }
      record(to, hint, op_offset_);
      block_start(to, op);
      level.kind = op == Op::Try ? LevelKind::Try : LevelKind::Block;
      break;
    case Op::If:
      if (only_plain()) {
        block_start(pending_, op);
        break;
      }
      level.kind = LevelKind::IfClause;
      encode::op(pending_, op);
      if (!block_header(pending_, level.label)) {
        level.deferred = true;
        level.deferred_first = static_cast<u32>(deferred_.size());
        level.deferred_params = static_cast<u32>(cx_.params.size());
        deferred_.insert(deferred_.end(), cx_.params.begin(), cx_.params.end());
        deferred_.insert(deferred_.end(), cx_.results.begin(), cx_.results.end());
      }
      break;
    default:
      immediates(pending_, op, &level);
      break;
  }
  levels_.push_back(level);
}

// At a closing parenthesis.
void Expressions::close(Sink& to) {
  Level level = levels_.back();
  if (level.kind != LevelKind::Annotation) check_hint_used();
  levels_.pop_back();
  u64 offset = t_.offset();
  t_.advance();
  switch (level.kind) {
    case LevelKind::Folded:
      record(to, level.hint, level.offset);
      write_folded(to, level);
      control(level.op);
      break;
    case LevelKind::Block:
    case LevelKind::IfThen:
    case LevelKind::IfElse:
    case LevelKind::TryDo:
      record(to, kNoHint, offset);
      encode::end(to);
      pop_label();
      break;
    case LevelKind::IfClause:
      t_.fail("previous `if` had no `then`");
      break;
    case LevelKind::Try:
      t_.fail("previous `try` had no `do`");
      break;
    case LevelKind::Arm:
    case LevelKind::TryDone:
    case LevelKind::Annotation:
      break;
  }
}

// Writes an instruction whose bytes were waiting.
void Expressions::write_folded(Sink& to, const Level& level) {
  to.bytes(pending_.view(level.pending));
  pending_.truncate(level.pending);
  if (!level.deferred) return;
  std::span<const TypeRef> all(deferred_);
  all = all.subspan(level.deferred_first);
  u32 type = cx_.implicit_type(all.first(level.deferred_params), all.subspan(level.deferred_params));
  deferred_.resize(level.deferred_first);
  if (level.op == Op::If) {
    to.sleb(type);
  } else {
    to.uleb(type);
    to.uleb(level.table);
  }
}

// Behind `(` in an `(if`. False where what follows is an operand of the condition.
bool Expressions::open_in_if(Sink& to) {
  Level& level = levels_.back();
  if (level.kind == LevelKind::IfElse) {
    t_.fail(ErrorCode::UnexpectedToken, "unexpected token: too many payloads inside of `(if)`");
    return true;
  }
  if (level.kind == LevelKind::IfClause) {
    if (!t_.at_keyword("then")) return false;
    check_hint_used();
    t_.advance();
    level.kind = LevelKind::IfThen;
    record(to, level.hint, level.offset);
    write_folded(to, level);
    push_label(level.label, Op::If);
  } else {
    u64 offset = t_.offset();
    if (!t_.expect_keyword("else")) return true;
    level.kind = LevelKind::IfElse;
    record(to, kNoHint, offset);
    encode::op(to, Op::Else);
    control(Op::Else);
  }
  levels_.push_back({.kind = LevelKind::Arm});
  return true;
}

// Behind `(` in a `(try`.
void Expressions::open_in_try(Sink& to) {
  Level& level = levels_.back();
  if (level.kind == LevelKind::Try) {
    if (!t_.expect_keyword("do")) return;
    level.kind = LevelKind::TryDo;
  } else if (level.kind == LevelKind::TryDo && (t_.at_keyword("catch") || t_.at_keyword("catch_all"))) {
    Op op = t_.at_keyword("catch") ? Op::Catch : Op::CatchAll;
    // What was the body's end may not be followed by `delegate` any more: `op` remembers.
    level.op = op;
    op_offset_ = t_.offset();
    t_.advance();
    record(to, kNoHint, op_offset_);
    immediates(to, op, nullptr);
    control(op);
  } else if (level.kind == LevelKind::TryDo && level.op == Op::Try && t_.at_keyword("delegate")) {
    level.kind = LevelKind::TryDone;
    record(to, kNoHint, t_.offset());
    t_.advance();
    immediates(to, Op::Delegate, nullptr);
  } else {
    t_.fail("unexpected token, expected `catch`, `catch_all` or `delegate`");
    return;
  }
  levels_.push_back({.kind = LevelKind::Arm});
}

// ---- branch hints

void Expressions::branch_hint() {
  t_.advance();
  std::string_view value = t_.take_name();
  if (t_.failed()) return;
  if (value.size() != 1 || static_cast<u8>(value[0]) > 1) {
    t_.fail("invalid value for branch hint");
    return;
  }
  if (pending_hint_ != kNoHint) {
    t_.fail(ErrorCode::BranchHintDuplicate, "@metadata.code.branch_hint annotation: duplicate annotation");
    return;
  }
  pending_hint_ = static_cast<i8>(value[0]);
  levels_.push_back({.kind = LevelKind::Annotation});
}

void Expressions::check_hint_used() {
  if (pending_hint_ == kNoHint) return;
  t_.fail(ErrorCode::BranchHintNotInFunction, "@metadata.code.branch_hint annotation: must precede an instruction");
}

// What is kept of an instruction that is written next, whose text is at `offset`.
void Expressions::record(Sink& to, i8 hint, u64 offset) {
  if (records_places_ && in_function_) places_.push_back({static_cast<u32>(to.size() - start_), offset});
  if (hint != kNoHint && in_function_) hints_.push_back({static_cast<u32>(to.size() - start_), static_cast<u8>(hint)});
}

// ---- blocks and labels

// A block's label and type; false where its type has to be made (it is in params and results, and nothing was written).
bool Expressions::block_header(Sink& to, ItemName& label) {
  label = cx_.take_item_name();
  TypeUse use = cx_.parse_type_use(false);
  if (use.has_index) {
    to.sleb(cx_.resolve(use));
  } else if (cx_.params.empty() && cx_.results.empty()) {
    encode::block_type_empty(to);
  } else if (cx_.params.empty() && cx_.results.size() == 1) {
    write_type(to, cx_.results[0]);
  } else {
    return false;
  }
  return true;
}

void Expressions::block_start(Sink& to, Op op) {
  encode::op(to, op);
  ItemName label;
  if (!block_header(to, label)) to.sleb(cx_.implicit_type(cx_.params, cx_.results));
  if (op == Op::TryTable) catches(to);
  push_label(label, op);
}

void Expressions::push_label(const ItemName& label, Op op) {
  if (label.any() && in_function_) label_names_.add(label_count_, label.view());
  ++label_count_;
  BlockKind kind = op == Op::If ? BlockKind::If : op == Op::Try ? BlockKind::Try : BlockKind::Plain;
  Label entry{SymbolTable::kNone, SymbolTable::kNone, kind, op_offset_};
  if (!label.id.empty()) {
    entry.symbol = labels_.intern(label.id);
    entry.shadowed = std::exchange(labels_.entry(entry.symbol).value, static_cast<u32>(label_stack_.size()));
  }
  label_stack_.push_back(entry);
}

void Expressions::pop_label() {
  if (label_stack_.empty()) {
    t_.problem(Phase::Structure, ErrorCode::UnexpectedToken, op_offset_,
               "operators remaining after end of function body or expression");
    return;
  }
  Label label = label_stack_.back();
  label_stack_.pop_back();
  if (label.symbol != SymbolTable::kNone) labels_.entry(label.symbol).value = label.shadowed;
}

u32 Expressions::take_label() {
  if (!t_.at(TokenKind::Id)) return cx_.take_index(Space::Func);  // a number: the space does not matter
  u64 offset = t_.offset();
  std::string_view id;
  if (!t_.try_id(id)) return 0;
  u32 at = labels_.find(id);
  if (at == SymbolTable::kNone) {
    cx_.unknown(ErrorCode::UnknownLabel, "label", id, offset);
    return 0;
  }
  return static_cast<u32>(label_stack_.size()) - 1 - at;
}

// The identifier that may repeat a block's label behind `end` and `else`.
void Expressions::end_label() {
  u64 offset = t_.offset();
  std::string_view id;
  if (!t_.try_id(id) || label_stack_.empty()) return;
  u32 symbol = label_stack_.back().symbol;
  if (symbol == SymbolTable::kNone || labels_.entry(symbol).name != id)
    t_.problem(Phase::Resolve, ErrorCode::MismatchingLabel, offset, "mismatching labels between end and block");
}

// What writing an instruction does to the block that it stands in.
void Expressions::control(Op op) {
  switch (op) {
    case Op::End:
      pop_label();
      return;
    case Op::Else:
    case Op::Catch:
    case Op::CatchAll:
      break;
    default:
      return;
  }
  BlockKind kind = label_stack_.empty() ? BlockKind::Plain : label_stack_.back().kind;
  if (op == Op::Else) {
    if (kind != BlockKind::If) return outside("else", "If");
    label_stack_.back().kind = BlockKind::Else;
  } else {
    if (kind != BlockKind::Try && kind != BlockKind::Catch) return outside(info(op).text, "LegacyTry");
    label_stack_.back().kind = op == Op::Catch ? BlockKind::Catch : BlockKind::CatchAll;
  }
}

void Expressions::outside(std::string_view what, std::string_view block) {
  t_.problem(Phase::Structure, ErrorCode::UnexpectedToken, op_offset_, fmt::format("`{}` found outside `{}` block", what, block));
}

void Expressions::check_all_closed() {
  if (label_stack_.empty()) return;
  t_.problem(Phase::Structure, ErrorCode::UnexpectedToken, label_stack_.back().offset,
             "control frames remain at end of function body or expression");
}

u32 Expressions::take_local() {
  if (!t_.at(TokenKind::Id)) return cx_.take_index(Space::Func);
  u64 offset = t_.offset();
  std::string_view id;
  if (!t_.try_id(id)) return 0;
  u32 index = locals_.find(id);
  if (index == SymbolTable::kNone) {
    cx_.unknown(ErrorCode::UnknownLocal, "local", id, offset);
    return 0;
  }
  return index;
}

// ---- immediates

// Writes an instruction that is no block. `level` is given for folded ones, whose types may have to wait.
void Expressions::immediates(Sink& to, Op op, Level* level) {
  switch (op) {
    case Op::Select:
      select(to);
      return;
    case Op::RefTest:
    case Op::RefCast:
    case Op::RefCastDescEq: {
      TypeRef type = cx_.ref_type();
      Op nullable = op == Op::RefTest ? Op::RefTestNull : op == Op::RefCast ? Op::RefCastNull : Op::RefCastDescEqNull;
      encode::op(to, type.has(TypeRef::Nullable) ? nullable : op);
      write_heap(to, type);
      return;
    }
    case Op::CallIndirect:
    case Op::ReturnCallIndirect:
      call_indirect(to, op, level);
      return;
    case Op::End:
    case Op::Else:
      encode::op(to, op);
      end_label();
      return;
    case Op::Delegate:
      if (label_stack_.empty() || label_stack_.back().kind != BlockKind::Try) {
        outside("delegate", "LegacyTry");
      } else {
        pop_label();
      }
      break;
    case Op::MemoryInit:
    case Op::DataDrop:
    case Op::ArrayNewData:
    case Op::ArrayInitData:
      if (in_function_) cx_.uses_data_count = true;
      break;
    default:
      break;
  }
  const OpInfo& row = info(op);
  encode::op(to, op);
  switch (row.imm) {
    case Imm::None:
      return;
    case Imm::DataMemory:
      two_indices(to, Space::Data, Space::Memory);
      return;
    case Imm::ElemTable:
      two_indices(to, Space::Elem, Space::Table);
      return;
    case Imm::MemoryMemory:
    case Imm::TableTable: {
      Space space = row.imm == Imm::MemoryMemory ? Space::Memory : Space::Table;
      bool given = t_.at_index();
      to.uleb(given ? cx_.take_index(space) : 0);
      to.uleb(given ? cx_.take_index(space) : 0);
      return;
    }
    case Imm::MemArgLane:
      if (lane_has_mem_arg()) {
        mem_arg(to, op);
      } else {
        encode::mem_arg(to, static_cast<u32>(std::countr_zero(row.mem)), 0);
      }
      lane(to);
      return;
    case Imm::OrderedTypeField:
      ordering(to);
      [[fallthrough]];
    case Imm::TypeField: {
      u32 type = cx_.take_index(Space::Type);
      to.uleb(type);
      to.uleb(cx_.take_struct_field(type));
      return;
    }
    case Imm::BrOnCast:
      br_on_cast(to);
      return;
    default:
      for (ImmField field_kind : kImmFields[static_cast<u8>(row.imm)]) {
        if (field_kind == ImmField::None) return;
        field(to, field_kind, op);
      }
  }
}

void Expressions::field(Sink& to, ImmField kind, Op op) {
  switch (kind) {
    case ImmField::Label:
      to.uleb(take_label());
      break;
    case ImmField::Labels:
      labels(to);
      break;
    case ImmField::MemArg:
      mem_arg(to, op);
      break;
    case ImmField::Func:
      to.uleb(cx_.take_index(Space::Func));
      break;
    case ImmField::Type:
      to.uleb(cx_.take_index(Space::Type));
      break;
    case ImmField::Table:
      to.uleb(cx_.take_index_or_zero(Space::Table));
      break;
    case ImmField::Memory:
      to.uleb(cx_.take_index_or_zero(Space::Memory));
      break;
    case ImmField::Global:
      to.uleb(cx_.take_index(Space::Global));
      break;
    case ImmField::Local:
      to.uleb(take_local());
      break;
    case ImmField::Tag:
      to.uleb(cx_.take_index(Space::Tag));
      break;
    case ImmField::Elem:
      to.uleb(cx_.take_index(Space::Elem));
      break;
    case ImmField::Data:
      to.uleb(cx_.take_index(Space::Data));
      break;
    case ImmField::Count:
      to.uleb(t_.take_u32());
      break;
    case ImmField::HeapType:
      write_heap(to, cx_.heap_type());
      break;
    case ImmField::I32:
      to.sleb(static_cast<i32>(t_.take_int(32, "i32")));
      break;
    case ImmField::I64:
      to.sleb(static_cast<i64>(t_.take_int(64, "i64")));
      break;
    case ImmField::F32:
      to.fixed32(t_.take_f32());
      break;
    case ImmField::F64:
      to.fixed64(t_.take_f64());
      break;
    case ImmField::V128: {
      Bits128 bits = take_v128(t_);
      if (Tokens::is_number(t_.tok())) t_.fail(ErrorCode::WrongLaneLiterals, "expected an instruction");
      to.fixed64(bits.lo);
      to.fixed64(bits.hi);
      break;
    }
    case ImmField::Lane:
      lane(to);
      break;
    case ImmField::Lanes16:
      for (int i = 0; i < 16; ++i) {
        if (!Tokens::is_integer(t_.tok()) && !t_.failed())
          t_.fail(Tokens::is_number(t_.tok()) ? ErrorCode::I8OutOfRange : ErrorCode::InvalidLaneLength, "expected a u8");
        to.push_back(static_cast<u8>(t_.take_uint(8, "u8")));
      }
      if (Tokens::is_number(t_.tok())) t_.fail(ErrorCode::InvalidLaneLength, "expected an instruction");
      break;
    case ImmField::Zero:
      to.push_back(0);
      break;
    case ImmField::Ordering:
      ordering(to);
      break;
    case ImmField::Handlers:
      handlers(to);
      break;
    case ImmField::None:
    case ImmField::BlockType:
    case ImmField::Field:
    case ImmField::ValTypes:
    case ImmField::CastFlags:
    case ImmField::Catches:
      break;  // parts of instructions that have a function of their own
  }
}

namespace {

// The number in `offset=8`; `word` is the part before it, with its `=`.
bool take_memory_option(Tokens& t, std::string_view word, u64& value) {
  if (!t.at(TokenKind::Keyword) || !t.tok().text().starts_with(word)) return false;
  std::string_view number = t.tok().text().substr(word.size());
  if (classify_number(number) != NumberClass::Integer) {
    t.fail(ErrorCode::UnknownOperator, "expected u64 integer constant");
    return false;
  }
  auto parsed = parse_uint(number, 64);
  if (!parsed) {
    t.fail(number.starts_with('-') ? ErrorCode::UnknownOperator : ErrorCode::ConstantOutOfRange, "u64 constant out of range");
    return false;
  }
  value = *parsed;
  t.advance();
  return true;
}

}  // namespace

void Expressions::mem_arg(Sink& to, Op op) {
  u32 memory = cx_.take_index_or_zero(Space::Memory);
  u64 offset = 0;
  take_memory_option(t_, "offset=", offset);
  u64 align = info(op).mem;
  if (take_memory_option(t_, "align=", align) && !std::has_single_bit(align)) {
    t_.fail(ErrorCode::AlignmentNotPowerOfTwo, "alignment must be a power of two");
    return;
  }
  encode::mem_arg(to, static_cast<u32>(std::countr_zero(align)), offset, MemoryIndex(memory));
}

// Whether a number here is a memory's index in front of a lane's, or the lane.
bool Expressions::lane_has_mem_arg() {
  if (!Tokens::is_integer(t_.tok())) return true;
  const Token& next = t_.peek();
  return Tokens::is_integer(next) ||
         (next.is(TokenKind::Keyword) && (next.text().starts_with("offset=") || next.text().starts_with("align=")));
}

void Expressions::ordering(Sink& to) {
  if (t_.try_keyword("seq_cst")) {
    to.push_back(0);
  } else if (t_.try_keyword("acq_rel")) {
    to.push_back(1);
  } else {
    t_.fail("expected a memory ordering: `seq_cst` or `acq_rel`");
  }
}

void Expressions::lane(Sink& to) {
  if (!Tokens::is_integer(t_.tok())) {
    t_.fail("expected a lane index");
    return;
  }
  auto value = parse_integer(t_.tok().text());
  if (value && value->has_sign) {
    t_.fail(ErrorCode::UnexpectedToken, "unexpected token");
    return;
  }
  if (!value || value->magnitude > 255) {
    t_.fail(ErrorCode::I8OutOfRange, "malformed lane index");
    return;
  }
  to.push_back(static_cast<u8>(value->magnitude));
  t_.advance();
}

void Expressions::call_indirect(Sink& to, Op op, Level* level) {
  u32 table = cx_.take_index_or_zero(Space::Table);
  TypeUse use = cx_.parse_type_use(false);
  encode::op(to, op);
  if (use.has_index || level == nullptr) {
    to.uleb(cx_.resolve(use));
    to.uleb(table);
    return;
  }
  level->deferred = true;
  level->deferred_first = static_cast<u32>(deferred_.size());
  level->deferred_params = static_cast<u32>(cx_.params.size());
  level->table = table;
  deferred_.insert(deferred_.end(), cx_.params.begin(), cx_.params.end());
  deferred_.insert(deferred_.end(), cx_.results.begin(), cx_.results.end());
}

// memory.init and table.init: the text has an optional memory or table first, the binary the segment.
void Expressions::two_indices(Sink& to, Space segment, Space container) {
  u32 where = 0;
  if (Tokens::is_index(t_.peek())) where = cx_.take_index(container);
  to.uleb(cx_.take_index(segment));
  to.uleb(where);
}

void Expressions::br_on_cast(Sink& to) {
  u32 label = take_label();
  TypeRef from = cx_.ref_type();
  TypeRef target = cx_.ref_type();
  to.push_back(encode::cast_flags(from.has(TypeRef::Nullable), target.has(TypeRef::Nullable)));
  to.uleb(label);
  write_heap(to, from);
  write_heap(to, target);
}

void Expressions::catches(Sink& to) {
  using encode::CatchKind;
  scratch_.clear();
  u32 count = 0;
  while (t_.at(TokenKind::LParen) && t_.peek().is(TokenKind::Keyword)) {
    std::string_view word = t_.peek().text();
    CatchKind kind;
    if (word == "catch")
      kind = CatchKind::Catch;
    else if (word == "catch_ref")
      kind = CatchKind::CatchRef;
    else if (word == "catch_all")
      kind = CatchKind::CatchAll;
    else if (word == "catch_all_ref")
      kind = CatchKind::CatchAllRef;
    else
      break;
    t_.advance();
    t_.advance();
    ++count;
    scratch_.push_back(static_cast<u8>(kind));
    if (kind == CatchKind::Catch || kind == CatchKind::CatchRef) scratch_.uleb(cx_.take_index(Space::Tag));
    scratch_.uleb(take_label());
    t_.take_rparen();
  }
  to.uleb(count);
  to.bytes(scratch_.view());
}

void Expressions::handlers(Sink& to) {
  scratch_.clear();
  u32 count = 0;
  while (t_.try_paren("on")) {
    ++count;
    u32 tag = cx_.take_index(Space::Tag);
    bool is_switch = t_.try_keyword("switch");
    scratch_.push_back(is_switch ? 1 : 0);
    scratch_.uleb(tag);
    if (!is_switch) scratch_.uleb(take_label());
    t_.take_rparen();
  }
  to.uleb(count);
  to.bytes(scratch_.view());
}

void Expressions::labels(Sink& to) {
  scratch_.clear();
  u32 count = 0;
  u32 last = take_label();
  while (t_.at_index()) {
    scratch_.uleb(last);
    ++count;
    last = take_label();
  }
  to.uleb(count);
  to.bytes(scratch_.view());
  to.uleb(last);
}

void Expressions::select(Sink& to) {
  if (!t_.at_paren("result")) {
    encode::op(to, Op::Select);
    return;
  }
  encode::op(to, Op::SelectT);
  scratch_.clear();
  u32 count = 0;
  while (t_.try_paren("result")) {
    for (; !t_.at_end(); ++count) write_type(scratch_, cx_.val_type());
    t_.take_rparen();
  }
  to.uleb(count);
  to.bytes(scratch_.view());
}

// ---- v128

namespace {

struct Shape {
  std::string_view word;
  u8 lanes;
  u8 bits;
  bool is_float;
  std::string_view type;
};

constexpr Shape kShapes[] = {
    {"i8x16", 16, 8, false, "i8"},  {"i16x8", 8, 16, false, "i16"}, {"i32x4", 4, 32, false, "i32"},
    {"i64x2", 2, 64, false, "i64"}, {"f32x4", 4, 32, true, "f32"},  {"f64x2", 2, 64, true, "f64"},
};

}  // namespace

Bits128 take_v128(Tokens& t, u8* shape_out, std::array<u8, 4>* nan) {
  Bits128 value;
  auto shape = std::find_if(std::begin(kShapes), std::end(kShapes), [&](const Shape& row) { return t.at_keyword(row.word); });
  if (shape == std::end(kShapes)) {
    t.fail("unexpected token, expected one of: `i8x16`, `i16x8`, `i32x4`, `i64x2`, `f32x4`, `f64x2`");
    return value;
  }
  t.advance();
  if (shape_out != nullptr) *shape_out = static_cast<u8>(shape - std::begin(kShapes));
  for (u32 i = 0; i < shape->lanes; ++i) {
    u64 lane = 0;
    if (t.at(TokenKind::RParen))
      t.fail(ErrorCode::WrongLaneLiterals, shape->is_float ? "expected a float" : fmt::format("expected a {}", shape->type));
    if (shape->is_float && nan != nullptr && (t.at_keyword("nan:canonical") || t.at_keyword("nan:arithmetic"))) {
      (*nan)[i] = t.at_keyword("nan:canonical") ? 1 : 2;
      t.advance();
    } else if (shape->is_float) {
      lane = shape->bits == 32 ? t.take_f32() : t.take_f64();
    } else if (Tokens::is_integer(t.tok()) && !parse_int(t.tok().text(), shape->bits) &&
               t.count_numbers() < static_cast<u32>(shape->lanes - i)) {
      // Out of range, and too few: the number of lanes counts first.
      t.fail(ErrorCode::WrongLaneLiterals, fmt::format("invalid {} number: constant out of range", shape->type));
    } else {
      lane = t.take_int(shape->bits, shape->type);
    }
    u32 at = i * shape->bits;
    (at < 64 ? value.lo : value.hi) |= lane << (at % 64);
  }
  return value;
}

}  // namespace tenon::text
