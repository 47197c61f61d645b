// Instructions: decoding them one by one, and writing each with its immediates. What is written follows from the tables; the
// exceptions (zero indices left out, labels) are in write_special_immediates.
#include <fmt/format.h>

#include "floats.h"
#include "folded.h"
#include "printer.h"
#include "tenon/spec/errors.h"

namespace tenon::print {
namespace {

// Everything can be printed; whether it may be used is the validator's question.
constexpr Features kAll = Features::all();

// Opcodes of one byte, looked up without a call.
constexpr u16 kNoOp = 0xffff;
constexpr auto kOneByte = [] {
  std::array<u16, 256> table;
  table.fill(kNoOp);
  for (std::size_t i = 0; i < kOps.size(); ++i)
    if (kOps[i].prefix == 0) table[kOps[i].code] = static_cast<u16>(i);
  return table;
}();

// Keywords, padded so that they can be copied without a look at their length.
constexpr std::size_t kTextRoom = 40;
struct OpText {
  char text[kTextRoom];
  u8 size;
};
constexpr auto kTexts = [] {
  std::array<OpText, kOpCount> texts{};
  for (std::size_t i = 0; i < kOpCount; ++i) {
    texts[i].size = static_cast<u8>(kOps[i].text.size());
    for (std::size_t c = 0; c < kOps[i].text.size(); ++c) texts[i].text[c] = kOps[i].text[c];
  }
  return texts;
}();
static_assert([] {
  for (const OpInfo& op : kOps)
    if (op.text.size() >= kTextRoom) return false;
  return true;
}());

}  // namespace

// ---- Walking code ----

void Printer::begin_operators(Separator separator) {
  op_ = {};
  op_.nesting_start = nesting_;
  op_.separator = separator;
  labels_.clear();
  label_places_.clear();
}

void Printer::read_op(Reader& reader, Op& op, Immediates& imm) {
  u64 at = reader.offset();
  u16 row = reader.at_end() ? kNoOp : kOneByte[*reader.pos()];
  if (row != kNoOp) [[likely]] {
    op = static_cast<Op>(row);
    reader.read_u8();
  } else {
    op = binary::read_op(reader);
    if (!reader.ok()) return;
  }
  switch (info(op).imm) {
    case Imm::None:
      return;
    case Imm::Local:
    case Imm::Label:
    case Imm::Func:
    case Imm::Global:
      imm.index[0] = reader.read_uleb32();
      return;
    case Imm::I32:
      imm.bits = static_cast<u64>(static_cast<i64>(reader.read_sleb32()));
      return;
    case Imm::I64:
      imm.bits = static_cast<u64>(reader.read_sleb64());
      return;
    case Imm::MemArg:
      imm.mem = binary::read_mem_arg(reader, kAll);
      return;
    default:
      binary::read_immediates(reader, op, at, kAll, imm);
  }
}

// Writes code up to its last end, whose offset is the answer.
Result<u64> Printer::operators(Reader& reader, std::span<const BranchHint> hints, u64 func_start, FoldedCode* folded,
                               StackNotes* notes) {
  order_.begin();
  Op op = Op::Nop;
  Immediates imm{};
  std::size_t number = 0;
  while (!reader.at_end()) {
    u64 at = reader.offset();
    if (reader.remaining() == 1 && *reader.pos() == 0x0b) {
      if (order_.closed())
        return fail(ErrorCode::UnexpectedToken, at, "operators remaining after end of function body or expression");
      order_.enter(Op::End);
      reader.read_u8();
      if (!order_.closed())
        return fail(ErrorCode::EndExpected, reader.offset(), "control frames remain at end of function body or expression");
      if (folded) TENON_TRY_VOID(folded->finish());
      if (notes && notes->bad_end) {
        newline_unknown();
        paint(Color::Comment);
        write(";; type mismatch at end of expression");
        unpaint();
      }
      return at;
    }
    if (!hints.empty() && hints.front().func_offset == static_cast<u32>(at - func_start)) [[unlikely]] {
      if (folded) {
        folded->hint(hints.front().taken);
      } else {
        newline(hints.front().offset);
        paint(Color::Comment);
        write(hints.front().taken ? "(@metadata.code.branch_hint \"\\01\")" : "(@metadata.code.branch_hint \"\\00\")");
        unpaint();
      }
      hints = hints.subspan(1);
    }
    if (order_.closed())
      return fail(ErrorCode::UnexpectedToken, at, "operators remaining after end of function body or expression");
    read_op(reader, op, imm);
    if (!reader.ok()) break;
    if (info(op).has(op_flags::Control))
      if (std::string wrong = order_.enter(op); !wrong.empty())
        return fail(ErrorCode::UnexpectedToken, reader.offset(), std::move(wrong));
    op_.offset = at;
    const StackNote* note = notes ? notes->at(number) : nullptr;
    ++number;
    if (folded) {
      TENON_TRY_VOID(folded->add(op, imm, note));
    } else {
      u32 results = note ? folded_->follow(op, imm) : 0;
      print_op(op, imm);
      if (note) {
        newline_unknown();
        paint(Color::Comment);
        write(";; ");
        write_stack_note(*note, results);
        unpaint();
      }
    }
    if (to_->refused()) break;
  }
  TENON_TRY_VOID(binary::check(reader));
  if (!order_.closed())
    return fail(ErrorCode::EndExpected, reader.offset(), "control frames remain at end of function body or expression");
  return fail(ErrorCode::UnexpectedEnd, "unexpected end of operators");
}

void Printer::separator() {
  switch (op_.separator) {
    case Separator::Newline:
      return newline(op_.offset);
    case Separator::None:
      return;
    case Separator::NoneThenSpace:
      op_.separator = Separator::Space;
      return;
    case Separator::Space:
      return write(' ');
  }
}

void Printer::push_label() {
  const Name* name = label_names_.find(op_.label);
  u32 place = static_cast<u32>(labels_.size());
  u32 shadowed = kNoLabel;
  if (name) {
    auto [entry, fresh] = label_places_.try_emplace(name->text, place);
    if (!fresh) shadowed = std::exchange(entry->second, place);
  }
  labels_.push_back({op_.label, name, shadowed});
}

void Printer::pop_label() {
  if (labels_.empty()) return;
  Label label = labels_.back();
  labels_.pop_back();
  if (!label.name) return;
  if (label.shadowed == kNoLabel)
    label_places_.erase(label.name->text);
  else
    label_places_[label.name->text] = label.shadowed;
}

void Printer::print_op(Op op, const Immediates& imm) {
  switch (op) {
    case Op::Block:
    case Op::Loop:
    case Op::If:
    case Op::Try:
    case Op::TryTable:
      separator();
      ++nesting_;
      push_label();
      break;
    case Op::Else:
    case Op::Catch:
    case Op::CatchAll:
      --nesting_;
      separator();
      ++nesting_;
      break;
    case Op::End:
    case Op::Delegate:
      if (nesting_ > op_.nesting_start) --nesting_;
      separator();
      break;
    default:
      separator();
  }
  to_->make_room();
  const OpText& text = kTexts[static_cast<u16>(op)];
  to_->put_padded(text.text, kTextRoom, text.size);
  if (info(op).imm != Imm::None) write_op_immediates(op, imm);
  if (op == Op::End) pop_label();
}

// ---- Immediates ----

void Printer::write_op_immediates(Op op, const Immediates& imm) {
  auto type_idx = [&](u32 at) { spaced_idx(spaces::kType, imm.index[at]); };
  switch (info(op).imm) {
    case Imm::Local:
      write(' ');
      return write_local_idx(imm.index[0]);
    case Imm::Global:
      return spaced_idx(spaces::kGlobal, imm.index[0]);
    case Imm::Func:
      return spaced_idx(spaces::kFunc, imm.index[0]);
    case Imm::I32:
    case Imm::I64:
      paint(Color::Literal);
      write(' ');
      write_number(static_cast<i64>(imm.bits));
      return unpaint();
    case Imm::MemArg:
      return write_mem_arg(op, imm);
    case Imm::MemArgLane:
      write_mem_arg(op, imm);
      [[fallthrough]];
    case Imm::Lane:
      write(' ');
      return write_number(imm.lane);
    case Imm::Label:
      write(' ');
      return write_depth(imm.index[0]);
    case Imm::F32:
    case Imm::F64:
      write(' ');
      return write_float(imm.bits, info(op).imm == Imm::F64);
    case Imm::Tag:
      return spaced_idx(spaces::kTag, imm.index[0]);
    case Imm::Table:
      return spaced_idx(spaces::kTable, imm.index[0]);
    case Imm::Data:
      return spaced_idx(spaces::kData, imm.index[0]);
    case Imm::Elem:
      return spaced_idx(spaces::kElem, imm.index[0]);
    case Imm::Type:
      return type_idx(0);
    case Imm::TypeType:
      type_idx(0);
      return type_idx(1);
    case Imm::TypeData:
      type_idx(0);
      return spaced_idx(spaces::kData, imm.index[1]);
    case Imm::TypeElem:
      type_idx(0);
      return spaced_idx(spaces::kElem, imm.index[1]);
    case Imm::TypeTag:
      type_idx(0);
      return spaced_idx(spaces::kTag, imm.index[1]);
    case Imm::TypeCount:
      type_idx(0);
      write(' ');
      return write_number(imm.index[1]);
    case Imm::TypeField:
      type_idx(0);
      write(' ');
      return write_field_idx(imm.index[0], imm.index[1]);
    default:
      return write_special_immediates(op, imm);
  }
}

void Printer::write_special_immediates(Op op, const Immediates& imm) {
  // Of memories and tables, zero is not written where nothing else needs it.
  switch (info(op).imm) {
    case Imm::Memory:
      if (imm.index[0] != 0) spaced_idx(spaces::kMemory, imm.index[0]);
      return;
    case Imm::OrderedGlobal:
      write_ordering(imm);
      return spaced_idx(spaces::kGlobal, imm.index[0]);
    case Imm::OrderedTable:
      write_ordering(imm);
      return spaced_idx(spaces::kTable, imm.index[0]);
    case Imm::OrderedType:
      write_ordering(imm);
      return spaced_idx(spaces::kType, imm.index[0]);
    case Imm::OrderedTypeField:
      write_ordering(imm);
      spaced_idx(spaces::kType, imm.index[0]);
      write(' ');
      return write_field_idx(imm.index[0], imm.index[1]);
    case Imm::MemoryMemory:
      if (imm.index[0] == 0 && imm.index[1] == 0) return;
      spaced_idx(spaces::kMemory, imm.index[0]);
      return spaced_idx(spaces::kMemory, imm.index[1]);
    case Imm::DataMemory:
      if (imm.index[1] != 0) spaced_idx(spaces::kMemory, imm.index[1]);
      return spaced_idx(spaces::kData, imm.index[0]);
    case Imm::TableTable:
      if (imm.index[0] == 0 && imm.index[1] == 0) return;
      spaced_idx(spaces::kTable, imm.index[0]);
      return spaced_idx(spaces::kTable, imm.index[1]);
    case Imm::ElemTable:
      if (imm.index[1] != 0) spaced_idx(spaces::kTable, imm.index[1]);
      return spaced_idx(spaces::kElem, imm.index[0]);
    case Imm::TypeTable:
      if (imm.index[1] != 0) spaced_idx(spaces::kTable, imm.index[1]);
      write(' ');
      return write_type_ref(imm.index[0]);
    case Imm::Block: {
      bool named = false;
      write_block_type(imm.block, named);
      return write_label_comment(named);
    }
    case Imm::TryTable:
      return write_catches(imm);
    case Imm::LabelTable: {
      Reader labels(imm.items);
      for (u32 i = 0; i < imm.count; ++i) {
        write(' ');
        write_depth(labels.read_uleb32());
      }
      write(' ');
      return write_depth(imm.default_label);
    }
    case Imm::BrOnCast:
      write(' ');
      write_depth(imm.index[0]);
      write(' ');
      write_ref_type(imm.types[0]);
      write(' ');
      return write_ref_type(imm.types[1]);
    case Imm::HeapType:
      write(' ');
      return op == Op::RefNull ? write_heap_type(imm.types[0]) : write_ref_type(imm.types[0]);
    case Imm::V128:
      write_type_word(" i32x4");
      paint(Color::Literal);
      for (int lane = 0; lane < 4; ++lane) {
        u32 bits;
        std::memcpy(&bits, imm.bytes16 + lane * 4, 4);
        write(fmt::format(" {:#010x}", bits));
      }
      return unpaint();
    case Imm::Shuffle:
      for (int lane = 0; lane < 16; ++lane) {
        write(' ');
        write_number(imm.bytes16[lane]);
      }
      return;
    case Imm::ValTypes: {
      Reader types(imm.items);
      write(' ');
      start_group(imm.count == 1 ? "result " : "result");
      for (u32 i = 0; i < imm.count; ++i) {
        if (imm.count != 1) write(' ');
        write_val_type(binary::read_val_type(types));
      }
      return end_group();
    }
    case Imm::ResumeThrow:
      spaced_idx(spaces::kType, imm.index[0]);
      spaced_idx(spaces::kTag, imm.index[1]);
      return write_handlers(imm);
    case Imm::Resume:
      spaced_idx(spaces::kType, imm.index[0]);
      return write_handlers(imm);
    default:
      return;
  }
}

void Printer::write_ordering(const Immediates& imm) {
  write(imm.ordering == 0 ? " seq_cst" : " acq_rel");
}

void Printer::write_mem_arg(Op op, const Immediates& imm) {
  if (imm.mem.memory != 0) spaced_idx(spaces::kMemory, imm.mem.memory);
  if (imm.mem.offset != 0) {
    write(" offset=");
    write_number(imm.mem.offset);
  }
  if (u64{1} << imm.mem.align != info(op).mem) {
    write(" align=");
    write_number(u64{1} << imm.mem.align);
  }
}

void Printer::write_float(u64 bits, bool is_double) {
  FloatText text = is_double ? double_parts(bits) : float_parts(static_cast<u32>(bits));
  if (text.negative) write('-');
  paint(Color::Literal);
  write(text.literal);
  if (text.special) write(' ');
  paint(Color::Comment);
  write(text.special ? "(;=" : " (;=");
  write(text.decimal);
  write(";)");
  unpaint();
}

// ---- Blocks and labels ----

void Printer::write_block_type(const binary::BlockType& type, bool& named) {
  const Name* name = labels_.empty() ? nullptr : labels_.back().name;
  named = name || options_.name_unnamed;
  if (name) {
    write(' ');
    write_name(*name, "label", op_.label);
  } else if (named) {
    write(" $#label");
    write_number(depth() - 1);
  }
  if (type.kind == binary::BlockType::Kind::Value) {
    write(' ');
    start_group("result ");
    write_val_type(type.value);
    end_group();
  } else if (type.kind == binary::BlockType::Kind::Func) {
    write(' ');
    write_func_type_of(type.index.value(), false);
  }
}

// The operands, of which the last `results` are the instruction's own.
void Printer::write_stack_note(const StackNote& note, u32 results) {
  if (note.is_invalid) return write("(invalid)");
  paint(Color::Comment);
  write('[');
  std::size_t count = note.operands.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) write(' ');
    if (i + results == count) paint(Color::Type);
    write(note.operands[i]);
  }
  paint(Color::Comment);
  write(']');
  unpaint();
}

void Printer::write_label_comment(bool named) {
  if (!named) {
    write(' ');
    paint(Color::Comment);
    bool own_line = op_.separator == Separator::Newline || op_.separator == Separator::None;
    write(own_line ? ";; label = @" : " (; label = @");
    write_number(depth());
    if (!own_line) write(" ;)");
    unpaint();
  }
  ++op_.label;
}

void Printer::write_depth(u32 relative) {
  u32 here = depth();
  if (relative > here) {
    write_number(relative);
    return write(" (; INVALID ;)");
  }
  u32 level = here - relative;  // 0 is the function itself
  const Label* label = level > 0 && level - 1 < labels_.size() ? &labels_[level - 1] : nullptr;
  const Name* name = label ? label->name : nullptr;
  // A label of the same name further in would be meant by it.
  bool hidden = name && label_places_.at(name->text) >= level;
  // wasm-tools writes the annotation of a made-up name here, too, where no reader takes one.
  if (name && !hidden) return write_identifier(*name, "label", label->number);
  if (!name && options_.name_unnamed && level > 0) {
    paint(Color::Name);
    write("$#label");
    write_number(level - 1);
    return unpaint();
  }
  paint(Color::Name);
  write_number(relative);
  unpaint();
  if (hidden || level == 0) return;
  paint(Color::Comment);
  write(" (;@");
  write_number(level);
  write(";)");
  unpaint();
}

// The clauses' labels begin outside of the try_table.
void Printer::write_catches(const Immediates& imm) {
  bool named = false;
  write_block_type(imm.block, named);
  nesting_ -= 2;
  Label own = labels_.back();
  pop_label();
  constexpr std::string_view kWords[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
  Reader items(imm.items);
  for (u32 i = 0; i < imm.count; ++i) {
    binary::Catch clause = binary::read_catch(items);
    write(' ');
    start_group(kWords[clause.kind & 3]);
    if (clause.kind < 2) spaced_idx(spaces::kTag, clause.tag);
    write(' ');
    write_depth(clause.label);
    end_group();
  }
  labels_.push_back(own);
  if (own.name) label_places_[own.name->text] = static_cast<u32>(labels_.size() - 1);
  nesting_ += 2;
  write_label_comment(named);
}

void Printer::write_handlers(const Immediates& imm) {
  --nesting_;
  Reader items(imm.items);
  for (u32 i = 0; i < imm.count; ++i) {
    binary::Handler handler = binary::read_handler(items);
    write(' ');
    start_group("on");
    spaced_idx(spaces::kTag, handler.tag);
    write(' ');
    if (handler.is_switch)
      write("switch");
    else
      write_depth(handler.label);
    end_group();
  }
  ++nesting_;
}

}  // namespace tenon::print
