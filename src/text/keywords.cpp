#include "text/keywords.h"

#include <algorithm>
#include <array>

#include "text/numbers.h"
#include "text/symbols.h"

namespace tenon::text {

namespace {

// Instruction keywords by hash; built once.
class OpTable {
 public:
  OpTable() {
    slots_.fill(0);
    for (std::size_t i = 0; i < kOps.size(); ++i) {
      std::size_t slot = hash_name(kOps[i].text) & kMask;
      for (; slots_[slot] != 0; slot = (slot + 1) & kMask)
        if (kOps[slots_[slot] - 1u].text == kOps[i].text) break;  // the first row stays
      if (slots_[slot] == 0) slots_[slot] = static_cast<u16>(i + 1);
    }
  }
  std::optional<Op> find(std::string_view word) const {
    for (std::size_t slot = hash_name(word) & kMask;; slot = (slot + 1) & kMask) {
      if (slots_[slot] == 0) return std::nullopt;
      if (kOps[slots_[slot] - 1u].text == word) return static_cast<Op>(slots_[slot] - 1);
    }
  }

 private:
  static constexpr std::size_t kMask = 4095;
  static_assert(kOps.size() < kMask / 2);
  std::array<u16, kMask + 1> slots_;
};

const OpTable kOpTable;

// Words that are neither instructions nor types, in order.
constexpr std::string_view kWords[] = {
    "acq_rel",
    "after",
    "any",
    "array",
    "assert_exception",
    "assert_exhaustion",
    "assert_invalid",
    "assert_invalid_custom",
    "assert_malformed",
    "assert_malformed_custom",
    "assert_return",
    "assert_suspension",
    "assert_trap",
    "assert_unlinkable",
    "before",
    "binary",
    "catch",
    "catch_all",
    "catch_all_ref",
    "catch_ref",
    "code",
    "component",
    "cont",
    "data",
    "declare",
    "definition",
    "delegate",
    "describes",
    "descriptor",
    "do",
    "either",
    "elem",
    "exact",
    "export",
    "extern",
    "f32x4",
    "f64x2",
    "field",
    "final",
    "first",
    "func",
    "get",
    "global",
    "i16",
    "i16x8",
    "i32x4",
    "i64x2",
    "i8",
    "i8x16",
    "import",
    "inf",
    "instance",
    "invoke",
    "item",
    "language",
    "last",
    "local",
    "memory",
    "module",
    "mut",
    "nan",
    "null",
    "offset",
    "on",
    "pagesize",
    "param",
    "processed-by",
    "quote",
    "rec",
    "ref",
    "ref.array",
    "ref.any",
    "ref.extern",
    "ref.host",
    "ref.struct",
    "register",
    "result",
    "sdk",
    "seq_cst",
    "shared",
    "start",
    "struct",
    "sub",
    "table",
    "tag",
    "then",
    "thread",
    "type",
    "wait",
};

}  // namespace

std::optional<Op> find_instruction(std::string_view word) {
  return kOpTable.find(word);
}

bool is_known_keyword(std::string_view word) {
  if (find_instruction(word) || find_heap_type(word) || find_nullable_ref(word) || find_num_type(word) != 0) return true;
  if (std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords)) return true;
  if (word == "nan:canonical" || word == "nan:arithmetic") return true;
  if (word.starts_with("nan:")) return classify_number(word) != NumberClass::None;
  return word.starts_with("offset=") || word.starts_with("align=");
}

std::optional<AbstractHeap> find_heap_type(std::string_view word) {
  for (const HeapInfo& row : kHeapTypes)
    if (row.text == word) return row.heap;
  return std::nullopt;
}

std::optional<AbstractHeap> find_nullable_ref(std::string_view word) {
  if (!word.ends_with("ref")) return std::nullopt;
  for (const HeapInfo& row : kHeapTypes)
    if (row.nullable_text == word) return row.heap;
  return std::nullopt;
}

u8 find_num_type(std::string_view word) {
  if (word.size() != 3 && word.size() != 4) return 0;
#define NUM_TYPE(Name, text, code) \
  if (word == text) return code;
#include "tenon/spec/types.def"
  return 0;
}

}  // namespace tenon::text
