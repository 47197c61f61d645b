// Oracle: bodies validated in pieces, in any order, leave the tables that validation in one go leaves.
#pragma once

#include <cstring>

#include "oracles/check.h"
#include "tenon/abi/module.h"
#include "tenon/base/executor.h"

namespace tenon::fuzz {

/// Lends no thread: runs what comes last first.
class Backwards final : public Executor {
 public:
  std::size_t concurrency() const override { return 2; }
  void run(std::size_t count, WorkRef work) override {
    while (count > 0) work(--count);
  }
};

template <class Row>
bool same_rows(const std::vector<Row>& one, const std::vector<Row>& other) {
  static_assert(std::has_unique_object_representations_v<Row>);
  return one.size() == other.size() && (one.empty() || std::memcmp(one.data(), other.data(), one.size() * sizeof(Row)) == 0);
}

inline void check_same_tables(const ModuleDesc& one, const ModuleDesc& other) {
  check(same_rows(one.side_table, other.side_table), "side tables differ");
  check(same_rows(one.handlers, other.handlers), "handlers differ");
  check(same_rows(one.catches, other.catches), "catches differ");
  check(same_rows(one.loops, other.loops), "loops differ");
  check(same_rows(one.assigned_locals, other.assigned_locals), "assigned locals differ");
  check(one.code.size() == other.code.size(), "the number of bodies differs");
  for (std::size_t i = 0; i < one.code.size(); ++i) {
    const FuncSummary &a = one.code[i], &b = other.code[i];
    check(a.code_offset == b.code_offset && a.code_end == b.code_end && a.max_operands == b.max_operands &&
              a.first_side_entry == b.first_side_entry && a.first_local_run == b.first_local_run &&
              a.first_handler == b.first_handler && a.first_loop == b.first_loop && a.call_count == b.call_count,
          "the summary of a body differs");
  }
}

}  // namespace tenon::fuzz
