// The Ruby interpreter in a C++ program: a WASI reactor whose functions are called with strings, and which sees one directory.
//
//     example_ruby RUBY.wasm [PROGRAM]      the module of npm's @ruby/3.4-wasm-wasi (dist/ruby+stdlib.wasm)
//
// Without PROGRAM it runs one of its own: JSON, regular expressions, a file read and one written. The module is also looked for
// in the environment variable TENON_BENCH_RUBY; without it the example ends with 77.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "../example.h"
#include "tenon/interp/engine.h"
#include "tenon/wasi/p1.h"

using namespace tenon;

namespace {

constexpr std::string_view kProgram = R"(
require "json"
words = File.read("/data/input.txt").scan(/\b[a-z]+\b/i).map(&:downcase).tally
top = words.sort_by { |word, count| [-count, word] }.first(3).to_h
File.write("/data/output.json", JSON.generate({"words" => top, "version" => RUBY_VERSION[/\A\d+\.\d+/]}))
JSON.parse(File.read("/data/output.json"))["words"].map { |word, count| "#{word}:#{count}" }.join(" ")
)";
constexpr std::string_view kInput = "A tenon joins two pieces of wood, and two pieces of wood make a frame.\n";

std::vector<u8> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The module's functions, which take strings as address and size and answer through memory.
class Ruby {
 public:
  explicit Ruby(Instance instance)
      : memory_(instance.get_memory("memory").value()),
        allocate_(function<u32(u32, u32, u32, u32)>(instance, "cabi_realloc")),
        init_(function<void(u32, u32)>(instance, "ruby-init: func(args: list<string>) -> ()")),
        eval_(function<u32(u32, u32)>(instance, "rb-eval-string-protect: func(str: string) -> tuple<handle<rb-abi-value>, s32>")),
        text_(function<u32(u32)>(instance, "rstring-ptr: func(value: handle<rb-abi-value>) -> string")),
        error_(function<u32()>(instance, "rb-errinfo: func() -> handle<rb-abi-value>")) {
    must(function<void()>(instance, "_initialize").call());
  }

  void init(std::initializer_list<std::string_view> args) {
    std::vector<u32> list;
    for (std::string_view arg : args) {
      list.push_back(put(arg));
      list.push_back(static_cast<u32>(arg.size()));
    }
    const u32 at = must(allocate_.call(0, 0, 4, static_cast<u32>(list.size() * 4)));
    for (std::size_t i = 0; i < list.size(); ++i) write(at + static_cast<u32>(i) * 4, list[i]);
    must(init_.call(at, static_cast<u32>(args.size())));
  }

  /// The value of a program, which must be a string; nothing where Ruby raised an exception.
  std::optional<std::string> eval(std::string_view program) {
    const u32 result = must(eval_.call(put(program), static_cast<u32>(program.size())));
    const u32 value = read(result), state = read(result + 4);
    if (state != 0) {
      (void)must(error_.call());
      return std::nullopt;
    }
    const u32 text = must(text_.call(value));
    std::string out(read(text + 4), '\0');
    must(memory_.read(read(text), {reinterpret_cast<u8*>(out.data()), out.size()}));
    return out;
  }

 private:
  template <class Sig>
  static TypedFunc<Sig> function(const Instance& instance, std::string_view name) {
    return must(instance.get_typed_func<Sig>(name));
  }
  /// A copy in the guest's memory, with the zero byte behind it that C wants.
  u32 put(std::string_view text) {
    const std::string copy(text);
    const u32 at = must(allocate_.call(0, 0, 1, static_cast<u32>(copy.size() + 1)));
    must(memory_.write(at, {reinterpret_cast<const u8*>(copy.c_str()), copy.size() + 1}));
    return at;
  }
  void write(u32 at, u32 value) { must(memory_.write(at, {reinterpret_cast<const u8*>(&value), sizeof value})); }
  u32 read(u32 at) {
    u32 value = 0;
    must(memory_.read(at, {reinterpret_cast<u8*>(&value), sizeof value}));
    return value;
  }

  Memory memory_;
  TypedFunc<u32(u32, u32, u32, u32)> allocate_;
  TypedFunc<void(u32, u32)> init_;
  TypedFunc<u32(u32, u32)> eval_;
  TypedFunc<u32(u32)> text_;
  TypedFunc<u32()> error_;
};

}  // namespace

int main(int argc, char** argv) {
  const char* given = argc > 1 ? argv[1] : std::getenv("TENON_BENCH_RUBY");
  if (given == nullptr || !std::filesystem::exists(given)) {
    fmt::print("needs ruby+stdlib.wasm as an argument or in TENON_BENCH_RUBY: not run\n");
    return 77;
  }
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("tenon-ruby-{}", std::random_device{}());
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "input.txt") << kInput;

  Config config;
  config.max_wasm_stack = 8 << 20;
  Engine engine = must(Engine::create(config, interp::engine_parts()));
  Module module = must(Module::compile(engine, read_file(given)));
  Linker linker(engine);
  must(wasi::add_p1_to_linker(linker));
  // Ruby's values that are handed out are numbers in a table of ours.
  std::vector<u32> values;
  must(linker.func_wrap("canonical_abi", "resource_new_rb-abi-value", [&values](u32 value) {
    values.push_back(value);
    return static_cast<u32>(values.size() - 1);
  }));
  must(linker.func_wrap("canonical_abi", "resource_get_rb-abi-value",
                        [&values](u32 index) { return index < values.size() ? values[index] : 0; }));
  must(linker.func_wrap("canonical_abi", "resource_drop_js-abi-value", [](u32) {}));
  // There is no JavaScript here.
  must(linker.define_unknown_imports_as_traps(module));

  Store store = must(Store::create(engine));
  wasi::Config grants;
  grants.args = {"ruby.wasm"};
  grants.out = wasi::inherit_stdout(wasi::TerminalFilter::On);
  grants.err = wasi::inherit_stderr(wasi::TerminalFilter::On);
  auto directory = wasi::Directory::open_host(folder.string(), wasi::FsPerms::ReadWrite);
  if (!directory) return 1;
  grants.preopens.push_back({*directory, "/data"});
  wasi::set_p1(store, must(wasi::P1Ctx::create(std::move(grants))));

  Ruby ruby(must(linker.instantiate(store, module)));
  ruby.init({"ruby.wasm", "--disable-gems", "-e_=0"});
  const auto answer = ruby.eval(argc > 2 ? std::string_view(argv[2]) : kProgram);
  const auto raised = ruby.eval("raise 'no'");
  const std::vector<u8> bytes = read_file((folder / "output.json").string());
  const std::string written(bytes.begin(), bytes.end());
  std::filesystem::remove_all(folder);
  fmt::print("{}\n{}\n", answer.value_or("an exception"), written);
  if (argc > 2) return answer ? 0 : 1;
  return answer == "a:2 of:2 pieces:2" && written == R"({"words":{"a":2,"of":2,"pieces":2},"version":"3.4"})" && !raised ? 0 : 1;
}
