#include "tenon/validate/validate.h"

#include <fmt/format.h>

#include "module_validator.h"
#include "pieces.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"
#include "tenon/validate/sections.h"

namespace tenon::validate {
namespace {

// Validates bodies one after the other into one set of tables.
class BodyValidator {
 public:
  BodyValidator(const ModuleEnv& env, BodyTables& tables)
      : env_(env), tables_(tables), summarizer_(tables), decoder_(env, buffers_, summarizer_) {}

  Result<> validate(u32 func, const binary::CodeEntry& body) {
    const FuncType& type = *env_.func_types[func];
    FuncSummary summary{};
    summary.type = env_.funcs[func];
    summary.func_index = func;
    summary.body_offset = static_cast<u32>(body.offset);
    summary.param_count = static_cast<u32>(type.params.size());
    summary.result_count = static_cast<u32>(type.results.size());
    summary.first_side_entry = static_cast<u32>(tables_.side_table.size());
    summary.first_local_run = static_cast<u32>(tables_.local_runs.size());
    summary.first_handler = static_cast<u32>(tables_.handlers.size());
    summary.first_loop = static_cast<u32>(tables_.loops.size());

    Reader reader(body.bytes, body.offset);
    bool ok = decoder_.read_locals(type, reader, tables_.local_runs);
    if (ok) {
      summary.code_offset = static_cast<u32>(reader.offset());
      summarizer_.begin(decoder_.local_count(), reader.remaining());
      decoder_.set_shared(env_.store->get(summary.type).is_shared);
      ok = decoder_.decode_function(type, reader.rest(), reader.offset());
    }
    if (!ok) return std::unexpected(decoder_.take_error().with_context(fmt::format("func {} failed to validate", func)));

    summary.code_end = static_cast<u32>(body.offset + body.bytes.size());
    summary.local_count = decoder_.local_count() + summarizer_.exception_locals();
    if (summarizer_.exception_locals() != 0) tables_.local_runs.push_back({summarizer_.exception_locals(), ValType::exnref()});
    summary.max_operands = decoder_.peak();
    summary.side_entry_count = static_cast<u32>(tables_.side_table.size()) - summary.first_side_entry;
    summary.local_run_count = static_cast<u32>(tables_.local_runs.size()) - summary.first_local_run;
    summary.handler_count = static_cast<u32>(tables_.handlers.size()) - summary.first_handler;
    summary.loop_count = static_cast<u32>(tables_.loops.size()) - summary.first_loop;
    summary.call_count = summarizer_.calls();
    summary.uses_v128 = decoder_.kinds() >> static_cast<u32>(TypeKind::V128) & 1;
    summary.uses_refs = (decoder_.kinds() >> static_cast<u32>(TypeKind::Ref) & 1) || summarizer_.exception_locals() != 0;
    tables_.code.push_back(summary);
    return {};
  }

 private:
  const ModuleEnv& env_;
  BodyTables& tables_;
  DecoderBuffers buffers_;
  Summarizer summarizer_;
  BodyDecoder<Summarizer> decoder_;
};

Result<> validate_parallel(const ModuleEnv& env, std::span<const binary::CodeEntry> bodies, const Options& options,
                           BodyTables& tables) {
  const Pieces pieces(bodies, options.piece_bytes);
  std::vector<BodyTables> parts(pieces.size());
  TENON_TRY_VOID(pieces.run(*options.executor, [&](std::size_t index, Pieces::Piece piece) -> Result<> {
    BodyValidator validator(env, parts[index]);
    for (std::size_t i = piece.begin; i < piece.end; ++i)
      TENON_TRY_VOID(validator.validate(env.imported_funcs + static_cast<u32>(i), bodies[i]));
    return {};
  }));
  for (BodyTables& part : parts) {
    append(tables, std::move(part));
    part = {};
  }
  return {};
}

Result<> validate_bodies(const ModuleEnv& env, std::span<const binary::CodeEntry> bodies, const Options& options,
                         BodyTables& tables) {
  if (options.executor && options.executor->concurrency() > 1) return validate_parallel(env, bodies, options, tables);
  tables.code.reserve(bodies.size());
  // Room that is not used costs address space only, growing costs copies.
  constexpr std::size_t kBytesPerEntry = 16;
  if (!bodies.empty())
    tables.side_table.reserve(
        static_cast<std::size_t>(bodies.back().bytes.data() + bodies.back().bytes.size() - bodies.front().bytes.data()) /
        kBytesPerEntry);
  BodyValidator validator(env, tables);
  for (std::size_t i = 0; i < bodies.size(); ++i)
    TENON_TRY_VOID(validator.validate(env.imported_funcs + static_cast<u32>(i), bodies[i]));
  return {};
}

}  // namespace

Result<ModuleDesc> validate_module(TypeStore& types, Bytes bytes, const Options& options) {
  if (bytes.size() > limits::kModuleSize)
    return fail(ErrorCode::LimitExceeded,
                fmt::format("module size of {} bytes exceeds limit of {}", bytes.size(), limits::kModuleSize));
  ModuleDesc desc;
  desc.bytes = bytes;
  ModuleValidator validator(types, options, desc);
  Result<> sections = validator.run();
  if (!sections && options.order == ErrorOrder::SectionsFirst) return std::unexpected(std::move(sections).error());
  TENON_TRY_VOID(validate_bodies(validator.env(), validator.bodies(), options, desc));
  if (!sections) return std::unexpected(std::move(sections).error());
  validator.finish();
  return desc;
}

void validate_sections(TypeStore& types, Bytes bytes, Features features, Sections& out) {
  out.desc.bytes = bytes;
  Options options;
  options.features = features;
  ModuleValidator validator(types, options, out.desc);
  if (Result<> done = validator.run(); !done) out.error = std::move(done).error();
  out.env = std::make_unique<ModuleEnv>(validator.env());
  // Where the sections end before the code, bodies are looked at all the same.
  out.env->declared.resize(out.env->funcs.size());
}

bool is_module(Bytes bytes) {
  return binary::is_module(bytes);
}
bool is_component(Bytes bytes) {
  return binary::is_component(bytes);
}

}  // namespace tenon::validate
