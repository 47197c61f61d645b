// Writes every module of some scripts into a folder, as binary: seeds for the targets that read binary modules.
//
// Usage: fuzz_seeds FOLDER SCRIPT...
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <variant>

#include "tenon/text/wast.h"

namespace {

using namespace tenon::text;

// The module that a directive holds, or null.
const ScriptModule* module_of(const Directive& directive) {
  return std::visit(
      [](const auto& what) -> const ScriptModule* {
        if constexpr (requires { what.module.form(); }) return &what.module;
        if constexpr (requires { std::get_if<ScriptModule>(&what.execute); }) return std::get_if<ScriptModule>(&what.execute);
        return nullptr;
      },
      directive.what);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::filesystem::path folder = argv[1];
  std::size_t written = 0;
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    std::string source(std::istreambuf_iterator<char>(file), {});
    auto script = parse_wast(source);
    if (!script) continue;
    for (const Directive& directive : script->directives) {
      const ScriptModule* module = module_of(directive);
      if (!module || module->is_component()) continue;
      auto bytes = module->encode();
      if (!bytes) continue;
      std::ofstream out(folder / (std::to_string(written++) + ".wasm"), std::ios::binary);
      for (tenon::u8 byte : *bytes) out.put(static_cast<char>(byte));
    }
  }
  std::printf("%zu seeds\n", written);
  return written == 0;
}
