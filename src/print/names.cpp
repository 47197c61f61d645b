#include "names.h"

#include <algorithm>
#include <array>

#include "tenon/base/leb128.h"
#include "tenon/spec/limits.h"

namespace tenon::print {
namespace {

// The characters of identifiers. Source: core/text/values.
constexpr auto kIsIdChar = [] {
  std::array<bool, 256> is{};
  for (int c = '0'; c <= '9'; ++c) is[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) is[static_cast<std::size_t>(c)] = is[static_cast<std::size_t>(c - 32)] = true;
  for (char c : std::string_view("!#$%&'*+-./:<=>?@\\^_`|~")) is[static_cast<u8>(c)] = true;
  return is;
}();

// The names used so far in one space: a few are compared one by one, many are hashed.
class UsedNames {
 public:
  explicit UsedNames(std::size_t expected) {
    if (expected > kFew) grow(expected * 2);
  }
  // False where the name was there.
  bool insert(std::string_view name) {
    if (slots_.empty()) {
      for (std::string_view other : few_)
        if (other == name) return false;
      few_.push_back(name);
      if (few_.size() > kFew) grow(4 * kFew);
      return true;
    }
    if ((used_ + 1) * 2 > slots_.size()) grow(slots_.size() * 2);
    return place(name);
  }

 private:
  static constexpr std::size_t kFew = 12, kMost = std::size_t{1} << 22;

  bool place(std::string_view name) {
    std::size_t mask = slots_.size() - 1;
    for (std::size_t at = std::hash<std::string_view>()(name) & mask;; at = (at + 1) & mask) {
      if (slots_[at].data() == nullptr) {
        slots_[at] = name;
        ++used_;
        return true;
      }
      if (slots_[at] == name) return false;
    }
  }
  void grow(std::size_t wanted) {
    std::size_t size = 64;
    while (size < wanted && size < kMost) size *= 2;
    while (size < (used_ + 1) * 2) size *= 2;
    std::vector<std::string_view> old(size);
    old.swap(slots_);
    used_ = 0;
    for (std::string_view name : old)
      if (name.data()) place(name);
    for (std::string_view name : few_) place(name);
    few_.clear();
  }

  std::vector<std::string_view> few_, slots_;
  std::size_t used_ = 0;
};

Name make_name(std::string_view text, UsedNames* used) {
  Name out{text, Name::Form::Plain};
  for (char c : text)
    if (!kIsIdChar[static_cast<u8>(c)]) {
      out.form = Name::Form::Quoted;
      break;
    }
  if (text.empty() || text[0] == '#' || (used && !used->insert(text))) out.form = Name::Form::Synthetic;
  return out;
}

// Bytes that are left over are a fault, too.
void expect_end(Reader& reader) {
  if (reader.ok() && !reader.at_end()) reader.fail(ReadError::UnexpectedEnd, reader.offset(), "");
}

}  // namespace

const Name* NameTable::find_sparse(u32 index) const {
  auto found = sparse_.find(index);
  return found == sparse_.end() ? nullptr : &found->second;
}

void NameTable::read(Reader& reader, u32 count, bool unique) {
  // A name takes two bytes at least.
  std::size_t expected = std::min<std::size_t>(count, reader.remaining() / 2);
  UsedNames used(unique ? expected : 0);
  std::size_t dense_limit = std::max(dense_.size(), expected * 4 + 256);
  for (u32 i = 0; i < count; ++i) {
    u32 index = reader.read_uleb32();
    std::string_view text = reader.read_name(~u64{0});
    if (!reader.ok()) return;
    Name name = make_name(text, unique ? &used : nullptr);
    if (index < dense_limit) {
      if (index >= dense_.size()) dense_.resize(std::max<std::size_t>(index + 1, std::min(dense_limit, dense_.size() * 2)));
      dense_[index] = name;
    } else {
      sparse_[index] = name;
    }
  }
}

void IndirectNames::read(Reader& reader) {
  u32 count = reader.read_uleb32();
  for (u32 i = 0; i < count && reader.ok(); ++i) {
    Range range;
    range.outer = reader.read_uleb32();
    const u8* begin = reader.pos();
    Reader skipped(reader.rest(), reader.offset());
    range.count = skipped.read_uleb32();
    begin = skipped.pos();
    for (u32 k = 0; k < range.count && skipped.ok(); ++k) {
      skipped.read_uleb32();
      skipped.skip_name(limits::kStringSize);
    }
    if (!reader.ok()) return;
    if (!skipped.ok()) {
      reader.fail(ReadError::UnexpectedEnd, reader.offset(), "");
      return;
    }
    range.bytes = Bytes(begin, skipped.pos());
    reader.seek(skipped.pos());
    if (!ranges_.empty() && ranges_.back().outer > range.outer) sorted_ = false;
    ranges_.push_back(range);
    // The names themselves are looked at now, so that those behind a bad one do not count.
    Reader names(range.bytes);
    for (u32 k = 0; k < range.count && names.ok(); ++k) {
      names.read_uleb32();
      names.read_name(~u64{0});
    }
    if (!names.ok()) {
      reader.fail(ReadError::MalformedUtf8, reader.offset(), "");
      return;
    }
  }
  expect_end(reader);
}

void IndirectNames::load(u32 outer, bool unique, NameTable& out) const {
  auto at =
      std::lower_bound(ranges_.begin(), ranges_.end(), outer, [](const Range& range, u32 key) { return range.outer < key; });
  for (; at != ranges_.end() && at->outer == outer; ++at) {
    Reader reader(at->bytes);
    out.read(reader, at->count, unique);
  }
}

void ModuleNames::read(Bytes contents) {
  Reader section(contents);
  while (section.ok() && !section.at_end()) {
    u8 id = section.read_u8();
    Reader part(section.read_sized());
    if (!section.ok() || id & 0x80) return;
    auto read_map = [&](NameTable& table) {
      u32 count = part.read_uleb32();
      if (part.ok()) table.read(part, count, true);
      expect_end(part);
    };
    switch (id) {
      case 0: {
        std::string_view text = part.read_name(limits::kStringSize);
        expect_end(part);
        if (part.ok()) module = make_name(text, nullptr);
        break;
      }
      case 1:
        read_map(funcs);
        break;
      case 2:
        locals.read(part);
        break;
      case 3:
        labels.read(part);
        break;
      case 4:
        read_map(types);
        break;
      case 5:
        read_map(tables);
        break;
      case 6:
        read_map(memories);
        break;
      case 7:
        read_map(globals);
        break;
      case 8:
        read_map(elems);
        break;
      case 9:
        read_map(data);
        break;
      case 10: {
        IndirectNames by_type;
        by_type.read(part);
        for (const auto& range : by_type.ranges_) {
          Reader reader(range.bytes);
          UsedNames used(0);
          for (u32 i = 0; i < range.count; ++i) {
            u32 index = reader.read_uleb32();
            std::string_view text = reader.read_name(~u64{0});
            if (!reader.ok()) break;
            fields[u64{range.outer} << 32 | index] = make_name(text, &used);
          }
        }
        break;
      }
      case 11:
        read_map(tags);
        break;
      default:
        break;
    }
    if (!part.ok()) return;
  }
}

void ModuleNames::finish() {
  for (IndirectNames* names : {&locals, &labels}) {
    if (names->sorted_) continue;
    // Among equals the order is that of the bytes.
    std::sort(names->ranges_.begin(), names->ranges_.end(), [](const IndirectNames::Range& a, const IndirectNames::Range& b) {
      return std::pair(a.outer, a.bytes.data()) < std::pair(b.outer, b.bytes.data());
    });
    names->sorted_ = true;
  }
}

}  // namespace tenon::print
