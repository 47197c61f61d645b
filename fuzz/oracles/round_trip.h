// A valid module's text is the module: it parses back to one that prints the same, plain and folded, and whose bytes are the same
// from then on.
#pragma once

#include "oracles/check.h"
#include "tenon/print/print.h"
#include "tenon/text/wat.h"

namespace tenon::fuzz {

inline void check_round_trip(Bytes module) {
  auto text = print::print_module(module);
  check(text.has_value(), "a valid module does not print");
  auto back = text::parse_wat(*text);
  check(back.has_value(), "printed text does not parse:\n" + *text);
  auto again = print::print_module(*back);
  check(again && *again == *text, "printed text changes:\n" + *text);
  print::Options folded;
  folded.fold_instructions = true;
  auto trees = print::print_module(*back, folded);
  if (!trees) return;  // legacy exceptions have no folded form
  auto from_trees = text::parse_wat(*trees);
  check(from_trees.has_value(), "folded text does not parse:\n" + *trees);
  check(*from_trees == *back, "folded text parses to other bytes:\n" + *trees);
}

}  // namespace tenon::fuzz
