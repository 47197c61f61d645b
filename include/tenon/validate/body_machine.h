// BodyMachine: the operand and control stacks of the specification's validation algorithm, the look-ups in a module's index
// spaces, and the first fault. What instructions do with them is in body_references.h and
// body_decoder.h; nobody else uses this header.
//
// spec: core/appendix/algorithm.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "tenon/binary/ops.h"
#include "tenon/spec/errors.h"
#include "tenon/validate/module_env.h"

namespace tenon::validate {

/// What a frame of the control stack is.
enum class FrameKind : u8 { Block, If, Else, Loop, TryTable, Try, Catch, CatchAll };

namespace detail {

// The type of an operand that code after an unconditional branch made up: a reference to an unknown heap type, or to one that is
// known to lie below an abstract heap type. Bits beside the kind tell it from ValType::bottom().
constexpr u32 kUnknownRefBits = 16;
constexpr ValType unknown_ref() {
  return ValType::from_bits(kUnknownRefBits);
}
constexpr ValType unknown_ref(AbstractHeap heap) {
  return ValType::from_bits(kUnknownRefBits | static_cast<u32>(heap) << 10);
}
constexpr bool is_unknown_ref(ValType type) {
  return type.is_bottom() && type.bits() != 0;
}
constexpr bool has_known_heap(ValType type) {
  return type.bits() >> 10 != 0;
}

}  // namespace detail

/// Memory that a decoder needs and the next body uses again. Not thread-safe: one for each thread.
struct DecoderBuffers {
  std::unique_ptr<ValType[]> operands;
  std::size_t operand_capacity = 0;
  std::vector<ValType> locals;                       ///< the first of them, one by one
  std::vector<std::pair<u32, ValType>> late_locals;  ///< the others as runs: one past the last local, type
  std::vector<u8> local_inits;
  std::vector<u32> init_log;
};

/// The stacks of one function body at a time; see the head of body_decoder.h for what an interface is.
template <class Interface>
class BodyMachine {
 public:
  /// An open block. `height` is the number of operands below its parameters.
  struct Frame : Interface::Control {
    FrameKind kind = FrameKind::Block;
    bool unreachable = false;
    u32 height = 0;
    u32 init_height = 0;
    const FuncType* type = nullptr;  ///< parameters and results; null: none and `single`
    ValType single;                  ///< the only result where `type` is null; bottom: none

    std::span<const ValType> params() const { return type ? std::span<const ValType>(type->params) : std::span<const ValType>(); }
    std::span<const ValType> results() const {
      if (type) return type->results;
      return {&single, single.is_bottom() ? 0u : 1u};
    }
    std::span<const ValType> label() const { return kind == FrameKind::Loop ? params() : results(); }
  };

  BodyMachine(const ModuleEnv& env, DecoderBuffers& buffers, Interface& interface)
      : env_(env), features_(env.features), reading_(env.reading), buffers_(buffers), interface_(interface) {
    if (!env.memories.empty()) memory0_ = address_type(env.memories[0].is_64);
  }

  /// What went wrong, after a decode that answered false. Moves out.
  Error take_error() { return std::move(*error_); }

  // For interfaces.
  u64 op_offset() const { return offset_of(op_); }      ///< of the current instruction's first byte
  u64 next_offset() const { return offset_of(next_); }  ///< after it
  u32 height() const { return static_cast<u32>(top_ - base_); }
  u32 peak() const { return static_cast<u32>(peak_ - base_); }
  u32 kinds() const { return kinds_; }  ///< bit k: an operand of TypeKind k occurred
  u32 local_count() const { return local_count_; }
  ValType operand(u32 depth) const { return top_[-1 - static_cast<std::ptrdiff_t>(depth)]; }
  std::vector<Frame>& frames() { return frames_; }
  const ModuleEnv& env() const { return env_; }

 protected:
  static constexpr bool kValidate = Interface::kValidate;

  static ValType address_type(bool is_64) { return is_64 ? ValType::i64() : ValType::i32(); }
  u64 offset_of(const u8* at) const { return offset_ + static_cast<u64>(at - begin_); }
  Frame& frame() { return frames_.back(); }
  std::size_t remaining(const u8* pc) const { return static_cast<std::size_t>(end_ - pc); }

  // ---- Faults: the first one stays and ends the loop ----

  [[gnu::cold, gnu::noinline]] void fail(ErrorCode code, std::string message) { fail_at(code, op_offset(), std::move(message)); }
  [[gnu::cold, gnu::noinline]] void fail_at(ErrorCode code, u64 offset, std::string message) {
    fail_with(Error(code, offset, std::move(message)));
  }
  [[gnu::cold, gnu::noinline]] void fail_with(Error error) {
    if (!error_) error_.emplace(std::move(error));
    limit_ = begin_;
  }
  [[gnu::cold, gnu::noinline]] void fail_missing(Feature feature, std::string message) {
    fail_with(Error(ErrorCode::FeatureDisabled, op_offset(), std::move(message)).with_missing(feature));
  }
  [[gnu::cold, gnu::noinline]] void fail_support(Feature feature) {
    fail_missing(feature, std::string(support_text(feature)) + " support is not enabled");
  }
  [[gnu::cold, gnu::noinline]] void fail_expected(ValType expected, std::string found) {
    fail(ErrorCode::TypeMismatch, "type mismatch: expected " + to_string(expected) + ", found " + std::move(found));
  }
  [[gnu::cold, gnu::noinline]] void fail_unknown(ErrorCode code, const char* what, u32 index, const char* rest) {
    fail(code, std::string("unknown ") + what + " " + std::to_string(index) + rest);
  }
  bool failed() const { return error_.has_value(); }
  bool has(Feature feature) const { return features_.has(feature); }

  // ---- Operands ----

  void push(ValType type) {
    *top_++ = type;
    if (top_ > peak_) peak_ = top_;
    kinds_ |= 1u << static_cast<u32>(type.kind());
  }
  // A number: no need to look for references and vectors.
  void push_number(ValType type) {
    *top_++ = type;
    if (top_ > peak_) peak_ = top_;
  }
  void push_all(std::span<const ValType> types) {
    reserve(types.size());
    for (ValType type : types) push(type);
  }
  // Keeps room for `count` more operands and one for each byte that is left, so that single pushes need no check.
  void reserve(std::size_t count) {
    std::size_t needed = static_cast<std::size_t>(top_ - base_) + count + remaining(op_) + 8;
    if (needed > buffers_.operand_capacity) [[unlikely]]
      grow(needed);
  }
  [[gnu::noinline]] void grow(std::size_t needed) {
    std::size_t capacity = std::max(needed, buffers_.operand_capacity * 2);
    auto operands = std::make_unique_for_overwrite<ValType[]>(capacity);
    std::size_t used = static_cast<std::size_t>(top_ - base_);
    if (used) std::memcpy(static_cast<void*>(operands.get()), base_, used * sizeof(ValType));
    peak_ = operands.get() + (peak_ - base_);
    floor_ = operands.get() + (floor_ - base_);
    top_ = operands.get() + used;
    base_ = operands.get();
    buffers_.operands = std::move(operands);
    buffers_.operand_capacity = capacity;
  }

  [[gnu::always_inline]] bool pop(ValType expected) {
    if (top_ > floor_ && (!kValidate || top_[-1] == expected)) [[likely]] {
      --top_;
      return true;
    }
    return pop_slow(expected);
  }
  // Takes operands of these types, the last one on top.
  bool pop_all(std::span<const ValType> types) {
    std::size_t count = types.size();
    if (static_cast<std::size_t>(top_ - floor_) >= count &&
        (!kValidate || count == 0 || std::memcmp(top_ - count, types.data(), count * sizeof(ValType)) == 0)) [[likely]] {
      top_ -= count;
      return true;
    }
    while (count > 0)
      if (!pop(types[--count])) return false;
    return true;
  }
  // Any operand.
  ValType pop_any() {
    if (top_ > floor_) [[likely]]
      return *--top_;
    if (!frame().unreachable) fail_empty("a type");
    return ValType::bottom();
  }
  [[gnu::cold, gnu::noinline]] void fail_empty(const std::string& what) {
    fail(ErrorCode::TypeMismatch, "type mismatch: expected " + what + " but nothing on stack");
  }
  [[gnu::noinline]] bool pop_slow(ValType expected) {
    if (top_ <= floor_) {
      if (frame().unreachable) return true;
      fail_empty(to_string(expected));
      return false;
    }
    return matches(*--top_, expected);
  }
  // Whether an operand fits; if not, that is the fault.
  bool matches(ValType actual, ValType expected) {
    if (!kValidate || actual == expected || actual.bits() == 0) return true;
    if (detail::is_unknown_ref(actual)) {
      if (!expected.is_ref()) {
        fail_expected(expected, "heap type");
        return false;
      }
      if (!detail::has_known_heap(actual)) return true;
      actual = ValType::ref(static_cast<AbstractHeap>(actual.bits() >> 10), false).with_shared(is_shared(expected));
    }
    if (env_.store->is_subtype(actual, expected)) return true;
    fail_expected(expected, to_string(actual));
    return false;
  }
  // Some reference: its type, an unknown one from unreachable code included.
  ValType pop_ref() {
    ValType type = pop_any();
    if (type.bits() == 0) return detail::unknown_ref();
    if (type.is_ref() || detail::is_unknown_ref(type)) return type;
    fail(ErrorCode::TypeMismatch, "type mismatch: expected ref but found " + to_string(type));
    return detail::unknown_ref();
  }
  // A reference below an abstract heap type, shared or not.
  ValType pop_abstract(AbstractHeap expected) {
    ValType type = pop_ref();
    if (!type.is_ref()) {
      if (detail::has_known_heap(type)) {
        ValType heap = ValType::ref(static_cast<AbstractHeap>(type.bits() >> 10), false);
        if (!env_.store->is_subtype(heap, ValType::ref(expected)))
          fail(ErrorCode::TypeMismatch, "type mismatch: expected subtype of " + std::string(info(expected).text) + ", found " +
                                            std::string(info(heap.abstract_heap()).text));
      }
      return type;
    }
    ValType bound = ValType::ref(expected).with_shared(is_shared(type));
    if (!env_.store->is_subtype(type, bound))
      fail(ErrorCode::TypeMismatch,
           "type mismatch: expected subtype of " + env_.display(bound) + ", found " + env_.display(type));
    return type;
  }
  static ValType non_null(ValType type) { return type.is_ref() ? type.with_nullable(false) : type; }
  bool is_shared(ValType type) const {
    if (!type.is_ref()) return true;
    return type.is_concrete() ? env_.store->get(type.type_id()).is_shared : type.shared();
  }
  bool is_subtype(ValType sub, ValType super) const { return env_.store->is_subtype(sub, super); }

  void set_unreachable() {
    frame().unreachable = true;
    top_ = floor_;
  }

  // ---- Frames ----

  Frame& push_frame(FrameKind kind, const FuncType* type, ValType single) {
    Frame& opened = frames_.emplace_back();
    opened.kind = kind;
    opened.height = height();
    opened.init_height = static_cast<u32>(buffers_.init_log.size());
    opened.type = type;
    opened.single = single;
    floor_ = top_;
    return opened;
  }
  // Takes the results of the innermost frame and checks that nothing else is left.
  bool finish_frame() {
    Frame& closed = frame();
    if (!pop_all(closed.results())) return false;
    if (kValidate && top_ != floor_) [[unlikely]] {
      fail(ErrorCode::TypeMismatch, "type mismatch: values remaining on stack at end of block");
      return false;
    }
    if (buffers_.init_log.size() > closed.init_height) [[unlikely]]
      reset_inits(closed.init_height);
    return true;
  }
  void reset_inits(u32 height) {
    for (std::size_t i = height; i < buffers_.init_log.size(); ++i) buffers_.local_inits[buffers_.init_log[i]] = 0;
    buffers_.init_log.resize(height);
  }
  void drop_frame() {
    frames_.pop_back();
    floor_ = frames_.empty() ? base_ : base_ + frames_.back().height;
  }
  // Begins the next part of a frame (else, catch): its stack is empty again and reachable.
  void restart_frame(FrameKind kind) {
    Frame& restarted = frame();
    restarted.kind = kind;
    restarted.unreachable = false;
    top_ = floor_;
  }
  Frame* label(u32 depth) {
    if (depth < frames_.size()) [[likely]]
      return &frames_[frames_.size() - 1 - depth];
    fail(ErrorCode::UnknownLabel, "unknown label: branch depth too large");
    return nullptr;
  }
  // Operands that a conditional branch takes or leaves: they take the label's types.
  bool pop_push(std::span<const ValType> types) {
    if (!pop_all(types)) return false;
    push_all(types);
    return true;
  }

  // The types of a block; false on a fault.
  bool block_type(const binary::BlockType& block, const FuncType*& type, ValType& single) {
    type = nullptr;
    single = ValType::bottom();
    switch (block.kind) {
      case binary::BlockType::Kind::Empty:
        return true;
      case binary::BlockType::Kind::Value:
        return value_type(block.value, single);
      case binary::BlockType::Kind::Func: {
        if (kValidate && !has(Feature::MultiValue)) {
          fail_missing(Feature::MultiValue,
                       "blocks, loops, and ifs may only produce a resulttype when multi-value is not enabled");
          return false;
        }
        type = func_type_at(block.index.value());
        return type != nullptr;
      }
    }
    return false;
  }

  // ---- Types and index spaces ----

  // Checks a type as written and makes its reference canonical.
  bool value_type(ValType written, ValType& out) {
    out = written;
    if (kValidate) {
      if (auto checked = check_value_type(written, features_, op_offset()); !checked) {
        fail_with(std::move(checked).error());
        return false;
      }
    }
    return !written.is_concrete() || heap_type(written, out);
  }
  bool heap_type(ValType written, ValType& out) {
    out = written;
    if (!written.is_concrete()) return true;
    u32 index = written.type_index().value();
    if (index >= env_.types.size()) [[unlikely]] {
      fail_unknown(ErrorCode::UnknownType, "type", index, ": type index out of bounds");
      return false;
    }
    out = ValType::ref(env_.types[index], written.nullable()).with_exact(written.exact());
    return true;
  }
  ValType concrete(u32 index, bool nullable) const { return ValType::ref(env_.types[index], nullable); }

  const SubType* type_at(u32 index) {
    if (index < env_.type_defs.size()) [[likely]]
      return env_.type_defs[index];
    fail(ErrorCode::UnknownType, "unknown type: type index out of bounds");
    return nullptr;
  }
  template <class T>
  const T* composite_at(u32 index, const char* what, const char* plural) {
    const SubType* type = type_at(index);
    if (!type) return nullptr;
    const T* composite = std::get_if<T>(&type->composite);
    if (!composite) [[unlikely]]
      fail(ErrorCode::TypeMismatch,
           std::string("expected ") + what + " type at index " + std::to_string(index) + ", found " + env_.display(*type));
    else if (shared_ && !type->is_shared) [[unlikely]]
      return fail(ErrorCode::TypeMismatch, std::string("shared functions cannot access unshared ") + plural), nullptr;
    return composite;
  }
  const FuncType* func_type_at(u32 index) { return composite_at<FuncType>(index, "func", "functions"); }
  const StructType* struct_at(u32 index) { return composite_at<StructType>(index, "struct", "structs"); }
  const FieldType* field_at(u32 type, u32 index) {
    const StructType* structure = struct_at(type);
    if (!structure) return nullptr;
    if (index < structure->fields.size()) return &structure->fields[index];
    fail(ErrorCode::UnknownField, "unknown field: field index out of bounds");
    return nullptr;
  }
  const FieldType* array_at(u32 index) {
    const ArrayType* array = composite_at<ArrayType>(index, "array", "arrays");
    return array ? &array->element : nullptr;
  }
  const FieldType* mutable_array_at(u32 index) {
    const FieldType* element = array_at(index);
    if (!element || element->is_mutable) return element;
    fail(ErrorCode::ImmutableArray, "invalid array modification: array is immutable");
    return nullptr;
  }
  const FuncType* cont_func_at(u32 index) {
    const SubType* type = type_at(index);
    if (!type) return nullptr;
    if (!type->cont()) return fail(ErrorCode::TypeMismatch, "non-continuation type " + std::to_string(index)), nullptr;
    if (shared_ && !type->is_shared)
      return fail(ErrorCode::TypeMismatch, "shared continuations cannot access unshared continuations"), nullptr;
    return &env_.store->func(type->cont()->func.type_id());
  }
  const FuncType* tag_at(u32 index) {
    if (index < env_.tag_types.size()) return env_.tag_types[index];
    fail_unknown(ErrorCode::UnknownTag, "tag", index, ": tag index out of bounds");
    return nullptr;
  }
  const FuncType* exception_tag_at(u32 index) {
    const FuncType* tag = tag_at(index);
    if (!tag || tag->results.empty()) return tag;
    fail(ErrorCode::NonEmptyTagResult, "invalid exception type: non-empty tag result type");
    return nullptr;
  }
  const GlobalType* global_at(u32 index) {
    if (index >= env_.globals.size()) [[unlikely]]
      return fail(ErrorCode::UnknownGlobal, "unknown global: global index out of bounds"), nullptr;
    if (shared_ && !env_.globals[index].is_shared) [[unlikely]]
      return fail(ErrorCode::TypeMismatch, "shared functions cannot access unshared globals"), nullptr;
    return &env_.globals[index];
  }
  const TableType* table_at(u32 index) {
    if (index >= env_.tables.size()) [[unlikely]]
      return fail_unknown(ErrorCode::UnknownTable, "table", index, ": table index out of bounds"), nullptr;
    if (shared_ && !env_.tables[index].is_shared) [[unlikely]]
      return fail(ErrorCode::TypeMismatch, "shared functions cannot access unshared tables"), nullptr;
    return &env_.tables[index];
  }
  // The address type of a memory; bottom on a fault.
  ValType memory_at(u32 index) {
    if (index == 0) [[likely]] {
      if (!memory0_.is_bottom()) [[likely]]
        return memory0_;
    } else if (index < env_.memories.size()) {
      return address_type(env_.memories[index].is_64);
    }
    fail_unknown(ErrorCode::UnknownMemory, "memory", index, "");
    return ValType::bottom();
  }
  bool elem_at(u32 index, ValType& type) {
    if (index >= env_.elems.size())
      return fail_unknown(ErrorCode::UnknownElemSegment, "elem segment", index, ": segment index out of bounds"), false;
    type = env_.elems[index];
    return true;
  }
  bool check_data(u32 index) {
    if (!env_.data_count) return fail(ErrorCode::DataCountRequired, "data count section required"), false;
    if (index < *env_.data_count) return true;
    return fail_unknown(ErrorCode::UnknownDataSegment, "data segment", index, ""), false;
  }
  // A memory operand's address type; bottom on a fault.
  template <u8 natural, bool atomic>
  [[gnu::always_inline]] ValType check_mem_arg(const binary::MemArg& mem) {
    constexpr u8 kMaxAlign = static_cast<u8>(std::countr_zero(natural));
    if constexpr (!kValidate) return memory_at(mem.memory);
    if constexpr (atomic) {
      if (mem.align != kMaxAlign) [[unlikely]]
        fail(ErrorCode::AlignmentTooLarge, "atomic instructions must always specify maximum alignment");
    }
    ValType address = memory_at(mem.memory);
    if (mem.align > kMaxAlign) [[unlikely]]
      fail(ErrorCode::AlignmentTooLarge, "invalid memop alignment: alignment must not be larger than natural");
    if (mem.offset > 0xffffffffu && address == ValType::i32()) [[unlikely]]
      fail(ErrorCode::OffsetOutOfRange, "offset out of range: must be <= 2**32");
    return address;
  }

  const ModuleEnv& env_;
  Features features_;
  Features reading_;
  DecoderBuffers& buffers_;
  Interface& interface_;

  const u8* begin_ = nullptr;
  const u8* end_ = nullptr;
  const u8* limit_ = nullptr;  // where the loop ends: end_, or begin_ after a fault
  const u8* op_ = nullptr;
  const u8* next_ = nullptr;
  u64 offset_ = 0;

  ValType* base_ = nullptr;   // operands of the function
  ValType* floor_ = nullptr;  // operands of the innermost frame
  ValType* top_ = nullptr;
  ValType* peak_ = nullptr;
  u32 kinds_ = 0;
  u32 local_count_ = 0;
  u32 dense_count_ = 0;     // locals in buffers_.locals
  u32 first_uninit_ = ~0u;  // first local without a default value
  ValType memory0_ = ValType::bottom();
  bool shared_ = false;
  const ValType* locals_ = nullptr;
  std::vector<Frame> frames_;
  std::optional<Error> error_;
};

}  // namespace tenon::validate
