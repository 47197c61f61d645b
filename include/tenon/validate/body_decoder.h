// BodyDecoder: the one decoder of code. It walks a function body or a constant expression once, decodes by the tables, keeps the
// operand and control stacks of the specification's algorithm, and tells an interface what it met. Validation, the interpreter's
// side table, constant expressions and compilers are interfaces of it; whether types are checked is the interface's constant.
//
// What it is not: a tool for skipping or printing single instructions (binary/ops.h), and no owner of results.
//
// An interface has
//   static constexpr bool kValidate      check types, indices and features; otherwise the code must have been validated
//   static constexpr bool kConstant      a constant expression: other instructions are refused
//   static constexpr bool kInstructions  call `instruction` for each instruction
//   struct Control                       what it keeps with each open block
//   void enter(D&, Frame&)               a block was opened (Frame::kind tells which); the position is after the opcode
//   void middle(D&, Frame&)              else, catch or catch_all was reached from above, before the frame changes its kind
//   void after_middle(D&, Frame&)        the frame has its new kind; the position is after the opcode
//   void leave(D&, Frame&, bool last)    end (or delegate) closes the frame; `last`: the function's own
//   void branch(D&, Frame& target, u32 height)   a branch; `height` operands are on the stack, those it takes included
//   void catch_clause(D&, Frame& target, const binary::Catch&, u32 values)   in the order of the clauses, before `enter`
//   void legacy_catch(D&, Frame&, CatchClause::Kind, u32 tag, u32 values)   after `after_middle` of catch and catch_all; optional
//   void delegate(D&, Frame&, Frame& target)   before `middle` of a delegate; optional
//   void rethrow(D&, Frame& target)            optional
//   void assign(u32 local)               local.set, local.tee
//   void call(Op)                        a call of any kind
//   void instruction(D&, Op, const binary::Immediates&)   kInstructions only, after the instruction took effect
//
// spec: core/appendix/algorithm, core/valid/instructions; proposals stack-switching, exception-handling (legacy), threads,
// wide-arithmetic, memory-control; see body_references.h for more.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "tenon/base/leb128.h"
#include "tenon/binary/errors.h"
#include "tenon/binary/ops.h"
#include "tenon/spec/limits.h"
#include "tenon/spec/opcodes.h"
#include "tenon/validate/body_references.h"

namespace tenon::validate {

/// What an interface starts from that does not care about blocks, branches and calls: it keeps nothing and does nothing.
struct IgnoresControl {
  struct Control {};
  template <class D, class F>
  void enter(D&, F&) {}
  template <class D, class F>
  void middle(D&, F&) {}
  template <class D, class F>
  void after_middle(D&, F&) {}
  template <class D, class F>
  void leave(D&, F&, bool) {}
  template <class D, class F>
  void branch(D&, F&, u32) {}
  template <class D, class F>
  void catch_clause(D&, F&, const binary::Catch&, u32) {}
  void assign(u32) {}
  void call(Op) {}
};

namespace detail {

/// A signature of the opcode table as a template argument.
struct SigText {
  char text[8] = {};
  consteval SigText(std::string_view sig) {  // NOLINT(google-explicit-constructor): a literal is one
    for (std::size_t i = 0; i < sig.size(); ++i) text[i] = sig[i];
  }
  constexpr std::string_view view() const { return text; }
  bool operator==(const SigText&) const = default;
};

/// Types of the letters before or after the colon.
template <SigText sig, bool results>
constexpr auto sig_types() {
  constexpr std::string_view kText = sig.view();
  constexpr std::size_t kColon = kText.find(':');
  constexpr std::string_view kPart = results ? kText.substr(kColon + 1) : kText.substr(0, kColon);
  std::array<ValType, kPart.size()> types;
  for (std::size_t i = 0; i < kPart.size(); ++i) types[i] = signature_type(kPart[i]);
  return types;
}

}  // namespace detail

template <class Interface>
class BodyDecoder : public BodyReferences<Interface> {
  using Machine = BodyReferences<Interface>;

 public:
  using Frame = typename Machine::Frame;
  using Machine::Machine;

  /// Decodes a function body: `locals` declared locals follow the parameters in `buffers.locals` already (see read_locals).
  /// `code` is what comes after the local declarations, at `offset` in the module.
  bool decode_function(const FuncType& type, Bytes code, u64 offset) { return start(code, offset, &type, ValType::bottom()); }
  /// Decodes a constant expression that must leave one `result`.
  bool decode_expression(Bytes code, u64 offset, ValType result) {
    local_count_ = dense_count_ = 0;
    first_uninit_ = ~0u;
    return start(code, offset, nullptr, result);
  }
  /// Takes the parameters of `type` and the local declarations at the reader's position; runs of declared locals go to `runs`.
  bool read_locals(const FuncType& type, Reader& reader, std::vector<LocalRun>& runs);

  void set_shared(bool shared) { shared_ = shared; }

  using Machine::height;
  using Machine::next_offset;
  using Machine::op_offset;

 private:
  using Immediates = binary::Immediates;
  using Machine::address_type;
  using Machine::array_at;
  using Machine::base_;
  using Machine::begin_;
  using Machine::block_type;
  using Machine::buffers_;
  using Machine::check_data;
  using Machine::concrete;
  using Machine::cont_func_at;
  using Machine::dense_count_;
  using Machine::drop_frame;
  using Machine::elem_at;
  using Machine::end_;
  using Machine::env_;
  using Machine::exception_tag_at;
  using Machine::fail;
  using Machine::fail_at;
  using Machine::fail_empty;
  using Machine::fail_missing;
  using Machine::fail_support;
  using Machine::fail_unknown;
  using Machine::fail_with;
  using Machine::failed;
  using Machine::field_at;
  using Machine::finish_frame;
  using Machine::first_uninit_;
  using Machine::floor_;
  using Machine::frame;
  using Machine::frames_;
  using Machine::func_type_at;
  using Machine::global_at;
  using Machine::has;
  using Machine::heap_type;
  using Machine::interface_;
  using Machine::is_shared;
  using Machine::is_subtype;
  using Machine::kinds_;
  using Machine::kValidate;
  using Machine::label;
  using Machine::limit_;
  using Machine::local_count_;
  using Machine::locals_;
  using Machine::matches;
  using Machine::memory_at;
  using Machine::mutable_array_at;
  using Machine::next_;
  using Machine::non_null;
  using Machine::offset_;
  using Machine::offset_of;
  using Machine::op_;
  using Machine::peak_;
  using Machine::pop;
  using Machine::pop_abstract;
  using Machine::pop_all;
  using Machine::pop_any;
  using Machine::pop_push;
  using Machine::pop_ref;
  using Machine::push;
  using Machine::push_all;
  using Machine::push_frame;
  using Machine::push_number;
  using Machine::reading_;
  using Machine::remaining;
  using Machine::reserve;
  using Machine::restart_frame;
  using Machine::set_unreachable;
  using Machine::shared_;
  using Machine::struct_at;
  using Machine::table_at;
  using Machine::tag_at;
  using Machine::top_;
  using Machine::value_type;

  // ---- Immediates ----

  struct Leb {
    u64 value;
    const u8* pc;
  };
  // Slow paths use the Reader, whose faults they adopt.
  template <class Read>
  Leb read_with(const u8* pc, Read&& read) {
    Reader reader({pc, remaining(pc)}, offset_of(pc));
    u64 value = static_cast<u64>(read(reader));
    if (reader.ok()) return {value, reader.pos()};
    fail_with(binary::to_error(*reader.fault()));
    return {0, end_};
  }
  // A number of two to `most` bytes, all of which are there; null where it is longer.
  template <int most>
  [[gnu::always_inline]] const u8* decode_long(const u8* pc, u64& value, unsigned& shift) {
    value = pc[0] & 0x7fu;
    shift = 7;
    for (int i = 1; i < most; ++i, shift += 7) {
      value |= static_cast<u64>(pc[i] & 0x7fu) << shift;
      if (pc[i] < 0x80) {
        shift += 7;
        return pc + i + 1;
      }
    }
    return nullptr;
  }
  [[gnu::noinline]] Leb uleb32_slow(const u8* pc) {
    u64 value;
    unsigned shift;
    if (remaining(pc) >= 5) [[likely]] {
      // Linkers pad indices to five bytes; the fifth has room for four bits.
      const u8* after = decode_long<5>(pc, value, shift);
      if (after && value >> 32 == 0) [[likely]]
        return {value, after};
    }
    return read_with(pc, [](Reader& reader) { return reader.read_uleb32(); });
  }
  [[gnu::noinline]] Leb sleb32_slow(const u8* pc) {
    u64 value;
    unsigned shift;
    if (remaining(pc) >= 5) [[likely]] {
      const u8* after = decode_long<5>(pc, value, shift);
      i64 extended = static_cast<i64>(value << (64 - shift)) >> (64 - shift);
      if (after && extended == static_cast<i32>(extended)) [[likely]]
        return {static_cast<u64>(extended), after};
    }
    return read_with(pc, [](Reader& reader) { return static_cast<u64>(static_cast<i64>(reader.read_sleb32())); });
  }
  [[gnu::noinline]] Leb sleb64_slow(const u8* pc) {
    u64 value;
    unsigned shift;
    if (remaining(pc) >= 9) [[likely]] {
      // Nine bytes always fit.
      if (const u8* after = decode_long<9>(pc, value, shift)) [[likely]]
        return {static_cast<u64>(static_cast<i64>(value << (64 - shift)) >> (64 - shift)), after};
    }
    return read_with(pc, [](Reader& reader) { return static_cast<u64>(reader.read_sleb64()); });
  }
  [[gnu::always_inline]] u32 read_u32(const u8*& pc) {
    if (pc != end_ && *pc < 0x80) [[likely]]
      return *pc++;
    Leb leb = uleb32_slow(pc);
    pc = leb.pc;
    return static_cast<u32>(leb.value);
  }
  // Moves past a constant; its value is read only for interfaces that want instructions.
  template <bool wide>
  [[gnu::always_inline]] void read_const(const u8*& pc, Immediates& imm) {
    if (pc != end_ && *pc < 0x80) [[likely]] {
      imm.bits = static_cast<u64>(static_cast<i64>(static_cast<u64>(*pc++) << 57) >> 57);
      return;
    }
    Leb leb = wide ? sleb64_slow(pc) : sleb32_slow(pc);
    pc = leb.pc;
    imm.bits = leb.value;
  }
  template <std::size_t size>
  [[gnu::always_inline]] void read_bits(const u8*& pc, Immediates& imm) {
    if (remaining(pc) < size) [[unlikely]] {
      fail_at(ErrorCode::UnexpectedEnd, offset_of(pc), "unexpected end-of-file");
      pc = end_;
      return;
    }
    if constexpr (size == 16) {
      imm.bytes16 = pc;
    } else {
      imm.bits = 0;
      std::memcpy(&imm.bits, pc, size);
    }
    pc += size;
  }
  // Moves past one byte, which has to be there.
  [[gnu::always_inline]] void read_bits_end(const u8*& pc) {
    if (pc != end_) [[likely]] {
      ++pc;
    } else {
      fail_at(ErrorCode::UnexpectedEnd, offset_of(pc), "unexpected end-of-file");
    }
  }
  [[gnu::always_inline]] void read_mem_arg(const u8*& pc, Immediates& imm) {
    if (remaining(pc) >= 2 && pc[0] < 0x20) [[likely]] {
      imm.mem.align = pc[0];
      imm.mem.memory = 0;
      if (pc[1] < 0x80) [[likely]] {
        imm.mem.offset = pc[1];
        pc += 2;
        return;
      }
      if (remaining(pc) >= 3 && pc[2] < 0x80) {
        imm.mem.offset = (pc[1] & 0x7fu) | static_cast<u32>(pc[2]) << 7;
        pc += 3;
        return;
      }
    }
    pc = read_mem_arg_slow(pc, imm);
  }
  [[gnu::noinline]] const u8* read_mem_arg_slow(const u8* pc, Immediates& imm) {
    Reader reader({pc, remaining(pc)}, offset_of(pc));
    imm.mem = binary::read_mem_arg(reader, reading_);
    if (reader.ok()) return reader.pos();
    fail_with(binary::to_error(*reader.fault()));
    return end_;
  }

  // Whether a row's fields are all read in line; other rows go through the tables' reader.
  static constexpr bool reads_in_line(Imm imm) {
    for (ImmField field : kImmFields[static_cast<u8>(imm)]) switch (field) {
        case ImmField::Labels:
        case ImmField::ValTypes:
        case ImmField::HeapType:
        case ImmField::CastFlags:
        case ImmField::Zero:
        case ImmField::Ordering:
        case ImmField::Catches:
        case ImmField::Handlers:
          return false;
        default:
          break;
      }
    return true;
  }
  // The place in Immediates::index of the index field at position `at`.
  static constexpr std::size_t index_slot(Imm imm, std::size_t at) {
    std::size_t slot = 0;
    for (std::size_t i = 0; i < at; ++i) slot += is_index(kImmFields[static_cast<u8>(imm)][i]);
    return slot;
  }
  static constexpr bool is_index(ImmField field) {
    using enum ImmField;
    return field == Label || field == Func || field == Type || field == Table || field == Memory || field == Global ||
           field == Local || field == Tag || field == Elem || field == Data || field == Field || field == Count;
  }

  [[gnu::noinline]] const u8* read_immediates_slow(Op op, const u8* pc, Immediates& imm) {
    Reader reader({pc, remaining(pc)}, offset_of(pc));
    binary::read_immediates(reader, op, op_offset(), reading_, imm);
    if (reader.ok()) return reader.pos();
    fail_with(binary::to_error(*reader.fault()));
    return end_;
  }
  template <Op op>
  [[gnu::always_inline]] const u8* read_immediates(const u8* pc, Immediates& imm) {
    constexpr Imm kRow = info(op).imm;
    // These once had a byte that must be zero in the place of an index.
    constexpr bool kZeroByte = op == Op::MemorySize || op == Op::MemoryGrow || op == Op::CallIndirect;
    constexpr Feature kIndexFeature = op == Op::CallIndirect ? Feature::CallIndirectOverlong : Feature::MultiMemory;
    if constexpr (kRow == Imm::None) {
      return pc;
    } else if constexpr (!reads_in_line(kRow)) {
      return read_immediates_slow(op, pc, imm);
    } else if constexpr (kRow == Imm::Block) {
      if (pc == end_ || *pc != 0x40) [[unlikely]]
        return read_immediates_slow(op, pc, imm);
      imm.block = {};
      return pc + 1;
    } else {
      if (kZeroByte && !reading_.has(kIndexFeature)) [[unlikely]]
        return read_immediates_slow(op, pc, imm);
      read_field<op, 0>(pc, imm);
      read_field<op, 1>(pc, imm);
      read_field<op, 2>(pc, imm);
      return pc;
    }
  }
  template <Op op, std::size_t at>
  [[gnu::always_inline]] void read_field(const u8*& pc, Immediates& imm) {
    constexpr Imm kRow = info(op).imm;
    constexpr ImmField kField = kImmFields[static_cast<u8>(kRow)][at];
    if constexpr (is_index(kField)) {
      imm.index[index_slot(kRow, at)] = read_u32(pc);
    } else if constexpr (kField == ImmField::I32) {
      read_const<false>(pc, imm);
    } else if constexpr (kField == ImmField::I64) {
      read_const<true>(pc, imm);
    } else if constexpr (kField == ImmField::F32) {
      read_bits<4>(pc, imm);
    } else if constexpr (kField == ImmField::F64) {
      read_bits<8>(pc, imm);
    } else if constexpr (kField == ImmField::V128 || kField == ImmField::Lanes16) {
      read_bits<16>(pc, imm);
    } else if constexpr (kField == ImmField::MemArg) {
      read_mem_arg(pc, imm);
    } else if constexpr (kField == ImmField::Lane) {
      imm.lane = pc == end_ ? u8{0} : *pc;
      read_bits_end(pc);
    } else {
      static_assert(kField == ImmField::None);
    }
  }

  // ---- Dispatch ----

  static constexpr u32 key_of(u8 prefix, u32 code) { return prefix == 0 ? code : (prefix - 0xfau) * 512u + code; }

  bool start(Bytes code, u64 offset, const FuncType* type, ValType single);
  template <Op op>
  void take_fixed(Immediates& imm);
  void run(const u8* pc);
  template <Op op, class Handler>
  [[gnu::always_inline]] inline const u8* handle(const u8* pc, Handler handler);
  template <detail::SigText sig>
  void fixed(ValType address);
  [[gnu::noinline]] bool fixed_slow(const ValType* params, std::size_t count, ValType address);
  bool expect_frame(Op op, const u8* pc);
  [[gnu::cold, gnu::noinline]] const u8* bad_opcode(u8 byte, u32 code, bool prefixed);
  [[gnu::cold, gnu::noinline]] void fail_not_constant(Op op);
  [[gnu::cold, gnu::noinline]] void fail_outside(const u8* pc, const char* word, const char* kind) {
    fail_at(ErrorCode::UnknownOperator, offset_of(pc), std::string("`") + word + "` found outside `" + kind + "` block");
  }

  // ---- Handlers of instructions whose types depend on more than the opcode. Each takes effect or leaves a fault. ----

  void on_Unreachable(const Immediates&) { set_unreachable(); }

  void open(FrameKind kind, const Immediates& imm) {
    const FuncType* type;
    ValType single;
    if (!block_type(imm.block, type, single)) return;
    if (kind == FrameKind::If && !pop(ValType::i32())) return;
    if (type && !pop_all(type->params)) return;
    Frame& opened = push_frame(kind, type, single);
    if (type) push_all(type->params);
    interface_.enter(*this, opened);
  }
  void on_Block(const Immediates& imm) { open(FrameKind::Block, imm); }
  void on_Loop(const Immediates& imm) { open(FrameKind::Loop, imm); }
  void on_If(const Immediates& imm) { open(FrameKind::If, imm); }
  void on_Try(const Immediates& imm) { open(FrameKind::Try, imm); }

  void on_Else(const Immediates&) {
    if (!finish_frame()) return;
    interface_.middle(*this, frame());
    restart_frame(FrameKind::Else);
    push_all(frame().params());
    interface_.after_middle(*this, frame());
  }
  void on_Catch(const Immediates& imm) {
    if (!finish_frame()) return;
    interface_.middle(*this, frame());
    restart_frame(FrameKind::Catch);
    const FuncType* tag = exception_tag_at(imm.index[0]);
    if (!tag) return;
    push_all(tag->params);
    interface_.after_middle(*this, frame());
    legacy_catch(CatchClause::Kind::Catch, imm.index[0], static_cast<u32>(tag->params.size()));
  }
  void legacy_catch(CatchClause::Kind kind, u32 tag, u32 values) {
    if constexpr (requires { interface_.legacy_catch(*this, frame(), kind, tag, values); })
      interface_.legacy_catch(*this, frame(), kind, tag, values);
  }
  void on_CatchAll(const Immediates&) {
    if (!finish_frame()) return;
    interface_.middle(*this, frame());
    restart_frame(FrameKind::CatchAll);
    interface_.after_middle(*this, frame());
    legacy_catch(CatchClause::Kind::CatchAll, 0, 0);
  }
  void on_Delegate(const Immediates& imm) {
    if (!finish_frame()) return;
    // The label is looked up among the frames around the try.
    if (imm.index[0] + 1 >= frames_.size()) {
      fail(ErrorCode::UnknownLabel, "unknown label: branch depth too large");
      return;
    }
    if constexpr (requires { interface_.delegate(*this, frame(), frame()); })
      interface_.delegate(*this, frame(), frames_[frames_.size() - 2 - imm.index[0]]);
    interface_.middle(*this, frame());
    close(false);
  }
  void on_End(const Immediates&) {
    if (!finish_frame()) return;
    if (frame().kind == FrameKind::If) {
      // An if without else: the other arm is empty and passes its parameters on.
      restart_frame(FrameKind::Else);
      push_all(frame().params());
      if (!finish_frame()) return;
      frame().kind = FrameKind::If;
    }
    close(frames_.size() == 1);
  }
  void close(bool last) {
    interface_.leave(*this, frame(), last);
    const FuncType* type = frame().type;
    ValType single = frame().single;
    drop_frame();
    if (type) {
      push_all(type->results);
    } else if (!single.is_bottom()) {
      push(single);
    }
    if (last && next_ != end_)
      fail_at(ErrorCode::EndExpected, next_offset(), "operators remaining after end of function body or expression");
  }

  bool check_catch(const binary::Catch& clause) {
    const FuncType* tag = nullptr;
    if (clause.kind < 2 && !(tag = exception_tag_at(clause.tag))) return false;
    Frame* target = label(clause.label);
    if (!target) return false;
    std::span<const ValType> types = target->label();
    constexpr ValType kThrown = ValType::ref(AbstractHeap::Exn, false);
    bool with_ref = clause.kind == 1 || clause.kind == 3;
    std::size_t values = (tag ? tag->params.size() : 0) + (with_ref ? 1 : 0);
    constexpr const char* kArity[] = {
        "type mismatch: catch label must have same number of types as tag",
        "type mismatch: catch_ref label must have one more type than tag types",
        "type mismatch: catch_all label must have no result types",
        "type mismatch: catch_all_ref label must have exactly one result type",
    };
    if (types.size() != values) return fail(ErrorCode::TypeMismatch, kArity[clause.kind]), false;
    for (std::size_t i = 0; tag && i < tag->params.size(); ++i)
      if (!matches(tag->params[i], types[i])) return false;
    if (clause.kind == 1 && !matches(kThrown, types.back())) return false;
    if (clause.kind == 3 && !is_subtype(kThrown, types.back()))
      return fail(ErrorCode::TypeMismatch, "type mismatch: catch_all_ref label must a subtype of (ref exn)"), false;
    interface_.catch_clause(*this, *target, clause, static_cast<u32>(values));
    return true;
  }
  void on_TryTable(const Immediates& imm) {
    const FuncType* type;
    ValType single;
    if (!block_type(imm.block, type, single)) return;
    if (type && !pop_all(type->params)) return;
    Reader clauses(imm.items);
    for (u32 i = 0; i < imm.count; ++i)
      if (!check_catch(binary::read_catch(clauses))) return;
    Frame& opened = push_frame(FrameKind::TryTable, type, single);
    if (type) push_all(type->params);
    interface_.enter(*this, opened);
  }
  void on_Throw(const Immediates& imm) {
    const FuncType* tag = exception_tag_at(imm.index[0]);
    if (tag && pop_all(tag->params)) set_unreachable();
  }
  void on_ThrowRef(const Immediates&) {
    if (pop(ValType::exnref())) set_unreachable();
  }
  void on_Rethrow(const Immediates& imm) {
    Frame* target = label(imm.index[0]);
    if (!target) return;
    if (target->kind != FrameKind::Catch && target->kind != FrameKind::CatchAll)
      return fail(ErrorCode::InvalidRethrowLabel, "invalid rethrow label: target was not a `catch` block");
    if constexpr (requires { interface_.rethrow(*this, *target); }) interface_.rethrow(*this, *target);
    set_unreachable();
  }

  void on_Br(const Immediates& imm) {
    Frame* target = label(imm.index[0]);
    if (!target) return;
    interface_.branch(*this, *target, height());
    if (pop_all(target->label())) set_unreachable();
  }
  void on_BrIf(const Immediates& imm) {
    if (!pop(ValType::i32())) return;
    Frame* target = label(imm.index[0]);
    if (!target) return;
    interface_.branch(*this, *target, height());
    std::span<const ValType> types = target->label();
    if (!types.empty()) pop_push(types);
  }
  // Whether the operands on top fit these types; they stay.
  bool match_operands(std::span<const ValType> types) {
    std::size_t count = types.size(), there = static_cast<std::size_t>(top_ - floor_);
    if (there >= count && std::memcmp(top_ - count, types.data(), count * sizeof(ValType)) == 0) return true;
    for (std::size_t i = 0; i < count; ++i) {
      ValType expected = types[count - 1 - i];
      if (i < there) {
        if (!matches(*(top_ - 1 - i), expected)) return false;
      } else if (!frame().unreachable) {
        fail_empty(to_string(expected));
        return false;
      }
    }
    return true;
  }
  void on_BrTable(const Immediates& imm) {
    if (!pop(ValType::i32())) return;
    Frame* last = label(imm.default_label);
    if (!last) return;
    std::span<const ValType> last_types = last->label();
    const ValType* checked = nullptr;
    const u8* at = imm.items.data();
    for (u32 i = 0; i < imm.count; ++i) {
      Frame* target = label(decode_uleb<u32>(at));
      if (!target) return;
      std::span<const ValType> types = target->label();
      if (types.size() != last_types.size())
        return fail(ErrorCode::TypeMismatch, "type mismatch: br_table target labels have different number of types");
      if (kValidate && !types.empty() && types.data() != checked) {
        if (!match_operands(types)) return;
        checked = types.data();
      }
      interface_.branch(*this, *target, height());
    }
    interface_.branch(*this, *last, height());
    if (pop_all(last_types)) set_unreachable();
  }
  void on_Return(const Immediates&) {
    if (pop_all(frames_.front().results())) set_unreachable();
  }

  // ---- Calls ----

  void call(const FuncType* type, Op op) {
    if (!type || !pop_all(type->params)) return;
    push_all(type->results);
    interface_.call(op);
  }
  void return_call(const FuncType* type, Op op) {
    if (!type) return;
    std::span<const ValType> wanted = frames_.front().results();
    bool same = type->results.size() == wanted.size();
    for (std::size_t i = 0; same && i < wanted.size(); ++i) same = is_subtype(type->results[i], wanted[i]);
    if (!same) return fail_results(wanted, type->results);
    if (!pop_all(type->params)) return;
    interface_.call(op);
    set_unreachable();
  }
  [[gnu::cold, gnu::noinline]] void fail_results(std::span<const ValType> wanted, std::span<const ValType> found) {
    auto list = [&](std::span<const ValType> types) {
      std::string out;
      for (ValType type : types) out += (out.empty() ? "" : " ") + env_.display(type);
      return out;
    };
    fail(ErrorCode::TypeMismatch,
         "type mismatch: current function requires result type [" + list(wanted) + "] but callee returns [" + list(found) + "]");
  }
  const FuncType* callee(u32 index) {
    if (index < env_.func_types.size()) [[likely]] {
      if (shared_ && !env_.store->get(env_.funcs[index]).is_shared) [[unlikely]]
        return fail(ErrorCode::TypeMismatch, "shared functions cannot access unshared functions"), nullptr;
      return env_.func_types[index];
    }
    fail_unknown(ErrorCode::UnknownFunction, "function", index, ": function index out of bounds");
    return nullptr;
  }
  const FuncType* indirect_callee(u32 type, u32 table) {
    const TableType* through = table_at(table);
    if (!through) return nullptr;
    if (kValidate && !is_subtype(through->element, ValType::funcref()))
      return fail(ErrorCode::TypeMismatch, "type mismatch: indirect calls must go through a table with type <= funcref"), nullptr;
    if (!pop(address_type(through->is_64))) return nullptr;
    return func_type_at(type);
  }
  const FuncType* ref_callee(u32 type) {
    // Checked before it becomes a type, which holds fewer bits.
    if (type >= env_.types.size()) [[unlikely]] {
      fail_unknown(ErrorCode::UnknownType, "type", type, ": type index out of bounds");
      return nullptr;
    }
    if (!pop(concrete(type, true))) return nullptr;
    return func_type_at(type);
  }
  void on_Call(const Immediates& imm) { call(callee(imm.index[0]), Op::Call); }
  void on_CallIndirect(const Immediates& imm) { call(indirect_callee(imm.index[0], imm.index[1]), Op::CallIndirect); }
  void on_CallRef(const Immediates& imm) { call(ref_callee(imm.index[0]), Op::CallRef); }
  void on_ReturnCall(const Immediates& imm) { return_call(callee(imm.index[0]), Op::ReturnCall); }
  void on_ReturnCallIndirect(const Immediates& imm) {
    return_call(indirect_callee(imm.index[0], imm.index[1]), Op::ReturnCallIndirect);
  }
  void on_ReturnCallRef(const Immediates& imm) { return_call(ref_callee(imm.index[0]), Op::ReturnCallRef); }

  // ---- Parametric and variables ----

  void on_Drop(const Immediates&) { pop_any(); }
  void on_Select(const Immediates&) {
    if (!pop(ValType::i32())) return;
    ValType a = pop_any(), b = pop_any();
    if (kValidate) {
      if (a.is_ref() || b.is_ref() || detail::is_unknown_ref(a) || detail::is_unknown_ref(b))
        return fail(ErrorCode::TypeMismatch, "type mismatch: select only takes integral types");
      if (a != b && !a.is_bottom() && !b.is_bottom())
        return fail(ErrorCode::TypeMismatch, "type mismatch: select operands have different types");
    }
    push(a.is_bottom() ? b : a);
  }
  void on_SelectT(const Immediates& imm) {
    if (imm.count != 1) return fail(ErrorCode::InvalidResultArity, "invalid result arity");
    Reader reader(imm.items);
    ValType type;
    if (!value_type(binary::read_val_type(reader), type)) return;
    if (pop(ValType::i32()) && pop(type) && pop(type)) push(type);
  }
  [[gnu::cold, gnu::noinline]] void fail_local(u32 index) {
    fail_unknown(ErrorCode::UnknownLocal, "local", index, ": local index out of bounds");
  }
  [[gnu::noinline]] void use_uninit(u32 index) {
    if (!buffers_.local_inits[index]) fail(ErrorCode::UninitializedLocal, "uninitialized local: " + std::to_string(index));
  }
  [[gnu::noinline]] void set_init(u32 index) {
    if (buffers_.local_inits[index]) return;
    buffers_.local_inits[index] = 1;
    buffers_.init_log.push_back(index);
  }
  // The type of a local; bottom on a fault.
  [[gnu::always_inline]] ValType local_type(u32 index) {
    if (index < dense_count_) [[likely]]
      return locals_[index];
    return late_local(index);
  }
  [[gnu::noinline]] ValType late_local(u32 index) {
    if (index >= local_count_) return fail_local(index), ValType::bottom();
    auto& late = buffers_.late_locals;
    return std::upper_bound(late.begin(), late.end(), index, [](u32 wanted, const auto& run) { return wanted < run.first; })
        ->second;
  }
  void on_LocalGet(const Immediates& imm) {
    ValType type = local_type(imm.index[0]);
    if (imm.index[0] >= first_uninit_ && !type.is_bottom()) [[unlikely]]
      use_uninit(imm.index[0]);
    *top_++ = type;
    if (top_ > peak_) peak_ = top_;
  }
  void on_LocalSet(const Immediates& imm) {
    ValType type = local_type(imm.index[0]);
    if (type.is_bottom() || !pop(type)) return;
    if (imm.index[0] >= first_uninit_) [[unlikely]]
      set_init(imm.index[0]);
    interface_.assign(imm.index[0]);
  }
  void on_LocalTee(const Immediates& imm) {
    ValType type = local_type(imm.index[0]);
    if (type.is_bottom() || !pop(type)) return;
    if (imm.index[0] >= first_uninit_) [[unlikely]]
      set_init(imm.index[0]);
    push_number(type);
    interface_.assign(imm.index[0]);
  }
  void on_GlobalGet(const Immediates& imm) {
    if constexpr (Interface::kConstant) {
      if (!check_constant_global(imm.index[0])) return;
    }
    if (const GlobalType* global = global_at(imm.index[0])) push(global->content);
  }
  bool check_constant_global(u32 index) {
    if (index >= env_.globals.size())
      return fail_unknown(ErrorCode::UnknownGlobal, "global", index, ": global index out of bounds"), false;
    if (index >= env_.imported_globals && !has(Feature::Gc))
      return fail_missing(Feature::Gc, "constant expression required: global.get of locally defined global"), false;
    if (env_.globals[index].is_mutable)
      return fail(ErrorCode::ConstantExpressionRequired, "constant expression required: global.get of mutable global"), false;
    return true;
  }
  void on_GlobalSet(const Immediates& imm) {
    const GlobalType* global = global_at(imm.index[0]);
    if (!global) return;
    if (kValidate && !global->is_mutable)
      return fail(ErrorCode::ImmutableGlobal, "global is immutable: cannot modify it with `global.set`");
    pop(global->content);
  }

  // ---- Tables and memories ----

  void on_TableGet(const Immediates& imm) {
    const TableType* table = table_at(imm.index[0]);
    if (table && pop(address_type(table->is_64))) push(table->element);
  }
  void on_TableSet(const Immediates& imm) {
    const TableType* table = table_at(imm.index[0]);
    if (table && pop(table->element)) pop(address_type(table->is_64));
  }
  void on_TableGrow(const Immediates& imm) {
    const TableType* table = table_at(imm.index[0]);
    if (!table) return;
    ValType address = address_type(table->is_64);
    if (pop(address) && pop(table->element)) push_number(address);
  }
  void on_TableSize(const Immediates& imm) {
    if (const TableType* table = table_at(imm.index[0])) push_number(address_type(table->is_64));
  }
  void on_TableFill(const Immediates& imm) {
    const TableType* table = table_at(imm.index[0]);
    if (!table) return;
    ValType address = address_type(table->is_64);
    if (pop(address) && pop(table->element)) pop(address);
  }
  void on_TableInit(const Immediates& imm) {
    const TableType* table = table_at(imm.index[1]);
    ValType segment;
    if (!table || !elem_at(imm.index[0], segment)) return;
    if (kValidate && !is_subtype(segment, table->element)) return fail(ErrorCode::TypeMismatch, "type mismatch");
    if (pop(ValType::i32()) && pop(ValType::i32())) pop(address_type(table->is_64));
  }
  void on_TableCopy(const Immediates& imm) {
    const TableType* from = table_at(imm.index[1]);
    if (!from) return;
    const TableType* to = table_at(imm.index[0]);
    if (!to) return;
    if (kValidate && !is_subtype(from->element, to->element)) return fail(ErrorCode::TypeMismatch, "type mismatch");
    if (pop(address_type(from->is_64 && to->is_64)) && pop(address_type(from->is_64))) pop(address_type(to->is_64));
  }
  void on_MemorySize(const Immediates& imm) {
    if (ValType address = memory_at(imm.index[0]); !address.is_bottom()) push_number(address);
  }
  void on_MemoryGrow(const Immediates& imm) {
    ValType address = memory_at(imm.index[0]);
    if (!address.is_bottom() && pop(address)) push_number(address);
  }
  void on_MemoryInit(const Immediates& imm) {
    ValType address = memory_at(imm.index[1]);
    if (address.is_bottom() || !check_data(imm.index[0])) return;
    if (pop(ValType::i32()) && pop(ValType::i32())) pop(address);
  }
  void on_MemoryCopy(const Immediates& imm) {
    ValType to = memory_at(imm.index[0]);
    if (to.is_bottom()) return;
    ValType from = memory_at(imm.index[1]);
    if (from.is_bottom()) return;
    if (pop(from == ValType::i32() ? from : to) && pop(from)) pop(to);
  }
  void on_MemoryFill(const Immediates& imm) {
    ValType address = memory_at(imm.index[0]);
    if (!address.is_bottom() && pop(address) && pop(ValType::i32())) pop(address);
  }
  void on_MemoryDiscard(const Immediates& imm) {
    ValType address = memory_at(imm.index[0]);
    if (!address.is_bottom() && pop(address)) pop(address);
  }

  // ---- Continuations ----

  bool is_func_subtype(std::span<const ValType> params, std::span<const ValType> results, std::span<const ValType> super_params,
                       std::span<const ValType> super_results) {
    if (params.size() != super_params.size() || results.size() != super_results.size()) return false;
    for (std::size_t i = 0; i < params.size(); ++i)
      if (!is_subtype(super_params[i], params[i])) return false;
    for (std::size_t i = 0; i < results.size(); ++i)
      if (!is_subtype(results[i], super_results[i])) return false;
    return true;
  }
  // The function type of the continuation that a reference points to; null on a fault.
  const FuncType* cont_func_of(ValType reference) {
    const SubType& type = env_.store->get(reference.type_id());
    if (type.cont()) return &env_.store->func(type.cont()->func.type_id());
    fail(ErrorCode::TypeMismatch, "non-continuation type");
    return nullptr;
  }
  bool check_handler(const binary::Handler& handler, const FuncType& resumed) {
    const FuncType* tag = tag_at(handler.tag);
    if (!tag) return false;
    if (handler.is_switch) {
      if (is_func_subtype(tag->params, tag->results, {}, resumed.results) &&
          is_func_subtype({}, resumed.results, tag->params, tag->results))
        return true;
      return fail(ErrorCode::TypeMismatch, "type mismatch: switch tag does not match continuation"), false;
    }
    Frame* target = label(handler.label);
    if (!target) return false;
    std::span<const ValType> types = target->label();
    if (types.empty())
      return fail(ErrorCode::TypeMismatch, "type mismatch: instruction requires continuation reference type but label has none"),
             false;
    ValType last = types.back();
    if (!last.is_concrete()) return fail(ErrorCode::TypeMismatch, "type mismatch: " + to_string(last)), false;
    types = types.first(types.size() - 1);
    bool same = tag->params.size() == types.size();
    for (std::size_t i = 0; same && i < types.size(); ++i) same = is_subtype(tag->params[i], types[i]);
    if (!same) return fail(ErrorCode::TypeMismatch, "type mismatch between tag type and label type"), false;
    const FuncType* suspended = cont_func_of(last);
    if (!suspended) return false;
    if (is_func_subtype(tag->results, resumed.results, suspended->params, suspended->results)) return true;
    return fail(ErrorCode::TypeMismatch, "type mismatch in continuation type"), false;
  }
  const FuncType* check_handlers(const Immediates& imm) {
    const FuncType* resumed = cont_func_at(imm.index[0]);
    if (!resumed) return nullptr;
    Reader handlers(imm.items);
    for (u32 i = 0; i < imm.count; ++i)
      if (!check_handler(binary::read_handler(handlers), *resumed)) return nullptr;
    return resumed;
  }
  void on_ContNew(const Immediates& imm) {
    const FuncType* func = cont_func_at(imm.index[0]);
    if (!func) return;
    ValType of = env_.type_defs[imm.index[0]]->cont()->func;
    if (pop(of.with_nullable(true))) push(concrete(imm.index[0], false));
  }
  void on_ContBind(const Immediates& imm) {
    const FuncType* from = cont_func_at(imm.index[0]);
    if (!from) return;
    const FuncType* to = cont_func_at(imm.index[1]);
    if (!to) return;
    if (from->params.size() < to->params.size()) return fail(ErrorCode::TypeMismatch, "type mismatch in continuation arguments");
    std::size_t bound = from->params.size() - to->params.size();
    std::span<const ValType> params(from->params);
    if (!is_func_subtype(params.subspan(bound), from->results, to->params, to->results))
      return fail(ErrorCode::TypeMismatch, "type mismatch in continuation types");
    if (pop(concrete(imm.index[0], true)) && pop_all(params.first(bound))) push(concrete(imm.index[1], false));
  }
  void on_Suspend(const Immediates& imm) { call(tag_at(imm.index[0]), Op::Suspend); }
  void on_Resume(const Immediates& imm) {
    const FuncType* func = check_handlers(imm);
    if (func && pop(concrete(imm.index[0], true))) call(func, Op::Resume);
  }
  void on_ResumeThrow(const Immediates& imm) {
    const FuncType* func = check_handlers(imm);
    if (!func) return;
    const FuncType* tag = exception_tag_at(imm.index[1]);
    if (!tag || !pop(concrete(imm.index[0], true)) || !pop_all(tag->params)) return;
    push_all(func->results);
    interface_.call(Op::ResumeThrow);
  }
  void on_ResumeThrowRef(const Immediates& imm) {
    const FuncType* func = check_handlers(imm);
    if (!func || !pop(concrete(imm.index[0], true)) || !pop(ValType::exnref())) return;
    push_all(func->results);
    interface_.call(Op::ResumeThrowRef);
  }
  void on_Switch(const Immediates& imm) {
    const FuncType* func = cont_func_at(imm.index[0]);
    if (!func) return;
    const FuncType* tag = tag_at(imm.index[1]);
    if (!tag) return;
    if (!tag->params.empty()) return fail(ErrorCode::TypeMismatch, "type mismatch: non-empty tag parameter type");
    if (func->params.empty())
      return fail(ErrorCode::TypeMismatch, "type mismatch: instruction requires a continuation reference");
    ValType last = func->params.back();
    if (!last.is_concrete())
      return fail(ErrorCode::TypeMismatch, "type mismatch: expected a continuation reference, found " + to_string(last));
    const FuncType* other = cont_func_of(last);
    if (!other) return;
    if (!is_func_subtype(tag->results, tag->results, func->results, other->results))
      return fail(ErrorCode::TypeMismatch, "type mismatch in continuation types");
    if (!pop(concrete(imm.index[0], true)) || !pop_all(std::span(func->params).first(func->params.size() - 1))) return;
    push_all(other->params);
    interface_.call(Op::Switch);
  }
};

// A function type's parameters, then runs of declared locals. What the format and the limits say of them is checked here.
template <class Interface>
bool BodyDecoder<Interface>::read_locals(const FuncType& type, Reader& reader, std::vector<LocalRun>& runs) {
  std::vector<ValType>& locals = buffers_.locals;
  std::vector<u8>& inits = buffers_.local_inits;
  locals.assign(type.params.begin(), type.params.end());
  inits.clear();
  first_uninit_ = ~0u;
  auto kinds = [&](ValType of) { kinds_ |= 1u << static_cast<u32>(of.kind()); };
  kinds_ = 0;
  for (ValType param : type.params) kinds(param);
  for (ValType result : type.results) kinds(result);
  auto adopt = [&] {
    if (!reader.ok()) fail_with(binary::to_error(*reader.fault()));
    return !failed();
  };
  u32 total = static_cast<u32>(locals.size());
  buffers_.late_locals.clear();
  u32 count = reader.read_uleb32();
  for (u32 i = 0; i < count && reader.ok(); ++i) {
    u64 at = reader.offset();
    LocalRun run;
    run.count = reader.read_uleb32();
    ValType written = binary::read_val_type(reader);
    if (!adopt()) return false;
    // Faults of the declaration are placed at its beginning.
    begin_ = op_ = nullptr;
    offset_ = at;
    if (!value_type(written, run.type)) return false;
    if (run.count == 0) continue;
    if (run.count > limits::kFunctionLocals - total) {
      fail_at(ErrorCode::TooManyLocals, at, "too many locals: locals exceed maximum");
      return false;
    }
    kinds(run.type);
    if (!run.type.is_defaultable() && first_uninit_ == ~0u) {
      first_uninit_ = total;
      inits.assign(total, 1);
    }
    total += run.count;
    // Runs cost nothing however long they are; only the first locals are laid out for direct look-up.
    constexpr std::size_t kDenseLocals = 256;
    if (locals.size() < kDenseLocals)
      locals.insert(locals.end(), std::min<std::size_t>(run.count, kDenseLocals - locals.size()), run.type);
    if (locals.size() < total) buffers_.late_locals.emplace_back(total, run.type);
    if (first_uninit_ != ~0u) inits.insert(inits.end(), run.count, run.type.is_defaultable() ? 1 : 0);
    runs.push_back(run);
  }
  if (!adopt()) return false;
  locals_ = locals.data();
  dense_count_ = static_cast<u32>(locals.size());
  local_count_ = total;
  return true;
}

template <class Interface>
bool BodyDecoder<Interface>::start(Bytes code, u64 offset, const FuncType* type, ValType single) {
  begin_ = op_ = next_ = code.data();
  end_ = limit_ = code.data() + code.size();
  offset_ = offset;
  buffers_.init_log.clear();
  frames_.clear();
  base_ = floor_ = top_ = peak_ = buffers_.operands.get();
  reserve(0);
  push_frame(FrameKind::Block, type, single);
  run(begin_);
  if (!failed() && !frames_.empty())
    fail_at(ErrorCode::EndExpected, offset_of(end_), "control frames remain at end of function body or expression");
  return !failed();
}

template <class Interface>
void BodyDecoder<Interface>::run(const u8* pc) {
  while (pc < limit_) {
    op_ = pc;
    u32 key = *pc++;
  again:
    switch (key) {
#define OP(prefix, code, Name, ...)                                                            \
  case key_of(prefix, code):                                                                   \
    pc = handle<Op::Name>(pc, [](auto& self, const Immediates& imm) { self.on_##Name(imm); }); \
    break;
#include "tenon/spec/opcodes.def"
      case 0xfb:
      case 0xfc:
      case 0xfd:
      case 0xfe: {
        u8 prefix = static_cast<u8>(key);
        u32 code = read_u32(pc);
        if (code >= 512) [[unlikely]] {
          bad_opcode(prefix, code, true);
          return;
        }
        key = key_of(prefix, code);
        goto again;
      }
      default:
        if (key < 256) {
          bad_opcode(static_cast<u8>(key), 0, false);
        } else {
          bad_opcode(static_cast<u8>(0xfa + key / 512), key % 512, true);
        }
        return;
    }
  }
}

template <class Interface>
template <Op op, class Handler>
const u8* BodyDecoder<Interface>::handle(const u8* pc, Handler handler) {
  constexpr OpInfo row = info(op);
  // What the grammar of blocks demands comes before the immediates.
  if constexpr (op == Op::Else || op == Op::Try || op == Op::Catch || op == Op::CatchAll || op == Op::Delegate) {
    if (!expect_frame(op, pc)) [[unlikely]]
      return pc;
  }
  Immediates imm;
  pc = read_immediates<op>(pc, imm);
  // Indices and constants are zero after a fault; pointers and counts are not there at all.
  if constexpr (!reads_in_line(row.imm) || row.imm == Imm::Block || row.imm == Imm::Shuffle) {
    if (failed()) [[unlikely]]
      return pc;
  }
  if constexpr (kValidate) {
    if constexpr (Interface::kConstant && op != Op::End) {
      if constexpr (!row.has(op_flags::Const) && !row.has(op_flags::ExtendedConst)) {
        fail_not_constant(op);
        return pc;
      } else {
        constexpr Feature needed = row.has(op_flags::ExtendedConst)            ? Feature::ExtendedConst
                                   : row.feature == Feature::CustomDescriptors ? Feature::Gc
                                                                               : row.feature;
        if constexpr (needed == Feature::ExtendedConst || needed == Feature::Gc || needed == Feature::SharedEverythingThreads) {
          if (!has(needed)) {
            fail_missing(needed, "constant expression required: non-constant operator: " + std::string(row.text));
            return pc;
          }
        }
      }
    }
    if constexpr (row.feature != Feature::Mvp) {
      if (!has(row.feature)) [[unlikely]] {
        fail_support(row.feature);
        return pc;
      }
    }
    if constexpr (row.text.starts_with("f32") || row.text.starts_with("f64")) {
      if (!has(Feature::Floats)) [[unlikely]] {
        fail_missing(Feature::Floats, "floating-point instruction disallowed");
        return pc;
      }
    }
  }
  if constexpr (!Interface::kConstant || row.has(op_flags::Const) || row.has(op_flags::ExtendedConst) || op == Op::End) {
    if constexpr (row.has(op_flags::Control)) next_ = pc;
    if constexpr (row.has_fixed_signature()) {
      take_fixed<op>(imm);
    } else {
      handler(*this, imm);
    }
    if constexpr (Interface::kInstructions) {
      if (!failed()) interface_.instruction(*this, op, imm);
    }
  }
  return pc;
}

template <class Interface>
template <Op op>
void BodyDecoder<Interface>::take_fixed(Immediates& imm) {
  constexpr OpInfo row = info(op);
  ValType address;
  if constexpr (row.mem != 0) {
    address = this->template check_mem_arg<row.mem, row.has(op_flags::Atomic)>(imm.mem);
    if (address.is_bottom()) [[unlikely]]
      return;
  }
  if constexpr (row.imm == Imm::Lane || row.imm == Imm::MemArgLane) {
    // A lane's width is in the shape at the beginning of the name, or is what a memory access moves.
    constexpr u8 kLanes = row.mem != 0         ? 16 / row.mem
                          : row.text[1] == '8' ? 16
                          : row.text[1] == '1' ? 8
                          : row.text[1] == '3' ? 4
                                               : 2;
    if (kValidate && imm.lane >= kLanes) [[unlikely]]
      return fail(ErrorCode::InvalidLaneIndex, "SIMD index out of bounds");
  }
  if constexpr (op == Op::DataDrop) {
    if (!check_data(imm.index[0])) return;
  }
  if constexpr (op == Op::ElemDrop) {
    ValType type;
    if (!elem_at(imm.index[0], type)) return;
  }
  fixed<detail::SigText(row.sig)>(address);
  if constexpr (row.imm == Imm::Shuffle) {
    for (int i = 0; kValidate && i < 16 && !failed(); ++i)
      if (imm.bytes16[i] >= 32) return fail(ErrorCode::InvalidLaneIndex, "SIMD index out of bounds");
  }
}

// Operands and results that the table knows. One instance for each signature.
template <class Interface>
template <detail::SigText sig>
void BodyDecoder<Interface>::fixed(ValType address) {
  constexpr auto kParams = detail::sig_types<sig, false>();
  constexpr auto kResults = detail::sig_types<sig, true>();
  constexpr std::size_t kCount = kParams.size();
  if constexpr (kCount > 0) {
    bool fits = static_cast<std::size_t>(top_ - floor_) >= kCount;
    if constexpr (kValidate)
      for (std::size_t i = 0; i < kCount; ++i)
        fits = fits && (top_ - kCount)[i] == (kParams[i].is_bottom() ? address : kParams[i]);
    if (fits) [[likely]] {
      top_ -= kCount;
    } else if (!fixed_slow(kParams.data(), kCount, address)) {
      return;
    }
  }
  for (ValType result : kResults) *top_++ = result;
  if constexpr (kResults.size() > kCount) {
    if (top_ > peak_) peak_ = top_;
  }
  if constexpr (sig.view().find('v') != std::string_view::npos) kinds_ |= 1u << static_cast<u32>(TypeKind::V128);
}

template <class Interface>
bool BodyDecoder<Interface>::fixed_slow(const ValType* params, std::size_t count, ValType address) {
  while (count > 0) {
    ValType expected = params[--count];
    if (!pop(expected.is_bottom() ? address : expected)) return false;
  }
  // Results in unreachable code may rise above what was there.
  if (top_ + 2 > peak_) peak_ = top_ + 2;
  return true;
}

template <class Interface>
bool BodyDecoder<Interface>::expect_frame(Op op, const u8* pc) {
  FrameKind kind = frame().kind;
  bool in_try = kind == FrameKind::Try || kind == FrameKind::Catch;
  if (op != Op::Else && op != Op::Delegate && !has(Feature::LegacyExceptions)) {
    fail_missing(Feature::LegacyExceptions,
                 "legacy_exceptions feature required for " + std::string(info(op).text) + " instruction");
    return false;
  }
  switch (op) {
    case Op::Else:
      if (kind == FrameKind::If) return true;
      return fail_outside(pc, "else", "If"), false;
    case Op::Catch:
      if (in_try) return true;
      return fail_outside(pc, "catch", "LegacyTry"), false;
    case Op::CatchAll:
      if (in_try) return true;
      return fail_outside(pc, "catch_all", "LegacyTry"), false;
    case Op::Delegate:
      if (kind == FrameKind::Try) return true;
      return fail_outside(pc, "delegate", "LegacyTry"), false;
    default:
      return true;
  }
}

template <class Interface>
const u8* BodyDecoder<Interface>::bad_opcode(u8 byte, u32 code, bool prefixed) {
  fail(ErrorCode::IllegalOpcode, describe_bad_opcode(byte, code, prefixed));
  return end_;
}

template <class Interface>
void BodyDecoder<Interface>::fail_not_constant(Op op) {
  std::string name = "visit_" + std::string(info(op).text);
  for (char& c : name)
    if (c == '.') c = '_';
  if (op == Op::SelectT) name = "visit_typed_select";
  if (op == Op::RefTest || op == Op::RefCast || op == Op::RefCastDescEq) name += "_non_null";
  if (op == Op::RefTestNull || op == Op::RefCastNull || op == Op::RefCastDescEqNull) name += "_nullable";
  fail(ErrorCode::ConstantExpressionRequired, "constant expression required: non-constant operator: " + name);
}

}  // namespace tenon::validate
