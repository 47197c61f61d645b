#include "tenon/encode/names.h"

namespace tenon::encode {

bool NameSection::empty() const {
  if (has_module_) return false;
  for (const NameMap& map : maps_)
    if (!map.empty()) return false;
  for (const IndirectNameMap& map : indirect_)
    if (!map.empty()) return false;
  return true;
}

void NameSection::write(Sink& sink) const {
  Sink content;
  auto subsection = [&](NameKind kind) {
    sink.push_back(static_cast<u8>(kind));
    sink.sized(content.view());
    content.clear();
  };
  for (u8 id = 0; id < kNameKinds; ++id) {
    auto kind = static_cast<NameKind>(id);
    if (kind == NameKind::Module) {
      if (!has_module_) continue;
      content.name(module_);
    } else if (kind == NameKind::Local || kind == NameKind::Label || kind == NameKind::Field) {
      const IndirectNameMap& map = const_cast<NameSection*>(this)->indirect(kind);
      if (map.empty()) continue;
      map.write(content);
    } else {
      if (maps_[id].empty()) continue;
      maps_[id].write(content);
    }
    subsection(kind);
  }
}

}  // namespace tenon::encode
