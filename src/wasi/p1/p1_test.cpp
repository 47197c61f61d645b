// Each function of preview 1: what it does, and the errors it can give. No guest is run: the functions are called with raw
// values over a buffer that stands for the guest's memory and is filled with a canary before each test.
#include "tenon/wasi/p1.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "tenon/spec/errors.h"
#include "tenon/wasi/p1/types.h"
#include "wasi/common/scratch.h"

namespace tenon::wasi {
namespace {

using namespace p1;
using testing::Scratch;

constexpr u8 kCanary = 0xa5;
constexpr u32 kMemory = 256 << 10;

class P1Test : public ::testing::Test {
 protected:
  P1Test() {
    out = std::make_shared<BufferOutput>();
    err = std::make_shared<BufferOutput>();
    config.in = buffer_input("some input");
    config.out = out;
    config.err = err;
    config.preopens.push_back({*Directory::open_host(scratch.path(), FsPerms::ReadWrite), "/data"});
  }

  P1Ctx& ctx() {
    if (!ctx_) ctx_ = *P1Ctx::create(std::move(config));
    return *ctx_;
  }

  Result<u32> raw(std::string_view name, std::initializer_list<u64> args) {
    for (const P1Function& function : p1_functions()) {
      if (function.name != name) continue;
      EXPECT_EQ(function.params.size(), args.size()) << name;
      GuestMemory memory(view);
      return function.call(ctx(), memory, args.begin());
    }
    ADD_FAILURE() << "no function " << name;
    return fail(ErrorCode::Usage, "no such function");
  }
  /// The errno; a failure of the test where the call ended otherwise.
  Errno call(std::string_view name, std::initializer_list<u64> args) {
    auto answer = raw(name, args);
    if (!answer) {
      ADD_FAILURE() << name << ": " << answer.error().message();
      return Errno::Io;
    }
    return static_cast<Errno>(*answer);
  }
  std::string error(std::string_view name, std::initializer_list<u64> args) {
    auto answer = raw(name, args);
    return answer ? "no error" : answer.error().message();
  }

  u32 put(std::string_view text) {
    const u32 at = next;
    std::memcpy(bytes.data() + at, text.data(), text.size());
    next += (static_cast<u32>(text.size()) + 15) & ~7u;
    return at;
  }
  template <class T>
  T get(u32 at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  }
  template <class T>
  void set(u32 at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
  }
  std::string text(u32 at, u32 size) { return {reinterpret_cast<const char*>(bytes.data()) + at, size}; }
  u32 room(u32 size) {
    const u32 at = next;
    next += (size + 15) & ~7u;
    return at;
  }
  /// One vector for `size` bytes at `at`.
  u32 iov(u32 at, u32 size) {
    const u32 vector = room(8);
    set(vector, at);
    set(vector + 4, size);
    return vector;
  }

  Errno write(u32 fd, std::string_view what, u32* written = nullptr) {
    const u32 count = room(4);
    const Errno code = call("fd_write", {fd, iov(put(what), static_cast<u32>(what.size())), 1, count});
    if (written != nullptr) *written = get<u32>(count);
    return code;
  }
  std::string read(u32 fd, u32 size = 100) {
    const u32 buffer = room(size), count = room(4);
    const Errno code = call("fd_read", {fd, iov(buffer, size), 1, count});
    return code == Errno::Success ? text(buffer, get<u32>(count)) : std::string(kErrnoNames[static_cast<u16>(code)]);
  }
  struct OpenArgs {
    u32 oflags = 0;
    Rights base = rights::kFdRead | rights::kFdWrite;
    u32 fdflags = 0;
    u32 lookup = lookupflags::kSymlinkFollow;
    u32 directory = 3;
    Rights inheriting = rights::kAll;
  };
  Errno open(std::string_view path, u32* fd, OpenArgs args) {
    const u32 result = room(4);
    const Errno code = call("path_open", {args.directory, args.lookup, put(path), path.size(), args.oflags, args.base,
                                          args.inheriting, args.fdflags, result});
    if (fd != nullptr) *fd = get<u32>(result);
    return code;
  }
  Errno open(std::string_view path, u32* fd) { return open(path, fd, OpenArgs{}); }
  u32 opened(std::string_view path, OpenArgs args) {
    u32 fd = ~0u;
    EXPECT_EQ(open(path, &fd, args), Errno::Success) << path;
    return fd;
  }
  u32 opened(std::string_view path) { return opened(path, OpenArgs{}); }
  /// Calls a function whose arguments are (fd, path, size).
  Errno on_path(std::string_view name, std::string_view path, u32 fd = 3) { return call(name, {fd, put(path), path.size()}); }
  Fdstat fdstat(u32 fd) {
    const u32 at = room(sizeof(Fdstat));
    EXPECT_EQ(call("fd_fdstat_get", {fd, at}), Errno::Success);
    return get<Fdstat>(at);
  }

  Scratch scratch;
  Config config;
  std::shared_ptr<BufferOutput> out, err;
  std::vector<u8> bytes = std::vector<u8>(kMemory, kCanary);
  std::span<u8> view{bytes};
  u32 next = 1024;
  std::shared_ptr<P1Ctx> fresh;

 private:
  std::shared_ptr<P1Ctx> ctx_;
};

TEST_F(P1Test, table) {
  EXPECT_EQ(p1_functions().size(), 46u);
  std::set<std::string_view> names;
  for (const P1Function& function : p1_functions()) EXPECT_TRUE(names.insert(function.name).second);
}

TEST_F(P1Test, arguments_and_environment) {
  config.args = {"prog", "", "caf\u00e9"};
  config.env = {{"A", "1"}, {"B", "x=y"}};
  EXPECT_EQ(call("args_sizes_get", {0, 4}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 3u);
  EXPECT_EQ(get<u32>(4), 5u + 1 + 6);
  EXPECT_EQ(call("args_get", {8, 100}), Errno::Success);
  EXPECT_EQ(text(100, 12), std::string("prog\0\0caf\xc3\xa9\0", 12));
  EXPECT_EQ(get<u32>(8), 100u);
  EXPECT_EQ(get<u32>(12), 105u);
  EXPECT_EQ(get<u32>(16), 106u);
  EXPECT_EQ(bytes[112], kCanary);
  EXPECT_EQ(call("environ_sizes_get", {0, 4}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 2u);
  EXPECT_EQ(get<u32>(4), 4u + 6);
  EXPECT_EQ(call("environ_get", {8, 200}), Errno::Success);
  EXPECT_EQ(text(200, 10), std::string("A=1\0B=x=y\0", 10));

  EXPECT_EQ(error("args_get", {9, 100}), "Pointer not aligned to 4: Region { start: 9, len: 4 }");
  EXPECT_EQ(error("args_get", {8, kMemory - 8}), "Pointer out of bounds: Region { start: 262142, len: 6 }");
  EXPECT_EQ(error("args_sizes_get", {0, kMemory}), "Pointer out of bounds: Region { start: 262144, len: 4 }");
  EXPECT_EQ(error("environ_get", {kMemory - 4, 0}), "Pointer out of bounds: Region { start: 262144, len: 4 }");
}

TEST_F(P1Test, strings_with_zero_bytes_are_refused) {
  config.args = {std::string("a\0b", 3)};
  EXPECT_FALSE(P1Ctx::create(std::move(config)));
}

TEST_F(P1Test, clocks) {
  for (u32 id = 0; id < 4; ++id) {
    EXPECT_EQ(call("clock_res_get", {id, 0}), Errno::Success);
    EXPECT_GT(get<u64>(0), 0u);
    EXPECT_EQ(call("clock_time_get", {id, 0, 8}), Errno::Success);
    EXPECT_EQ(call("clock_time_get", {id, ~u64{0}, 16}), Errno::Success);
    EXPECT_GE(get<u64>(16), get<u64>(8));
  }
  EXPECT_EQ(call("clock_time_get", {4, 0, 0}), Errno::Inval);
  EXPECT_EQ(call("clock_res_get", {~0u, 0}), Errno::Inval);
  EXPECT_EQ(error("clock_time_get", {0, 0, 4}), "Pointer not aligned to 8: Region { start: 4, len: 8 }");
}

// covers: limit RandomBytes
TEST_F(P1Test, random) {
  config.random = seeded_random(7);
  config.max_random_bytes = 1000;
  EXPECT_EQ(call("random_get", {0, 1000}), Errno::Success);
  EXPECT_EQ(bytes[1000], kCanary);
  EXPECT_EQ(call("random_get", {0, 0}), Errno::Success);
  EXPECT_EQ(error("random_get", {0, 1001}), "requested len 1001 exceeds limit 1000");
  EXPECT_EQ(error("random_get", {kMemory - 10, 100}), "Pointer out of bounds: Region { start: 262134, len: 100 }");
}

TEST_F(P1Test, process) {
  auto ended = raw("proc_exit", {125});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::Exit);
  EXPECT_EQ(dynamic_cast<ExitStatus&>(*ended.error().payload()).code, 125);
  for (u64 status : {u64{126}, u64{255}, u64{0xffffffff}})
    EXPECT_EQ(error("proc_exit", {status}), "exit with invalid exit status outside of [0..126)");
  EXPECT_EQ(call("proc_raise", {6}), Errno::Notsup);
  EXPECT_EQ(call("proc_raise", {31}), Errno::Inval);
  EXPECT_EQ(call("sched_yield", {}), Errno::Success);
}

TEST_F(P1Test, streams) {
  EXPECT_EQ(read(0, 4), "some");
  EXPECT_EQ(read(0), " input");
  EXPECT_EQ(read(0), "");
  u32 written = 0;
  EXPECT_EQ(write(1, "hello ", &written), Errno::Success);
  EXPECT_EQ(written, 6u);
  EXPECT_EQ(write(2, "oops"), Errno::Success);
  EXPECT_EQ(out->contents(), "hello ");
  EXPECT_EQ(err->contents(), "oops");
  // Several vectors, empty ones among them.
  const u32 vectors = room(32);
  const u32 one = put("one"), two = put("two");
  for (auto [at, start, size] : {std::tuple{0u, one, 3u}, {8u, 0u, 0u}, {16u, two, 3u}, {24u, kMemory + 5, 0u}}) {
    set(vectors + at, start);
    set(vectors + at + 4, size);
  }
  EXPECT_EQ(call("fd_write", {1, vectors, 4, 0}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 6u);
  EXPECT_EQ(out->contents(), "hello onetwo");
  EXPECT_EQ(call("fd_write", {1, vectors, 0, 0}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 0u);

  EXPECT_EQ(write(0, "x"), Errno::Badf);
  EXPECT_EQ(read(1), "badf");
  EXPECT_EQ(write(99, "x"), Errno::Badf);
  EXPECT_EQ(call("fd_seek", {0, 0, 0, 0}), Errno::Spipe);
  EXPECT_EQ(call("fd_tell", {1, 0}), Errno::Spipe);
  EXPECT_EQ(call("fd_pread", {0, vectors, 1, 0, 0}), Errno::Spipe);
  EXPECT_EQ(call("fd_pwrite", {1, vectors, 1, 0, 0}), Errno::Spipe);
  EXPECT_EQ(call("fd_filestat_get", {0, 64}), Errno::Success);
  EXPECT_EQ(get<Filestat>(64).filetype, static_cast<u8>(FileType::Unknown));
  EXPECT_EQ(call("fd_sync", {1}), Errno::Badf);
  EXPECT_EQ(call("fd_prestat_get", {1, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_close", {1}), Errno::Success);
  EXPECT_EQ(call("fd_close", {1}), Errno::Badf);
  EXPECT_EQ(write(1, "x"), Errno::Badf);
}

TEST_F(P1Test, vectors_are_checked) {
  const u32 vectors = room(16);
  EXPECT_EQ(error("fd_write", {1, 1, 1, 0}), "Pointer not aligned to 4: Region { start: 1, len: 4 }");
  EXPECT_EQ(error("fd_write", {1, kMemory, 1, 0}), "Pointer out of bounds: Region { start: 262144, len: 4 }");
  EXPECT_EQ(error("fd_write", {1, kMemory - 4, 1, 0}), "Pointer out of bounds: Region { start: 262144, len: 4 }");
  set(vectors, kMemory - 2);
  set(vectors + 4, 3u);
  EXPECT_EQ(error("fd_write", {1, vectors, 1, 0}), "Pointer out of bounds: Region { start: 262142, len: 3 }");
  EXPECT_EQ(error("fd_read", {0, vectors, 1, 0}), "Pointer out of bounds: Region { start: 262142, len: 3 }");
  set(vectors, ~0u);
  set(vectors + 4, ~0u);
  EXPECT_EQ(error("fd_read", {0, vectors, 1, 0}), "Pointer out of bounds: Region { start: 4294967295, len: 4294967295 }");
  // More vectors than there is memory for.
  std::fill(bytes.begin(), bytes.end(), 0);
  EXPECT_EQ(error("fd_write", {1, 0, ~0u, 0}), "Pointer out of bounds: Region { start: 262144, len: 4 }");
  EXPECT_EQ(error("fd_write", {1, 0xfffffff8, ~0u, 0}), "Pointer out of bounds: Region { start: 4294967288, len: 4 }");
  EXPECT_EQ(out->contents(), "");
}

// covers: limit HostcallBytes
TEST_F(P1Test, large_transfers_are_limited) {
  config.max_hostcall_bytes = 1000;
  const u32 vectors = room(16);
  set(vectors, 0u);
  set(vectors + 4, 1001u);
  EXPECT_EQ(call("fd_write", {1, vectors, 1, 0}), Errno::Nomem);
  set(vectors + 4, 600u);
  set(vectors + 8, 0u);
  set(vectors + 12, 600u);
  EXPECT_EQ(call("fd_write", {1, vectors, 2, 0}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 600u);
}

TEST_F(P1Test, files) {
  scratch.write("file", "0123456789");
  u32 fd = opened("file");
  EXPECT_EQ(fd, 4u);
  EXPECT_EQ(read(fd, 4), "0123");
  EXPECT_EQ(call("fd_tell", {fd, 0}), Errno::Success);
  EXPECT_EQ(get<u64>(0), 4u);
  EXPECT_EQ(call("fd_seek", {fd, static_cast<u64>(-2), 2, 0}), Errno::Success);
  EXPECT_EQ(get<u64>(0), 8u);
  EXPECT_EQ(write(fd, "ab"), Errno::Success);
  EXPECT_EQ(call("fd_seek", {fd, static_cast<u64>(-5), 1, 0}), Errno::Success);
  EXPECT_EQ(read(fd), "567ab");
  EXPECT_EQ(call("fd_seek", {fd, static_cast<u64>(-1), 0, 0}), Errno::Inval);
  EXPECT_EQ(call("fd_seek", {fd, 0, 3, 0}), Errno::Inval);
  EXPECT_EQ(call("fd_seek", {fd, 1000, 0, 0}), Errno::Success);
  EXPECT_EQ(read(fd), "");

  const u32 buffer = room(16);
  EXPECT_EQ(call("fd_pread", {fd, iov(buffer, 3), 1, 2, 0}), Errno::Success);
  EXPECT_EQ(text(buffer, get<u32>(0)), "234");
  EXPECT_EQ(call("fd_pwrite", {fd, iov(put("XY"), 2), 1, 1, 0}), Errno::Success);
  EXPECT_EQ(call("fd_pread", {fd, iov(buffer, 3), 1, ~u64{0}, 0}), Errno::Inval);
  EXPECT_EQ(call("fd_pwrite", {fd, iov(buffer, 3), 1, u64{1} << 63, 0}), Errno::Inval);
  EXPECT_EQ(call("fd_tell", {fd, 0}), Errno::Success);
  EXPECT_EQ(get<u64>(0), 1000u);
  EXPECT_EQ(scratch.read("file"), "0XY34567ab");

  EXPECT_EQ(call("fd_filestat_set_size", {fd, 4}), Errno::Success);
  EXPECT_EQ(scratch.read("file"), "0XY3");
  EXPECT_EQ(call("fd_filestat_set_size", {fd, ~u64{0}}), Errno::Inval);
  const Errno allocated = call("fd_allocate", {fd, 0, 8});
  EXPECT_TRUE(allocated == Errno::Success || allocated == Errno::Notsup);
  EXPECT_EQ(call("fd_allocate", {fd, ~u64{0}, 8}), Errno::Inval);
  for (u32 advice = 0; advice < 6; ++advice) EXPECT_EQ(call("fd_advise", {fd, 0, 0, advice}), Errno::Success);
  EXPECT_EQ(call("fd_advise", {fd, 0, 0, 6}), Errno::Inval);
  EXPECT_EQ(call("fd_advise", {fd, ~u64{0}, 0, 0}), Errno::Inval);
  EXPECT_EQ(call("fd_sync", {fd}), Errno::Success);
  EXPECT_EQ(call("fd_datasync", {fd}), Errno::Success);
  EXPECT_EQ(call("fd_close", {fd}), Errno::Success);
  for (const char* name : {"fd_sync", "fd_datasync", "fd_close"}) EXPECT_EQ(call(name, {fd}), Errno::Badf);
}

TEST_F(P1Test, file_times_and_stat) {
  scratch.write("file", "12345");
  const u32 fd = opened("file");
  const u32 at = 512;
  EXPECT_EQ(call("fd_filestat_set_times", {fd, 111'000'000'222, 333'000'000'444, fstflags::kAtim | fstflags::kMtim}),
            Errno::Success);
  EXPECT_EQ(call("fd_filestat_get", {fd, at}), Errno::Success);
  Filestat stat = get<Filestat>(at);
  struct stat host{};
  ASSERT_EQ(::stat(scratch.path("file").c_str(), &host), 0);
  EXPECT_EQ(stat.ino, host.st_ino);
  EXPECT_EQ(stat.dev, host.st_dev);
  EXPECT_EQ(stat.filetype, static_cast<u8>(FileType::RegularFile));
  EXPECT_EQ(stat.nlink, 1u);
  EXPECT_EQ(stat.size, 5u);
  EXPECT_EQ(stat.atim, 111'000'000'222u);
  EXPECT_EQ(stat.mtim, 333'000'000'444u);
  for (u8 byte : stat.pad) EXPECT_EQ(byte, 0);
  EXPECT_EQ(call("fd_filestat_set_times", {fd, 0, 0, fstflags::kAtimNow}), Errno::Success);
  EXPECT_EQ(call("path_filestat_get", {3, 1, put("file"), 4, at}), Errno::Success);
  EXPECT_EQ(get<Filestat>(at).mtim, 333'000'000'444u);
  EXPECT_GT(get<Filestat>(at).atim, 1'500'000'000ull * 1'000'000'000);
  EXPECT_EQ(call("path_filestat_set_times", {3, 1, put("file"), 4, 5, 6, fstflags::kAtim | fstflags::kMtim}), Errno::Success);
  EXPECT_EQ(call("fd_filestat_get", {fd, at}), Errno::Success);
  EXPECT_EQ(get<Filestat>(at).atim, 5u);

  EXPECT_EQ(call("fd_filestat_set_times", {fd, 0, 0, fstflags::kAtim | fstflags::kAtimNow}), Errno::Inval);
  EXPECT_EQ(call("fd_filestat_set_times", {fd, 0, 0, fstflags::kMtim | fstflags::kMtimNow}), Errno::Inval);
  EXPECT_EQ(call("fd_filestat_set_times", {fd, 0, 0, 16}), Errno::Inval);
  EXPECT_EQ(call("path_filestat_set_times", {3, 1, put("file"), 4, 0, 0, fstflags::kAtim | fstflags::kAtimNow}), Errno::Inval);
  EXPECT_EQ(call("path_filestat_set_times", {3, 2, put("file"), 4, 0, 0, 0}), Errno::Inval);
  EXPECT_EQ(call("path_filestat_get", {3, 2, put("file"), 4, at}), Errno::Inval);
  EXPECT_EQ(call("path_filestat_get", {3, 0, put("none"), 4, at}), Errno::Noent);
  EXPECT_EQ(error("path_filestat_get", {3, 0, put("file"), 4, at + 4}),
            "Pointer not aligned to 8: Region { start: 516, len: 64 }");
  // Times at the ends of the range do not upset the host.
  for (u64 time : {u64{0}, u64{1} << 31, u64{1} << 32, u64{1} << 63, ~u64{0}}) {
    (void)raw("fd_filestat_set_times", {fd, time, time, fstflags::kAtim | fstflags::kMtim});
    (void)raw("fd_filestat_get", {fd, at});
  }
}

TEST_F(P1Test, opening) {
  scratch.write("file", "text");
  scratch.directory("dir");
  EXPECT_EQ(open("file", nullptr, {.oflags = oflags::kCreat | oflags::kExcl}), Errno::Exist);
  EXPECT_EQ(open("none", nullptr), Errno::Noent);
  EXPECT_EQ(open("", nullptr), Errno::Noent);
  EXPECT_EQ(open("/data/file", nullptr), Errno::Perm);
  EXPECT_EQ(open("../x", nullptr), Errno::Perm);
  EXPECT_EQ(open("\xff", nullptr), Errno::Ilseq);
  EXPECT_EQ(open(std::string_view("a\0b", 3), nullptr), Errno::Inval);
  EXPECT_EQ(open("dir", nullptr), Errno::Isdir);
  EXPECT_EQ(open("file", nullptr, {.oflags = oflags::kDirectory}), Errno::Notdir);
  EXPECT_EQ(open("dir", nullptr, {.oflags = oflags::kDirectory | oflags::kCreat}), Errno::Inval);
  EXPECT_EQ(open("file", nullptr, {.oflags = 16}), Errno::Inval);
  EXPECT_EQ(open("file", nullptr, {.fdflags = 32}), Errno::Inval);
  EXPECT_EQ(open("file", nullptr, {.lookup = 2}), Errno::Inval);
  EXPECT_EQ(open("file", nullptr, {.directory = 0}), Errno::Badf);
  EXPECT_EQ(open("file", nullptr, {.directory = 77}), Errno::Badf);
  const u32 file = opened("file");
  EXPECT_EQ(open("file", nullptr, {.directory = file}), Errno::Notdir);
  EXPECT_EQ(error("path_open", {3, 0, kMemory, 1, 0, 0, 0, 0, 0}), "Pointer out of bounds: Region { start: 262144, len: 1 }");
  EXPECT_EQ(call("path_open", {3, 0, 0, kMemory, 0, 0, 0, 0, 0}), Errno::Nametoolong);
  EXPECT_EQ(error("path_open", {3, 0, put("file"), 4, 0, 0, 0, 0, 2}), "Pointer not aligned to 4: Region { start: 2, len: 4 }");

  const u32 made = opened("made", {.oflags = oflags::kCreat | oflags::kExcl});
  EXPECT_EQ(write(made, "new"), Errno::Success);
  EXPECT_EQ(scratch.read("made"), "new");
  const u32 cut = opened("file", {.oflags = oflags::kTrunc});
  EXPECT_EQ(scratch.read("file"), "");
  EXPECT_EQ(write(cut, "again"), Errno::Success);

  const u32 reader = opened("file", {.base = rights::kFdRead});
  EXPECT_EQ(read(reader), "again");
  EXPECT_EQ(write(reader, "x"), Errno::Badf);
  EXPECT_EQ(call("fd_filestat_set_size", {reader, 0}), Errno::Inval);
  EXPECT_EQ(fdstat(reader).rights_base & rights::kFdWrite, 0u);
  const u32 writer = opened("file", {.base = rights::kFdWrite});
  EXPECT_EQ(read(writer), "badf");
  EXPECT_EQ(fdstat(writer).rights_base & rights::kFdRead, 0u);
  EXPECT_EQ(write(writer, "X"), Errno::Success);
  // Whoever asks for nothing may read, and truncating does not make a writer.
  const u32 plain = opened("file", {.base = 0});
  EXPECT_EQ(read(plain), "Xgain");
  const u32 truncated = opened("file", {.oflags = oflags::kTrunc, .base = 0});
  EXPECT_EQ(write(truncated, "x"), Errno::Badf);
  EXPECT_EQ(scratch.read("file"), "");
}

TEST_F(P1Test, flags_of_descriptors) {
  scratch.write("file", "start");
  const u32 fd = opened("file", {.fdflags = fdflags::kAppend});
  EXPECT_EQ(write(fd, "+end"), Errno::Success);
  EXPECT_EQ(scratch.read("file"), "start+end");
  Fdstat stat = fdstat(fd);
  EXPECT_EQ(stat.flags, fdflags::kAppend);
  EXPECT_EQ(stat.filetype, static_cast<u8>(FileType::RegularFile));
  EXPECT_EQ(stat.pad0, 0);
  EXPECT_EQ(stat.pad1, 0u);
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, 0}), Errno::Success);
  EXPECT_EQ(call("fd_seek", {fd, 0, 0, 0}), Errno::Success);
  EXPECT_EQ(write(fd, "S"), Errno::Success);
  EXPECT_EQ(scratch.read("file"), "Start+end");
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, fdflags::kAppend | fdflags::kNonblock}), Errno::Success);
  EXPECT_EQ(fdstat(fd).flags, fdflags::kAppend | fdflags::kNonblock);
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, fdflags::kSync}), Errno::Inval);
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, 32}), Errno::Inval);
  EXPECT_EQ(call("fd_fdstat_set_flags", {3, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_fdstat_set_flags", {0, fdflags::kNonblock}), Errno::Success);
  EXPECT_EQ(fdstat(0).flags, fdflags::kNonblock);
  const u32 synced = opened("file", {.fdflags = fdflags::kSync | fdflags::kDsync | fdflags::kRsync});
  EXPECT_EQ(fdstat(synced).flags, fdflags::kSync | fdflags::kDsync | fdflags::kRsync);
  EXPECT_EQ(write(synced, "T"), Errno::Success);
  EXPECT_EQ(call("fd_fdstat_get", {99, 0}), Errno::Badf);
  EXPECT_EQ(error("fd_fdstat_get", {fd, 4}), "Pointer not aligned to 8: Region { start: 4, len: 24 }");
}

TEST_F(P1Test, non_blocking_input) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  config.in = fd_input(ends[0]);
  EXPECT_EQ(call("fd_fdstat_set_flags", {0, fdflags::kNonblock}), Errno::Success);
  EXPECT_EQ(read(0), "again");
  ASSERT_EQ(::write(ends[1], "now", 3), 3);
  EXPECT_EQ(read(0), "now");
  // The host's descriptor is as it was.
  EXPECT_EQ(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(P1Test, rights_given_up_are_gone) {
  scratch.write("file", "text");
  const u32 fd = opened("file");
  const Fdstat all = fdstat(fd);
  const Rights kept = all.rights_base & ~(rights::kFdRead | rights::kFdWrite);
  EXPECT_EQ(call("fd_fdstat_set_rights", {fd, kept, all.rights_inheriting}), Errno::Success);
  EXPECT_EQ(fdstat(fd).rights_base, kept);
  EXPECT_EQ(read(fd), "notcapable");
  EXPECT_EQ(write(fd, "x"), Errno::Notcapable);
  EXPECT_EQ(call("fd_fdstat_set_rights", {fd, all.rights_base, all.rights_inheriting}), Errno::Notcapable);
  EXPECT_EQ(call("fd_fdstat_set_rights", {fd, ~u64{0}, 0}), Errno::Notcapable);
  EXPECT_EQ(call("fd_fdstat_set_rights", {fd, 0, 0}), Errno::Success);
  EXPECT_EQ(call("fd_seek", {fd, 0, 1, 0}), Errno::Notcapable);
  EXPECT_EQ(call("fd_filestat_get", {fd, 64}), Errno::Notcapable);
  EXPECT_EQ(call("fd_fdstat_set_flags", {fd, 0}), Errno::Notcapable);
  EXPECT_EQ(call("fd_fdstat_set_rights", {99, 0, 0}), Errno::Badf);

  // Directories pass on what they have, and no more.
  scratch.directory("dir");
  const u32 dir = opened("dir", {.oflags = oflags::kDirectory, .base = rights::kFdRead});
  const Fdstat of_dir = fdstat(dir);
  EXPECT_EQ(of_dir.rights_base & rights::kFdFilestatSetSize, 0u);
  EXPECT_NE(of_dir.rights_base & rights::kPathFilestatSetSize, 0u);
  EXPECT_EQ(call("fd_fdstat_set_rights", {dir, of_dir.rights_base & ~(rights::kPathFilestatSetSize | rights::kPathUnlinkFile),
                                          of_dir.rights_inheriting & ~rights::kFdWrite}),
            Errno::Success);
  EXPECT_EQ(open("x", nullptr, {.oflags = oflags::kCreat, .base = rights::kFdRead, .directory = dir}), Errno::Success);
  EXPECT_EQ(open("x", nullptr, {.oflags = oflags::kTrunc, .base = rights::kFdRead, .directory = dir}), Errno::Notcapable);
  EXPECT_EQ(open("x", nullptr, {.base = rights::kFdWrite, .directory = dir}), Errno::Notcapable);
  EXPECT_EQ(on_path("path_unlink_file", "x", dir), Errno::Notcapable);
  const std::pair<const char*, Rights> needed[] = {{"path_create_directory", rights::kPathCreateDirectory},
                                                   {"path_remove_directory", rights::kPathRemoveDirectory}};
  for (const auto& [name, right] : needed) {
    EXPECT_EQ(call("fd_fdstat_set_rights", {dir, fdstat(dir).rights_base & ~right, 0}), Errno::Success);
    EXPECT_EQ(on_path(name, "x", dir), Errno::Notcapable) << name;
  }
  EXPECT_EQ(call("fd_fdstat_set_rights", {dir, 0, 0}), Errno::Success);
  EXPECT_EQ(open("x", nullptr, {.base = 0, .directory = dir}), Errno::Notcapable);
  EXPECT_EQ(call("path_rename", {dir, put("x"), 1, 3, put("y"), 1}), Errno::Notcapable);
  EXPECT_EQ(call("path_rename", {3, put("x"), 1, dir, put("y"), 1}), Errno::Notcapable);
  EXPECT_EQ(call("path_link", {dir, 0, put("x"), 1, 3, put("y"), 1}), Errno::Notcapable);
  EXPECT_EQ(call("path_link", {3, 0, put("x"), 1, dir, put("y"), 1}), Errno::Notcapable);
  EXPECT_EQ(call("path_symlink", {put("x"), 1, dir, put("y"), 1}), Errno::Notcapable);
  EXPECT_EQ(call("path_readlink", {dir, put("x"), 1, 0, 8, 16}), Errno::Notcapable);
  EXPECT_EQ(call("path_filestat_get", {dir, 0, put("x"), 1, 64}), Errno::Notcapable);
  EXPECT_EQ(call("path_filestat_set_times", {dir, 0, put("x"), 1, 0, 0, 0}), Errno::Notcapable);
  EXPECT_EQ(call("fd_readdir", {dir, 64, 64, 0, 0}), Errno::Notcapable);
}

TEST_F(P1Test, numbers_of_descriptors) {
  scratch.write("a", "A");
  scratch.write("b", "B");
  const u32 a = opened("a"), b = opened("b");
  EXPECT_EQ(a, 4u);
  EXPECT_EQ(b, 5u);
  EXPECT_EQ(call("fd_renumber", {a, b}), Errno::Success);
  EXPECT_EQ(read(b), "A");
  EXPECT_EQ(read(a), "badf");
  EXPECT_EQ(opened("b"), 4u);
  EXPECT_EQ(call("fd_renumber", {4, 4}), Errno::Success);
  EXPECT_EQ(call("fd_renumber", {4, 6}), Errno::Badf);
  EXPECT_EQ(call("fd_renumber", {6, 4}), Errno::Badf);
  EXPECT_EQ(call("fd_renumber", {~0u, ~0u}), Errno::Badf);
  EXPECT_EQ(call("fd_renumber", {4, 3}), Errno::Success);  // over the granted directory
  EXPECT_EQ(open("a", nullptr), Errno::Notdir);
  EXPECT_EQ(call("fd_prestat_get", {3, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_close", {3}), Errno::Success);
}

TEST_F(P1Test, descriptors_do_not_leak) {
  scratch.write("file", "x");
  auto host_count = [] {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
  };
  (void)ctx();
  const std::size_t before = host_count();
  const u32 mark = next;
  for (int i = 0; i < 10'000; ++i) {
    next = mark;
    const u32 first = opened("file"), second = opened("file");
    ASSERT_EQ(call("fd_renumber", {first, second}), Errno::Success);
    ASSERT_EQ(call("fd_close", {second}), Errno::Success);
    ASSERT_EQ(error("path_open", {3, 0, put("file"), 4, 0, 0, 0, 0, kMemory}),
              "Pointer out of bounds: Region { start: 262144, len: 4 }");
  }
  EXPECT_EQ(host_count(), before);
}

// covers: limit WasiDescriptors
TEST_F(P1Test, descriptors_are_limited) {
  scratch.write("file", "x");
  config.max_descriptors = 6;
  EXPECT_EQ(opened("file"), 4u);
  EXPECT_EQ(opened("file"), 5u);
  EXPECT_EQ(open("file", nullptr), Errno::Mfile);
  EXPECT_EQ(call("fd_close", {4}), Errno::Success);
  EXPECT_EQ(opened("file"), 4u);
}

TEST_F(P1Test, granted_directories) {
  EXPECT_EQ(call("fd_prestat_get", {3, 0}), Errno::Success);
  EXPECT_EQ(get<Prestat>(0).tag, 0);
  EXPECT_EQ(get<Prestat>(0).name_len, 5u);
  for (u8 byte : get<Prestat>(0).pad) EXPECT_EQ(byte, 0);
  EXPECT_EQ(call("fd_prestat_dir_name", {3, 16, 5}), Errno::Success);
  EXPECT_EQ(text(16, 5), "/data");
  EXPECT_EQ(bytes[21], kCanary);
  EXPECT_EQ(call("fd_prestat_dir_name", {3, 16, 9}), Errno::Success);
  EXPECT_EQ(call("fd_prestat_dir_name", {3, 16, 4}), Errno::Nametoolong);
  EXPECT_EQ(call("fd_prestat_dir_name", {0, 16, 4}), Errno::Notdir);
  EXPECT_EQ(call("fd_prestat_get", {4, 0}), Errno::Badf);
  EXPECT_EQ(error("fd_prestat_get", {3, 2}), "Pointer not aligned to 4: Region { start: 2, len: 8 }");
  const Fdstat stat = fdstat(3);
  EXPECT_EQ(stat.filetype, static_cast<u8>(FileType::Directory));
  EXPECT_EQ(stat.rights_base, rights::kAllDir);
  // What is for files is not for directories.
  const u32 buffer = room(8);
  EXPECT_EQ(call("fd_read", {3, iov(buffer, 8), 1, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_pread", {3, iov(buffer, 8), 1, 0, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_write", {3, iov(buffer, 8), 1, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_pwrite", {3, iov(buffer, 8), 1, 0, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_seek", {3, 0, 0, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_tell", {3, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_allocate", {3, 0, 1}), Errno::Badf);
  EXPECT_EQ(call("fd_advise", {3, 0, 1, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_filestat_set_size", {3, 0}), Errno::Badf);
  EXPECT_EQ(call("fd_sync", {3}), Errno::Success);
  EXPECT_EQ(call("fd_datasync", {3}), Errno::Success);
  EXPECT_EQ(call("fd_filestat_get", {3, 64}), Errno::Success);
  EXPECT_EQ(call("fd_filestat_set_times", {3, 1, 1, fstflags::kAtim}), Errno::Success);
  EXPECT_EQ(call("fd_close", {3}), Errno::Success);
  EXPECT_EQ(call("fd_prestat_get", {3, 0}), Errno::Badf);
}

TEST_F(P1Test, paths) {
  EXPECT_EQ(on_path("path_create_directory", "dir"), Errno::Success);
  EXPECT_EQ(on_path("path_create_directory", "dir"), Errno::Exist);
  EXPECT_EQ(on_path("path_create_directory", "none/dir"), Errno::Noent);
  EXPECT_EQ(on_path("path_create_directory", "../dir"), Errno::Perm);
  scratch.write("dir/file", "x");
  EXPECT_EQ(on_path("path_remove_directory", "dir"), Errno::Notempty);
  EXPECT_EQ(on_path("path_remove_directory", "dir/file"), Errno::Notdir);
  EXPECT_EQ(on_path("path_unlink_file", "dir"), Errno::Isdir);
  EXPECT_EQ(call("path_link", {3, 0, put("dir/file"), 8, 3, put("hard"), 4}), Errno::Success);
  EXPECT_EQ(call("path_link", {3, 0, put("dir/file"), 8, 3, put("hard"), 4}), Errno::Exist);
  EXPECT_EQ(call("path_link", {3, 1, put("dir/file"), 8, 3, put("hard2"), 5}), Errno::Inval);
  EXPECT_EQ(call("path_link", {3, 2, put("dir/file"), 8, 3, put("hard2"), 5}), Errno::Inval);
  EXPECT_EQ(call("path_link", {3, 0, put("dir"), 3, 3, put("hard2"), 5}), Errno::Perm);
  EXPECT_EQ(call("path_rename", {3, put("hard"), 4, 3, put("moved"), 5}), Errno::Success);
  EXPECT_EQ(call("path_rename", {3, put("hard"), 4, 3, put("moved"), 5}), Errno::Noent);
  EXPECT_EQ(call("path_rename", {3, put("moved"), 5, 3, put("dir"), 3}), Errno::Isdir);
  EXPECT_EQ(call("path_symlink", {put("dir/file"), 8, 3, put("soft"), 4}), Errno::Success);
  EXPECT_EQ(call("path_symlink", {put("x"), 1, 3, put("soft"), 4}), Errno::Exist);
  EXPECT_EQ(call("path_symlink", {put("/etc"), 4, 3, put("abs"), 3}), Errno::Perm);
  const u32 buffer = room(16);
  EXPECT_EQ(call("path_readlink", {3, put("soft"), 4, buffer, 16, 0}), Errno::Success);
  EXPECT_EQ(text(buffer, get<u32>(0)), "dir/file");
  EXPECT_EQ(bytes[buffer + 8], kCanary);
  EXPECT_EQ(call("path_readlink", {3, put("soft"), 4, buffer, 3, 0}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 3u);
  EXPECT_EQ(call("path_readlink", {3, put("moved"), 5, buffer, 16, 0}), Errno::Inval);
  EXPECT_EQ(error("path_readlink", {3, put("soft"), 4, kMemory - 4, 16, 0}),
            "Pointer out of bounds: Region { start: 262140, len: 8 }");
  EXPECT_EQ(open("soft", nullptr, {.lookup = 0}), Errno::Loop);
  EXPECT_EQ(read(opened("soft")), "x");
  EXPECT_EQ(call("path_filestat_get", {3, 0, put("soft"), 4, 64}), Errno::Success);
  EXPECT_EQ(get<Filestat>(64).filetype, static_cast<u8>(FileType::SymbolicLink));
  EXPECT_EQ(get<Filestat>(64).size, 8u);
  for (const char* name : {"soft", "moved", "dir/file"}) EXPECT_EQ(on_path("path_unlink_file", name), Errno::Success) << name;
  EXPECT_EQ(on_path("path_unlink_file", "soft"), Errno::Noent);
  EXPECT_EQ(on_path("path_remove_directory", "dir"), Errno::Success);
  for (const char* name : {"path_create_directory", "path_remove_directory", "path_unlink_file"}) {
    EXPECT_EQ(on_path(name, "x", 0), Errno::Badf) << name;
    EXPECT_EQ(on_path(name, "x", 50), Errno::Badf) << name;
    EXPECT_EQ(on_path(name, "\xc3"), Errno::Ilseq) << name;
    EXPECT_EQ(error(name, {3, kMemory - 1, 2}), "Pointer out of bounds: Region { start: 262143, len: 2 }") << name;
  }
}

TEST_F(P1Test, read_only_grants) {
  scratch.write("file", "x");
  config.preopens.clear();
  config.preopens.push_back({*Directory::open_host(scratch.path(), FsPerms::ReadOnly), "/"});
  EXPECT_EQ(open("file", nullptr), Errno::Perm);
  EXPECT_EQ(open("file", nullptr, {.oflags = oflags::kTrunc, .base = rights::kFdRead}), Errno::Perm);
  EXPECT_EQ(open("new", nullptr, {.oflags = oflags::kCreat, .base = rights::kFdRead}), Errno::Perm);
  EXPECT_EQ(read(opened("file", {.base = rights::kFdRead})), "x");
  EXPECT_EQ(on_path("path_create_directory", "dir"), Errno::Perm);
  EXPECT_EQ(on_path("path_unlink_file", "file"), Errno::Perm);
  EXPECT_EQ(call("fd_filestat_set_times", {3, 0, 0, fstflags::kAtimNow}), Errno::Perm);
  EXPECT_EQ(scratch.read("file"), "x");
}

TEST_F(P1Test, reading_directories) {
  std::set<std::string> expected{".", ".."};
  for (int i = 0; i < 40; ++i) {
    const std::string name = "entry" + std::to_string(i);
    scratch.write("dir/" + name, "");
    expected.insert(name);
  }
  scratch.directory("dir/sub");
  scratch.link("x", "dir/link");
  expected.insert({"sub", "link"});
  const u32 dir = opened("dir", {.oflags = oflags::kDirectory, .base = rights::kFdReaddir});
  for (u32 size : {24u + 255, 100u, 4096u}) {
    std::map<std::string, u8> seen;
    u64 cookie = 0;
    const u32 buffer = 4096;
    for (int turn = 0; turn < 1000; ++turn) {
      std::fill_n(bytes.begin() + buffer, size, kCanary);
      ASSERT_EQ(call("fd_readdir", {dir, buffer, size, cookie, 0}), Errno::Success);
      const u32 used = get<u32>(0);
      ASSERT_LE(used, size);
      u32 at = 0;
      while (at + 24 <= used) {
        const Dirent entry = get<Dirent>(buffer + at);
        for (u8 byte : entry.pad) EXPECT_EQ(byte, 0);
        if (at + 24 + entry.namlen > used) break;
        const std::string name = text(buffer + at + 24, entry.namlen);
        EXPECT_TRUE(seen.emplace(name, entry.type).second) << name;
        EXPECT_NE(entry.ino, 0u);
        at += 24 + entry.namlen;
        cookie = entry.next;
      }
      for (u32 i = used; i < size; ++i) EXPECT_EQ(bytes[buffer + i], kCanary);
      if (used < size) break;
    }
    std::set<std::string> names;
    for (const auto& [name, type] : seen) names.insert(name);
    EXPECT_EQ(names, expected);
    EXPECT_EQ(seen["sub"], static_cast<u8>(FileType::Directory));
    EXPECT_EQ(seen["link"], static_cast<u8>(FileType::SymbolicLink));
    EXPECT_EQ(seen["entry0"], static_cast<u8>(FileType::RegularFile));
  }
  EXPECT_EQ(call("fd_readdir", {dir, 64, 0, 0, 0}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 0u);
  EXPECT_EQ(call("fd_readdir", {dir, 64, 10, 0, 0}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 10u);
  EXPECT_EQ(call("fd_readdir", {dir, 64, 100, ~u64{0}, 0}), Errno::Inval);
  EXPECT_EQ(call("fd_readdir", {0, 64, 100, 0, 0}), Errno::Badf);
  EXPECT_EQ(error("fd_readdir", {dir, kMemory - 10, 100, 0, 0}), "Pointer out of bounds: Region { start: 262134, len: 100 }");
}

Subscription clock_subscription(u64 userdata, ClockId id, u64 timeout, u16 flags = 0) {
  Subscription out{};
  out.userdata = userdata;
  out.tag = static_cast<u8>(EventType::Clock);
  out.id_or_fd = static_cast<u32>(id);
  out.timeout = timeout;
  out.flags = flags;
  return out;
}

Subscription fd_subscription(u64 userdata, EventType type, u32 fd) {
  Subscription out{};
  out.userdata = userdata;
  out.tag = static_cast<u8>(type);
  out.id_or_fd = fd;
  return out;
}

TEST_F(P1Test, polling) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  config.in = fd_input(ends[0]);
  scratch.write("file", "0123456789");
  const u32 file = opened("file");
  const u32 in = 4096, events = 8192;
  auto poll = [&](std::vector<Subscription> subscriptions) {
    for (std::size_t i = 0; i < subscriptions.size(); ++i) set(in + static_cast<u32>(i) * 48, subscriptions[i]);
    std::vector<Event> result;
    EXPECT_EQ(call("poll_oneoff", {in, events, subscriptions.size(), 0}), Errno::Success);
    for (u32 i = 0; i < get<u32>(0); ++i) result.push_back(get<Event>(events + i * 32));
    return result;
  };
  const auto begin = std::chrono::steady_clock::now();
  auto result = poll({clock_subscription(1, ClockId::Monotonic, 20'000'000), fd_subscription(2, EventType::FdRead, 0)});
  ASSERT_EQ(result.size(), 1u);
  EXPECT_EQ(result[0].userdata, 1u);
  EXPECT_EQ(result[0].type, 0);
  EXPECT_EQ(result[0].error, 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));

  ASSERT_EQ(::write(ends[1], "abc", 3), 3);
  result = poll({clock_subscription(1, ClockId::Monotonic, ~u64{0}), fd_subscription(2, EventType::FdRead, 0),
                 fd_subscription(3, EventType::FdWrite, 1), fd_subscription(4, EventType::FdRead, file),
                 fd_subscription(5, EventType::FdRead, 99), fd_subscription(6, EventType::FdRead, 3),
                 fd_subscription(7, EventType::FdWrite, 0)});
  ASSERT_EQ(result.size(), 6u);
  EXPECT_EQ(result[0].userdata, 2u);
  EXPECT_EQ(result[0].nbytes, 3u);
  EXPECT_EQ(result[1].userdata, 3u);
  EXPECT_EQ(result[2].nbytes, 10u);
  for (int i : {3, 4, 5}) EXPECT_EQ(result[static_cast<std::size_t>(i)].error, static_cast<u16>(Errno::Badf));
  for (const Event& event : result) {
    for (u8 byte : event.pad0) EXPECT_EQ(byte, 0);
    for (u8 byte : event.pad1) EXPECT_EQ(byte, 0);
  }
  // Moments that have passed are there at once.
  for (ClockId id : {ClockId::Realtime, ClockId::Monotonic})
    EXPECT_EQ(poll({clock_subscription(1, id, 0, subclockflags::kAbstime)}).size(), 1u);
  EXPECT_EQ(poll({clock_subscription(1, ClockId::Realtime, 1'000'000)}).size(), 1u);
  close(ends[1]);
  EXPECT_EQ(read(0), "abc");
  result = poll({fd_subscription(2, EventType::FdRead, 0)});
  EXPECT_EQ(result[0].flags, eventrwflags::kHangup);
  close(ends[0]);

  EXPECT_EQ(call("poll_oneoff", {in, events, 0, 0}), Errno::Inval);
  set(in, clock_subscription(1, static_cast<ClockId>(2), 0));
  EXPECT_EQ(call("poll_oneoff", {in, events, 1, 0}), Errno::Inval);
  set(in, clock_subscription(1, ClockId::Monotonic, 0, 2));
  EXPECT_EQ(call("poll_oneoff", {in, events, 1, 0}), Errno::Inval);
  set(in, fd_subscription(1, static_cast<EventType>(3), 0));
  EXPECT_EQ(call("poll_oneoff", {in, events, 1, 0}), Errno::Inval);
  // covers: limit WasiSubscriptions
  EXPECT_EQ(call("poll_oneoff", {0, 0, limits::kWasiSubscriptions + 1, 0}), Errno::Nomem);
  EXPECT_EQ(error("poll_oneoff", {4, events, 1, 0}), "Pointer not aligned to 8: Region { start: 4, len: 48 }");
  // One subscription inside, the others beyond the end; then a product that overflows 32 bits.
  EXPECT_EQ(error("poll_oneoff", {kMemory - 48, events, 2, 0}), "Pointer out of bounds: Region { start: 262096, len: 96 }");
  EXPECT_EQ(error("poll_oneoff", {0, kMemory - 32, 2, 0}), "Pointer out of bounds: Region { start: 262112, len: 64 }");
  EXPECT_EQ(error("poll_oneoff", {0, 0, 0x05555556, 0}), "Pointer overflow");
  EXPECT_EQ(error("poll_oneoff", {0, 0, ~0u, 0}), "Pointer overflow");
}

TEST_F(P1Test, waits_can_be_interrupted) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  config.in = fd_input(ends[0]);
  config.interrupter = std::make_shared<Interrupter>();
  auto interrupter = config.interrupter;
  (void)ctx();
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    interrupter->interrupt();
  });
  set(4096, clock_subscription(1, ClockId::Monotonic, ~u64{0}));
  auto ended = raw("poll_oneoff", {4096, 8192, 1, 0});
  later.join();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::Trap);
  EXPECT_EQ(ended.error().message(), "interrupt");
  auto reading = raw("fd_read", {0, iov(0, 8), 1, 16});
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code(), ErrorCode::Trap);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(P1Test, sockets) {
  for (u32 fd : {0u, 3u}) {
    EXPECT_EQ(call("sock_accept", {fd, 0, 0}), Errno::Notsock);
    EXPECT_EQ(call("sock_recv", {fd, 0, 0, 0, 0, 4}), Errno::Notsock);
    EXPECT_EQ(call("sock_send", {fd, 0, 0, 0, 0}), Errno::Notsock);
    EXPECT_EQ(call("sock_shutdown", {fd, 1}), Errno::Notsock);
  }
  EXPECT_EQ(call("sock_accept", {77, 0, 0}), Errno::Badf);
  EXPECT_EQ(call("sock_shutdown", {77, 1}), Errno::Badf);
  EXPECT_EQ(call("sock_shutdown", {0, 4}), Errno::Inval);
}

TEST_F(P1Test, granted_sockets) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  config.sockets.push_back(std::make_shared<Socket>(UniqueFd(pair[0])));
  EXPECT_EQ(fdstat(4).filetype, static_cast<u8>(FileType::SocketStream));
  const u32 hello = put("hello");
  EXPECT_EQ(call("sock_send", {4, iov(hello, 5), 1, 0, 0}), Errno::Success);
  EXPECT_EQ(get<u32>(0), 5u);
  char buffer[16];
  EXPECT_EQ(::read(pair[1], buffer, sizeof buffer), 5);
  ASSERT_EQ(::write(pair[1], "world", 5), 5);
  const u32 into = room(16);
  EXPECT_EQ(call("sock_recv", {4, iov(into, 16), 1, riflags::kPeek, 0, 4}), Errno::Success);
  EXPECT_EQ(call("sock_recv", {4, iov(into, 16), 1, 0, 0, 4}), Errno::Success);
  EXPECT_EQ(text(into, get<u32>(0)), "world");
  EXPECT_EQ(get<u16>(4), 0);
  EXPECT_EQ(call("sock_recv", {4, iov(into, 16), 1, 4, 0, 4}), Errno::Inval);
  EXPECT_EQ(call("sock_send", {4, iov(hello, 5), 1, 1, 0}), Errno::Inval);
  EXPECT_EQ(call("fd_fdstat_set_flags", {4, fdflags::kNonblock}), Errno::Success);
  EXPECT_EQ(call("sock_recv", {4, iov(into, 16), 1, 0, 0, 4}), Errno::Again);
  EXPECT_EQ(call("sock_shutdown", {4, 0}), Errno::Inval);
  EXPECT_EQ(call("sock_shutdown", {4, sdflags::kWr}), Errno::Success);
  EXPECT_EQ(::read(pair[1], buffer, sizeof buffer), 0);
  EXPECT_EQ(write(4, "x"), Errno::Pipe);
  EXPECT_EQ(call("fd_close", {4}), Errno::Success);
  close(pair[1]);
}

// Every function with every combination of odd values in two of its parameters: an errno or an error, never anything else, and
// nothing of the host's in the guest's memory outside of what may be written.
TEST_F(P1Test, odd_values) {
  scratch.write("file", "0123456789");
  scratch.directory("dir");
  const u64 odd[] = {
      0,      1, 2, 3, 4, 5, 7, 8, 0xffff, kMemory - 8, kMemory, u64{1} << 31, 0xfffffff8, 0xffffffff, u64{1} << 32, u64{1} << 63,
      ~u64{0}};
  u64 calls = 0, errnos = 0;
  for (const P1Function& function : p1_functions()) {
    if (function.name == "poll_oneoff") continue;  // could wait for ever: its own test has its odd values
    const std::size_t count = function.params.size();
    for (std::size_t a = 0; a < std::max<std::size_t>(count, 1); ++a) {
      for (std::size_t b = a; b < std::max<std::size_t>(count, 1); ++b) {
        for (u64 first : odd) {
          for (u64 second : odd) {
            // A fresh world now and then, since the calls close and rename things.
            if (calls % 512 == 0) {
              config = Config();
              config.in = buffer_input("input");
              config.preopens.push_back({*Directory::open_host(scratch.path(), FsPerms::ReadWrite), "/"});
              fresh = *P1Ctx::create(std::move(config));
            }
            std::array<u64, 9> args{3, 0, 64, 4, 64, 4, 64, 64, 64};
            args[a] = first;
            args[b] = second;
            set(64, u32{0x656c6966});
            GuestMemory memory(view);
            auto answer = function.call(*fresh, memory, args.data());
            ++calls;
            if (!answer) continue;
            ++errnos;
            ASSERT_LE(*answer, static_cast<u32>(Errno::Notcapable)) << function.name;
          }
        }
      }
    }
  }
  EXPECT_GT(calls, 100'000u);
  EXPECT_GT(errnos, calls / 4);
}

}  // namespace
}  // namespace tenon::wasi
