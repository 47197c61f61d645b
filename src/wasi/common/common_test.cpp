// Clocks, random bytes, streams, waiting and guest memory.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "tenon/spec/errors.h"
#include "tenon/wasi/common/config.h"
#include "tenon/wasi/common/guest_memory.h"

namespace tenon::wasi {
namespace {

TEST(Clock, host) {
  const auto clocks = host_clocks();
  for (u8 id = 0; id < kClockCount; ++id) {
    EXPECT_GT(clocks->resolution(static_cast<ClockId>(id)).value(), 0u);
    const u64 first = clocks->now(static_cast<ClockId>(id)).value();
    EXPECT_GE(clocks->now(static_cast<ClockId>(id)).value(), first);
  }
  EXPECT_GT(clocks->now(ClockId::Realtime).value(), 1'500'000'000ull * 1'000'000'000);
  // Not the host's time since it was started.
  EXPECT_LT(clocks->now(ClockId::Monotonic).value(), 60ull * 1'000'000'000);
}

TEST(Clock, fixed) {
  const auto clocks = fixed_clocks(100, 7);
  EXPECT_EQ(*clocks->now(ClockId::Realtime), 100u);
  EXPECT_EQ(*clocks->now(ClockId::Realtime), 107u);
  EXPECT_EQ(*clocks->now(ClockId::Monotonic), 0u);
}

TEST(Random, seeded_repeats) {
  std::array<u8, 100> first{}, second{};
  ASSERT_TRUE(seeded_random(1)->fill(first));
  const auto again = seeded_random(1);
  ASSERT_TRUE(again->fill(std::span(second).first(33)));
  ASSERT_TRUE(again->fill(std::span(second).subspan(33)));
  EXPECT_EQ(first, second);
  ASSERT_TRUE(seeded_random(2)->fill(second));
  EXPECT_NE(first, second);
}

TEST(Random, secure_fills_all) {
  std::vector<u8> bytes(200'000, 0);
  ASSERT_TRUE(secure_random()->fill(bytes));
  std::array<int, 256> counts{};
  for (u8 byte : bytes) ++counts[byte];
  for (int count : counts) EXPECT_GT(count, 500);
}

TEST(Stream, buffers) {
  const auto in = buffer_input("hello");
  std::array<u8, 3> some{};
  EXPECT_EQ(*in->read(some), 3u);
  EXPECT_EQ(in->available(), 2u);
  EXPECT_EQ(*in->read(some), 2u);
  EXPECT_EQ(*in->read(some), 0u);
  BufferOutput out(8);
  EXPECT_EQ(*out.write(as_bytes("hello")), 5u);
  EXPECT_EQ(*out.write(as_bytes("world")), 3u);
  EXPECT_EQ(out.write(as_bytes("x")).error(), Errno::Nospc);
  EXPECT_EQ(out.contents(), "hellowor");
  EXPECT_EQ(*null_input()->read(some), 0u);
  EXPECT_EQ(*null_output()->write(as_bytes("gone")), 4u);
}

TEST(Stream, pipe_that_nobody_reads) {
  signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  close(ends[0]);
  EXPECT_EQ(fd_output(ends[1], TerminalFilter::Off)->write(as_bytes("x")).error(), Errno::Pipe);
  close(ends[1]);
}

TEST(Stream, non_blocking_pipe_takes_all) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  std::size_t got = 0;
  std::thread reader([&] {
    const auto in = fd_input(ends[0]);
    std::vector<u8> buffer(10'000);
    while (auto count = in->read(buffer)) {
      if (*count == 0) break;
      got += *count;
    }
  });
  const std::vector<u8> much(1'000'000, 'x');
  EXPECT_EQ(*fd_output(ends[1], TerminalFilter::Off)->write(much), much.size());
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(got, much.size());
}

std::string visible(std::initializer_list<std::string_view> parts) {
  TerminalText text;
  std::string out;
  for (std::string_view part : parts) text.filter(as_bytes(part), out);
  text.finish(out);
  return out;
}

TEST(Terminal, filter) {
  EXPECT_EQ(visible({"plain\ttext\r\n"}), "plain\ttext\r\n");
  EXPECT_EQ(visible({"\x1b[31mred\x07\x7f"}), "\u241b[31mred\u2407\u2421");
  EXPECT_EQ(visible({"\u00e9\u4e2d\U0001f600"}), "\u00e9\u4e2d\U0001f600");
  EXPECT_EQ(visible({"\xc3", "\xa9\xe4", "\xb8\xad", "\xf0\x9f", "\x98\x80"}), "\u00e9\u4e2d\U0001f600");
  EXPECT_EQ(visible({"\xc2\x9b"
                     "31m"}),
            "\ufffd31m");
  EXPECT_EQ(visible({"\x9b"
                     "31m"}),
            "\ufffd31m");
  EXPECT_EQ(visible({"\xc3(", "\xff\xc0\x80"}), "\ufffd(\ufffd\ufffd\ufffd");
  EXPECT_EQ(visible({"\xe4\xb8\x1b["}), "\ufffd\u241b[");
  EXPECT_EQ(visible({"\xe4\xb8"}), "\ufffd");
  EXPECT_EQ(visible({"\xed\xa0\x80"}), "\ufffd");
}

TEST(Terminal, only_terminals_are_filtered) {
  int master, slave;
  if (openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) GTEST_SKIP() << "no terminals here";
  auto written = [&](TerminalFilter filter) {
    const auto out = fd_output(slave, filter);
    EXPECT_TRUE(out->is_terminal());
    EXPECT_EQ(*out->write(as_bytes("a\x1b[0m")), 5u);
    char buffer[64];
    const ssize_t size = read(master, buffer, sizeof buffer);
    return std::string(buffer, static_cast<std::size_t>(size));
  };
  EXPECT_EQ(written(TerminalFilter::On), "a\u241b[0m");
  EXPECT_EQ(written(TerminalFilter::Off), "a\x1b[0m");
  close(master);
  close(slave);
}

TEST(Wait, time_and_interrupt) {
  Interrupter interrupter;
  EXPECT_EQ(*wait({}, 1'000'000, &interrupter), WaitEnd::Timeout);
  EXPECT_EQ(*wait({}, 0, nullptr), WaitEnd::Timeout);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    interrupter.interrupt();
  });
  EXPECT_EQ(*wait({}, std::nullopt, &interrupter), WaitEnd::Interrupted);
  later.join();
  EXPECT_EQ(*wait({}, ~u64{0}, &interrupter), WaitEnd::Interrupted);
}

TEST(Wait, descriptors) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::array<WaitItem, 2> items{WaitItem{ends[0], false}, WaitItem{ends[1], true}};
  EXPECT_EQ(*wait(items, std::nullopt, nullptr), WaitEnd::Ready);
  EXPECT_FALSE(items[0].ready);
  EXPECT_TRUE(items[1].ready);
  std::array<WaitItem, 1> one{WaitItem{ends[0], false}};
  EXPECT_EQ(*wait(one, 1000, nullptr), WaitEnd::Timeout);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_EQ(*wait(one, std::nullopt, nullptr), WaitEnd::Ready);
  close(ends[1]);
  EXPECT_EQ(*wait(one, std::nullopt, nullptr), WaitEnd::Ready);
  EXPECT_TRUE(one[0].hangup);
  close(ends[0]);
  std::array<WaitItem, 1> always{WaitItem{}};
  EXPECT_EQ(*wait(always, std::nullopt, nullptr), WaitEnd::Ready);
}

TEST(GuestMemory, checks_ranges) {
  std::vector<u8> bytes(65536);
  std::span<u8> view(bytes);
  GuestMemory memory(view);
  EXPECT_TRUE(memory.range(65536, 0));
  EXPECT_TRUE(memory.range(65535, 1));
  EXPECT_EQ(memory.range(65535, 2).error().message(), "Pointer out of bounds: Region { start: 65535, len: 2 }");
  EXPECT_FALSE(memory.range(65537, 0));
  EXPECT_FALSE(memory.range(~0u, ~0u));
  EXPECT_FALSE(memory.range(~0u, 1));
  EXPECT_FALSE(memory.range(0, u64{1} << 32));
  EXPECT_FALSE(memory.range(1, ~u64{0}));
  EXPECT_EQ(memory.read<u32>(1).error().message(), "Pointer not aligned to 4: Region { start: 1, len: 4 }");
  EXPECT_EQ(memory.read<u64>(65532).error().message(), "Pointer out of bounds: Region { start: 65532, len: 8 }");
  EXPECT_TRUE(memory.write<u64>(65528, 1));
  EXPECT_EQ(*memory.read<u64>(65528), 1u);
  EXPECT_FALSE(memory.write_bytes(65530, as_bytes("1234567")));
  EXPECT_EQ(bytes[65530], 0);
  EXPECT_EQ(*GuestMemory::element(8, 3, 4), 20u);
  EXPECT_FALSE(GuestMemory::element(~0u, 1, 1));
  EXPECT_FALSE(GuestMemory::element(0, u64{1} << 63, 8));
  // A memory that grows is seen as it is.
  bytes.resize(131072);
  view = bytes;
  EXPECT_TRUE(memory.range(65535, 2));
}

TEST(Errno, rows) {
  EXPECT_EQ(static_cast<u16>(Errno::Notcapable), 76);
  EXPECT_EQ(static_cast<u16>(Errno::Noent), 44);
  EXPECT_EQ(kErrnoNames.size(), 77u);
  EXPECT_EQ(errno_of_host(ENOENT), Errno::Noent);
  EXPECT_EQ(errno_of_host(EOPNOTSUPP), Errno::Notsup);
  EXPECT_EQ(errno_of_host(0), Errno::Io);
  EXPECT_EQ(errno_of_host(99999), Errno::Io);
}

}  // namespace
}  // namespace tenon::wasi
