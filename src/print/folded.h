// FoldedCode: one function's (or expression's) instructions as trees. Each instruction takes the ones before it as operands as
// far as their results fit exactly; blocks take what they enclose. Nothing recurses: trees are arrays, walked with a stack.
#pragma once

#include "printer.h"

namespace tenon::print {

class FoldedCode {
 public:
  explicit FoldedCode(Printer& printer) : printer_(printer), text_(nullptr) {}

  void begin_function();
  void begin_expression();
  /// The next instruction that is added is a branch with this hint.
  void hint(bool taken) { hint_ = taken ? Hint::Taken : Hint::NotTaken; }
  /// Takes an instruction; `note` is for a comment behind it, or null.
  Result<> add(Op op, const binary::Immediates& imm, const StackNote* note);
  /// For code that is not folded: how many results an instruction leaves that is not printed yet. Follows blocks.
  u32 follow(Op op, const binary::Immediates& imm);
  /// Writes everything: the end of the function was met.
  Result<> finish();

 private:
  enum class Hint : u8 { None, NotTaken, Taken };
  struct Text {
    u32 begin = 0;
    u32 size = 0;
  };
  // An instruction with its operands, which lie one after the other in `children_`.
  struct Node {
    Text text;
    u32 first_child = 0;
    u32 child_count = 0;
    u32 results = 0;
    u64 offset = 0;
    Hint hint = Hint::None;
  };
  // An instruction that is nobody's operand yet, and the results of all before it.
  struct Pending {
    u32 node;
    u64 results_before;
  };
  struct Block {
    Op kind = Op::Block;
    binary::BlockType type;
    bool is_function = false;
    u32 base = 0;  ///< of its instructions in `pending_`
    Text text;
    u64 offset = 0;
    Hint hint = Hint::None;
    std::vector<u32> clauses;  ///< if: the condition, and the first arm once it is complete
    u64 if_offset = 0;
  };
  struct Arity {
    u32 params = 0;
    u32 results = 0;
    bool known = true;
  };

  void begin(Block block);
  void push(u32 node);
  u32 make_node(Text text, u32 first_pending, u32 results, u64 offset);
  Result<> plain(Text text, Arity arity);
  Result<> push_block(Op kind, const binary::BlockType& type, Text text);
  Result<> handle_else();
  Result<> handle_end(u32 results);
  Result<> reject_hint();
  void write(u32 root, Separator& separator);
  void write_separator(Separator& separator, u64 offset);
  std::string_view view(Text text) const { return text_.kept().substr(text.begin, text.size); }

  // Numbers of operands and results, unknown where an index leads nowhere.
  Arity arity(Op op, const binary::Immediates& imm) const;
  Arity type_arity(u32 type) const;
  Arity tag_arity(u32 tag) const;
  Arity block_arity(const binary::BlockType& type) const;
  Arity label_arity(u32 depth) const;
  Arity branch_arity(u32 depth) const;
  Arity switch_arity(u32 type) const;
  const Block* label(u32 depth) const;

  Printer& printer_;
  Out text_;
  std::vector<Node> nodes_;
  std::vector<u32> children_;
  std::vector<Pending> pending_;
  u64 results_ = 0;  ///< of everything pending
  std::vector<Block> blocks_;
  Hint hint_ = Hint::None;
  Separator separator_ = Separator::Newline;
  u32 function_type_ = 0;
};

}  // namespace tenon::print
