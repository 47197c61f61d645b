// wast_modules: parses a script and writes what became of each of its modules, for comparison with another tool.
//
//   wast_modules SCRIPT DIRECTORY
//
// For each module that a directive carries, in order, a line "line form verdict" goes to standard output: the line of the
// directive, text, binary or quote, and the name of the file with the module's bytes, or "error CODE-TEXT | message".
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tenon/spec/errors.h"
#include "tenon/text/wast.h"

namespace {

using namespace tenon;
using namespace tenon::text;

class Dumper {
 public:
  explicit Dumper(std::string directory) : directory_(std::move(directory)) {}

  void directives(const std::vector<Directive>& list) {
    for (const Directive& directive : list) {
      line_ = directive.place.line;
      std::visit([&](const auto& what) { dump(what); }, directive.what);
    }
  }

 private:
  void module(const ScriptModule& module, std::string_view expected = {}) {
    const char* form = module.form() == ScriptModule::Form::Text     ? "text"
                       : module.form() == ScriptModule::Form::Binary ? "binary"
                                                                     : "quote";
    auto bytes = module.encode();
    if (bytes) {
      std::string file = directory_ + "/" + std::to_string(count_++) + ".wasm";
      std::ofstream(file, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
      std::printf("%u\t%s\t%s\t%.*s\n", line_, form, file.c_str(), static_cast<int>(expected.size()), expected.data());
      return;
    }
    const Diagnostic& first = bytes.error().first();
    std::printf("%u\t%s\terror\t%.*s\t%s\t%s\n", line_, form, static_cast<int>(expected.size()), expected.data(),
                std::string(info(first.code).text).c_str(), first.message.c_str());
  }
  void dump(const DefineAndInstantiate& what) { module(what.module); }
  void dump(const Define& what) { module(what.module); }
  void dump(const AssertMalformed& what) { module(what.module, what.message); }
  void dump(const AssertInvalid& what) { module(what.module); }
  void dump(const AssertUnlinkable& what) { module(what.module); }
  void dump(const AssertTrap& what) { dump(what.execute); }
  void dump(const AssertReturn& what) { dump(what.execute); }
  void dump(const AssertException& what) { dump(what.execute); }
  void dump(const AssertSuspension& what) { dump(what.execute); }
  void dump(const Execute& what) {
    if (const auto* inner = std::get_if<ScriptModule>(&what)) module(*inner);
  }
  void dump(const Thread& what) { directives(what.directives); }
  template <class Other>
  void dump(const Other&) {}

  std::string directory_;
  u32 line_ = 0;
  u32 count_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::stringstream source;
  source << std::ifstream(argv[1], std::ios::binary).rdbuf();
  auto script = parse_wast(source.str(), {.file = argv[1], .allow_confusing_unicode = true});
  if (!script) {
    std::printf("%s\n", script.error().render().c_str());
    return 1;
  }
  Dumper(argv[2]).directives(script->directives);
  return 0;
}
