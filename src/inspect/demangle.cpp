#include "tenon/inspect/demangle.h"

#include <cstdlib>
#include <memory>

#include <cxxabi.h>

#include <fmt/format.h>

#include "inspect/demangle_rust.h"
#include "tenon/base/leb128.h"
#include "tenon/base/reader.h"
#include "tenon/binary/errors.h"
#include "tenon/inspect/custom.h"
#include "tenon/spec/limits.h"

namespace tenon::inspect {
namespace {

// The number behind `at`, as the ABI writes it: `n` for minus, ended by `_`.
std::optional<i64> offset_of(std::string_view symbol, std::size_t& at) {
  bool minus = at < symbol.size() && symbol[at] == 'n';
  if (minus) ++at;
  i64 value = 0;
  std::size_t begin = at;
  for (; at < symbol.size() && symbol[at] >= '0' && symbol[at] <= '9' && at - begin < 18; ++at)
    value = value * 10 + (symbol[at] - '0');
  if (at == begin || at == symbol.size() || symbol[at] != '_') return std::nullopt;
  ++at;
  return minus ? -value : value;
}

// What compilers make beside functions, in braces as wasm-tools has them.
std::string special(std::string_view symbol, std::string text) {
  auto behind = [&](std::string_view prefix) { return text.substr(prefix.size()); };
  auto starts = [&](std::string_view prefix) { return text.starts_with(prefix); };
  constexpr std::string_view kTable = "vtable for ", kTables = "VTT for ", kThunk = "non-virtual thunk to ",
                             kVirtual = "virtual thunk to ";
  constexpr std::string_view kNull = "decltype(nullptr)";
  for (std::size_t null = text.find(kNull); null != text.npos; null = text.find(kNull))
    text.replace(null, kNull.size(), "std::nullptr_t");
  std::size_t at = symbol.find("_ZT");
  if (at == symbol.npos) return text;
  at += 4;
  if (starts(kTable)) return fmt::format("{{vtable({})}}", behind(kTable));
  if (starts(kTables)) return fmt::format("{{vtt({})}}", behind(kTables));
  if (starts(kThunk)) {
    if (auto by = offset_of(symbol, at))
      return fmt::format("{{virtual override thunk({{offset({})}}, {})}}", *by, behind(kThunk));
  } else if (starts(kVirtual)) {
    auto first = offset_of(symbol, at);
    auto second = offset_of(symbol, at);
    if (first && second)
      return fmt::format("{{virtual override thunk({{virtual offset({}, {})}}, {})}}", *first, *second, behind(kVirtual));
  }
  return text;
}

std::optional<std::string> demangle_cpp(std::string_view symbol) {
  // The library's demangler would take other words for types.
  std::string_view plain = symbol.starts_with("__Z") ? symbol.substr(1) : symbol;
  if (!plain.starts_with("_Z")) return std::nullopt;
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(std::string(plain).c_str(), nullptr, nullptr, &status),
                                                   std::free);
  if (!text || status != 0) return std::nullopt;
  return special(plain, text.get());
}

void append_name(std::vector<u8>& out, std::string_view text) {
  append_uleb(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

void append_demangled(std::vector<u8>& out, std::string_view name) {
  append_name(out, demangle(name).value_or(std::string(name)));
}

void copy_map(std::vector<u8>& out, Reader& reader) {
  u32 count = reader.read_uleb32();
  append_uleb(out, count);
  for (u32 i = 0; i < count && reader.ok(); ++i) {
    append_uleb(out, reader.read_uleb32());
    append_demangled(out, reader.read_name(limits::kStringSize));
  }
}

// The contents of a name section, demangled.
Result<std::vector<u8>> copy_names(Reader reader) {
  std::vector<u8> out;
  append_name(out, "name");
  while (reader.ok() && !reader.at_end()) {
    u8 id = reader.read_u8();
    u32 size = reader.read_uleb32();
    u64 at = reader.offset();
    Bytes contents = reader.read_bytes(size);
    if (!reader.ok()) break;
    Reader part(contents, at);
    std::vector<u8> changed;
    if (id == 0) {
      append_name(changed, part.read_name(limits::kStringSize));  // a module's name is no symbol
    } else if (id == 2 || id == 3 || id == 10) {                  // maps of maps: locals, labels, fields
      u32 count = part.read_uleb32();
      append_uleb(changed, count);
      for (u32 i = 0; i < count && part.ok(); ++i) {
        append_uleb(changed, part.read_uleb32());
        copy_map(changed, part);
      }
    } else if (id <= 11) {
      copy_map(changed, part);
    } else {
      changed.assign(contents.begin(), contents.end());
    }
    TENON_TRY_VOID(binary::check(part));
    append_section(out, id, changed);
  }
  TENON_TRY_VOID(binary::check(reader));
  return out;
}

}  // namespace

std::optional<std::string> demangle(std::string_view symbol) {
  if (auto name = demangle_rust(symbol)) return name;
  return demangle_cpp(symbol);
}

Result<std::vector<u8>> demangle_names(Bytes module) {
  std::vector<u8> out(module.begin(), module.begin() + std::min<std::ptrdiff_t>(8, static_cast<std::ptrdiff_t>(module.size())));
  TENON_TRY_VOID(for_each_section(module, [&](const RawSection& section) -> Result<> {
    if (section.id == 0 && section.name == "name") {
      Reader reader(section.contents, section.range.begin);
      reader.read_name(limits::kStringSize);
      // What does not decode stays as it is.
      if (auto names = copy_names(std::move(reader))) {
        append_section(out, 0, *names);
        return {};
      }
    }
    append_section(out, section.id, section.contents);
    return {};
  }));
  return out;
}

}  // namespace tenon::inspect
