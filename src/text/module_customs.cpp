// Annotations that become custom sections: @custom, @producers and @dylink.0.
//
// spec: core/appendix/custom "Custom Sections" in text; the last two are wasm-tools' own, their sections are the tool
// conventions'.
#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "text/module_parser.h"

namespace tenon::text {

using encode::Anchor;
using encode::CustomPlace;
using encode::Sink;

void ModuleParser::parse_annotation() {
  bool custom = Tokens::is_annotation(t_.tok(), "custom");
  bool producers = Tokens::is_annotation(t_.tok(), "producers");
  t_.advance();
  if (custom) {
    parse_custom();
  } else if (producers) {
    parse_producers();
  } else {
    parse_dylink();
  }
}

namespace {

constexpr std::pair<std::string_view, Anchor> kAnchors[] = {
    {"type", Anchor::Type},     {"import", Anchor::Import}, {"func", Anchor::Func},     {"table", Anchor::Table},
    {"memory", Anchor::Memory}, {"global", Anchor::Global}, {"export", Anchor::Export}, {"start", Anchor::Start},
    {"elem", Anchor::Elem},     {"code", Anchor::Code},     {"data", Anchor::Data},     {"tag", Anchor::Tag},
};

CustomPlace take_place(Tokens& t) {
  CustomPlace place;
  if (t.try_keyword("before")) {
    place.after = false;
    if (t.try_keyword("first")) return {Anchor::First, false};
  } else if (t.try_keyword("after")) {
    if (t.try_keyword("last")) return {Anchor::Last, true};
  } else {
    t.fail(ErrorCode::CustomMalformedPlacement, "unexpected token, expected `before` or `after`");
    return place;
  }
  for (const auto& [word, anchor] : kAnchors) {
    if (!t.try_keyword(word)) continue;
    place.anchor = anchor;
    return place;
  }
  t.fail(ErrorCode::CustomMalformedKind, "expected a valid section name");
  return place;
}

}  // namespace

void ModuleParser::parse_custom() {
  std::string_view section = t_.take_name(ErrorCode::CustomMissingName, ErrorCode::CustomMalformedUtf8);
  CustomPlace place;
  if (t_.at(TokenKind::LParen)) {
    t_.advance();
    place = take_place(t_);
    t_.take_rparen();
  }
  scratch_.clear();
  while (!t_.at_end()) scratch_.bytes(t_.take_bytes(ErrorCode::CustomUnexpectedToken));
  if (!t_.failed()) cx_.out.custom(place, section, scratch_.view());
}

void ModuleParser::parse_producers() {
  constexpr std::string_view kFields[] = {"language", "sdk", "processed-by"};
  Sink values[3];
  u32 counts[3] = {};
  while (!t_.at_end()) {
    if (!t_.take_lparen()) return;
    std::size_t i = 0;
    while (i < 3 && !t_.at_keyword(kFields[i])) ++i;
    if (i == 3) {
      t_.fail("unexpected token, expected one of: `language`, `sdk`, `processed-by`");
      return;
    }
    t_.advance();
    ++counts[i];
    values[i].name(t_.take_name());
    values[i].name(t_.take_name());
    t_.take_rparen();
  }
  scratch_.clear();
  scratch_.uleb((counts[0] != 0) + (counts[1] != 0) + (counts[2] != 0));
  for (std::size_t i = 0; i < 3; ++i) {
    if (counts[i] == 0) continue;
    scratch_.name(kFields[i]);
    scratch_.uleb(counts[i]);
    scratch_.bytes(values[i].view());
  }
  if (!t_.failed()) cx_.out.custom({Anchor::Last, true}, "producers", scratch_.view());
}

void ModuleParser::parse_dylink() {
  // Subsections by their ids; neighbouring entries of export-info and import-info share one.
  enum : u8 { MemInfo = 1, Needed, ExportInfo, ImportInfo, RuntimePath };
  Sink section, content;
  u8 open = 0;
  u32 entries = 0;
  auto flush = [&] {
    if (open == 0) return;
    section.push_back(open);
    std::size_t start = section.size();
    section.uleb(entries);
    section.bytes(content.view());
    section.prefix_size(start);
    content.clear();
    open = 0;
    entries = 0;
  };
  auto names = [&](u8 id) {
    flush();
    open = id;
    for (; !t_.at_end(); ++entries) content.name(t_.take_name());
    flush();
  };
  while (!t_.at_end()) {
    if (!t_.take_lparen()) return;
    if (t_.try_keyword("mem-info")) {
      flush();
      section.push_back(MemInfo);
      std::size_t start = section.size();
      dylink_mem_info(section);
      section.prefix_size(start);
    } else if (t_.try_keyword("needed")) {
      names(Needed);
    } else if (t_.at_keyword("export-info") || t_.at_keyword("import-info")) {
      u8 id = t_.at_keyword("export-info") ? ExportInfo : ImportInfo;
      t_.advance();
      if (open != id) flush();
      open = id;
      ++entries;
      if (id == ImportInfo) content.name(t_.take_name());
      content.name(t_.take_name());
      content.uleb(dylink_flags());
    } else if (t_.try_keyword("runtime-path")) {
      names(RuntimePath);
    } else {
      t_.fail("unexpected token, expected one of: `mem-info`, `needed`, `export-info`, `import-info`, `runtime-path`");
      return;
    }
    t_.take_rparen();
  }
  flush();
  if (!t_.failed()) cx_.out.custom({Anchor::First, false}, "dylink.0", section.view());
}

void ModuleParser::dylink_mem_info(Sink& to) {
  for (std::string_view word : {"memory", "table"}) {
    u32 size = 0, align = 0;
    if (t_.try_paren(word)) {
      size = t_.take_u32();
      align = t_.take_u32();
      t_.take_rparen();
    }
    to.uleb(size);
    to.uleb(align);
  }
}

u32 ModuleParser::dylink_flags() {
  constexpr std::pair<std::string_view, u32> kFlags[] = {
      {"binding-weak", 1 << 0}, {"binding-local", 1 << 1}, {"visibility-hidden", 1 << 2},
      {"undefined", 1 << 4},    {"exported", 1 << 5},      {"explicit-name", 1 << 6},
      {"no-strip", 1 << 7},     {"tls", 1 << 8},           {"absolute", 1 << 9},
  };
  u32 flags = 0;
  while (!t_.at_end()) {
    if (Tokens::is_integer(t_.tok())) {
      flags |= t_.take_u32();
      continue;
    }
    bool found = false;
    for (const auto& [word, flag] : kFlags) {
      if (!t_.try_keyword(word)) continue;
      flags |= flag;
      found = true;
      break;
    }
    if (found) continue;
    std::string message = "unexpected token, expected one of: u32";
    for (const auto& [word, flag] : kFlags) message += fmt::format(", `{}`", word);
    t_.fail(std::move(message));
  }
  return flags;
}

}  // namespace tenon::text
