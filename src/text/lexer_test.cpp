#include "text/lexer.h"

#include <gtest/gtest.h>

#include "tenon/spec/errors.h"

namespace tenon::text {
namespace {

std::string kinds(std::string_view source, bool allow_confusing = false) {
  Lexer lexer(source, allow_confusing);
  std::string out;
  for (;;) {
    Token token = lexer.next();
    switch (token.kind) {
      case TokenKind::Eof:
        return out;
      case TokenKind::LParen:
        out += '(';
        break;
      case TokenKind::RParen:
        out += ')';
        break;
      case TokenKind::String:
        out += 's';
        break;
      case TokenKind::Id:
        out += '$';
        break;
      case TokenKind::Keyword:
        out += 'k';
        break;
      case TokenKind::Number:
        out += '0';
        break;
      case TokenKind::Annotation:
        out += '@';
        break;
      case TokenKind::Reserved:
        out += 'r';
        break;
      case TokenKind::Error:
        return out + "!" + lexer.error().message + " " + std::to_string(lexer.error().offset);
    }
  }
}

TEST(Lexer, TellsTokensApart) {
  EXPECT_EQ(kinds("(module $a \"s\" 0x1 -5 i32.add)"), "(k$s00k)");
  EXPECT_EQ(kinds("$\"a b\" @\"x\""), "$@");
  EXPECT_EQ(kinds("a\"b\" \"a\"\"b\" $\"a\"b 0$x Abc , ; [ ] { }"), "rrr0rrrrrrr");
  EXPECT_EQ(kinds(""), "");
  EXPECT_EQ(kinds("  \t\r\n "), "");
}

TEST(Lexer, SkipsComments) {
  EXPECT_EQ(kinds("a ;; b\n c ;; d\r e (; f (; g ;) ;; ;) h ;;"), "kkkk");
  EXPECT_EQ(kinds("(;;)a(;(;;);)"), "k");
  EXPECT_EQ(kinds("a (; (;;)"), "k!unterminated block comment 2");
  EXPECT_EQ(kinds("(;)"), "!unterminated block comment 0");
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "(;";
  for (int i = 0; i < 100000; ++i) nested += ";)";
  EXPECT_EQ(kinds(nested + "a"), "k");
}

TEST(Lexer, ChecksStrings) {
  EXPECT_EQ(kinds(R"("\t\n\r\"\'\\\00\fF\u{1F600}\u{1_0}")"), "s");
  EXPECT_EQ(kinds("\"a"), "!unexpected end-of-file 2");
  EXPECT_EQ(kinds("\"a\nb\""), "!invalid character in string '\\n' 2");
  EXPECT_EQ(kinds("\"\x7f\""), "!invalid character in string '\\u{7f}' 1");
  EXPECT_EQ(kinds(R"("\q")"), "!invalid string escape 'q' 2");
  EXPECT_EQ(kinds(R"("\0g")"), "!invalid hex digit 'g' 3");
  EXPECT_EQ(kinds(R"("\u{d800}")"), "!invalid unicode scalar value 0xd800 7");
  EXPECT_EQ(kinds(R"("\u{110000}")"), "!invalid unicode scalar value 0x110000 9");
  EXPECT_EQ(kinds(R"("\u{100000000}")"), "!number is too big to parse 12");
  EXPECT_EQ(kinds(R"("\u{1_}")"), "!bare underscore in numeric literal 5");
  EXPECT_EQ(kinds(R"("\u1")"), "!expected '{' but found '1' 3");
}

// covers: error ConfusingUnicode
TEST(Lexer, RefusesConfusingCharacters) {
  for (std::string source : {"\"\u202a\"", "(;\u202e;)", ";;\u2066", "(@x \"\u2069\")"}) {
    EXPECT_NE(kinds(source).find("!likely-confusing unicode character found '\\u{20"), std::string::npos) << source;
    EXPECT_EQ(kinds(source, true).find('!'), std::string::npos) << source;
  }
  EXPECT_EQ(kinds("\"\u2026\""), "s");  // begins with the same byte
}

TEST(Lexer, SkipsUnknownAnnotations) {
  EXPECT_EQ(kinds("a (@x y (z) \")\" (; ) ;) , ; ] $) b"), "kk");
  EXPECT_EQ(kinds("(@\"x y\") a"), "k");
  EXPECT_EQ(kinds("(@custom \"a\")"), "(@s)");
  EXPECT_EQ(kinds("(@\"custom\" \"a\")"), "(@s)");
  EXPECT_EQ(kinds("( @x)"), "(@)");
  EXPECT_EQ(kinds("(@x"), "!unclosed annotation 1");
  EXPECT_EQ(kinds("(@)"), "!empty annotation id 1");
  EXPECT_EQ(kinds("(@x \x01)"), "!unexpected character '\\u{1}' 4");
  EXPECT_EQ(kinds(R"((@"\ff"))"), "!malformed UTF-8 encoding of string-based id 1");
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "(@x ";
  EXPECT_EQ(kinds(nested), "!unclosed annotation 1");
}

TEST(Lexer, RefusesOtherCharacters) {
  EXPECT_EQ(kinds("a \u00e9"), "k!unexpected character '\\u{e9}' 2");
  EXPECT_EQ(kinds(std::string_view("a\0", 2)), "k!unexpected character '\\u{0}' 1");
}

TEST(Lexer, DecodesStrings) {
  std::string out;
  append_string(R"("a\t\n\r\"\'\\\00\fF\u{1F600}\u{4_1}z")", out);
  EXPECT_EQ(out, std::string("a\t\n\r\"'\\\0\xff\xf0\x9f\x98\x80"
                             "Az",
                             15));
}

TEST(Lexer, SkipsToTheClosingParenthesis) {
  std::string_view source = "(a (b) \")\\\")\" ;; )\n (; ) ;) ) c";
  Lexer lexer(source, false);
  EXPECT_EQ(std::string_view(lexer.skip_to_close(source.data() + 1)), " c");
  std::string_view open = "(a (b)";
  EXPECT_EQ(Lexer(open, false).skip_to_close(open.data() + 1), open.data() + open.size());
  for (std::string_view cut : {"(\"", "(\"\\", "(;", "(;;", "((", "(\"a\\\""}) {
    std::string copy(cut);  // so that reading beyond the end is seen
    EXPECT_EQ(Lexer(copy, false).skip_to_close(copy.data() + 1), copy.data() + copy.size()) << cut;
  }
}

}  // namespace
}  // namespace tenon::text
