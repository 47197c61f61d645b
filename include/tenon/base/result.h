// Result and Error: how every fallible function of Tenon answers. Libraries never throw, print, abort or exit.
//
// An Error is one pointer wide and owns its facts: a code (a row of spec/errors.def), a message in lower case without a
// period, where known the byte offset at which it happened, the feature that would allow the input, and context added on the
// way out. A guest's trap is not an Error until it reaches the embedding API, where it rides in `payload`.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenon/base/types.h"

namespace tenon {

/// A row of spec/errors.def; the enumerators are in tenon/spec/errors.h.
enum class ErrorCode : u16;
/// A row of spec/features.def; the enumerators are in tenon/spec/features.h.
enum class Feature : u8;

/// Base of what a higher library attaches to an error (for example a trap with its backtrace).
struct ErrorPayload {
  virtual ~ErrorPayload() = default;
};

/// Why something failed. Move-only; a moved-from Error may only be destroyed or assigned.
class [[nodiscard]] Error {
 public:
  /// An error that happened nowhere in particular.
  [[gnu::cold, gnu::noinline]] Error(ErrorCode code, std::string message);
  /// An error at byte `offset` of the input.
  [[gnu::cold, gnu::noinline]] Error(ErrorCode code, u64 offset, std::string message);

  ErrorCode code() const { return rep_->code; }
  /// The message alone, without context or place.
  const std::string& message() const { return rep_->message; }
  /// Byte offset in the input, where there is one.
  std::optional<u64> offset() const { return rep_->offset; }
  /// The feature whose absence caused the error, where that is the cause.
  std::optional<Feature> missing_feature() const { return rep_->missing; }
  /// Context from the innermost to the outermost.
  const std::vector<std::string>& context() const { return rep_->context; }
  /// What a higher library attached, or null; the error keeps ownership.
  ErrorPayload* payload() const { return rep_->payload.get(); }

  Error&& with_offset(u64 offset) &&;
  Error&& with_missing(Feature feature) &&;
  /// Adds what was being done, for example "func 3 failed to validate".
  Error&& with_context(std::string what) &&;
  Error&& with_payload(std::shared_ptr<ErrorPayload> payload) &&;

  /// "message (at offset 0x1f)", the form scripts match; without an offset the message alone.
  std::string to_string() const;

 private:
  struct Rep {
    ErrorCode code;
    std::optional<u64> offset;
    std::optional<Feature> missing;
    std::string message;
    std::vector<std::string> context;
    std::shared_ptr<ErrorPayload> payload;
  };
  std::unique_ptr<Rep> rep_;
};

static_assert(sizeof(Error) == sizeof(void*));

/// The answer of a fallible function.
template <class T = void>
using Result = std::expected<T, Error>;

/// Shorthand for `std::unexpected(Error(...))`.
template <class... Args>
[[gnu::cold, gnu::noinline]] std::unexpected<Error> fail(Args&&... args) {
  return std::unexpected<Error>(Error(std::forward<Args>(args)...));
}

}  // namespace tenon

#define TENON_CONCAT2(a, b) a##b
#define TENON_CONCAT(a, b) TENON_CONCAT2(a, b)
#define TENON_TRY_IMPL(tmp, decl, ...)                              \
  auto tmp = (__VA_ARGS__);                                         \
  if (!tmp) [[unlikely]]                                            \
    return std::unexpected<::tenon::Error>(std::move(tmp).error()); \
  decl = *std::move(tmp)
/// TENON_TRY(auto value, expr): unwraps a Result or returns its error from the enclosing function.
#define TENON_TRY(decl, ...) TENON_TRY_IMPL(TENON_CONCAT(tenon_try_, __COUNTER__), decl, __VA_ARGS__)
#define TENON_TRY_VOID_IMPL(tmp, ...)              \
  if (auto tmp = (__VA_ARGS__); !tmp) [[unlikely]] \
  return std::unexpected<::tenon::Error>(std::move(tmp).error())
/// TENON_TRY_VOID(expr): returns the error of a Result<void>, or goes on.
#define TENON_TRY_VOID(...) TENON_TRY_VOID_IMPL(TENON_CONCAT(tenon_try_, __COUNTER__), __VA_ARGS__)
