// StreamChecker against validate_module: the same verdict and error, however the bytes are cut.
#include <gtest/gtest.h>

#include "binary/test_module.h"
#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"
#include "tenon/validate/validate.h"

namespace tenon::validate {
namespace {

using testing::body;
using testing::Build;
using testing::ByteVector;
using testing::full_module;
using testing::TestModule;

/// Claims to be several threads, and takes the last piece first.
class Backwards final : public Executor {
 public:
  std::size_t concurrency() const override { return 2; }
  void run(std::size_t count, WorkRef work) override {
    while (count > 0) work(--count);
  }
};

template <class T>
std::string error_of(const Result<T>& result) {
  if (result) return "";
  std::string text = result.error().to_string();
  for (const std::string& context : result.error().context()) text = context + ": " + text;
  return text;
}

std::string whole(Bytes bytes, const Options& options) {
  TypeStore types;
  return error_of(validate_module(types, bytes, options));
}

std::string in_pieces(Bytes bytes, std::size_t piece, const Options& options) {
  TypeStore types;
  StreamChecker checker(types, options);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    // The piece is gone after the call.
    ByteVector copy(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes.begin() + static_cast<std::ptrdiff_t>(std::min(at + piece, bytes.size())));
    if (auto fed = checker.feed(copy); !fed) return error_of(fed);
  }
  return error_of(checker.finish());
}

void agrees(Bytes bytes, std::initializer_list<std::size_t> pieces) {
  for (const ErrorOrder order : {ErrorOrder::Bytes, ErrorOrder::SectionsFirst}) {
    Options options{.features = Features::all(), .order = order};
    const std::string expected = whole(bytes, options);
    for (const std::size_t piece : pieces) EXPECT_EQ(in_pieces(bytes, piece, options), expected) << piece;
    Backwards backwards;
    options.executor = &backwards;
    options.piece_bytes = 4;
    EXPECT_EQ(in_pieces(bytes, bytes.size() + 1, options), expected);
  }
}

TEST(StreamChecker, accepts_what_is_valid) {
  const ByteVector module = full_module().bytes;
  ASSERT_EQ(whole(module, {.features = Features::all()}), "");
  agrees(module, {1, 2, 3, 5, 8, 64, 1000});
}

TEST(StreamChecker, finds_every_truncation) {
  const ByteVector module = full_module().bytes;
  for (std::size_t size = 0; size < module.size(); ++size) {
    SCOPED_TRACE(size);
    agrees(Bytes(module).first(size), {1, 7, 1000});
  }
}

TEST(StreamChecker, finds_every_changed_byte) {
  ByteVector module = full_module().bytes;
  for (std::size_t at = 0; at < module.size(); ++at)
    for (const u8 change : {0x01, 0x0b, 0x40, 0x80, 0xff}) {
      SCOPED_TRACE(std::to_string(at) + " ^ " + std::to_string(change));
      module[at] ^= change;
      agrees(module, {1, 13});
      module[at] ^= change;
    }
}

TEST(StreamChecker, the_first_of_several_errors) {
  // The second and third bodies leave a value; the data section names a memory that is not there.
  TestModule module;
  module.items(1, {{0x60, 0, 0}}).items(3, {{0}, {0}, {0}});
  module.items(10, {body({}), body({0x41, 0}), body({0x42, 0})}).items(11, {{0, 0x41, 0, 0x0b, 0}});
  agrees(module.bytes, {1, 4, 1000});
  EXPECT_NE(in_pieces(module.bytes, 5, {}).find("func 1 failed to validate"), std::string::npos);
  EXPECT_NE(in_pieces(module.bytes, 5, {.order = ErrorOrder::SectionsFirst}).find("unknown memory 0"), std::string::npos);
}

TEST(StreamChecker, a_section_that_claims_more_than_comes) {
  for (const u8 id : {0, 1, 10, 11}) {
    ByteVector module = TestModule().bytes;
    module.push_back(id);
    append_uleb(module, 0xfffffff0u);
    module.resize(module.size() + 1000);
    agrees(module, {1, 100});
  }
}

TEST(StreamChecker, limits) {
  TypeStore types;
  StreamChecker checker(types);
  ASSERT_TRUE(checker.feed(TestModule().bytes));
  const ByteVector section = Build().byte(0).sized(ByteVector(1 << 20)).out;
  u64 size = TestModule().bytes.size() + section.size();
  for (; size <= limits::kModuleSize; size += section.size()) ASSERT_TRUE(checker.feed(section));
  const auto fed = checker.feed(section);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code(), ErrorCode::LimitExceeded);
}

}  // namespace
}  // namespace tenon::validate
