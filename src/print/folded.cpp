#include "folded.h"

#include <algorithm>

#include "tenon/spec/errors.h"

namespace tenon::print {
namespace {

constexpr u32 kUnfoldable = ~u32{0};

}  // namespace

void FoldedCode::begin(Block block) {
  separator_ = std::exchange(printer_.op_.separator, Separator::None);
  text_.clear();
  nodes_.clear();
  children_.clear();
  pending_.clear();
  results_ = 0;
  blocks_.clear();
  hint_ = Hint::None;
  block.offset = printer_.op_.offset;
  blocks_.push_back(std::move(block));
}

void FoldedCode::begin_function() {
  Block block;
  block.is_function = true;
  u32 func = printer_.funcs_;
  block.type.kind = binary::BlockType::Kind::Func;
  block.type.index = TypeIndex(func < printer_.func_types_.size() ? printer_.func_types_[func] : ~0u);
  begin(std::move(block));
}

void FoldedCode::begin_expression() {
  begin({});
}

Result<> FoldedCode::reject_hint() {
  if (hint_ == Hint::None) return {};
  return fail(ErrorCode::Unsupported, "branch hints are only supported on an `if` or a plain instructions");
}

u32 FoldedCode::follow(Op op, const binary::Immediates& imm) {
  u32 results = arity(op, imm).results;
  switch (op) {
    case Op::Block:
    case Op::Loop:
    case Op::If:
    case Op::Try:
    case Op::TryTable:
      blocks_.push_back({.kind = op, .type = imm.block});
      break;
    case Op::End:
    case Op::Delegate:
      if (!blocks_.empty()) blocks_.pop_back();
      break;
    default:
      break;
  }
  return results;
}

Result<> FoldedCode::add(Op op, const binary::Immediates& imm, const StackNote* note) {
  Arity counts = arity(op, imm);
  Text text{static_cast<u32>(text_.size()), 0};
  Out* to = std::exchange(printer_.to_, &text_);
  printer_.print_op(op, imm);
  if (note) {
    printer_.paint(Printer::Color::Comment);
    printer_.write(" (; ");
    printer_.write_stack_note(*note, counts.results);
    printer_.paint(Printer::Color::Comment);
    printer_.write(" ;)");
    printer_.unpaint();
  }
  printer_.to_ = to;
  text.size = static_cast<u32>(text_.size()) - text.begin;
  switch (op) {
    case Op::Block:
    case Op::Loop:
    case Op::TryTable:
      TENON_TRY_VOID(reject_hint());
      return push_block(op, imm.block, text);
    case Op::If:
      return push_block(op, imm.block, text);
    case Op::Else:
      return handle_else();
    case Op::End:
      return handle_end(counts.known ? counts.results : 0);
    case Op::Try:
    case Op::Catch:
    case Op::CatchAll:
    case Op::Delegate:
      return fail(ErrorCode::Unsupported, "legacy-exceptions not supported");
    default:
      return plain(text, counts.known ? counts : Arity{});
  }
}

void FoldedCode::push(u32 node) {
  pending_.push_back({node, results_});
  results_ += nodes_[node].results;
}

// A node whose operands are all that is pending from `first_pending` on.
u32 FoldedCode::make_node(Text text, u32 first_pending, u32 results, u64 offset) {
  Node node;
  node.text = text;
  node.first_child = static_cast<u32>(children_.size());
  node.child_count = static_cast<u32>(pending_.size()) - first_pending;
  node.results = results;
  node.offset = offset;
  if (node.child_count > 0) {
    results_ = pending_[first_pending].results_before;
    for (u32 i = first_pending; i < pending_.size(); ++i) children_.push_back(pending_[i].node);
    pending_.resize(first_pending);
  }
  nodes_.push_back(node);
  return static_cast<u32>(nodes_.size() - 1);
}

// Instructions become operands only where their results are as many as are asked for. If a result too many comes, nothing
// is folded, here or behind.
Result<> FoldedCode::plain(Text text, Arity arity) {
  if (blocks_.empty()) return fail(ErrorCode::UnexpectedToken, "instruction without enclosing block");
  u32 first = static_cast<u32>(pending_.size());
  u32 results = arity.results;
  if (arity.params > 0) {
    auto begin = pending_.begin() + blocks_.back().base;
    // The innermost place from which on there are results enough.
    auto behind = std::partition_point(begin, pending_.end(),
                                       [&](const Pending& at) { return results_ - at.results_before >= arity.params; });
    if (behind != begin) {
      --behind;
      if (results_ - behind->results_before == arity.params)
        first = static_cast<u32>(behind - pending_.begin());
      else
        results = kUnfoldable;
    }
  }
  u32 node = make_node(text, first, results, printer_.op_.offset);
  nodes_[node].hint = std::exchange(hint_, Hint::None);
  push(node);
  return {};
}

Result<> FoldedCode::push_block(Op kind, const binary::BlockType& type, Text text) {
  Block block;
  block.kind = kind;
  block.type = type;
  block.text = text;
  block.offset = block.if_offset = printer_.op_.offset;
  if (kind == Op::If) {
    if (blocks_.empty()) return fail(ErrorCode::UnexpectedToken, "no enclosing block");
    if (pending_.size() > blocks_.back().base) {
      block.clauses.push_back(pending_.back().node);
      results_ = pending_.back().results_before;
      pending_.pop_back();
    }
    block.hint = std::exchange(hint_, Hint::None);
  }
  block.base = static_cast<u32>(pending_.size());
  blocks_.push_back(std::move(block));
  return {};
}

Result<> FoldedCode::handle_else() {
  TENON_TRY_VOID(reject_hint());
  Block& block = blocks_.back();
  if (block.kind != Op::If) return fail(ErrorCode::UnexpectedToken, "no enclosing if block");
  Text word{static_cast<u32>(text_.size()), 4};
  text_.write("then");
  block.clauses.push_back(make_node(word, block.base, 0, block.offset));
  block.kind = Op::Else;
  block.offset = printer_.op_.offset;
  return {};
}

Result<> FoldedCode::handle_end(u32 results) {
  TENON_TRY_VOID(reject_hint());
  Block block = std::move(blocks_.back());
  blocks_.pop_back();
  if (blocks_.empty()) return fail(ErrorCode::UnexpectedToken, "end without outer block");
  u32 node;
  if (block.kind == Op::If || block.kind == Op::Else) {
    Text word{static_cast<u32>(text_.size()), 4};
    text_.write(block.kind == Op::If ? "then" : "else");
    block.clauses.push_back(make_node(word, block.base, results, block.offset));
    Node whole;
    whole.text = block.text;
    whole.first_child = static_cast<u32>(children_.size());
    whole.child_count = static_cast<u32>(block.clauses.size());
    whole.results = results;
    whole.offset = block.if_offset;
    whole.hint = block.hint;
    children_.insert(children_.end(), block.clauses.begin(), block.clauses.end());
    node = static_cast<u32>(nodes_.size());
    nodes_.push_back(whole);
  } else {
    node = make_node(block.text, block.base, results, block.offset);
  }
  push(node);
  return {};
}

Result<> FoldedCode::finish() {
  if (blocks_.size() != 1) return fail(ErrorCode::UnexpectedToken, "instruction sequence not closed");
  Separator separator = separator_;
  for (const Pending& pending : pending_) write(pending.node, separator);
  printer_.op_.separator = separator_;
  return {};
}

void FoldedCode::write_separator(Separator& separator, u64 offset) {
  switch (separator) {
    case Separator::Newline:
      return printer_.newline(offset);
    case Separator::None:
      return;
    case Separator::NoneThenSpace:
      separator = Separator::Space;
      return;
    case Separator::Space:
      return printer_.write(' ');
  }
}

void FoldedCode::write(u32 root, Separator& separator) {
  struct Step {
    u32 node;
    u32 next_child;
  };
  std::vector<Step> steps;
  auto open = [&](u32 index) {
    const Node& node = nodes_[index];
    if (node.hint != Hint::None) {
      write_separator(separator, node.offset);
      printer_.write(node.hint == Hint::Taken ? "(@metadata.code.branch_hint \"\\01\")"
                                              : "(@metadata.code.branch_hint \"\\00\")");
    }
    write_separator(separator, node.offset);
    std::string_view text = view(node.text);
    printer_.write('(');
    printer_.write(text);
    // A comment to the end of the line must not hide the parenthesis.
    if (node.child_count == 0 && text.find(";;") != std::string_view::npos) printer_.newline(node.offset);
    ++printer_.nesting_;
    steps.push_back({index, 0});
  };
  open(root);
  while (!steps.empty()) {
    Step& step = steps.back();
    const Node& node = nodes_[step.node];
    if (step.next_child < node.child_count) {
      open(children_[node.first_child + step.next_child++]);
      continue;
    }
    steps.pop_back();
    --printer_.nesting_;
    printer_.write(')');
  }
}

}  // namespace tenon::print
