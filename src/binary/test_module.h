// For tests: modules put together byte by byte, so that malformed ones are as easy as good ones.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "tenon/base/leb128.h"
#include "tenon/spec/opcodes.h"

namespace tenon::testing {

using ByteVector = std::vector<u8>;

/// Bytes with numbers and other bytes appended one after the other.
struct Build {
  ByteVector out;

  Build& byte(int value) { return out.push_back(static_cast<u8>(value)), *this; }
  Build& bytes(std::initializer_list<int> values) {
    for (int value : values) byte(value);
    return *this;
  }
  Build& append(const ByteVector& more) { return out.insert(out.end(), more.begin(), more.end()), *this; }
  Build& uleb(u64 value) { return append_uleb(out, value), *this; }
  Build& sleb(i64 value) { return append_sleb(out, value), *this; }
  Build& name(std::string_view text) {
    uleb(text.size());
    out.insert(out.end(), text.begin(), text.end());
    return *this;
  }
  Build& sized(const ByteVector& contents) { return uleb(contents.size()).append(contents); }
  Build& op(Op op) { return append_op(out, op), *this; }
  operator ByteVector() const { return out; }
};

/// A module made of sections.
struct TestModule {
  ByteVector bytes = {0, 'a', 's', 'm', 1, 0, 0, 0};

  TestModule& section(u8 id, const ByteVector& contents) {
    bytes.push_back(id);
    append_uleb(bytes, contents.size());
    bytes.insert(bytes.end(), contents.begin(), contents.end());
    return *this;
  }
  /// A section that is a vector of these items.
  TestModule& items(u8 id, const std::vector<ByteVector>& list) {
    Build build;
    build.uleb(list.size());
    for (const ByteVector& item : list) build.append(item);
    return section(id, build);
  }
  TestModule& custom(std::string_view name, const ByteVector& contents) {
    return section(0, Build().name(name).append(contents));
  }
};

/// A body: local declarations `locals` (raw), code, end.
inline ByteVector body(const ByteVector& code, const ByteVector& locals = {0}) {
  return Build().sized(Build().append(locals).append(code).byte(0x0b));
}

/// A module with every section, valid with all features.
inline TestModule full_module() {
  TestModule module;
  module.custom("first", {1, 2, 3});
  module.items(1, {{0x60, 0, 0}, {0x60, 1, 0x7f, 1, 0x7f}, {0x60, 1, 0x7f, 0}});
  module.items(2, {Build().name("env").name("f").bytes({0, 0}), Build().name("env").name("g").bytes({3, 0x7f, 0})});
  module.items(3, {{0}, {1}});
  module.items(4, {{0x70, 1, 1, 10}, {0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b}});
  module.items(5, {{1, 1, 2}});
  module.items(13, {{0, 2}});
  module.items(6, {{0x7f, 1, 0x23, 0, 0x0b}, {0x7e, 0, 0x42, 0x80, 0x01, 0x0b}});
  module.items(7, {Build().name("run").bytes({0, 1}), Build().name("memory").bytes({2, 0})});
  module.section(8, {1});
  module.items(9, {{0, 0x41, 0, 0x0b, 2, 1, 2}, {5, 0x70, 1, 0xd2, 1, 0x0b}});
  module.section(12, {2});
  module.items(10, {body({0x03, 0x40, 0x41, 0x00, 0x0d, 0x00, 0x0b, 0x10, 0x00}),
                    body({0x20, 0x00, 0x41, 0xff, 0x01, 0x6a, 0x22, 0x01}, {1, 3, 0x7f})});
  module.items(11, {{0, 0x41, 0, 0x0b, 3, 'a', 'b', 'c'}, {1, 2, 'x', 'y'}});
  module.custom("name", Build().byte(0).sized(Build().name("whole")).byte(1).sized(Build().uleb(1).uleb(1).name("run")));
  return module;
}

}  // namespace tenon::testing
