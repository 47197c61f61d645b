// Runs test scripts: a directive at a time, over one store, with the modules that scripts expect of their host.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tenon/runtime/instance.h"
#include "tenon/text/wast.h"

namespace tenon::cli {

/// How scripts are run.
struct WastOptions {
  Features features = Features::defaults();
  runtime::Tunables tunables;
  u64 fuel = 0;                        ///< where the tunables meter it
  bool ignore_error_messages = false;  ///< failures count whatever their message says
  bool execute = true;                 ///< false: modules are validated and never run; assertions about calls are passed over
  bool stop_at_first = false;          ///< report one failure only
};

/// A directive that failed.
struct WastFailure {
  text::Place place;
  std::string message;  ///< causes, outermost first, one a line
};

/// What was run, by the directive's keyword: how many, and how many of them failed.
struct WastCounts {
  u64 run = 0;
  u64 failed = 0;
};

/// Exports by name: what scripts see of an instance.
using Exports = std::map<std::string, runtime::Item, std::less<>>;

/// Runs the directives of one script. One thread at a time.
class WastRunner {
 public:
  static Result<std::unique_ptr<WastRunner>> create(const WastOptions& options);
  ~WastRunner();

  /// Runs all directives; failures are collected. The script must outlive the runner.
  void run(const std::vector<text::Directive>& directives);

  const std::vector<WastFailure>& failures() const { return failures_; }
  const std::map<std::string_view, WastCounts>& counts() const { return counts_; }
  /// Of the script's own store.
  runtime::HeapStatistics heap_statistics() const { return store_->heap().statistics(); }

 private:
  struct Visitor;
  struct RunningThread;
  using Values = std::vector<Slot>;

  /// What executing something came to.
  struct Outcome {
    Values values;
    std::vector<ValType> types;
    std::optional<Error> error;
  };

  explicit WastRunner(const WastOptions& options) : options_(options) {}
  /// A runner for a `thread` directive: a store of its own on the same engine.
  static Result<std::unique_ptr<WastRunner>> create(const WastOptions& options, std::shared_ptr<runtime::Engine> engine);

  Result<> run(const text::Directive& directive);
  Result<std::shared_ptr<const runtime::Module>> compile(const text::ScriptModule& module);
  Result<Exports> instantiate(std::shared_ptr<const runtime::Module> module);
  Result<> define_instance(const std::optional<std::string>& id, std::shared_ptr<const runtime::Module> module);
  Result<const Exports*> find_instance(const std::optional<std::string>& id) const;
  Result<runtime::Item> find_export(const std::optional<std::string>& id, std::string_view name) const;
  Result<Outcome> execute(const text::Execute& what);
  Result<Outcome> invoke(const text::Invoke& invoke);
  Result<Slot> lower(const text::Arg& arg, ValType type);
  Result<> expect_failure(const Outcome& outcome, std::string_view message, std::string_view kind);
  Result<> expect_refused(const text::ScriptModule& module, std::string_view message, std::string_view kind);
  Result<> match(const Outcome& outcome, const std::vector<text::Expected>& expected);
  Result<> start_thread(const text::Thread& thread);
  Result<> wait(const std::string& thread);
  /// The externref that scripts call by a number; the same object for the same number.
  Result<runtime::Root*> host_reference(u64 number);

  WastOptions options_;
  std::shared_ptr<runtime::Engine> engine_;
  std::unique_ptr<runtime::Store> store_;
  std::map<std::string, std::shared_ptr<const runtime::Module>, std::less<>> definitions_;
  std::shared_ptr<const runtime::Module> last_definition_;
  std::map<std::string, std::shared_ptr<const Exports>, std::less<>> instances_;
  std::shared_ptr<const Exports> last_instance_;
  std::map<std::string, std::shared_ptr<const Exports>, std::less<>> registered_;
  std::map<u64, runtime::Root*> host_references_;
  std::map<std::string, std::shared_ptr<RunningThread>, std::less<>> threads_;
  std::vector<WastFailure> failures_;
  std::map<std::string_view, WastCounts> counts_;
};

/// The module `spectest`, in the words of the reference interpreter: printing functions, globals, tables and memories.
Result<Exports> make_spectest(runtime::Store& store);
/// The module `wasmtime` that Wasmtime's own scripts import: its function `gc`.
Result<Exports> make_wasmtime_host(runtime::Store& store);

/// Whether a value is what a script expects; otherwise an error that shows both.
Result<> match_value(const runtime::Store& store, const Slot& value, ValType type, const text::Expected& expected);
/// The tag of the host values that scripts number; the object is a u64.
const void* host_number_tag();

}  // namespace tenon::cli
