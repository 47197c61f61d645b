// round_trip: every module of the given scripts, printed, parses back to the same module and prints the same again.
//
//   round_trip SCRIPT...
//
// A module that is text comes back as the same bytes. One that was given as bytes may be encoded in another way than ours: what
// its text parses to then comes back as the same bytes. Both are asked of the plain text and of the folded one. Modules that do
// not parse, or are refused by the reader, are not asked. The last line counts; the exit code is 1 if one failed.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tenon/inspect/structure.h"
#include "tenon/print/print.h"
#include "tenon/text/wast.h"

namespace {

using namespace tenon;

struct Counts {
  u64 modules = 0, failed = 0, skipped = 0;
};

class RoundTrip {
 public:
  explicit RoundTrip(std::string file) : file_(std::move(file)) {}
  Counts counts;

  void directives(const std::vector<text::Directive>& list) {
    for (const text::Directive& directive : list) {
      line_ = directive.place.line;
      std::visit([&](const auto& what) { visit(what); }, directive.what);
    }
  }

 private:
  void visit(const text::DefineAndInstantiate& what) { module(what.module); }
  void visit(const text::Define& what) { module(what.module); }
  void visit(const text::AssertInvalid& what) { module(what.module); }
  void visit(const text::AssertMalformed& what) { module(what.module); }
  void visit(const text::AssertUnlinkable& what) { module(what.module); }
  void visit(const text::AssertTrap& what) {
    if (const auto* inner = std::get_if<text::ScriptModule>(&what.execute)) module(*inner);
  }
  void visit(const text::Thread& what) { directives(what.directives); }
  template <class Other>
  void visit(const Other&) {}

  void fail(const char* what, const std::string& why = {}) {
    ++counts.failed;
    std::printf("%s:%u: %s%s%s\n", file_.c_str(), line_, what, why.empty() ? "" : ": ", why.c_str());
  }

  void module(const text::ScriptModule& given) {
    auto bytes = given.encode();
    if (!bytes || !inspect::check_structure(*bytes)) {
      ++counts.skipped;
      return;
    }
    ++counts.modules;
    auto first = print::print_module(*bytes);
    if (!first) return fail("not printed", first.error().to_string());
    bool is_text = given.form() != text::ScriptModule::Form::Binary;
    check(*bytes, *first, *first, is_text, "plain");
    print::Options folded;
    folded.fold_instructions = true;
    auto trees = print::print_module(*bytes, folded);
    // Legacy exceptions have no folded form.
    if (trees) check(*bytes, *first, *trees, is_text, "folded");
  }

  void check(const std::vector<u8>& bytes, const std::string& plain, const std::string& text, bool is_text, const char* form) {
    auto back = text::parse_wat(text);
    if (!back) return fail(form, back.error().render(back.error().first()));
    if (is_text && *back != bytes) return fail(form, "the bytes differ");
    auto again = print::print_module(*back);
    if (!again || *again != plain) return fail(form, "the text differs");
    if (is_text) return;
    auto twice = text::parse_wat(*again);
    if (!twice || *twice != *back) return fail(form, "our own encoding differs");
  }

  std::string file_;
  u32 line_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Counts all;
  int unread = 0;
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    std::string source((std::istreambuf_iterator<char>(in)), {});
    auto script = text::parse_wast(source, {.file = argv[i], .allow_confusing_unicode = true});
    if (!script) {
      ++unread;
      continue;
    }
    RoundTrip one(argv[i]);
    one.directives(script->directives);
    all.modules += one.counts.modules;
    all.failed += one.counts.failed;
    all.skipped += one.counts.skipped;
  }
  std::printf("%d scripts, %d of them not read; %llu modules, %llu failed, %llu not asked\n", argc - 1, unread,
              static_cast<unsigned long long>(all.modules), static_cast<unsigned long long>(all.failed),
              static_cast<unsigned long long>(all.skipped));
  return all.failed != 0 || all.modules == 0;
}
