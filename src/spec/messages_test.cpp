// traps.def, errors.def and limits.def: their own rules, and that every text which the core suite quotes has its row.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"
#include "tenon/spec/traps.h"

namespace tenon {
namespace {

// Calls `visit(kind, text)` for each assertion of a script that ends in a string: kind is "assert_trap" and so on.
template <class Visit>
void for_each_quoted_text(std::string_view script, Visit visit) {
  std::vector<std::pair<std::string_view, std::string>> open;  // keyword, last string directly inside
  for (std::size_t i = 0; i < script.size();) {
    if (script.substr(i).starts_with(";;")) {
      i = std::min(script.find('\n', i), script.size());
    } else if (script.substr(i).starts_with("(;")) {
      int depth = 0;
      do {
        if (script.substr(i).starts_with("(;"))
          ++depth, i += 2;
        else if (script.substr(i).starts_with(";)"))
          --depth, i += 2;
        else
          ++i;
      } while (depth > 0 && i < script.size());
    } else if (script[i] == '"') {
      std::size_t begin = ++i;
      while (i < script.size() && script[i] != '"') i += script[i] == '\\' ? 2 : 1;
      if (!open.empty()) open.back().second = script.substr(begin, i - begin);
      ++i;
    } else if (script[i] == '(') {
      std::size_t begin = ++i;
      while (i < script.size() && (std::isalnum(static_cast<unsigned char>(script[i])) || script[i] == '_')) ++i;
      open.emplace_back(script.substr(begin, i - begin), std::string());
    } else if (script[i] == ')') {
      if (!open.empty()) {
        if (open.back().first.starts_with("assert_") && !open.back().second.empty()) visit(open.back().first, open.back().second);
        open.pop_back();
      }
      ++i;
    } else {
      ++i;
    }
  }
}

// The texts that each kind of assertion quotes in the core suite, and one script that does.
std::map<std::string, std::map<std::string, std::string>> quoted_texts(const char* suites) {
  namespace fs = std::filesystem;
  std::map<std::string, std::map<std::string, std::string>> texts;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(suites) / "core")) {
    // custom-descriptors is Experimental: its texts have rows where its rules have codes, and other words elsewhere.
    if (entry.path().extension() != ".wast" || entry.path().parent_path().filename() == "custom-descriptors") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string script(std::istreambuf_iterator<char>(file), {});
    for_each_quoted_text(script, [&](std::string_view kind, const std::string& text) {
      texts[std::string(kind)].try_emplace(text, entry.path().filename().string());
    });
  }
  return texts;
}

#define TENON_NEEDS_SUITES(variable)                  \
  const char* variable = std::getenv("TENON_SUITES"); \
  if (!variable || !*variable) GTEST_SKIP() << "not run: TENON_SUITES names no folder of suites"

TEST(Traps, TextsAreUniqueAndPlain) {
  std::set<std::string_view> messages;
  for (const TrapInfo& trap : kTraps) {
    EXPECT_FALSE(trap.message.empty()) << trap.name;
    EXPECT_FALSE(trap.message.ends_with('.')) << trap.name;
    EXPECT_TRUE(messages.insert(trap.message).second) << trap.name;
  }
}

TEST(Traps, EveryTextOfTheSuiteHasItsRow) {
  TENON_NEEDS_SUITES(suites);
  auto texts = quoted_texts(suites);
  ASSERT_FALSE(texts["assert_trap"].empty());
  for (const char* kind : {"assert_trap", "assert_exhaustion"})
    for (const auto& [text, script] : texts[kind]) {
      // Which kind of reference was null is more than the row says.
      bool known = text.starts_with("null ") && text.ends_with(" reference");
      for (const TrapInfo& trap : kTraps)
        // A script may quote less than the row has, or add an index.
        known |= !trap.suite.empty() && (trap.suite.starts_with(text) || text.starts_with(trap.suite) ||
                                         trap.message.find(text) != std::string_view::npos);
      EXPECT_TRUE(known) << script << ": " << text;
    }
}

TEST(Errors, TextsArePlain) {
  std::set<std::string_view> names;
  for (const ErrorInfo& error : kErrors) {
    EXPECT_TRUE(names.insert(error.name).second) << error.name;
    EXPECT_FALSE(error.text.empty()) << error.name;
    EXPECT_FALSE(error.text.ends_with('.')) << error.name;
  }
}

TEST(Errors, EveryTextOfTheSuiteHasItsRow) {
  TENON_NEEDS_SUITES(suites);
  auto texts = quoted_texts(suites);
  // Scripts differ in whether a text is malformed or invalid: either will do.
  for (const char* assertion :
       {"assert_malformed", "assert_malformed_custom", "assert_invalid", "assert_invalid_custom", "assert_unlinkable"}) {
    ASSERT_FALSE(texts[assertion].empty()) << assertion;
    bool linking = std::string_view(assertion) == "assert_unlinkable";
    for (const auto& [text, script] : texts[assertion]) {
      bool known = false;
      for (const ErrorInfo& error : kErrors) known |= (error.kind == ErrorKind::Link) == linking && text.starts_with(error.text);
      EXPECT_TRUE(known) << script << ": " << assertion << " \"" << text << '"';
    }
  }
}

TEST(Limits, AreSaneAndFitWhereTheyAreStored) {
  std::set<std::string_view> names;
  for (const LimitInfo& limit : kLimits) {
    EXPECT_TRUE(names.insert(limit.name).second) << limit.name;
    EXPECT_GT(limit.value, 0u) << limit.name;
    EXPECT_FALSE(limit.what.empty()) << limit.name;
    EXPECT_FALSE(limit.source.empty()) << limit.name;
  }
  EXPECT_LE(limits::kFunctionParams, limits::kFunctionLocals);
  EXPECT_LE(limits::kFunctionSize, limits::kModuleSize);
  EXPECT_LT(limits::kModuleSize, u64{1} << 31) << "offsets in side tables are signed 32 bits";
  EXPECT_LT(limits::kEngineTypes, u64{1} << 22) << "a ValType has 22 bits for an index";
  EXPECT_LE(limits::kTypes, limits::kEngineTypes);
}

}  // namespace
}  // namespace tenon
