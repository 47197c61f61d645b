#include "tenon/base/result.h"

#include <fmt/format.h>

namespace tenon {

Error::Error(ErrorCode code, std::string message) : rep_(new Rep{code, {}, {}, std::move(message), {}, {}}) {}

Error::Error(ErrorCode code, u64 offset, std::string message) : rep_(new Rep{code, offset, {}, std::move(message), {}, {}}) {}

Error&& Error::with_offset(u64 offset) && {
  rep_->offset = offset;
  return std::move(*this);
}

Error&& Error::with_missing(Feature feature) && {
  rep_->missing = feature;
  return std::move(*this);
}

Error&& Error::with_context(std::string what) && {
  rep_->context.push_back(std::move(what));
  return std::move(*this);
}

Error&& Error::with_payload(std::shared_ptr<ErrorPayload> payload) && {
  rep_->payload = std::move(payload);
  return std::move(*this);
}

std::string Error::to_string() const {
  if (!rep_->offset) return rep_->message;
  return fmt::format("{} (at offset {:#x})", rep_->message, *rep_->offset);
}

}  // namespace tenon
