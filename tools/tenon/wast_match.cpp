// Comparing results with what scripts expect of them.
#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "wast_runner.h"

namespace tenon::cli {
namespace {

using text::Expected;
using text::NanPattern;
using Kind = Expected::Kind;

std::unexpected<Error> differs(std::string_view expected, std::string_view actual) {
  return fail(ErrorCode::WrongType, fmt::format("expected {}\nactual   {}", expected, actual));
}

// The bits of a float type.
struct FloatBits {
  u64 sign, exponent, quiet;
};
constexpr FloatBits kF32 = {0x80000000, 0x7f800000, 0x00400000};
constexpr FloatBits kF64 = {0x8000000000000000, 0x7ff0000000000000, 0x0008000000000000};

bool matches_float(u64 actual, u64 expected, NanPattern pattern, const FloatBits& bits) {
  switch (pattern) {
    case NanPattern::Value:
      return actual == expected;
    case NanPattern::Canonical:
      return (actual & ~bits.sign) == (bits.exponent | bits.quiet);
    case NanPattern::Arithmetic:
      return (actual & (bits.exponent | bits.quiet)) == (bits.exponent | bits.quiet);
  }
  return false;
}

std::string show_float(u64 value, NanPattern pattern, bool wide) {
  if (pattern == NanPattern::Canonical) return "canonical-nan";
  if (pattern == NanPattern::Arithmetic) return "arithmetic-nan";
  if (wide) return fmt::format("{:>18} / {:#018x}", std::bit_cast<f64>(value), value);
  return fmt::format("{:>18} / {:#010x}", std::bit_cast<f32>(static_cast<u32>(value)), value);
}

Result<> match_float(u64 actual, const Expected& expected, bool wide) {
  if (matches_float(actual, expected.bits, expected.nan, wide ? kF64 : kF32)) return {};
  return differs(show_float(expected.bits, expected.nan, wide), show_float(actual, NanPattern::Value, wide));
}

Result<> match_int(u64 actual, u64 expected, int digits) {
  if (actual == expected) return {};
  auto show = [&](u64 value) {
    i64 number = digits == 8 ? static_cast<i32>(value) : static_cast<i64>(value);
    return fmt::format("{:>18} / {:#0{}x}", number, value, digits + 2);
  };
  return differs(show(expected), show(actual));
}

Result<> match_vector(const Bits128& actual, const Expected& expected) {
  bool wide = expected.shape == text::LaneShape::F64x2;
  bool same = true;
  if (wide || expected.shape == text::LaneShape::F32x4) {
    auto lanes = [&](const Bits128& value, unsigned i) -> u64 { return wide ? value.lanes<u64>()[i] : value.lanes<u32>()[i]; };
    for (unsigned i = 0; i < (wide ? 2u : 4u); ++i)
      same &= matches_float(lanes(actual, i), lanes(expected.v128, i), expected.lane_nan[i], wide ? kF64 : kF32);
  } else {
    same = actual == expected.v128;
  }
  if (same) return {};
  auto show = [](const Bits128& value) { return fmt::format("0x{:016x}{:016x}", value.hi, value.lo); };
  return differs(show(expected.v128), show(actual));
}

// The kinds of references, as scripts tell them apart.
enum class Shape { Null, Func, I31, Host, Struct, Array, Exception };

Shape shape_of(const runtime::Store& store, Ref ref, ValType type) {
  if (ref == kNullRef) return Shape::Null;
  if (store.types().top(type) == AbstractHeap::Func) return Shape::Func;
  if (is_i31(ref)) return Shape::I31;
  switch (object_of(ref)->kind) {
    case HeapKind::Extern:
      return Shape::Host;
    case HeapKind::Struct:
      return Shape::Struct;
    case HeapKind::Array:
      return Shape::Array;
    default:
      return Shape::Exception;
  }
}

std::string_view name_of(Shape shape) {
  static constexpr std::string_view kNames[] = {"null", "func", "i31", "extern", "struct", "array", "exn"};
  return kNames[static_cast<int>(shape)];
}

// The number that a script gave to a host value.
std::optional<u64> host_number(const runtime::Store& store, Ref ref) {
  const runtime::HostValue& value = store.heap().extern_value(object_of(ref));
  if (value.tag != host_number_tag()) return std::nullopt;
  return *static_cast<const u64*>(value.value.get());
}

Result<> match_reference(const runtime::Store& store, Ref ref, ValType type, const Expected& expected) {
  Shape actual = shape_of(store, ref, type);
  bool fits = false;
  std::string_view wanted;
  switch (expected.kind) {
    case Kind::RefNull:
      wanted = "null";
      fits = actual == Shape::Null && (expected.type.is_bottom() || expected.type.is_concrete() ||
                                       store.types().top(expected.type) == store.types().top(type));
      break;
    case Kind::RefExtern:
    case Kind::RefHost:
      wanted = "extern";
      // A reference that was made an externref may be of any shape inside.
      fits = actual != Shape::Null && actual != Shape::Func && (!expected.has_number || actual == Shape::Host);
      if (fits && expected.has_number && host_number(store, ref) != expected.bits)
        return differs(fmt::format("host value {}", expected.bits),
                       fmt::format("host value {}", host_number(store, ref).value_or(~u64{0})));
      break;
    case Kind::RefFunc:
      wanted = "func";
      fits = actual == Shape::Func;
      break;
    case Kind::RefAny:
      wanted = "any";
      fits = actual != Shape::Null && actual != Shape::Func;
      break;
    case Kind::RefEq:
      wanted = "eq";
      fits = actual == Shape::I31 || actual == Shape::Struct || actual == Shape::Array;
      break;
    case Kind::RefArray:
      wanted = "array";
      fits = actual == Shape::Array;
      break;
    case Kind::RefStruct:
      wanted = "struct";
      fits = actual == Shape::Struct;
      break;
    default:
      wanted = "i31";
      fits = actual == Shape::I31;
      break;
  }
  if (fits) return {};
  return differs(wanted, name_of(actual));
}

}  // namespace

const void* host_number_tag() {
  static const char tag = 0;
  return &tag;
}

Result<> match_value(const runtime::Store& store, const Slot& value, ValType type, const Expected& expected) {
  if (expected.kind == Kind::Either) {
    Error last(ErrorCode::WrongType, "no alternative to choose from");
    for (const Expected& one : expected.either) {
      auto matched = match_value(store, value, type, one);
      if (matched) return {};
      last = std::move(matched.error());
    }
    return fail(std::move(last).with_context("no alternative matched"));
  }
  auto of_type = [&](ValType wanted) { return type == wanted; };
  switch (expected.kind) {
    case Kind::I32:
      if (of_type(ValType::i32())) return match_int(value.u32_, expected.bits & 0xffffffff, 8);
      break;
    case Kind::I64:
      if (of_type(ValType::i64())) return match_int(value.u64_, expected.bits, 16);
      break;
    case Kind::F32:
      if (of_type(ValType::f32())) return match_float(value.u32_, expected, false);
      break;
    case Kind::F64:
      if (of_type(ValType::f64())) return match_float(value.u64_, expected, true);
      break;
    case Kind::V128:
      if (of_type(ValType::v128())) return match_vector(value.v128, expected);
      break;
    default:
      if (type.is_ref()) return match_reference(store, value.ref, type, expected);
      break;
  }
  return fail(ErrorCode::WrongType, fmt::format("a result of type {} cannot be what is expected", to_string(type)));
}

}  // namespace tenon::cli
