// Instructions as they stand in the bytes: opcodes and immediates, decoded by the tables and with nothing validated. For tools
// that skip, print or copy instructions; validation has its own fast decoder (validate/body_decoder.h).
//
// spec: core/binary/instructions.
#pragma once

#include <string>
#include <vector>

#include "tenon/base/reader.h"
#include "tenon/binary/types.h"
#include "tenon/spec/features.h"
#include "tenon/spec/opcodes.h"

namespace tenon::binary {

/// Where a load or store goes. `align` is the exponent that the code gives.
struct MemArg {
  u8 align;
  u32 memory;
  u64 offset;
};

/// The immediates of one instruction; which of them mean something is in kImmFields. Indices and depths lie in `index` in the
/// order of the fields; vectors are viewed in place. Fields that the instruction does not have are left as they were.
struct Immediates {
  u32 index[3];
  BlockType block;
  MemArg mem;
  ValType types[2];  ///< HeapType fields, as references (nullable where the flags or the opcode say so)
  u8 lane;
  u8 cast_flags;
  u8 ordering;        ///< of an atomic access: 0 seq_cst, 1 acq_rel
  u64 bits;           ///< I32 (sign-extended), I64, F32, F64
  const u8* bytes16;  ///< V128, Lanes16: sixteen bytes, in place
  u32 count;          ///< elements of `items`: labels without the default, value types, catches, handlers
  Bytes items;
  u32 default_label;
};

/// One clause of a try_table.
struct Catch {
  u8 kind = 0;  ///< CatchClause::Kind
  u32 tag = 0;
  u32 label = 0;
};
Catch read_catch(Reader& reader);

/// One handler of a resume.
struct Handler {
  bool is_switch = false;
  u32 tag = 0;
  u32 label = 0;
};
Handler read_handler(Reader& reader);

MemArg read_mem_arg(Reader& reader, Features features);

/// Reads an opcode. An opcode that no row has is a fault.
Op read_op(Reader& reader);
/// Reads the immediates of `op`, which began at `op_offset`. Encodings that depend on features (multi-memory, memory64) follow
/// `features`.
void read_immediates(Reader& reader, Op op, u64 op_offset, Features features, Immediates& out);

/// The blocks that are open in an expression, as far as the order of instructions goes; types do not count. Not thread-safe.
/// Source: spec core/binary/instructions "Control Instructions"; proposal exception-handling (legacy).
class BlockOrder {
 public:
  /// Starts an expression, which is open until its own end.
  void begin() { frames_.assign(1, Op::Block); }
  /// Whether the expression has ended; then nothing may be entered.
  bool closed() const { return frames_.empty(); }
  /// Whether a block is open in the expression.
  bool in_block() const { return frames_.size() > 1; }
  /// Takes the next instruction. Empty, or, where `op` may not stand here, the words for it; then nothing was taken.
  std::string enter(Op op);

 private:
  std::vector<Op> frames_;  // by the instruction that opened them, or their newest clause
};

/// Reads past a constant expression up to and with its end, and views it.
Bytes skip_const_expr(Reader& reader, Features features);

}  // namespace tenon::binary
