// Which slots of the interpreter's frames hold references, found exactly and only when a collection asks.
//
// Slots carry no types. What a slot holds follows from the function and the instruction: locals have declared types, and the
// operands' types are what the validator's decoder finds when it stops in front of that instruction. The answer is kept for each
// place that was asked for. docs/decisions/009-roots.md argues it.
#include "interp/roots.h"

#include <unordered_map>
#include <vector>

#include "interp/machine.h"
#include "tenon/runtime/store.h"
#include "tenon/validate/body_decoder.h"

namespace tenon::interp {
namespace {

/// Listens to nothing: the decoder's stacks are all that is wanted.
struct TypesOnly : validate::IgnoresControl {
  static constexpr bool kValidate = false;
  static constexpr bool kConstant = false;
  static constexpr bool kInstructions = false;
};

/// Positions of references, counted from the first local, or from the first operand.
using Positions = std::vector<u32>;

/// The answers of one store.
class FrameMaps {
 public:
  explicit FrameMaps(const TypeStore& types) : types_(types) {}

  const Positions& locals(const VmCtx* vmctx, const FuncSummary* func) {
    auto [at, fresh] = locals_.try_emplace(func);
    if (fresh) find_locals(*vmctx->module, *func, at->second);
    return at->second;
  }
  /// Operands in front of the instruction at `pc`; for a call without its own operands, which the callee has.
  const Positions& operands(const VmCtx* vmctx, const FuncSummary* func, const u8* pc) {
    auto [at, fresh] = operands_.try_emplace(pc);
    if (fresh) find_operands(vmctx, *func, pc, at->second);
    return at->second;
  }

 private:
  bool is_collected(ValType type) const { return type.is_ref() && types_.top(type) != AbstractHeap::Func; }

  void find_locals(const ModuleDesc& module, const FuncSummary& func, Positions& out) {
    u32 at = 0;
    for (ValType param : types_.func(func.type).params) {
      if (is_collected(param)) out.push_back(at);
      ++at;
    }
    for (u32 i = 0; i < func.local_run_count; ++i) {
      const LocalRun& run = module.local_runs[func.first_local_run + i];
      if (is_collected(run.type))
        for (u32 j = 0; j < run.count; ++j) out.push_back(at + j);
      at += run.count;
    }
    // Behind the declared ones lie those that keep exceptions.
    for (; at < func.local_count; ++at) out.push_back(at);
  }

  void find_operands(const VmCtx* vmctx, const FuncSummary& func, const u8* pc, Positions& out) {
    const ModuleDesc& module = *vmctx->module;
    auto [at, fresh] = envs_.try_emplace(&module);
    if (fresh) at->second = std::make_unique<validate::ModuleEnv>(types_, module);
    TypesOnly nothing;
    validate::BodyDecoder<TypesOnly> decoder(*at->second, buffers_, nothing);
    const FuncType& type = types_.func(func.type);
    Reader reader(module.bytes.subspan(func.body_offset, func.code_end - func.body_offset), func.body_offset);
    runs_.clear();
    if (!decoder.read_locals(type, reader, runs_)) return;
    // The code ends in front of the instruction: the decoder finds that too early, and its stack is as it is there.
    u32 offset = static_cast<u32>(pc - vmctx->code);
    if (offset > func.code_offset)
      static_cast<void>(
          decoder.decode_function(type, module.bytes.subspan(func.code_offset, offset - func.code_offset), func.code_offset));
    else
      return;
    u32 height = decoder.height(), count = height - std::min(height, taken_by_call(vmctx, pc));
    for (u32 i = 0; i < count; ++i)
      if (is_collected(decoder.operand(height - 1 - i))) out.push_back(i);
  }

  /// How many operands a call takes from the stack; 0 for other instructions.
  u32 taken_by_call(const VmCtx* vmctx, const u8* pc) const {
    const u8* p = pc + 1;
    auto params = [&](TypeId type) { return static_cast<u32>(types_.func(type).params.size()); };
    if (*pc == info(Op::Call).code) return params(vmctx->module->funcs[read_u32(p)]);
    if (*pc == info(Op::CallIndirect).code || *pc == info(Op::CallRef).code) return params(TypeId(vmctx->types[read_u32(p)])) + 1;
    return 0;
  }

  const TypeStore& types_;
  std::unordered_map<const FuncSummary*, Positions> locals_;
  std::unordered_map<const u8*, Positions> operands_;
  std::unordered_map<const ModuleDesc*, std::unique_ptr<validate::ModuleEnv>> envs_;
  validate::DecoderBuffers buffers_;
  std::vector<LocalRun> runs_;
};

FrameMaps& maps_of(runtime::Store& store) {
  static constexpr char kTag = 0;
  if (void* maps = store.find_data(&kTag)) return *static_cast<FrameMaps*>(maps);
  auto maps = std::make_shared<FrameMaps>(store.types());
  store.set_data(&kTag, maps);
  return *maps;
}

}  // namespace

void trace_frames(const Activation& activation, runtime::Tracer& tracer) {
  auto* frame = static_cast<Frame*>(activation.frame);
  if (frame->summary == nullptr) return;
  FrameMaps& maps = maps_of(*frame->store->owner);
  // Recursion has many frames that stand at one place.
  const FuncSummary* last_func = nullptr;
  const u8* last_pc = nullptr;
  const Positions *locals = nullptr, *operands = nullptr;
  const u8* pc = activation.pc;
  for (; frame->summary != nullptr; pc = frame->prev->call_pc, frame = frame->prev) {
    if (!frame->summary->uses_refs) continue;
    if (frame->summary != last_func) locals = &maps.locals(frame->vmctx, last_func = frame->summary);
    if (pc != last_pc) operands = &maps.operands(frame->vmctx, last_func, last_pc = pc);
    for (u32 at : *locals) tracer.visit(frame->fp[at].ref);
    Slot* first = operands_of(frame) + 1;
    for (u32 at : *operands) tracer.visit(first[at].ref);
  }
}

}  // namespace tenon::interp
