// Instructions in the binary format, one function for each kind of immediate; opcodes come from spec/opcodes.def.
//
// spec: core/binary/instructions.
#pragma once

#include "tenon/base/bits128.h"
#include "tenon/encode/sink.h"
#include "tenon/encode/types.h"
#include "tenon/spec/opcodes.h"

namespace tenon::encode {

/// The opcode alone.
inline void op(Sink& sink, Op op) {
  const OpInfo& row = info(op);
  if (row.prefix == 0) {
    sink.push_back(static_cast<u8>(row.code));
    return;
  }
  sink.push_back(row.prefix);
  sink.uleb(row.code);
}

/// Alignment (as a power of two), memory and offset; memory 0 takes the short form.
inline void mem_arg(Sink& sink, u32 align_log2, u64 offset, MemoryIndex memory = MemoryIndex(0)) {
  if (memory.value() == 0) {
    sink.uleb(align_log2);
  } else {
    sink.uleb(align_log2 | 0x40);
    sink.uleb(memory.value());
  }
  sink.uleb(offset);
}

/// Block types: none, one value, or a function type.
inline void block_type_empty(Sink& sink) {
  sink.push_back(0x40);
}
inline void block_type(Sink& sink, ValType result) {
  val_type(sink, result);
}
inline void block_type(Sink& sink, TypeIndex type) {
  sink.sleb(type.value());
}

/// The flags of br_on_cast.
constexpr u8 cast_flags(bool from_nullable, bool to_nullable) {
  return static_cast<u8>((from_nullable ? 1 : 0) | (to_nullable ? 2 : 0));
}

/// Clauses of try_table.
enum class CatchKind : u8 { Catch = 0, CatchRef = 1, CatchAll = 2, CatchAllRef = 3 };

/// Constants, opcode included.
inline void i32_const(Sink& sink, i32 value) {
  op(sink, Op::I32Const);
  sink.sleb(value);
}
inline void i64_const(Sink& sink, i64 value) {
  op(sink, Op::I64Const);
  sink.sleb(value);
}
inline void f32_const(Sink& sink, u32 bits) {
  op(sink, Op::F32Const);
  sink.fixed32(bits);
}
inline void f64_const(Sink& sink, u64 bits) {
  op(sink, Op::F64Const);
  sink.fixed64(bits);
}
inline void v128_const(Sink& sink, Bits128 bits) {
  op(sink, Op::V128Const);
  sink.fixed64(bits.lo);
  sink.fixed64(bits.hi);
}
inline void end(Sink& sink) {
  op(sink, Op::End);
}

}  // namespace tenon::encode
