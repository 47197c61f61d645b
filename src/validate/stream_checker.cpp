// StreamChecker: sections are checked as they are complete, function bodies as they arrive; nothing is described.
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "module_validator.h"
#include "pieces.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"
#include "tenon/validate/body_decoder.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {
namespace {

/// The decoder's interface that only wants to know whether the code is valid.
struct Checks : IgnoresControl {
  static constexpr bool kValidate = true;
  static constexpr bool kConstant = false;
  static constexpr bool kInstructions = false;
  void call(Op) {}
};

/// Checks function bodies, one at a time.
class BodyChecker {
 public:
  explicit BodyChecker(const ModuleEnv& env) : env_(env), decoder_(env, buffers_, checks_) {}

  Result<> check(u32 func, const binary::CodeEntry& body) {
    const FuncType& type = *env_.func_types[func];
    Reader reader(body.bytes, body.offset);
    locals_.clear();
    if (decoder_.read_locals(type, reader, locals_)) {
      decoder_.set_shared(env_.store->get(env_.funcs[func]).is_shared);
      if (decoder_.decode_function(type, reader.rest(), reader.offset())) return {};
    }
    return std::unexpected(decoder_.take_error().with_context(fmt::format("func {} failed to validate", func)));
  }

 private:
  const ModuleEnv& env_;
  DecoderBuffers buffers_;
  Checks checks_;
  BodyDecoder<Checks> decoder_;
  std::vector<LocalRun> locals_;
};

/// Up to this size, room for a payload is made at once; beyond it, as its bytes arrive.
constexpr std::size_t kLeastRoom = 64 << 20;

}  // namespace

class StreamChecker::Impl {
 public:
  Impl(TypeStore& types, const Options& options)
      : options_(options), validator_(types, options, desc_), parser_(validator_.env().reading) {}

  Result<> feed(Bytes piece) {
    size_ += piece.size();
    if (size_ > limits::kModuleSize)
      return fail(ErrorCode::LimitExceeded, fmt::format("module size exceeds limit of {}", limits::kModuleSize));
    // A payload that began in an earlier piece is completed first, by no more bytes than it asks for.
    while (!pending_.empty() && !piece.empty()) {
      const std::size_t taken = std::min<u64>(wanted_, piece.size());
      make_room(taken);
      pending_.insert(pending_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(taken));
      piece = piece.subspan(taken);
      wanted_ -= taken;
      if (wanted_ != 0) return {};
      TENON_TRY(const std::size_t used, parse(pending_, false));
      pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
    }
    if (piece.empty()) return {};
    TENON_TRY(const std::size_t used, parse(piece, false));
    const Bytes rest = piece.subspan(used);
    pending_.assign(rest.begin(), rest.end());
    return {};
  }

  Result<> finish() {
    TENON_TRY_VOID(parse(pending_, true));
    if (body_error_) return std::unexpected(std::move(*body_error_));
    return {};
  }

 private:
  /// Room for `taken` more bytes, and for what is wanted after them as far as that may be believed: growing costs copies.
  void make_room(std::size_t taken) {
    const std::size_t needed = pending_.size() + taken;
    if (needed <= pending_.capacity()) return;
    pending_.reserve(needed + std::min<u64>(wanted_ - taken, std::max(needed, kLeastRoom)));
  }

  /// Checks all payloads that are whole; answers how many bytes they took. `wanted_` is how many more the next one needs.
  Result<std::size_t> parse(Bytes bytes, bool eof) {
    batch_.clear();
    Result<std::size_t> used = check_sections(bytes, eof);
    const bool sections_first = options_.order == ErrorOrder::SectionsFirst;
    if (body_error_ || (!used && sections_first)) return used;
    Result<> checked = check_bodies();
    bodies_ += static_cast<u32>(batch_.size());
    if (checked) return used;
    if (!sections_first) return std::unexpected(std::move(checked).error());
    body_error_ = std::move(checked).error();
    return used;
  }

  /// Function bodies are collected in `batch_`.
  Result<std::size_t> check_sections(Bytes bytes, bool eof) {
    std::size_t used = 0;
    for (;;) {
      TENON_TRY(const binary::Chunk chunk, parser_.parse(bytes.subspan(used), eof));
      if (auto* more = std::get_if<binary::NeedMoreData>(&chunk)) {
        wanted_ = std::max<u64>(more->hint, 1);
        return used;
      }
      const auto& [consumed, payload] = std::get<binary::Parsed>(chunk);
      used += consumed;
      if (std::holds_alternative<binary::End>(payload)) return used;
      if (auto* body = std::get_if<binary::CodeEntry>(&payload)) {
        TENON_TRY_VOID(validator_.check_body_size(*body));
        batch_.push_back(*body);
      } else {
        TENON_TRY_VOID(validator_.check(payload));
      }
    }
  }

  /// Checks `batch_`, before which there were `bodies_`.
  Result<> check_bodies() {
    const ModuleEnv& env = validator_.env();
    const u32 first = env.imported_funcs + bodies_;
    auto check = [&](BodyChecker& checker, Pieces::Piece piece) -> Result<> {
      for (std::size_t i = piece.begin; i < piece.end; ++i) TENON_TRY_VOID(checker.check(first + static_cast<u32>(i), batch_[i]));
      return {};
    };
    if (batch_.empty()) return {};
    if (options_.executor == nullptr || options_.executor->concurrency() == 1) {
      if (!checker_) checker_.emplace(env);
      return check(*checker_, {0, batch_.size()});
    }
    return Pieces(batch_, options_.piece_bytes).run(*options_.executor, [&](std::size_t, Pieces::Piece piece) {
      BodyChecker checker(env);
      return check(checker, piece);
    });
  }

  Options options_;
  ModuleDesc desc_;
  ModuleValidator validator_;
  binary::Parser parser_;
  std::optional<BodyChecker> checker_;  ///< begun with the code, when the environment has all that bodies name
  std::vector<binary::CodeEntry> batch_;
  std::vector<u8> pending_;  ///< the beginning of a payload
  u64 wanted_ = 0;           ///< while there is one: how many bytes it lacks at least
  u64 size_ = 0;
  u32 bodies_ = 0;  ///< that were met before the batch
  std::optional<Error> body_error_;
};

StreamChecker::StreamChecker(TypeStore& types, const Options& options) : impl_(std::make_unique<Impl>(types, options)) {}
StreamChecker::~StreamChecker() = default;

Result<> StreamChecker::feed(Bytes piece) {
  return impl_->feed(piece);
}
Result<> StreamChecker::finish() {
  return impl_->finish();
}

}  // namespace tenon::validate
