#include "tenon/inspect/custom.h"

#include "tenon/base/leb128.h"

namespace tenon::inspect {

Result<> for_each_section(Bytes module, const std::function<Result<>(const RawSection&)>& each) {
  binary::Parser parser;
  Bytes rest = module;
  auto answer = [&](u8 id, binary::Range range, u32 count, std::string_view name = {}) {
    // A section whose bodies are still to come may claim more than there is.
    u64 end = std::min<u64>(range.end, module.size());
    return each({id, name, module.subspan(range.begin, end - range.begin), range, count});
  };
  while (true) {
    TENON_TRY(auto chunk, parser.parse(rest, true));
    auto& parsed = std::get<binary::Parsed>(chunk);
    rest = rest.subspan(parsed.consumed);
    const binary::Payload& payload = parsed.payload;
    if (const auto* items = std::get_if<binary::ItemSection>(&payload)) {
      TENON_TRY_VOID(answer(static_cast<u8>(items->id), items->section.range(), items->section.count()));
    } else if (const auto* start = std::get_if<binary::StartSection>(&payload)) {
      TENON_TRY_VOID(answer(static_cast<u8>(binary::SectionId::Start), start->range, 1));
    } else if (const auto* count = std::get_if<binary::DataCountSection>(&payload)) {
      TENON_TRY_VOID(answer(static_cast<u8>(binary::SectionId::DataCount), count->range, 1));
    } else if (const auto* code = std::get_if<binary::CodeSectionStart>(&payload)) {
      TENON_TRY_VOID(answer(static_cast<u8>(binary::SectionId::Code), code->range, code->count));
    } else if (const auto* custom = std::get_if<binary::CustomSection>(&payload)) {
      TENON_TRY_VOID(answer(0, custom->range, 1, custom->name));
    } else if (const auto* unknown = std::get_if<binary::UnknownSection>(&payload)) {
      TENON_TRY_VOID(answer(unknown->id, unknown->range, 1));
    } else if (std::holds_alternative<binary::End>(payload)) {
      return {};
    }
  }
}

void append_section(std::vector<u8>& out, u8 id, Bytes contents) {
  out.push_back(id);
  append_uleb(out, contents.size());
  out.insert(out.end(), contents.begin(), contents.end());
}

Result<std::vector<u8>> strip(Bytes module, const std::function<bool(std::string_view name)>& drop) {
  std::vector<u8> out;
  out.reserve(module.size());
  TENON_TRY_VOID(for_each_section(module, [&](const RawSection& section) -> Result<> {
    if (section.id != 0 || !drop(section.name)) append_section(out, section.id, section.contents);
    return {};
  }));
  constexpr u8 kHeader[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  out.insert(out.begin(), std::begin(kHeader), std::end(kHeader));
  return out;
}

}  // namespace tenon::inspect
