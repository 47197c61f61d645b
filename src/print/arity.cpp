// How many operands an instruction takes and how many results it leaves, from the types of the module and the open blocks alone:
// what folding goes by, in code that need not be valid.
#include "folded.h"

namespace tenon::print {
namespace {

constexpr u32 count(std::size_t n) {
  return static_cast<u32>(n);
}

}  // namespace

FoldedCode::Arity FoldedCode::type_arity(u32 type) const {
  const auto& types = printer_.types_;
  if (type >= types.size()) return {0, 0, false};
  const SubType* sub = &types[type];
  if (const ContType* cont = sub->cont()) {
    u32 func = cont->func.type_index().value();
    if (func >= types.size() || !types[func].func()) return {0, 0, false};
    sub = &types[func];
  }
  if (const FuncType* func = sub->func()) return {count(func->params.size()), count(func->results.size())};
  if (const StructType* structure = sub->structure()) return {count(structure->fields.size()), count(structure->fields.size())};
  return {0, 0, false};
}

FoldedCode::Arity FoldedCode::tag_arity(u32 tag) const {
  return tag < printer_.tag_types_.size() ? type_arity(printer_.tag_types_[tag]) : Arity{0, 0, false};
}

FoldedCode::Arity FoldedCode::block_arity(const binary::BlockType& type) const {
  switch (type.kind) {
    case binary::BlockType::Kind::Empty:
      return {};
    case binary::BlockType::Kind::Value:
      return {0, 1};
    case binary::BlockType::Kind::Func:
      return type_arity(type.index.value());
  }
  return {};
}

// The printer's nesting and the blocks agree unless the code is not valid.
const FoldedCode::Block* FoldedCode::label(u32 depth) const {
  if (blocks_.size() != std::size_t{printer_.depth()} + 1 || depth >= blocks_.size()) return nullptr;
  return &blocks_[blocks_.size() - 1 - depth];
}

FoldedCode::Arity FoldedCode::label_arity(u32 depth) const {
  const Block* block = label(depth);
  return block ? block_arity(block->type) : Arity{0, 0, false};
}

FoldedCode::Arity FoldedCode::branch_arity(u32 depth) const {
  Arity block = label_arity(depth);
  if (block.known) block.params = label(depth)->kind == Op::Loop ? block.params : block.results;
  block.results = 0;
  return block;
}

FoldedCode::Arity FoldedCode::switch_arity(u32 type) const {
  Arity out = type_arity(type);
  const auto& types = printer_.types_;
  if (!out.known || !types[type].cont()) return {0, 0, false};
  const auto& params = types[types[type].cont()->func.type_index().value()].func()->params;
  if (params.empty() || !params.back().is_concrete()) return {0, 0, false};
  Arity back = type_arity(params.back().type_index().value());
  return {out.params, back.params, back.known};
}

FoldedCode::Arity FoldedCode::arity(Op op, const binary::Immediates& imm) const {
  const OpInfo& row = info(op);
  if (row.has_fixed_signature()) return {count(row.params().size()), count(row.results().size())};
  auto with = [](Arity base, u32 more_params, u32 results) { return Arity{base.params + more_params, results, base.known}; };
  u32 first = imm.index[0];
  switch (op) {
    case Op::Block:
    case Op::Loop:
    case Op::Try:
    case Op::TryTable: {
      Arity block = block_arity(imm.block);
      return with(block, 0, block.params);
    }
    case Op::If: {
      Arity block = block_arity(imm.block);
      return with(block, 1, block.params);
    }
    case Op::Else: {
      Arity block = label_arity(0);
      return {block.results, block.params, block.known};
    }
    case Op::End:
    case Op::Delegate:
    case Op::Catch:
    case Op::CatchAll: {
      Arity block = label_arity(0);
      return {block.results, block.results, block.known};
    }
    case Op::Br:
      return branch_arity(first);
    case Op::BrIf: {
      Arity branch = branch_arity(first);
      return with(branch, 1, branch.params);
    }
    case Op::BrTable:
      return with(branch_arity(imm.default_label), 1, 0);
    case Op::Return: {
      if (blocks_.empty()) return {0, 0, false};
      Arity block = label_arity(count(blocks_.size()) - 1);
      return {block.results, 0, block.known};
    }
    case Op::Call:
    case Op::ReturnCall: {
      if (first >= printer_.func_types_.size()) return {0, 0, false};
      Arity func = type_arity(printer_.func_types_[first]);
      return op == Op::Call ? func : with(func, 0, 0);
    }
    case Op::CallIndirect:
    case Op::CallRef: {
      Arity func = type_arity(first);
      return with(func, 1, func.results);
    }
    case Op::ReturnCallIndirect:
    case Op::ReturnCallRef:
      return with(type_arity(first), 1, 0);
    case Op::Throw:
      return with(tag_arity(first), 0, 0);
    case Op::SelectT:
      return {1 + 2 * imm.count, imm.count};
    case Op::BrOnNull: {
      Arity branch = branch_arity(first);
      return with(branch, 1, branch.params + 1);
    }
    case Op::BrOnNonNull: {
      Arity branch = branch_arity(first);
      if (branch.params == 0) return {0, 0, false};
      return with(branch, 0, branch.params - 1);
    }
    case Op::BrOnCast:
    case Op::BrOnCastFail: {
      Arity branch = branch_arity(first);
      return with(branch, 0, branch.params);
    }
    case Op::BrOnCastDescEq:
    case Op::BrOnCastDescEqFail: {
      Arity branch = branch_arity(first);
      return with(branch, 1, branch.params);
    }
    case Op::ContBind: {
      Arity from = type_arity(first), to = type_arity(imm.index[1]);
      if (!from.known || !to.known || from.params < to.params) return {0, 0, false};
      return {from.params - to.params + 1, 1};
    }
    case Op::Suspend:
      return tag_arity(first);
    case Op::Resume: {
      Arity cont = type_arity(first);
      return with(cont, 1, cont.results);
    }
    case Op::ResumeThrow: {
      Arity tag = tag_arity(imm.index[1]), cont = type_arity(first);
      return {tag.params + 1, cont.results, tag.known && cont.known};
    }
    case Op::ResumeThrowRef: {
      Arity cont = type_arity(first);
      return {2, cont.results, cont.known};
    }
    case Op::Switch:
      return switch_arity(first);
    case Op::StructNew:
      return with(type_arity(first), 0, 1);
    case Op::StructNewDesc:
      return with(type_arity(first), 1, 1);
    case Op::ArrayNewFixed:
      return {imm.index[1], 1};

    case Op::LocalGet:
    case Op::GlobalGet:
    case Op::MemorySize:
    case Op::TableSize:
    case Op::RefNull:
    case Op::RefFunc:
    case Op::GlobalAtomicGet:
    case Op::StructNewDefault:
      return {0, 1};
    case Op::Drop:
    case Op::LocalSet:
    case Op::GlobalSet:
    case Op::GlobalAtomicSet:
    case Op::ThrowRef:
      return {1, 0};
    case Op::LocalTee:
    case Op::TableGet:
    case Op::MemoryGrow:
    case Op::RefIsNull:
    case Op::RefAsNonNull:
    case Op::ContNew:
    case Op::StructGet:
    case Op::StructGetS:
    case Op::StructGetU:
    case Op::ArrayNewDefault:
    case Op::ArrayLen:
    case Op::RefTest:
    case Op::RefTestNull:
    case Op::RefCast:
    case Op::RefCastNull:
    case Op::AnyConvertExtern:
    case Op::ExternConvertAny:
    case Op::RefI31:
    case Op::I31GetS:
    case Op::StructNewDefaultDesc:
    case Op::RefGetDesc:
    case Op::GlobalAtomicRmwAdd:
    case Op::GlobalAtomicRmwSub:
    case Op::GlobalAtomicRmwAnd:
    case Op::GlobalAtomicRmwOr:
    case Op::GlobalAtomicRmwXor:
    case Op::GlobalAtomicRmwXchg:
    case Op::TableAtomicGet:
    case Op::StructAtomicGet:
    case Op::StructAtomicGetS:
    case Op::StructAtomicGetU:
    case Op::RefI31Shared:
    case Op::I31GetU:
      return {1, 1};
    case Op::TableSet:
    case Op::MemoryDiscard:
    case Op::TableAtomicSet:
    case Op::StructAtomicSet:
    case Op::StructSet:
      return {2, 0};
    case Op::TableGrow:
    case Op::RefEq:
    case Op::ArrayNew:
    case Op::ArrayNewData:
    case Op::ArrayNewElem:
    case Op::ArrayGet:
    case Op::ArrayGetS:
    case Op::RefCastDescEq:
    case Op::RefCastDescEqNull:
    case Op::GlobalAtomicRmwCmpxchg:
    case Op::TableAtomicRmwXchg:
    case Op::StructAtomicRmwAdd:
    case Op::StructAtomicRmwSub:
    case Op::StructAtomicRmwAnd:
    case Op::StructAtomicRmwOr:
    case Op::StructAtomicRmwXor:
    case Op::StructAtomicRmwXchg:
    case Op::ArrayAtomicGet:
    case Op::ArrayAtomicGetS:
    case Op::ArrayAtomicGetU:
    case Op::ArrayGetU:
      return {2, 1};
    case Op::TableAtomicRmwCmpxchg:
    case Op::StructAtomicRmwCmpxchg:
    case Op::ArrayAtomicRmwAdd:
    case Op::ArrayAtomicRmwSub:
    case Op::ArrayAtomicRmwAnd:
    case Op::ArrayAtomicRmwOr:
    case Op::ArrayAtomicRmwXor:
    case Op::ArrayAtomicRmwXchg:
    case Op::Select:
      return {3, 1};
    case Op::ArraySet:
    case Op::MemoryInit:
    case Op::MemoryCopy:
    case Op::MemoryFill:
    case Op::TableInit:
    case Op::TableCopy:
    case Op::ArrayAtomicSet:
    case Op::TableFill:
      return {3, 0};
    case Op::ArrayFill:
    case Op::ArrayInitData:
    case Op::ArrayInitElem:
      return {4, 0};
    case Op::ArrayCopy:
      return {5, 0};
    case Op::ArrayAtomicRmwCmpxchg:
      return {4, 1};
    default:
      return {0, 0};  // unreachable, rethrow
  }
}

}  // namespace tenon::print
