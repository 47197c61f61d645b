#include "stacks.h"

#include "tenon/validate/body_decoder.h"
#include "tenon/validate/sections.h"

namespace tenon::print {
namespace {

// Writes down the stack after each instruction.
class Recorder : public validate::IgnoresControl {
 public:
  static constexpr bool kValidate = true, kConstant = false, kInstructions = true;

  explicit Recorder(StackNotes& notes) : notes_(notes) {}

  template <class D>
  void instruction(D& decoder, Op, const binary::Immediates&) {
    StackNote note;
    if (!decoder.frames().empty()) {
      u32 height = decoder.height() - decoder.frames().back().height;
      // The oldest operands of the function first, as many as the block has.
      u32 all = decoder.height();
      for (u32 i = 0; i < height; ++i) {
        ValType type = decoder.operand(all - 1 - i);
        note.operands.push_back(type.is_bottom() ? "(unknown)" : decoder.env().display(type));
      }
    }
    notes_.notes.push_back(std::move(note));
  }

 private:
  StackNotes& notes_;
};

}  // namespace

struct StackTracer::Module {
  TypeStore types;
  validate::Sections sections;
  validate::DecoderBuffers buffers;
};

StackTracer::StackTracer(Bytes bytes) : module_(std::make_unique<Module>()) {
  validate::validate_sections(module_->types, bytes, Features::all(), module_->sections);
}
StackTracer::~StackTracer() = default;

const Error* StackTracer::section_error(u64 begin, u64 end) {
  auto& error = module_->sections.error;
  if (!error || module_->sections.reported) return nullptr;
  u64 at = error->offset().value_or(begin);
  if (at < begin || at > end) return nullptr;
  module_->sections.reported = true;
  return &*error;
}

StackNotes StackTracer::trace(u32 func, const binary::CodeEntry& body) {
  StackNotes notes;
  const validate::ModuleEnv& env = *module_->sections.env;
  if (func >= env.func_types.size()) return notes;
  Recorder recorder(notes);
  validate::BodyDecoder<Recorder> decoder(env, module_->buffers, recorder);
  Reader reader(body.bytes, body.offset);
  std::vector<LocalRun> runs;
  const FuncType& type = *env.func_types[func];
  if (!decoder.read_locals(type, reader, runs)) {
    notes.locals_error = decoder.take_error().to_string();
    return notes;
  }
  Bytes code = reader.rest();
  decoder.set_shared(env.store->get(env.funcs[func]).is_shared);
  if (decoder.decode_function(type, code, reader.offset())) return notes;
  u64 end = body.offset + body.bytes.size() - 1;
  Error error = decoder.take_error();
  if (error.offset() && *error.offset() >= end)
    notes.bad_end = true;
  else
    notes.notes.push_back({.is_invalid = true});
  return notes;
}

}  // namespace tenon::print
