// Summarizer: the decoder's interface that leaves, for each function, what running it in place and planning its compilation
// needs: side table, handlers, loops with the locals they assign. The conventions are those of abi/module.h.
#pragma once

#include <algorithm>
#include <vector>

#include "tenon/abi/module.h"
#include "tenon/binary/ops.h"
#include "tenon/validate/body_decoder.h"

namespace tenon::validate {

/// Appends the tables of functions that follow; their indices are moved.
void append(BodyTables& tables, BodyTables&& next);

class Summarizer {
 public:
  static constexpr bool kValidate = true;
  static constexpr bool kConstant = false;
  static constexpr bool kInstructions = false;
  static constexpr u32 kNone = ~0u;

  struct Control {
    u32 pending = kNone;    // the last entry that waits for this frame's end; each such entry names the one before it
    u32 if_entry = kNone;   // If: the entry of the false condition
    u32 handler = kNone;    // TryTable, Try: counted from the function's first
    u32 inside = kNoIndex;  // the innermost handler of the code in the block, counted likewise
    u32 clause = kNone;     // Try: the last of its clauses so far, in open_clauses_
    u32 loop = kNone;       // Loop
    u32 target = 0;         // Loop: offset and entry of its first instruction
    u32 target_entry = 0;
    u32 log_start = 0;  // Loop: where its assignments begin
    u32 outer_serial = 0;
  };

  explicit Summarizer(BodyTables& tables) : tables_(&tables) {}

  /// Begins a function of so many locals and bytes of code.
  void begin(u32 local_count, std::size_t code_size) {
    if (marks_.size() < local_count) marks_.resize(local_count, 0);
    log_.clear();
    loop_serial_ = 0;
    calls_ = 0;
    clauses_ = 0;
    first_handler_ = static_cast<u32>(tables_->handlers.size());
    handler_ = kNoIndex;
    open_clauses_.clear();
    catch_depth_ = most_catches_ = 0;
    overflow_ = false;
    // Nested loops that all assign many locals would make the lists quadratic.
    assigned_left_ = std::max<std::size_t>(kLeastAssigned, 4 * code_size);
  }
  u32 calls() const { return calls_; }
  /// How many locals keep exceptions of legacy catches: as many as these are nested.
  u32 exception_locals() const { return most_catches_; }

  template <class D>
  void enter(D& decoder, typename D::Frame& frame) {
    switch (frame.kind) {
      case FrameKind::Loop: {
        frame.target = static_cast<u32>(decoder.next_offset());
        frame.target_entry = entries();
        frame.loop = static_cast<u32>(tables_->loops.size());
        tables_->loops.push_back({static_cast<u32>(decoder.op_offset()), 0, 0});
        frame.log_start = static_cast<u32>(log_.size());
        frame.outer_serial = loop_serial_;
        loop_serial_ = ++last_serial_;
        break;
      }
      case FrameKind::If:
        frame.if_entry = add(decoder.op_offset(), static_cast<u32>(frame.params().size()), 0);
        break;
      case FrameKind::TryTable:
        if (clauses_ == 0) break;  // nothing to catch
        open_handler(decoder.next_offset(), frame);
        clauses_ = 0;
        break;
      case FrameKind::Try:
        open_handler(decoder.next_offset(), frame);
        break;
      default:
        break;
    }
    frame.inside = handler_;
  }

  template <class D>
  void middle(D& decoder, typename D::Frame& frame) {
    if (frame.kind == FrameKind::Try) close_handler(decoder.op_offset(), frame);
    wait(frame, add(decoder.op_offset(), static_cast<u32>(frame.results().size()), 0));
  }
  template <class D>
  void after_middle(D& decoder, typename D::Frame& frame) {
    if (frame.if_entry != kNone) resolve(frame.if_entry, decoder.next_offset());
    frame.if_entry = kNone;
  }

  template <class D>
  void leave(D& decoder, typename D::Frame& frame, bool last) {
    u64 target = last ? decoder.op_offset() : decoder.next_offset();
    if (frame.if_entry != kNone) resolve(frame.if_entry, target);
    for (u32 entry = frame.pending; entry != kNone;) {
      u32 before = static_cast<u32>(tables_->side_table[entry].entry_delta);
      resolve(entry, target);
      entry = before;
    }
    if (frame.handler != kNone) {
      if (frame.inside == frame.handler) close_handler(decoder.op_offset(), frame);
      if (frame.clause != kNone) gather_clauses(frame);
    }
    if (frame.loop != kNone) close_loop(frame);
  }

  template <class D>
  void branch(D& decoder, typename D::Frame& target, u32 height) {
    u32 keep = static_cast<u32>(target.label().size());
    u32 below = target.height + keep;
    u32 entry = add(decoder.op_offset(), keep, height > below ? height - below : 0);
    aim(target, entry);
  }
  template <class D>
  void catch_clause(D& decoder, typename D::Frame& target, const binary::Catch& clause, u32 values) {
    u32 entry = add(decoder.op_offset(), values, target.height);
    tables_->catches.push_back(
        {static_cast<CatchClause::Kind>(clause.kind), TagIndex(clause.tag), static_cast<u32>(decoder.op_offset()), entry});
    ++clauses_;
    aim(target, entry);
  }
  template <class D>
  void legacy_catch(D& decoder, typename D::Frame& frame, CatchClause::Kind kind, u32 tag, u32 values) {
    if (frame.clause == kNone) {
      handler_of(frame).exn_local = decoder.local_count() + catch_depth_;
      most_catches_ = std::max(most_catches_, ++catch_depth_);
    }
    u32 entry = add(decoder.op_offset(), values, frame.height);
    resolve(entry, decoder.next_offset());
    open_clauses_.push_back({{kind, TagIndex(tag), static_cast<u32>(decoder.op_offset()), entry}, frame.clause});
    frame.clause = static_cast<u32>(open_clauses_.size() - 1);
  }
  template <class D>
  void delegate(D&, typename D::Frame& frame, typename D::Frame& target) {
    handler_of(frame).next = target.inside;
  }
  template <class D>
  void rethrow(D& decoder, typename D::Frame& target) {
    add(decoder.op_offset(), handler_of(target).exn_local, 0);
  }

  [[gnu::always_inline]] void assign(u32 local) {
    if (loop_serial_ == 0 || marks_[local] == loop_serial_) return;
    log_assign(local);
  }
  void call(Op) { ++calls_; }

 private:
  static constexpr std::size_t kLeastAssigned = 4096;

  u32 entries() const { return static_cast<u32>(tables_->side_table.size()); }
  // A new entry. Until its target is known, pc_delta holds the offset of the instruction that owns it.
  u32 add(u64 owner, u32 keep, u32 drop) {
    tables_->side_table.push_back({static_cast<i32>(owner), 0, keep, drop});
    return entries() - 1;
  }
  void wait(Control& frame, u32 entry) {
    tables_->side_table[entry].entry_delta = static_cast<i32>(frame.pending);
    frame.pending = entry;
  }
  // Gives an entry its target: the instruction at `offset`, before which all entries so far lie.
  void resolve(u32 entry, u64 offset) { resolve(entry, offset, entries()); }
  void resolve(u32 entry, u64 offset, u32 target_entry) {
    SideEntry& side = tables_->side_table[entry];
    side.pc_delta = static_cast<i32>(offset) - side.pc_delta;
    side.entry_delta = static_cast<i32>(target_entry - entry);
  }
  template <class Frame>
  void aim(Frame& target, u32 entry) {
    if (target.kind == FrameKind::Loop) {
      resolve(entry, target.target, target.target_entry);
    } else {
      wait(target, entry);
    }
  }
  [[gnu::noinline]] void log_assign(u32 local) {
    marks_[local] = loop_serial_;
    log_.push_back(local);
  }
  void close_loop(Control& frame);

  HandlerRange& handler_of(const Control& frame) { return tables_->handlers[first_handler_ + frame.handler]; }
  // A handler for the code from `offset` on; its clauses are the last `clauses_` so far.
  void open_handler(u64 offset, Control& frame) {
    frame.handler = static_cast<u32>(tables_->handlers.size()) - first_handler_;
    u32 first_catch = static_cast<u32>(tables_->catches.size()) - clauses_;
    tables_->handlers.push_back({static_cast<u32>(offset), 0, first_catch, clauses_, handler_, handler_, kNoIndex});
    handler_ = frame.handler;
  }
  void close_handler(u64 offset, Control& frame) {
    HandlerRange& handler = handler_of(frame);
    handler.end = static_cast<u32>(offset);
    handler_ = frame.inside = handler.outer;
  }
  void gather_clauses(Control& frame);

  BodyTables* tables_;
  std::vector<u32> marks_;  // local -> the loop that logged it last
  std::vector<u32> log_;    // locals assigned in open loops, outer loops first
  u32 loop_serial_ = 0;     // the innermost open loop, or 0
  u32 last_serial_ = 0;
  u32 calls_ = 0;
  u32 clauses_ = 0;         // of the try_table that is being opened
  u32 first_handler_ = 0;   // of this function
  u32 handler_ = kNoIndex;  // the innermost one here
  struct OpenClause {
    CatchClause clause;
    u32 before;  // of the same try, or kNone
  };
  std::vector<OpenClause> open_clauses_;  // of legacy tries that are open
  u32 catch_depth_ = 0;                   // legacy catches around this instruction
  u32 most_catches_ = 0;
  std::size_t assigned_left_ = 0;
  bool overflow_ = false;  // of assigned_left_, in this function
};

/// Collects a constant expression as the small program of abi/module.h.
class ConstBuilder {
 public:
  static constexpr bool kValidate = true;
  static constexpr bool kConstant = true;
  static constexpr bool kInstructions = true;
  struct Control {};

  ConstExpr code;
  std::vector<u32> ref_funcs;  // what ref.func named
  bool declares = true;        // and whether that declares it

  template <class D>
  void instruction(D& decoder, Op op, const binary::Immediates& imm) {
    ConstInstr out{op};
    switch (info(op).imm) {
      case Imm::I32:
      case Imm::I64:
      case Imm::F32:
      case Imm::F64:
        out.a = imm.bits;
        break;
      case Imm::V128:
        std::memcpy(&out.a, imm.bytes16, 8);
        std::memcpy(&out.b, imm.bytes16 + 8, 8);
        break;
      case Imm::HeapType:
        out.a = decoder.operand(0).bits();
        break;
      case Imm::Func:
        ref_funcs.push_back(imm.index[0]);
        [[fallthrough]];
      case Imm::Global:
        out.a = imm.index[0];
        break;
      case Imm::TypeCount:
        out.b = imm.index[1];
        [[fallthrough]];
      case Imm::Type:
        out.a = decoder.env().types[imm.index[0]].value();
        break;
      default:
        break;
    }
    if (op != Op::End) code.push_back(out);
  }
  template <class D>
  void enter(D&, typename D::Frame&) {}
  template <class D>
  void middle(D&, typename D::Frame&) {}
  template <class D>
  void after_middle(D&, typename D::Frame&) {}
  template <class D>
  void leave(D&, typename D::Frame&, bool) {}
  template <class D>
  void branch(D&, typename D::Frame&, u32) {}
  template <class D>
  void catch_clause(D&, typename D::Frame&, const binary::Catch&, u32) {}
  void assign(u32) {}
  void call(Op) {}
};

}  // namespace tenon::validate
