#include "tenon/inspect/script_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "debug_text.h"
#include "tenon/inspect/structure.h"
#include "tenon/print/print.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/type_store.h"
#include "tenon/validate/validate.h"

namespace tenon::inspect {
namespace {

using namespace tenon::text;

Error to_error(const Diagnostics& diagnostics) {
  return Error(diagnostics.first().code, diagnostics.render(diagnostics.first()));
}

std::unexpected<Error> with(Error error, const char* what) {
  return std::unexpected(std::move(error).with_context(what));
}

// Everything that an error says, its contexts included.
std::string whole_text(const Error& error) {
  std::string out = error.to_string();
  for (const std::string& context : error.context()) out += "\n" + context;
  return out;
}

// Outside of strings and comments, white space is one space or begins a line.
Result<> check_whitespace(const std::string& text) {
  bool in_string = false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == ' ' && (text[i + 1] == ' ' || text[i + 1] == '\n') && i > 0 && text[i - 1] != '\n' && text[i - 1] != ' ') {
      return fail(ErrorCode::UnexpectedContent, i, "found white space longer than one in printed text");
    } else if (c == '\n') {
      while (i + 1 < text.size() && text[i + 1] == ' ') ++i;
    }
  }
  return {};
}

class Checker {
 public:
  Checker(const ScriptChecks& checks, std::vector<ScriptFailure>& failures) : checks_(checks), failures_(failures) {}

  void directives(const std::vector<Directive>& list, u64 base) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      u64 index = base * 1000 + i;
      if (const auto* thread = std::get_if<Thread>(&list[i].what)) {
        directives(thread->directives, index);
        continue;
      }
      Result<> done = std::visit([&](const auto& what) { return check(what, index); }, list[i].what);
      if (!done) failures_.push_back({list[i].place, std::move(done).error()});
    }
  }

 private:
  static bool round_trips(const ScriptModule& module) { return module.form() != ScriptModule::Form::Binary; }

  Result<> check(const DefineAndInstantiate& what, u64 index) { return good(what.module, index, round_trips(what.module)); }
  Result<> check(const Define& what, u64 index) { return good(what.module, index, round_trips(what.module)); }
  Result<> check(const AssertUnlinkable& what, u64 index) { return good(what.module, index, round_trips(what.module)); }
  Result<> check(const AssertMalformed& what, u64) { return malformed(what); }
  Result<> check(const AssertInvalid& what, u64 index) {
    return what.custom ? good(what.module, index, round_trips(what.module)) : invalid(what.module, what.message);
  }
  // Nothing runs.
  template <class Other>
  Result<> check(const Other&, u64) {
    return {};
  }

  Result<std::vector<u8>> encode(const ScriptModule& module) {
    auto bytes = module.encode();
    if (!bytes) return std::unexpected(to_error(bytes.error()));
    return *std::move(bytes);
  }

  Result<> good(const ScriptModule& module, u64 index, bool same_bytes) {
    TENON_TRY(auto bytes, encode(module));
    auto failed = [](Error error, const char* what) {
      return with(std::move(error).with_context(what), "failed testing wasm binary produced by `wast`");
    };
    if (auto done = valid(bytes); !done) return failed(std::move(done).error(), "wasm isn't valid");
    if (auto done = round_trip(bytes, same_bytes, &index); !done)
      return failed(std::move(done).error(), "wasm did not roundtrip");
    return {};
  }

  Result<> valid(Bytes bytes) {
    TypeStore types;
    validate::Options options;
    options.features = checks_.features;
    auto done = validate::validate_module(types, bytes, options);
    if (!done) return std::unexpected(std::move(done).error());
    return {};
  }

  Result<> message_matches(const Error& error, const std::string& message) {
    std::string text = whole_text(error);
    if (checks_.ignore_messages || text.find(message) != std::string::npos) return {};
    return fail(ErrorCode::Usage,
                fmt::format("bad error: {}\nshould have failed with: {}\nsuppress this failure with `--ignore-error-messages`",
                            text, debug(std::string_view(message))));
  }

  Result<> malformed(const AssertMalformed& what) {
    auto bytes = encode(what.module);
    if (!bytes) return message_matches(bytes.error(), what.message);
    if (what.custom) return fail(ErrorCode::Usage, "expected module to have a malformed custom section but parsed successfully");
    if (auto sound = check_structure(*bytes, checks_.features); !sound) {
      TENON_TRY_VOID(message_matches(sound.error(), what.message));
      if (valid(*bytes)) return fail(ErrorCode::Usage, "validator thought malformed example was valid");
      return {};
    }
    // Where reading and validating are told apart elsewhere.
    constexpr std::string_view kPermissive[] = {"data count section required", "malformed mutability", "integer too large"};
    if (checks_.permissive && std::find(std::begin(kPermissive), std::end(kPermissive), what.message) != std::end(kPermissive))
      return invalid(what.module, what.message);
    return fail(ErrorCode::Usage, fmt::format("encoded and parsed successfully but should have failed with: {}",
                                              debug(std::string_view(what.message))));
  }

  Result<> invalid(const ScriptModule& module, const std::string& message) {
    TENON_TRY(auto bytes, encode(module));
    TENON_TRY_VOID(check_structure(bytes, checks_.features));
    TENON_TRY_VOID(round_trip(bytes, round_trips(module), nullptr));
    if (auto done = valid(bytes); !done) return message_matches(done.error(), message);
    return fail(ErrorCode::Usage, fmt::format("encoded and validated successfully but should have failed with: {}", message));
  }

  static Result<std::string> printed(Bytes bytes, bool folded) {
    print::Options options;
    options.fold_instructions = folded;
    auto text = print::print_module(bytes, options);
    if (!text) return with(std::move(text).error(), folded ? "failed to print wasm in folded form" : "failed to print wasm");
    return text;
  }

  static Result<std::vector<u8>> parsed(const std::string& text, const char* what) {
    auto bytes = parse_wat(text, {.check_blocks = false});
    if (!bytes) return with(to_error(bytes.error()), what);
    return *std::move(bytes);
  }

  static Result<> same(Bytes actual, Bytes expected, const char* what) {
    if (std::equal(actual.begin(), actual.end(), expected.begin(), expected.end())) return {};
    std::size_t at = 0;
    while (at < actual.size() && at < expected.size() && actual[at] == expected[at]) ++at;
    return with(Error(ErrorCode::Usage, fmt::format("actual wasm differs at byte {} ({:#x}) from expected wasm", at, at)), what);
  }

  // `index`: of the directive, for snapshots; null: none are compared.
  Result<> round_trip(Bytes bytes, bool same_bytes, const u64* index) {
    TENON_TRY(std::string text, printed(bytes, false));
    if (index && checks_.snapshot) TENON_TRY_VOID(checks_.snapshot(*index, false, text));
    std::string folded;
    if (checks_.test_folded) {
      TENON_TRY(folded, printed(bytes, true));
      if (index && checks_.snapshot && checks_.snapshot_folded) TENON_TRY_VOID(checks_.snapshot(*index, true, folded));
    }
    if (checks_.pretty_whitespace) {
      TENON_TRY_VOID(check_whitespace(text));
      TENON_TRY_VOID(check_whitespace(folded));
    }
    TENON_TRY(auto again, parsed(text, "failed to parse `wat` from `wasmprinter`"));
    if (same_bytes) TENON_TRY_VOID(same(again, bytes, "failed to compare original binary with its printed text"));
    TENON_TRY(std::string text_again, printed(again, false));
    if (text != text_again) return fail(ErrorCode::Usage, "original print does not match roundtrip print");
    if (!checks_.test_folded) return {};
    TENON_TRY(auto from_folded, parsed(folded, "failed to parse folded `wat` from `wasmprinter`"));
    if (same_bytes) TENON_TRY_VOID(same(from_folded, bytes, "failed to compare original binary with its folded text"));
    TENON_TRY(std::string flat, printed(from_folded, false));
    if (flat != text) return fail(ErrorCode::Usage, "original print does not match roundtrip folded->flat print");
    return {};
  }

  const ScriptChecks& checks_;
  std::vector<ScriptFailure>& failures_;
};

}  // namespace

std::vector<ScriptFailure> check_script(const Script& script, const ScriptChecks& checks) {
  std::vector<ScriptFailure> failures;
  Checker(checks, failures).directives(script.directives, 0);
  return failures;
}

}  // namespace tenon::inspect
