#include "summary.h"

namespace tenon::validate {

void Summarizer::close_loop(Control& frame) {
  LoopSummary& loop = tables_->loops[frame.loop];
  auto first = log_.begin() + frame.log_start;
  loop_serial_ = frame.outer_serial;
  if (overflow_) {
    loop.assigned_count = kAllLocals;
    return;
  }
  std::sort(first, log_.end());
  log_.erase(std::unique(first, log_.end()), log_.end());
  first = log_.begin() + frame.log_start;
  std::size_t count = static_cast<std::size_t>(log_.end() - first);
  if (count > assigned_left_) {
    overflow_ = true;
    loop.assigned_count = kAllLocals;
    return;
  }
  assigned_left_ -= count;
  loop.first_assigned = static_cast<u32>(tables_->assigned_locals.size());
  loop.assigned_count = static_cast<u32>(count);
  tables_->assigned_locals.insert(tables_->assigned_locals.end(), first, log_.end());
  // What an inner loop assigns the outer one does, too; outside all loops nobody asks.
  if (loop_serial_ == 0) {
    log_.clear();
  } else {
    for (; first != log_.end(); ++first) marks_[*first] = loop_serial_;
  }
}

// Clauses of a legacy try lie between those of the tries within it: here they come together.
void Summarizer::gather_clauses(Control& frame) {
  HandlerRange& handler = handler_of(frame);
  handler.first_catch = static_cast<u32>(tables_->catches.size());
  u32 first = frame.clause;
  for (u32 at = frame.clause; at != kNone; at = open_clauses_[at].before) {
    tables_->catches.push_back(open_clauses_[at].clause);
    first = at;
  }
  handler.catch_count = static_cast<u32>(tables_->catches.size()) - handler.first_catch;
  std::reverse(tables_->catches.begin() + handler.first_catch, tables_->catches.end());
  // What follows belonged to tries within this one.
  open_clauses_.erase(open_clauses_.begin() + first, open_clauses_.end());
  --catch_depth_;
}

void append(BodyTables& tables, BodyTables&& next) {
  const auto size = [](const auto& rows) { return static_cast<u32>(rows.size()); };
  for (FuncSummary& func : next.code) {
    func.first_side_entry += size(tables.side_table);
    func.first_local_run += size(tables.local_runs);
    func.first_handler += size(tables.handlers);
    func.first_loop += size(tables.loops);
  }
  for (HandlerRange& handler : next.handlers) handler.first_catch += size(tables.catches);
  for (CatchClause& clause : next.catches) clause.side_entry += size(tables.side_table);
  for (LoopSummary& loop : next.loops) loop.first_assigned += size(tables.assigned_locals);
  auto take = [](auto& into, auto& from) { into.insert(into.end(), from.begin(), from.end()); };
  take(tables.code, next.code);
  take(tables.side_table, next.side_table);
  take(tables.local_runs, next.local_runs);
  take(tables.handlers, next.handlers);
  take(tables.catches, next.catches);
  take(tables.loops, next.loops);
  take(tables.assigned_locals, next.assigned_locals);
}

}  // namespace tenon::validate
