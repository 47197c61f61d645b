#include "tenon/binary/parser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "binary/test_module.h"

namespace tenon::binary {
namespace {

using testing::Build;
using testing::ByteVector;
using testing::full_module;
using testing::TestModule;

std::string describe(const Payload& payload) {
  struct Visitor {
    std::string operator()(const Version& v) { return fmt::format("version {}", v.number); }
    std::string operator()(const ItemSection& s) {
      return fmt::format("section {} count {} at {}-{}", static_cast<int>(s.id), s.section.count(), s.section.range().begin,
                         s.section.range().end);
    }
    std::string operator()(const StartSection& s) { return fmt::format("start {} at {}", s.func, s.range.begin); }
    std::string operator()(const DataCountSection& s) { return fmt::format("data count {} at {}", s.count, s.range.begin); }
    std::string operator()(const CodeSectionStart& s) {
      return fmt::format("code {} at {}-{}", s.count, s.range.begin, s.range.end);
    }
    std::string operator()(const CodeEntry& s) { return fmt::format("body at {} {}", s.offset, as_text(s.bytes)); }
    std::string operator()(const CustomSection& s) {
      return fmt::format("custom {} at {} {}", s.name, s.contents_offset, as_text(s.contents));
    }
    std::string operator()(const UnknownSection& s) { return fmt::format("unknown {} at {}", s.id, s.range.begin); }
    std::string operator()(const End& s) { return fmt::format("end {}", s.offset); }
  };
  return std::visit(Visitor(), payload);
}

// What the parser says of bytes that arrive in pieces of this size: payloads, then the end or the error.
std::vector<std::string> parse_in_pieces(const ByteVector& bytes, std::size_t piece, Features features = Features::all()) {
  std::vector<std::string> out;
  Parser parser(features);
  std::size_t begin = 0, have = 0;
  while (true) {
    bool eof = have == bytes.size();
    auto chunk = parser.parse(Bytes(bytes.data() + begin, have - begin), eof);
    if (!chunk) {
      out.push_back(chunk.error().to_string());
      return out;
    }
    if (auto* more = std::get_if<NeedMoreData>(&*chunk)) {
      EXPECT_FALSE(eof);
      EXPECT_GT(more->hint, 0u);
      have = std::min(bytes.size(), have + piece);
      continue;
    }
    auto& parsed = std::get<Parsed>(*chunk);
    begin += parsed.consumed;
    EXPECT_EQ(parser.offset(), begin);
    out.push_back(describe(parsed.payload));
    if (std::holds_alternative<End>(parsed.payload)) return out;
  }
}

void expect_same_for_every_piece(const ByteVector& bytes) {
  auto whole = parse_in_pieces(bytes, bytes.size());
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) ASSERT_EQ(parse_in_pieces(bytes, piece), whole) << piece;
}

TEST(Parser, YieldsTheSectionsOfAModule) {
  auto payloads = parse_in_pieces(full_module().bytes, 1000000);
  ASSERT_EQ(payloads.size(), 19u);
  EXPECT_EQ(payloads.front(), "version 1");
  EXPECT_EQ(payloads[1].substr(0, 15), "custom first at");
  EXPECT_EQ(payloads.back(), fmt::format("end {}", full_module().bytes.size()));
}

TEST(Parser, AnswersTheSameHoweverTheBytesAreCut) {
  expect_same_for_every_piece(full_module().bytes);
}

TEST(Parser, AnswersTheSameForTruncatedModules) {
  ByteVector bytes = full_module().bytes;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteVector cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    auto whole = parse_in_pieces(cut, cut.size() + 1);
    for (std::size_t piece : {1, 2, 3, 5, 7, 16}) ASSERT_EQ(parse_in_pieces(cut, piece), whole) << size << " " << piece;
  }
}

TEST(Parser, AnswersTheSameForDamagedModules) {
  ByteVector bytes = full_module().bytes;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (u8 flip : {0x01, 0x80, 0x40, 0xff}) {
      ByteVector damaged = bytes;
      damaged[at] ^= flip;
      auto whole = parse_in_pieces(damaged, damaged.size());
      for (std::size_t piece : {1, 3, 11}) ASSERT_EQ(parse_in_pieces(damaged, piece), whole) << at << " " << int(flip);
    }
  }
}

struct Refused {
  const char* what;
  ByteVector bytes;
  std::string error;
  ErrorCode code;
};

TEST(Parser, RefusesWhatTheFormatForbids) {
  auto module = [](std::initializer_list<int> sections) {
    return ByteVector(Build().append(TestModule().bytes).bytes(sections));
  };
  const Refused cases[] = {
      {"empty", {}, "unexpected end-of-file (at offset 0x0)", ErrorCode::UnexpectedEnd},
      {"magic",
       {1, 'a', 's', 'm', 1, 0, 0, 0},
       "magic header not detected: bad magic number - expected=[\n    0x0,\n    0x61,\n    0x73,\n    0x6d,\n] "
       "actual=[\n    0x1,\n    0x61,\n    0x73,\n    0x6d,\n] (at offset 0x0)",
       ErrorCode::BadMagic},
      {"version",
       {0, 'a', 's', 'm', 2, 0, 0, 0},
       "unknown binary version:        0x2 (at offset 0x4)",
       ErrorCode::UnknownBinaryVersion},
      // covers: error Unsupported
      {"component", {0, 'a', 's', 'm', 13, 0, 1, 0}, "unsupported: component (at offset 0x0)", ErrorCode::Unsupported},
      {"order", module({3, 1, 0, 1, 1, 0}), "section out of order (at offset 0xd)", ErrorCode::UnexpectedContent},
      {"twice", module({1, 1, 0, 1, 1, 0}), "section out of order (at offset 0xd)", ErrorCode::UnexpectedContent},
      {"tag before memory", module({13, 1, 0, 5, 1, 0}), "section out of order (at offset 0xd)", ErrorCode::UnexpectedContent},
      {"id", module({0x80, 0}), "malformed section id (at offset 0x8)", ErrorCode::MalformedSectionId},
      {"magic again", module({0, 'a', 's', 'm'}), "expected section, got wasm magic number (at offset 0x8)",
       ErrorCode::UnexpectedContent},
      {"long", module({1, 5, 0}), "unexpected end-of-file (at offset 0xa)", ErrorCode::UnexpectedEnd},
      {"start", module({8, 2, 0, 0}), "unexpected content in the start section (at offset 0xb)", ErrorCode::UnexpectedContent},
      {"code missing", module({3, 2, 1, 0}), "function section has non-zero count but code section is absent (at offset 0xc)",
       ErrorCode::FunctionCodeMismatch},
      {"functions missing", module({10, 2, 1, 0}),
       "function section is absent but code section has non-zero count (at offset 0xa)", ErrorCode::FunctionCodeMismatch},
      {"counts", module({3, 2, 1, 0, 10, 1, 0}), "function and code section have inconsistent lengths (at offset 0xe)",
       ErrorCode::FunctionCodeMismatch},
      {"bytes after bodies", module({10, 2, 0, 0}), "trailing bytes at end of section (at offset 0xb)",
       ErrorCode::SectionSizeMismatch},
      {"body too long", module({3, 2, 1, 0, 10, 2, 1, 5, 0, 0, 0, 0, 0}), "unexpected end-of-file (at offset 0xf)",
       ErrorCode::UnexpectedEnd},
      {"data missing", module({12, 1, 1}), "data count is non-zero but data section is absent (at offset 0xb)",
       ErrorCode::DataCountMismatch},
      {"data counts", module({12, 1, 1, 11, 1, 0}), "data count and data section have inconsistent lengths (at offset 0xe)",
       ErrorCode::DataCountMismatch},
      {"custom name", module({0, 2, 1, 0xff}), "malformed UTF-8 encoding (at offset 0xb)", ErrorCode::MalformedUtf8},
  };
  for (const Refused& test : cases) {
    auto payloads = parse_in_pieces(test.bytes, test.bytes.size() + 1);
    EXPECT_EQ(payloads.back(), test.error) << test.what;
    expect_same_for_every_piece(test.bytes);
    Parser parser;
    Bytes rest = test.bytes;
    while (true) {
      auto chunk = parser.parse(rest, true);
      if (!chunk) {
        EXPECT_EQ(chunk.error().code(), test.code) << test.what;
        break;
      }
      rest = rest.subspan(std::get<Parsed>(*chunk).consumed);
    }
  }
}

TEST(Parser, SkipsTheCodeSection) {
  ByteVector bytes = full_module().bytes;
  Parser parser;
  Bytes rest = bytes;
  std::vector<std::string> seen;
  while (true) {
    auto chunk = parser.parse(rest, true);
    ASSERT_TRUE(chunk.has_value());
    auto& parsed = std::get<Parsed>(*chunk);
    rest = rest.subspan(parsed.consumed);
    seen.push_back(describe(parsed.payload));
    if (std::holds_alternative<CodeSectionStart>(parsed.payload)) rest = rest.subspan(parser.skip_code());
    if (std::holds_alternative<End>(parsed.payload)) break;
  }
  EXPECT_EQ(seen.size(), 17u);
  EXPECT_EQ(seen.back(), fmt::format("end {}", bytes.size()));
}

TEST(Parser, TellsModulesFromComponents) {
  EXPECT_TRUE(is_module(TestModule().bytes));
  EXPECT_FALSE(is_component(TestModule().bytes));
  EXPECT_TRUE(is_component(ByteVector{0, 'a', 's', 'm', 13, 0, 1, 0}));
  EXPECT_FALSE(is_module(ByteVector{0, 'a', 's', 'm'}));
}

// Import entries in the three forms read as the same imports.
TEST(Sections, ReadsCompactImports) {
  const ByteVector forms[] = {
      Build().uleb(2).name("m").name("a").bytes({0, 0}).name("m").name("b").bytes({0, 0}),
      Build().uleb(1).name("m").name("").byte(0x7f).uleb(2).name("a").bytes({0, 0}).name("b").bytes({0, 0}),
      Build().uleb(1).name("m").name("").byte(0x7e).bytes({0, 0}).uleb(2).name("a").name("b"),
  };
  for (const ByteVector& form : forms) {
    Section section(form, 0, Features::all());
    SectionItems items(section);
    std::string seen;
    while (items.more()) {
      ImportEntry entry;
      entry.read(items);
      ASSERT_TRUE(items.reader().ok());
      ImportItem import;
      while (entry.next(import)) seen += fmt::format("{}.{}:{} ", import.module, import.name, import.type.type.value());
    }
    EXPECT_TRUE(items.reader().ok());
    EXPECT_EQ(seen, "m.a:0 m.b:0 ");
  }
  Section section(forms[1], 0, Features::defaults().disable(Feature::CompactImports));
  SectionItems items(section);
  ASSERT_TRUE(items.more());
  ImportEntry entry;
  entry.read(items);
  auto result = check(items.reader());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "invalid leading byte 0x7F with compact imports proposal disabled");
  EXPECT_EQ(result.error().missing_feature(), Feature::CompactImports);
}

}  // namespace
}  // namespace tenon::binary
