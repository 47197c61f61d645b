// Expressions: instructions, plain and folded, from tokens straight to bytes.
//
// A plain instruction is written when it is read. A folded one is written when its parenthesis closes, behind its operands: its
// bytes wait on a stack of their own until then. Nesting costs one entry of an explicit stack a level, never recursion. What
// depends on the order of instructions (types made for type uses, numbers of labels, branch hints) is settled when they are
// written.
//
// spec: core/text/instructions; the folded forms of legacy exceptions: the exception-handling proposal's Exceptions document.
#pragma once

#include <vector>

#include "tenon/encode/instructions.h"
#include "text/dwarf.h"
#include "text/module_context.h"

namespace tenon::text {

class Expressions {
 public:
  explicit Expressions(ModuleContext& context) : cx_(context), t_(context.t) {}

  /// Starts a function: forgets its predecessor's locals and label names.
  void start_function();
  /// Adds a local, parameters first.
  void add_local(std::string_view id, u64 offset);
  /// The function's instructions up to its closing parenthesis, without the final `end`. Branch hints count from `start`
  /// in `to`, which is where the body with its local declarations begins.
  void function_body(encode::Sink& to, std::size_t start);
  const encode::NameMap& label_names() const { return label_names_; }
  const std::vector<encode::BranchHints::Hint>& hints() const { return hints_; }

  /// From now on keeps where each instruction of a function comes from.
  void record_places() { records_places_ = true; }
  const std::vector<InstrPlace>& places() const { return places_; }

  /// A constant expression up to its closing parenthesis, without `end`.
  void constant(encode::Sink& to);
  /// One folded instruction, parentheses included. In it plain instructions are refused, unless `lenient`.
  void folded_constant(encode::Sink& to, bool lenient);

 private:
  static constexpr i8 kNoHint = -1;

  // What a parenthesis that is open stands for.
  enum class LevelKind : u8 {
    Folded,      // a plain instruction that is written at the end
    Block,       // block, loop, try_table: `end` is written at the end
    IfClause,    // (if: the condition; `if` is written at (then
    IfThen,      // (if ... (then ...): (else may follow
    IfElse,      // (if ... (else ...): nothing may follow
    Arm,         // (then, (else, (do, (catch, (catch_all: nothing is written at the end
    Try,         // (try ... before (do
    TryDo,       // (try (do ...): clauses may follow
    TryDone,     // (try (do ...) (delegate ...)): nothing may follow
    Annotation,  // (@metadata.code.branch_hint
  };
  struct Level {
    LevelKind kind;
    i8 hint = kNoHint;
    bool deferred = false;  // pending bytes lack a type that is made when the instruction is written
    Op op = Op::Nop;
    u32 pending = 0;         // start of its bytes in pending_
    u32 deferred_first = 0;  // its parameters and results in deferred_
    u32 deferred_params = 0;
    u32 table = 0;
    u64 offset = 0;  // of its keyword
    ItemName label{};
  };
  // What an open block is, for the instructions that may only stand in some.
  enum class BlockKind : u8 { Plain, If, Else, Try, Catch, CatchAll };
  struct Label {
    u32 symbol;    // entry of labels_, or kNone
    u32 shadowed;  // what the entry stood for before
    BlockKind kind;
    u64 offset;  // of the instruction that opened it
  };

  enum class Extent : u8 { All, OneFolded, OneLenient };
  // Whether an instruction that opens here is one like any other even if it is a block: those have their ends in whole
  // expressions only.
  bool only_plain() const { return extent_ == Extent::OneFolded || (extent_ == Extent::OneLenient && levels_.empty()); }
  void run(encode::Sink& to, Extent extent);
  void open(encode::Sink& to);
  void close(encode::Sink& to);
  bool open_in_if(encode::Sink& to);
  void open_in_try(encode::Sink& to);
  void plain(encode::Sink& to);
  void branch_hint();
  void check_hint_used();
  void record(encode::Sink& to, i8 hint, u64 offset);
  bool find_op(Op& op);
  void write_folded(encode::Sink& to, const Level& level);

  void block_start(encode::Sink& to, Op op);
  bool block_header(encode::Sink& to, ItemName& label);
  void immediates(encode::Sink& to, Op op, Level* level);
  void field(encode::Sink& to, ImmField field, Op op);
  void control(Op op);
  void outside(std::string_view what, std::string_view block);
  void mem_arg(encode::Sink& to, Op op);
  void ordering(encode::Sink& to);
  void lane(encode::Sink& to);
  bool lane_has_mem_arg();
  void call_indirect(encode::Sink& to, Op op, Level* level);
  void two_indices(encode::Sink& to, Space first, Space second);
  void br_on_cast(encode::Sink& to);
  void catches(encode::Sink& to);
  void handlers(encode::Sink& to);
  void labels(encode::Sink& to);
  void select(encode::Sink& to);
  void end_label();

  u32 take_label();
  void push_label(const ItemName& label, Op op);
  void pop_label();
  void check_all_closed();
  u32 take_local();

  ModuleContext& cx_;
  Tokens& t_;
  bool in_function_ = false;
  Extent extent_ = Extent::All;
  std::size_t start_ = 0;
  u64 op_offset_ = 0;  // of the newest instruction's keyword
  i8 pending_hint_ = kNoHint;
  bool records_places_ = false;
  u32 label_count_ = 0;
  u32 local_count_ = 0;
  std::vector<Level> levels_;
  std::vector<Label> label_stack_;
  SymbolTable labels_;
  SymbolTable locals_;
  encode::Sink pending_;
  std::vector<TypeRef> deferred_;
  encode::Sink scratch_;
  encode::NameMap label_names_;
  std::vector<encode::BranchHints::Hint> hints_;
  std::vector<InstrPlace> places_;
};

/// A v128 literal: a shape and its lanes. `nan`, where given, receives for each float lane whether it is a pattern (0 value, 1
/// nan:canonical, 2 nan:arithmetic); without it patterns are refused.
Bits128 take_v128(Tokens& tokens, u8* shape = nullptr, std::array<u8, 4>* nan = nullptr);

}  // namespace tenon::text
