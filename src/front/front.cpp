#include "tenon/front/front.h"

#include "tenon/validate/validate.h"

namespace tenon::front {
namespace {

Result<std::shared_ptr<ModuleDesc>> compile(TypeStore& types, Bytes bytes, const FrontOptions& options) {
  validate::Options validation;
  validation.features = options.features;
  validation.executor = options.executor;
  TENON_TRY(ModuleDesc desc, validate::validate_module(types, bytes, validation));
  return std::make_shared<ModuleDesc>(std::move(desc));
}

}  // namespace

Result<std::shared_ptr<const ModuleDesc>> compile_module(TypeStore& types, std::vector<u8> bytes, const FrontOptions& options) {
  TENON_TRY(std::shared_ptr<ModuleDesc> desc, compile(types, bytes, options));
  desc->owned_bytes = std::move(bytes);
  desc->bytes = desc->owned_bytes;
  return desc;
}

Result<std::shared_ptr<const ModuleDesc>> compile_module(TypeStore& types, Bytes bytes, std::shared_ptr<void> keep_alive,
                                                         const FrontOptions& options) {
  TENON_TRY(std::shared_ptr<ModuleDesc> desc, compile(types, bytes, options));
  desc->keep_alive = std::move(keep_alive);
  return desc;
}

}  // namespace tenon::front
