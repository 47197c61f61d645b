// Opcodes: the enum Op, and one OpInfo for each row of opcodes.def with everything that consumers ask of an instruction.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "tenon/base/types.h"
#include "tenon/spec/features.h"
#include "tenon/spec/types.h"

namespace tenon {

/// An instruction. Dense: usable as a subscript of kOps.
enum class Op : u16 {
#define OP(prefix, code, Name, ...) Name,
#include "tenon/spec/opcodes.def"
};

/// One field of an instruction's immediates, in binary order.
enum class ImmField : u8 {
  None,
  BlockType,
  Label,
  Labels,
  MemArg,
  Func,
  Type,
  Table,
  Memory,
  Global,
  Local,
  Tag,
  Elem,
  Data,
  Field,
  Count,
  ValTypes,
  HeapType,
  CastFlags,
  I32,
  I64,
  F32,
  F64,
  V128,
  Lane,
  Lanes16,
  Zero,
  Ordering,
  Catches,
  Handlers,
};

/// A row of immediates.def.
enum class Imm : u8 {
#define IMM(Name, ...) Name,
#include "tenon/spec/immediates.def"
};

/// The fields of each row of immediates.def; unused places hold ImmField::None.
inline constexpr auto kImmFields = [] {
  using enum ImmField;
  return std::to_array<std::array<ImmField, 4>>({
#define IMM(Name, ...) {__VA_ARGS__},
#include "tenon/spec/immediates.def"
  });
}();

/// Flags of an instruction; the legend is in opcodes.def, whose rows use these names.
namespace op_flags {
// NOLINTBEGIN(readability-identifier-naming)
inline constexpr u16 Control = 1, Traps = 2, Call = 4, Throws = 8, Const = 16, ExtendedConst = 32, NanResult = 64, Alloc = 128,
                     Atomic = 256;
// NOLINTEND(readability-identifier-naming)
}  // namespace op_flags

/// One row of opcodes.def.
struct OpInfo {
  u8 prefix;              ///< 0 or the prefix byte
  u16 code;               ///< the byte, or the number after the prefix
  std::string_view name;  ///< the enumerator
  std::string_view text;  ///< the keyword of the text format
  Feature feature;
  Imm imm;
  std::string_view sig;  ///< "operands:results", or "*"
  u8 mem;                ///< bytes accessed, or 0
  u16 flags;

  constexpr bool has(u16 flag) const { return (flags & flag) != 0; }
  /// Operand letters of a fixed signature.
  constexpr std::string_view params() const { return sig.substr(0, sig.find(':')); }
  /// Result letters of a fixed signature.
  constexpr std::string_view results() const { return sig.substr(sig.find(':') + 1); }
  constexpr bool has_fixed_signature() const { return sig != "*"; }
};

inline constexpr auto kOps = [] {
  using namespace op_flags;
  return std::to_array<OpInfo>({
#define OP(prefix, code, Name, text, feature, imm, sig, mem, flags) \
  {prefix, code, #Name, text, detail::feature_names::feature, Imm::imm, sig, mem, static_cast<u16>(flags)},
#include "tenon/spec/opcodes.def"
  });
}();

inline constexpr std::size_t kOpCount = kOps.size();

/// The type that a letter of a signature stands for. Bottom for m, an address, whose type its memory decides.
constexpr ValType signature_type(char letter) {
  switch (letter) {
    case 'i':
      return ValType::i32();
    case 'l':
      return ValType::i64();
    case 'f':
      return ValType::f32();
    case 'd':
      return ValType::f64();
    case 'v':
      return ValType::v128();
    default:
      return ValType::bottom();
  }
}

/// The instruction's row.
constexpr const OpInfo& info(Op op) {
  return kOps[static_cast<u16>(op)];
}

/// The instruction with this prefix (0 for one-byte opcodes) and code, if the table has one. Constant time.
std::optional<Op> find_op(u8 prefix, u32 code);

/// The first instruction with this keyword; rows that share a keyword (select, ref.test, ref.cast) are told apart by the text
/// parser.
std::optional<Op> find_op(std::string_view text);

/// Appends the opcode's bytes. `Out` has push_back(u8).
template <class Out>
void append_op(Out& out, Op op) {
  const OpInfo& row = info(op);
  if (row.prefix == 0) {
    out.push_back(static_cast<u8>(row.code));
    return;
  }
  out.push_back(row.prefix);
  u32 code = row.code;
  for (; code >= 0x80; code >>= 7) out.push_back(static_cast<u8>(code | 0x80));
  out.push_back(static_cast<u8>(code));
}

/// A consumer of function bodies that has a handler for every instruction: a tier that lacks one does not compile.
template <class V>
concept OpVisitor = requires(V visitor) {
#define OP(prefix, code, Name, ...) &V::on_##Name;
#include "tenon/spec/opcodes.def"
};

}  // namespace tenon
