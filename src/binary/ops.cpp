#include "tenon/binary/ops.h"

#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon::binary {
namespace {

u32 read_count(Reader& reader, u64 limit, const char* what) {
  u64 at = reader.offset();
  u32 count = reader.read_uleb32();
  if (count > limit) {
    reader.fail(ErrorCode::LimitExceeded, at, fmt::format("{} size is out of bounds", what));
    return 0;
  }
  return count;
}

// Before multi-memory (and, for tables, reference types) this was a byte that had to be zero.
u32 read_zero_byte(Reader& reader) {
  u8 byte = reader.read_u8();
  if (byte != 0) reader.fail(ErrorCode::MalformedMemopFlags, reader.offset() - 1, "zero byte expected");
  return 0;
}

// Views what `read` moves over.
template <class Read>
Bytes view(Reader& reader, Read&& read) {
  const u8* begin = reader.pos();
  read();
  return reader.ok() ? Bytes(begin, reader.pos()) : Bytes();
}

}  // namespace

Catch read_catch(Reader& reader) {
  Catch out;
  out.kind = reader.read_u8();
  if (out.kind > 3) {
    reader.fail(ErrorCode::UnknownOperator, reader.offset() - 1,
                fmt::format("invalid leading byte (0x{:x}) for catch", out.kind));
    out.kind = 0;
  }
  if (out.kind < 2) out.tag = reader.read_uleb32();
  out.label = reader.read_uleb32();
  return out;
}

Handler read_handler(Reader& reader) {
  Handler out;
  u8 byte = reader.read_u8();
  if (byte > 1)
    reader.fail(ErrorCode::UnknownOperator, reader.offset() - 1,
                fmt::format("invalid leading byte (0x{:x}) for on clause", byte));
  out.is_switch = byte == 1;
  out.tag = reader.read_uleb32();
  if (!out.is_switch) out.label = reader.read_uleb32();
  return out;
}

MemArg read_mem_arg(Reader& reader, Features features) {
  MemArg out{};
  u64 at = reader.offset();
  u32 flags = reader.read_uleb32();
  u32 limit = 1u << 5;
  if (features.has(Feature::MultiMemory)) {
    limit = 1u << 6;
    if (flags & 1u << 6) {
      flags ^= 1u << 6;
      out.memory = reader.read_uleb32();
    }
  }
  if (flags >= limit) reader.fail(ErrorCode::MalformedMemopFlags, at, "malformed memop alignment: alignment too large");
  out.align = static_cast<u8>(flags);
  out.offset = features.has(Feature::Memory64) ? reader.read_uleb64() : reader.read_uleb32();
  return out;
}

Op read_op(Reader& reader) {
  u64 at = reader.offset();
  u8 byte = reader.read_u8();
  if (byte >= 0xfb && byte <= 0xfe) {
    u32 code = reader.read_uleb32();
    if (auto op = find_op(byte, code)) return *op;
    reader.fail(ErrorCode::IllegalOpcode, at, fmt::format("unknown 0x{:x} subopcode: 0x{:x}", byte, code));
    return Op::Nop;
  }
  if (auto op = find_op(0, byte)) return *op;
  reader.fail(ErrorCode::IllegalOpcode, at, fmt::format("illegal opcode: 0x{:x}", byte));
  return Op::Nop;
}

void read_immediates(Reader& reader, Op op, u64 op_offset, Features features, Immediates& out) {
  const auto& fields = kImmFields[static_cast<u8>(info(op).imm)];
  std::size_t indices = 0, types = 0;
  u64 start = reader.offset();
  for (ImmField field : fields) {
    switch (field) {
      case ImmField::None:
        return;
      case ImmField::BlockType:
        out.block = read_block_type(reader);
        break;
      case ImmField::Memory:
        if ((op == Op::MemorySize || op == Op::MemoryGrow) && !features.has(Feature::MultiMemory))
          out.index[indices++] = read_zero_byte(reader);
        else
          out.index[indices++] = reader.read_uleb32();
        break;
      case ImmField::Table:
        if (op == Op::CallIndirect && !features.has(Feature::CallIndirectOverlong))
          out.index[indices++] = read_zero_byte(reader);
        else
          out.index[indices++] = reader.read_uleb32();
        break;
      case ImmField::Label:
      case ImmField::Func:
      case ImmField::Type:
      case ImmField::Global:
      case ImmField::Local:
      case ImmField::Tag:
      case ImmField::Elem:
      case ImmField::Data:
      case ImmField::Field:
      case ImmField::Count:
        out.index[indices++] = reader.read_uleb32();
        break;
      case ImmField::Labels:
        out.count = read_count(reader, limits::kBrTableTargets, "br_table");
        out.items = view(reader, [&] {
          for (u32 i = 0; i < out.count && reader.ok(); ++i) reader.read_uleb32();
        });
        out.default_label = reader.read_uleb32();
        break;
      case ImmField::MemArg:
        out.mem = read_mem_arg(reader, features);
        break;
      case ImmField::ValTypes:
        out.count = read_count(reader, limits::kSelectTypes, "select types");
        out.items = view(reader, [&] {
          for (u32 i = 0; i < out.count && reader.ok(); ++i) read_val_type(reader);
        });
        break;
      case ImmField::HeapType: {
        bool nullable = op == Op::RefNull || op == Op::RefTestNull || op == Op::RefCastNull || op == Op::RefCastDescEqNull;
        if (info(op).imm == Imm::BrOnCast) nullable = out.cast_flags >> types & 1;
        out.types[types++] = read_heap_type(reader, nullable);
        break;
      }
      case ImmField::CastFlags:
        out.cast_flags = reader.read_u8();
        if (out.cast_flags > 3 && reader.ok()) {
          // The label comes before the flags are looked at.
          reader.read_uleb32();
          reader.fail(ErrorCode::MalformedReferenceType, start, fmt::format("invalid cast flags: {:08b}", out.cast_flags));
        }
        break;
      case ImmField::I32:
        out.bits = static_cast<u64>(static_cast<i64>(reader.read_sleb32()));
        break;
      case ImmField::I64:
        out.bits = static_cast<u64>(reader.read_sleb64());
        break;
      case ImmField::F32:
        out.bits = reader.read_u32();
        break;
      case ImmField::F64:
        out.bits = reader.read_u64();
        break;
      case ImmField::V128:
      case ImmField::Lanes16:
        out.bytes16 = reader.read_bytes(16).data();
        break;
      case ImmField::Lane:
        out.lane = reader.read_u8();
        break;
      case ImmField::Zero:
        if (reader.read_u8() != 0) reader.fail(ErrorCode::MalformedMemopFlags, op_offset, "nonzero byte after `atomic.fence`");
        break;
      case ImmField::Ordering: {
        u32 ordering = reader.read_uleb32();
        out.ordering = static_cast<u8>(ordering & 1);
        if (ordering > 1)
          reader.fail(ErrorCode::MalformedMemopFlags, reader.offset() - 1,
                      fmt::format("invalid atomic consistency ordering {}", ordering));
        break;
      }
      case ImmField::Catches:
        out.count = read_count(reader, limits::kCatches, "catches");
        out.items = view(reader, [&] {
          for (u32 i = 0; i < out.count && reader.ok(); ++i) read_catch(reader);
        });
        break;
      case ImmField::Handlers:
        out.count = read_count(reader, limits::kHandlers, "resume table");
        out.items = view(reader, [&] {
          for (u32 i = 0; i < out.count && reader.ok(); ++i) read_handler(reader);
        });
        break;
    }
  }
}

std::string BlockOrder::enter(Op op) {
  auto outside = [&](std::string_view block) { return fmt::format("`{}` found outside `{}` block", info(op).text, block); };
  switch (op) {
    case Op::Block:
    case Op::Loop:
    case Op::If:
    case Op::Try:
    case Op::TryTable:
      frames_.push_back(op);
      return {};
    case Op::Else:
      if (frames_.back() != Op::If) return outside("If");
      frames_.back() = op;
      return {};
    case Op::Catch:
    case Op::CatchAll:
      if (frames_.back() != Op::Try && frames_.back() != Op::Catch) return outside("LegacyTry");
      frames_.back() = op;
      return {};
    case Op::Delegate:
      if (frames_.back() != Op::Try) return outside("LegacyTry");
      frames_.pop_back();
      return {};
    case Op::End:
      frames_.pop_back();
      return {};
    default:
      return {};
  }
}

Bytes skip_const_expr(Reader& reader, Features features) {
  const u8* begin = reader.pos();
  BlockOrder order;
  order.begin();
  Immediates immediates;
  while (reader.ok()) {
    u64 at = reader.offset();
    Op op = read_op(reader);
    if (!reader.ok()) break;
    bool ends_block = op == Op::End && order.in_block();
    if (std::string wrong = order.enter(op); !wrong.empty()) reader.fail(ErrorCode::UnknownOperator, reader.offset(), wrong);
    read_immediates(reader, op, at, features, immediates);
    if (!reader.ok()) break;
    if (order.closed()) return {begin, reader.pos()};
    // The first end has to be the expression's own: no constant expression has a block.
    if (ends_block) reader.fail(ErrorCode::EndExpected, reader.offset(), "control frames remain at end of expression");
  }
  return {};
}

}  // namespace tenon::binary
