// Oracle: however the bytes of a module are cut into pieces, the pull parser answers with the same payloads and the same error.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "oracles/check.h"
#include "tenon/binary/parser.h"

namespace tenon::fuzz {

/// What a parse saw: one line a payload, with its kind, where it ends and its contents, and the error if there was one.
using Trace = std::vector<std::string>;

inline void note(Trace& trace, const binary::Payload& payload, u64 end) {
  std::string line = std::to_string(payload.index()) + " ends " + std::to_string(end);
  if (auto* entry = std::get_if<binary::CodeEntry>(&payload))
    line += " body " + std::to_string(entry->offset) + " " + std::string(as_text(entry->bytes));
  if (auto* custom = std::get_if<binary::CustomSection>(&payload))
    line += " custom " + std::string(custom->name) + " " + std::string(as_text(custom->contents));
  trace.push_back(std::move(line));
}

/// Parses `bytes`, of which `piece(left)` more (at least one) are shown each time that the parser asks.
template <class Piece>
Trace trace_payloads(Bytes bytes, Piece piece) {
  Trace trace;
  binary::Parser parser;
  std::size_t begin = 0, end = std::min(bytes.size(), piece(bytes.size()));
  for (;;) {
    auto chunk = parser.parse(bytes.subspan(begin, end - begin), end == bytes.size());
    if (!chunk) {
      trace.push_back(chunk.error().to_string());
      return trace;
    }
    if (auto* more = std::get_if<binary::NeedMoreData>(&*chunk)) {
      check(end < bytes.size(), "asks for more than there is");
      check(more->hint > 0, "asks for nothing");
      end += std::min(bytes.size() - end, std::max<std::size_t>(1, piece(bytes.size() - end)));
      continue;
    }
    auto& parsed = std::get<binary::Parsed>(*chunk);
    check(parsed.consumed <= end - begin, "consumed more than it was given");
    begin += parsed.consumed;
    check(parser.offset() == begin, "offset differs from what was consumed");
    note(trace, parsed.payload, begin);
    if (std::holds_alternative<binary::End>(parsed.payload)) return trace;
  }
}

}  // namespace tenon::fuzz
