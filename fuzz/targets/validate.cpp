// Validation: the verdict does not depend on the order in which errors are reported, on the pieces in which bodies are validated
// or bytes arrive, nor on who asks; and what is valid with few features is valid with all.
// library: validate
#include "tenon/validate/validate.h"

#include <algorithm>
#include <string>

#include "oracles/check.h"
#include "oracles/same_tables.h"
#include "tenon/front/front.h"

namespace {

/// The error of a module that arrives in pieces; empty where it is valid.
std::string streamed(tenon::TypeStore& types, tenon::Bytes bytes, std::size_t piece, tenon::validate::ErrorOrder order) {
  tenon::validate::StreamChecker checker(types, {.features = tenon::Features::all(), .order = order});
  tenon::Result<> done;
  while (done && !bytes.empty()) {
    piece = std::min(piece, bytes.size());
    done = checker.feed(bytes.first(piece));
    bytes = bytes.subspan(piece);
  }
  if (done) done = checker.finish();
  return done ? "" : done.error().to_string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  static TypeStore* types = nullptr;
  static int runs = 0;
  // Types live as long as their store: a new one now and then.
  if (runs++ % 4096 == 0) {
    delete types;
    types = new TypeStore;
  }
  Bytes bytes(data, size);
  auto whole = validate::validate_module(*types, bytes, {.features = Features::all()});
  auto sections_first =
      validate::validate_module(*types, bytes, {.features = Features::all(), .order = validate::ErrorOrder::SectionsFirst});
  fuzz::check(whole.has_value() == sections_first.has_value(), "verdicts differ with the order of errors");
  fuzz::Backwards backwards;
  auto pieces =
      validate::validate_module(*types, bytes, {.features = Features::all(), .executor = &backwards, .piece_bytes = 16});
  fuzz::check(whole.has_value() == pieces.has_value(), "verdicts differ with the pieces");
  if (whole) fuzz::check_same_tables(*whole, *pieces);
  if (!whole) fuzz::check(whole.error().to_string() == pieces.error().to_string(), "errors differ with the pieces");
  const std::size_t piece = size == 0 ? 1 : 1 + data[size / 2];
  fuzz::check(streamed(*types, bytes, piece, validate::ErrorOrder::Bytes) == (whole ? "" : whole.error().to_string()),
              "errors differ where bytes arrive in pieces");
  fuzz::check(streamed(*types, bytes, piece, validate::ErrorOrder::SectionsFirst) ==
                  (sections_first ? "" : sections_first.error().to_string()),
              "errors differ where bytes arrive in pieces, sections first");
  auto described = front::compile_module(*types, std::vector<u8>(data, data + size), {.features = Features::all()});
  fuzz::check(whole.has_value() == described.has_value(), "front and validate differ");
  // The last byte says which feature is missing: its check runs, and nothing becomes valid by it.
  Features fewer = Features::all();
  if (size != 0) fewer.disable(static_cast<Feature>(1 + data[size - 1] % (kFeatures.size() - 1)));
  auto without = validate::validate_module(*types, bytes, {.features = fewer});
  fuzz::check(whole.has_value() || !without.has_value(), "valid only without a feature");
  return 0;
}
