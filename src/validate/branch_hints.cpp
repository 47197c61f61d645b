// Branch hints: whether the section metadata.code.branch_hint names branches. It is no part of a module's validity.
//
// spec: proposal branch-hinting.
#include <algorithm>

#include "tenon/binary/errors.h"
#include "tenon/binary/ops.h"
#include "tenon/spec/errors.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {
namespace {

constexpr std::string_view kSection = "metadata.code.branch_hint";

std::unexpected<Error> bad_target(u64 offset) {
  return fail(ErrorCode::BranchHintTarget, offset, "@metadata.code.branch_hint annotation: invalid target");
}

// The hints of one function: their offsets go up, and at each of them a conditional branch begins.
Result<> check_function(const ModuleDesc& module, const FuncSummary& func, Reader& hints) {
  Reader code(module.bytes.subspan(func.code_offset, func.code_end - func.code_offset), func.code_offset);
  binary::Immediates immediates;
  u32 count = hints.read_uleb32();
  for (u32 i = 0; i < count && hints.ok(); ++i) {
    u64 at = hints.offset();
    u64 target = u64{func.body_offset} + hints.read_uleb32();
    if (hints.read_u8() != 1) hints.fail(ErrorCode::UnexpectedContent, hints.offset() - 1, "invalid branch hint byte");
    if (hints.read_u8() > 1) hints.fail(ErrorCode::UnexpectedContent, hints.offset() - 1, "invalid branch hint taken byte");
    if (!hints.ok()) break;
    Op op = Op::Nop;
    u64 begin = code.offset();
    while (begin <= target && !code.at_end()) {
      begin = code.offset();
      op = binary::read_op(code);
      binary::read_immediates(code, op, begin, Features::all(), immediates);
      if (begin == target) break;
    }
    if (begin != target || (op != Op::If && op != Op::BrIf)) return bad_target(at);
  }
  return {};
}

}  // namespace

Result<> check_branch_hints(const ModuleDesc& module) {
  auto section = std::find_if(module.customs.begin(), module.customs.end(),
                              [](const ModuleDesc::CustomSection& custom) { return custom.name == kSection; });
  if (section == module.customs.end()) return {};
  Reader hints(module.bytes.subspan(section->begin, section->size), section->begin);
  u32 count = hints.read_uleb32();
  u32 next = module.imported_funcs;
  for (u32 i = 0; i < count && hints.ok(); ++i) {
    u64 at = hints.offset();
    u32 func = hints.read_uleb32();
    if (!hints.ok()) break;
    if (func < next || func >= module.imported_funcs + module.code.size()) return bad_target(at);
    next = func + 1;
    TENON_TRY_VOID(check_function(module, module.code[func - module.imported_funcs], hints));
  }
  if (hints.ok() && !hints.at_end())
    hints.fail(ErrorCode::UnexpectedContent, hints.offset(), "trailing bytes at end of custom section");
  if (!hints.ok()) return std::unexpected(binary::to_error(*hints.fault()));
  return {};
}

}  // namespace tenon::validate
