// Every way out of a directory that is known to have worked somewhere, in both modes of resolution, and the equality of the two
// modes over random trees and paths.
#include "tenon/wasi/common/filesystem.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "wasi/common/path.h"
#include "wasi/common/scratch.h"

namespace tenon::wasi {
namespace {

using testing::Scratch;

constexpr OpenRequest kRead{.read = true};
constexpr OpenRequest kFollow{.read = true, .follow = true};
constexpr OpenRequest kWrite{.write = true, .follow = true};
constexpr OpenRequest kCreate{.write = true, .create = true, .follow = true};
constexpr OpenRequest kList{.read = true, .directory = true, .follow = true};

Errno error_of(const auto& result) {
  return result ? Errno::Success : result.error();
}

std::string contents_of(Opened& opened) {
  char buffer[64];
  iovec vector{buffer, sizeof buffer};
  auto* file = std::get_if<std::shared_ptr<File>>(&opened);
  if (file == nullptr) return "(directory)";
  const auto size = (*file)->read({&vector, 1});
  return size ? std::string(buffer, *size) : "(error)";
}

class Beneath : public ::testing::TestWithParam<ResolveMode> {
 protected:
  void SetUp() override {
    // outside/ holds what must not be reached, root/ is granted.
    scratch.write("outside/secret", "secret");
    scratch.directory("outside/dir");
    scratch.write("outside/dir/deep", "secret");
    scratch.write("root/file", "inside");
    scratch.write("root/a/b/c/file", "deep");
    scratch.directory("root/empty");
    root = *Directory::open_host(scratch.path("root"), FsPerms::ReadWrite, GetParam());
    if (GetParam() == ResolveMode::Kernel && error_of(root->open("file", kRead)) != Errno::Success)
      GTEST_SKIP() << "openat2 is missing or forbidden here";
    before = scratch.snapshot("outside");
    counts = resolve_counts();
  }
  void TearDown() override {
    if (IsSkipped()) return;
    EXPECT_EQ(before, scratch.snapshot("outside"));
    // The mode was in force.
    const ResolveCounts now = resolve_counts();
    if (GetParam() == ResolveMode::Kernel) EXPECT_EQ(now.walk, counts.walk);
    if (GetParam() == ResolveMode::Walk) EXPECT_EQ(now.kernel, counts.kernel);
  }

  Errno open_error(std::string_view path, const OpenRequest& request = kFollow) { return error_of(root->open(path, request)); }
  std::string read(std::string_view path, const OpenRequest& request = kFollow) {
    auto opened = root->open(path, request);
    if (!opened) return std::string(kErrnoNames[static_cast<u16>(opened.error())]);
    return contents_of(*opened);
  }
  /// No operation on `path` succeeds or does anything.
  void expect_refused(std::string_view path, Errno code) {
    EXPECT_EQ(open_error(path), code) << path;
    EXPECT_EQ(open_error(path, kWrite), code) << path;
    // A file whose name ends in a slash is refused before anything is looked at.
    const Errno created = open_error(path, kCreate);
    EXPECT_TRUE(created == code || created == Errno::Isdir) << path;
    EXPECT_EQ(open_error(path, kList), code) << path;
    EXPECT_EQ(error_of(root->stat(path, true)), code) << path;
    EXPECT_EQ(error_of(root->set_times(path, true, {NewTime::Kind::Now}, {NewTime::Kind::Now})), code) << path;
  }
  void expect_parent_refused(std::string_view path, Errno code) {
    EXPECT_EQ(error_of(root->create_directory(path)), code) << path;
    EXPECT_EQ(error_of(root->remove_directory(path)), code) << path;
    EXPECT_EQ(error_of(root->unlink_file(path)), code) << path;
    EXPECT_EQ(error_of(root->symlink("x", path)), code) << path;
    EXPECT_EQ(error_of(root->readlink(path)), code) << path;
    EXPECT_EQ(error_of(root->link("file", *root, path)), code) << path;
    EXPECT_EQ(error_of(root->link(path, *root, "new")), code) << path;
    EXPECT_EQ(error_of(root->rename("file", *root, path)), code) << path;
    EXPECT_EQ(error_of(root->rename(path, *root, "new")), code) << path;
  }

  Scratch scratch;
  std::shared_ptr<Directory> root;
  std::string before;
  ResolveCounts counts;
};

INSTANTIATE_TEST_SUITE_P(Modes, Beneath, ::testing::Values(ResolveMode::Kernel, ResolveMode::Walk),
                         [](const auto& info) { return info.param == ResolveMode::Kernel ? "kernel" : "walk"; });

TEST_P(Beneath, reads_what_is_inside) {
  EXPECT_EQ(read("file"), "inside");
  EXPECT_EQ(read("./file"), "inside");
  EXPECT_EQ(read("a/b/c/file"), "deep");
  EXPECT_EQ(read("a//b/./c/../c//file"), "deep");
  EXPECT_EQ(read("a/b/../../file"), "inside");
  EXPECT_EQ(read("."), "(directory)");
  EXPECT_EQ(read("a/.."), "(directory)");
  EXPECT_EQ(read("a/b/"), "(directory)");
  EXPECT_EQ(read("a/b/.."), "(directory)");
  EXPECT_EQ(read("nothing"), "noent");
  EXPECT_EQ(read("nothing/.."), "noent");
  EXPECT_EQ(read("file/.."), "notdir");
  EXPECT_EQ(read("file/x"), "notdir");
}

TEST_P(Beneath, dots_do_not_lead_out) {
  for (const char* path : {"..", "../", "../.", "./..", "a/../..", "a/b/../../..", "./../outside/secret", "../root/file",
                           "a/../../root/file", "../../../../../../../../etc/passwd", "empty/../../outside/secret"}) {
    expect_refused(path, Errno::Perm);
    expect_parent_refused(std::string(path) + "/x", Errno::Perm);
  }
  for (const char* path : {"..", "a/../.."}) expect_parent_refused(path, Errno::Perm);
  std::string deep = "a/b/c";
  for (int i = 0; i < 300; ++i) deep += "/..";
  expect_refused(deep, Errno::Perm);
  expect_refused(deep + "/root/file", Errno::Perm);
}

TEST_P(Beneath, absolute_paths_are_refused) {
  for (const char* path : {"/", "//", "/etc/passwd", "//etc/passwd", "/proc/self/root"}) {
    expect_refused(path, Errno::Perm);
    expect_parent_refused(path, Errno::Perm);
  }
  expect_refused(scratch.path("root/file"), Errno::Perm);
}

TEST_P(Beneath, odd_paths_are_errors) {
  expect_refused("", Errno::Noent);
  expect_parent_refused("", Errno::Noent);
  using namespace std::string_view_literals;
  expect_refused("file\0"sv, Errno::Inval);
  expect_refused("\0"sv, Errno::Inval);
  expect_refused("a\0b/file"sv, Errno::Inval);
  expect_refused(std::string(5000, 'x'), Errno::Nametoolong);
  expect_refused(std::string(100'000, '/'), Errno::Nametoolong);
  EXPECT_EQ(open_error(std::string(256, 'x')), Errno::Nametoolong);
  EXPECT_EQ(open_error(std::string(255, 'x')), Errno::Noent);
}

TEST_P(Beneath, links_stay_inside) {
  scratch.link("file", "root/to_file");
  scratch.link("a/b", "root/to_b");
  scratch.link("../../file", "root/a/b/up");
  scratch.link("nothing", "root/dangling");
  EXPECT_EQ(read("to_file"), "inside");
  EXPECT_EQ(read("to_file", kRead), "loop");
  EXPECT_EQ(read("to_b/c/file", kRead), "deep");
  EXPECT_EQ(read("a/b/up"), "inside");
  EXPECT_EQ(read("to_b/up"), "inside");
  EXPECT_EQ(read("to_b/../b/up"), "inside");
  EXPECT_EQ(read("dangling"), "noent");
  EXPECT_EQ(open_error("to_b", {.read = true, .directory = true}), Errno::Notdir);
  EXPECT_EQ(open_error("to_b/", {.read = true, .directory = true}), Errno::Success);
  EXPECT_EQ(root->stat("to_file", false)->type, FileType::SymbolicLink);
  EXPECT_EQ(root->stat("to_file", true)->type, FileType::RegularFile);
  EXPECT_EQ(*root->readlink("a/b/up"), "../../file");
  EXPECT_EQ(error_of(root->readlink("file")), Errno::Inval);
  EXPECT_EQ(error_of(root->readlink("to_file/")), Errno::Notdir);
  // O_CREAT through a dangling link makes its target, inside.
  EXPECT_EQ(open_error("dangling", kCreate), Errno::Success);
  EXPECT_TRUE(scratch.exists("root/nothing"));
  EXPECT_EQ(open_error("dangling", {.write = true, .create = true, .exclusive = true, .follow = true}), Errno::Exist);
}

TEST_P(Beneath, links_do_not_lead_out) {
  scratch.link("../outside/secret", "root/relative");
  scratch.link(scratch.path("outside/secret"), "root/absolute");
  scratch.link("../outside", "root/dir");
  scratch.link("..", "root/up");
  scratch.link("a/../../outside", "root/round");
  scratch.link("up/outside", "root/twice");
  scratch.link("../outside/new", "root/dangling");
  scratch.link("../../../outside", "root/a/b/over");
  for (const char* path :
       {"relative", "absolute", "dir", "up", "round", "twice", "dangling", "dir/secret", "up/outside/secret", "round/secret",
        "twice/secret", "a/b/over/secret", "up/root/file", "dir/", "dir/.", "dir//", "up/", "dangling/"})
    expect_refused(path, Errno::Perm);
  for (const char* path : {"dir/secret", "up/outside/secret", "round/new", "twice/secret", "a/b/over/dir", "dir/new/"})
    expect_parent_refused(path, Errno::Perm);
  // The links themselves may be looked at and removed; absolute texts are not told.
  EXPECT_EQ(*root->readlink("relative"), "../outside/secret");
  EXPECT_EQ(error_of(root->readlink("absolute")), Errno::Perm);
  EXPECT_EQ(error_of(root->unlink_file("absolute")), Errno::Success);
  EXPECT_EQ(error_of(root->unlink_file("dir/")), Errno::Notdir);
  EXPECT_EQ(error_of(root->rename("dir", *root, "moved")), Errno::Success);
  EXPECT_EQ(error_of(root->link("moved", *root, "hard")), Errno::Success);
  EXPECT_EQ(root->stat("hard", false)->type, FileType::SymbolicLink);
}

// GHSA-vqjp-4c39-rrgh: a slash put back behind a name made the kernel follow a link that the walk had refused to follow.
TEST_P(Beneath, slashes_behind_links_do_not_lead_out) {
  scratch.link("../outside", "root/evil");
  scratch.link("evil/", "root/link1");
  scratch.link("evil/.", "root/link2");
  scratch.link("evil//", "root/link3");
  scratch.link("../outside/new/", "root/link4");
  for (const char* path : {"link1", "link1/", "link2", "link2/", "link3", "link3//", "evil/", "link4", "link4/"})
    expect_refused(path, Errno::Perm);
  for (const char* path : {"link1/x", "link2/x", "link3/x", "evil//x"}) expect_parent_refused(path, Errno::Perm);
  for (const char* link : {"link1", "link2", "link3", "link4", "evil"}) {
    const std::string slashed = std::string(link) + "/";
    EXPECT_EQ(error_of(root->create_directory(slashed)), Errno::Exist);
    EXPECT_EQ(error_of(root->remove_directory(slashed)), Errno::Notdir);
    EXPECT_EQ(error_of(root->unlink_file(slashed)), Errno::Notdir);
    EXPECT_EQ(error_of(root->symlink("x", slashed)), Errno::Exist);
    EXPECT_EQ(error_of(root->rename("empty", *root, slashed)), Errno::Notdir);
    EXPECT_EQ(error_of(root->rename(slashed, *root, "moved")), Errno::Notdir);
    EXPECT_EQ(error_of(root->link("file", *root, slashed)), Errno::Exist);
    EXPECT_EQ(error_of(root->link(slashed, *root, "hard")), Errno::Notdir);
    EXPECT_EQ(error_of(root->readlink(slashed)), Errno::Perm);
  }
}

TEST_P(Beneath, long_chains_and_loops_end) {
  scratch.link("loop", "root/loop");
  scratch.link("pong", "root/ping");
  scratch.link("ping", "root/pong");
  EXPECT_EQ(open_error("loop"), Errno::Loop);
  EXPECT_EQ(open_error("ping/x"), Errno::Loop);
  EXPECT_EQ(open_error("loop", kCreate), Errno::Loop);
  scratch.link("file", "root/l0");
  for (int i = 1; i <= 41; ++i) scratch.link("l" + std::to_string(i - 1), "root/l" + std::to_string(i));
  EXPECT_EQ(read("l39"), "inside");
  EXPECT_EQ(read("l40"), "loop");
  EXPECT_EQ(root->stat("loop", false)->type, FileType::SymbolicLink);
  EXPECT_EQ(error_of(root->unlink_file("loop")), Errno::Success);
}

TEST_P(Beneath, guests_may_not_make_absolute_links) {
  EXPECT_EQ(error_of(root->symlink("/etc/passwd", "made")), Errno::Perm);
  EXPECT_EQ(error_of(root->symlink("", "made")), Errno::Noent);
  EXPECT_FALSE(scratch.exists("root/made"));
  EXPECT_EQ(error_of(root->symlink("../outside/secret", "made")), Errno::Success);
  expect_refused("made", Errno::Perm);
}

TEST_P(Beneath, magic_links_are_refused) {
  const auto proc = Directory::open_host("/proc", FsPerms::ReadOnly, GetParam());
  ASSERT_TRUE(proc);
  const UniqueFd secret(::open(scratch.path("outside/secret").c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd outside(::open(scratch.path("outside").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string process = std::to_string(getpid());
  for (const std::string& self : {std::string("self"), process}) {
    EXPECT_NE(error_of((*proc)->open(self + "/fd/" + std::to_string(secret.get()), kFollow)), Errno::Success);
    EXPECT_NE(error_of((*proc)->open(self + "/fd/" + std::to_string(outside.get()) + "/secret", kFollow)), Errno::Success);
    EXPECT_NE(error_of((*proc)->open(self + "/root/etc/passwd", kFollow)), Errno::Success);
    EXPECT_NE(error_of((*proc)->open(self + "/cwd", kFollow)), Errno::Success);
    EXPECT_NE(error_of((*proc)->open(self + "/exe", kFollow)), Errno::Success);
  }
  EXPECT_EQ(error_of((*proc)->open(process + "/status", kFollow)), Errno::Success);
}

TEST_P(Beneath, proc_may_be_looked_at) {
  const std::string process = std::to_string(getpid());
  auto check = [&](Directory& at, const std::string& path) {
    EXPECT_EQ(error_of(at.open(path + process + "/status", kFollow)), Errno::Success) << path;
    EXPECT_EQ(error_of(at.open(path + process + "/mem", kFollow)), Errno::Perm) << path;
    EXPECT_EQ(error_of(at.open(path + process + "/comm", {.read = true, .write = true})), Errno::Perm) << path;
  };
  const auto proc = Directory::open_host("/proc", FsPerms::ReadWrite, GetParam());
  ASSERT_TRUE(proc);
  check(**proc, "");
  // Another file system below the grant's, named from above and from a directory of its own.
  const auto all = Directory::open_host("/", FsPerms::ReadWrite, GetParam());
  ASSERT_TRUE(all);
  check(**all, "proc/");
  auto opened = (*all)->open("proc", {.directory = true});
  ASSERT_TRUE(opened);
  check(*std::get<std::shared_ptr<Directory>>(*opened), "");
  const auto sub = (*proc)->open(process, {.directory = true});
  ASSERT_TRUE(sub);
  EXPECT_EQ(error_of(std::get<std::shared_ptr<Directory>>(*sub)->open("mem", kFollow)), Errno::Perm);
}

TEST_P(Beneath, trailing_slashes_ask_for_a_directory) {
  EXPECT_EQ(open_error("file/"), Errno::Notdir);
  EXPECT_EQ(open_error("file///", kCreate), Errno::Isdir);
  EXPECT_EQ(open_error("new/", kCreate), Errno::Isdir);
  EXPECT_EQ(error_of(root->stat("file/", true)), Errno::Notdir);
  EXPECT_EQ(error_of(root->create_directory("made/")), Errno::Success);
  EXPECT_EQ(error_of(root->remove_directory("made//")), Errno::Success);
  EXPECT_EQ(error_of(root->remove_directory("file/")), Errno::Notdir);
  EXPECT_EQ(error_of(root->unlink_file("file/")), Errno::Notdir);
  EXPECT_EQ(error_of(root->unlink_file("empty/")), Errno::Isdir);
  EXPECT_EQ(error_of(root->unlink_file("empty")), Errno::Isdir);
  EXPECT_EQ(error_of(root->unlink_file("nothing/")), Errno::Noent);
  EXPECT_EQ(error_of(root->symlink("x", "made/")), Errno::Noent);
  EXPECT_EQ(error_of(root->symlink("x", "file/")), Errno::Exist);
  EXPECT_EQ(error_of(root->link("file", *root, "made/")), Errno::Noent);
  EXPECT_EQ(error_of(root->link("file/", *root, "made")), Errno::Notdir);
  EXPECT_EQ(error_of(root->rename("file", *root, "made/")), Errno::Notdir);
  EXPECT_EQ(error_of(root->rename("file/", *root, "made")), Errno::Notdir);
  EXPECT_EQ(error_of(root->rename("empty/", *root, "made/")), Errno::Success);
  EXPECT_TRUE(scratch.exists("root/made"));
}

TEST_P(Beneath, dots_as_last_component) {
  EXPECT_EQ(error_of(root->create_directory(".")), Errno::Exist);
  EXPECT_EQ(error_of(root->create_directory("a/..")), Errno::Exist);
  EXPECT_EQ(error_of(root->remove_directory(".")), Errno::Inval);
  EXPECT_EQ(error_of(root->remove_directory("a/b/..")), Errno::Notempty);
  EXPECT_EQ(error_of(root->unlink_file("a/.")), Errno::Isdir);
  EXPECT_EQ(error_of(root->rename("a/b/.", *root, "new")), Errno::Busy);
  EXPECT_EQ(error_of(root->symlink("x", "a/..")), Errno::Exist);
  EXPECT_EQ(open_error(".", kCreate), Errno::Isdir);
  EXPECT_EQ(open_error("a/..", {.write = true, .create = true, .exclusive = true}), Errno::Exist);
}

TEST_P(Beneath, read_only_grants_change_nothing) {
  scratch.link("file", "root/link");
  const auto grant = *Directory::open_host(scratch.path("root"), FsPerms::ReadOnly, GetParam());
  const std::string inside = scratch.snapshot("root");
  auto refused = [&](const auto& result) { EXPECT_EQ(error_of(result), Errno::Perm); };
  refused(grant->open("file", {.write = true}));
  refused(grant->open("file", {.read = true, .truncate = true}));
  refused(grant->open("new", {.read = true, .create = true}));
  refused(grant->open("link", {.read = true, .truncate = true, .follow = true}));
  refused(grant->create_directory("new"));
  refused(grant->remove_directory("empty"));
  refused(grant->unlink_file("file"));
  refused(grant->symlink("x", "new"));
  refused(grant->set_times("file", true, {NewTime::Kind::Now}, {}));
  refused(grant->set_times({NewTime::Kind::Now}, {}));
  refused(grant->link("file", *grant, "new"));
  refused(grant->link("file", *root, "new"));
  refused(root->link("file", *grant, "new"));
  refused(grant->rename("file", *root, "new"));
  refused(root->rename("file", *grant, "new"));
  // Beneath a read-only grant everything is read-only.
  auto below = grant->open("a", kList);
  ASSERT_TRUE(below);
  refused(std::get<std::shared_ptr<Directory>>(*below)->create_directory("new"));
  auto opened = grant->open("file", {.read = true, .append = true});
  ASSERT_TRUE(opened);
  File& file = *std::get<std::shared_ptr<File>>(*opened);
  refused(file.set_size(0));
  refused(file.set_times({NewTime::Kind::Now}, {}));
  refused(file.allocate(0, 10));
  char byte = 'x';
  iovec vector{&byte, 1};
  EXPECT_EQ(error_of(file.write({&vector, 1})), Errno::Badf);
  EXPECT_EQ(inside, scratch.snapshot("root"));
}

TEST_P(Beneath, special_files_do_not_hold_the_host_up) {
  ASSERT_EQ(mkfifo(scratch.path("root/fifo").c_str(), 0600), 0);
  EXPECT_EQ(open_error("fifo", kWrite), Errno::Nxio);
  auto opened = root->open("fifo", kRead);
  ASSERT_TRUE(opened);
  EXPECT_EQ(std::get<std::shared_ptr<File>>(*opened)->type(), FileType::Unknown);
  EXPECT_EQ(open_error("fifo", kList), Errno::Notdir);
  EXPECT_EQ(open_error("a", kWrite), Errno::Isdir);
}

TEST_P(Beneath, a_directory_that_moves_away_leads_nowhere) {
  auto opened = root->open("a/b", kList);
  ASSERT_TRUE(opened);
  Directory& inner = *std::get<std::shared_ptr<Directory>>(*opened);
  std::filesystem::rename(scratch.path("root/a/b"), scratch.path("root/b"));
  EXPECT_EQ(error_of(inner.open("../file", kRead)), Errno::Perm);
  EXPECT_EQ(error_of(inner.open("c/../../file", kRead)), Errno::Perm);
  EXPECT_EQ(error_of(inner.open("c/file", kRead)), Errno::Success);
}

// Another thread swaps a directory for a link that leads out, and moves directories, while paths through them are opened.
TEST_P(Beneath, races_do_not_lead_out) {
  scratch.directory("root/swap");
  scratch.write("root/swap/secret", "inside");
  scratch.link("../outside", "root/way_out");
  scratch.directory("elsewhere");
  std::atomic<bool> stop{false};
  std::thread swapper([&] {
    const std::string swap = scratch.path("root/swap"), out = scratch.path("root/way_out");
    const std::string b = scratch.path("root/a/b"), away = scratch.path("elsewhere/b");
    while (!stop.load()) {
      renameat2(AT_FDCWD, swap.c_str(), AT_FDCWD, out.c_str(), RENAME_EXCHANGE);
      rename(b.c_str(), away.c_str());
      rename(away.c_str(), b.c_str());
    }
  });
  int inside = 0, refused = 0;
  for (int i = 0; i < 8'000; ++i) {
    for (const char* path : {"swap/secret", "way_out/secret", "a/b/c/../../../file", "a/b/c/../../../outside/secret"}) {
      auto opened = root->open(path, kFollow);
      if (!opened) {
        ++refused;
        continue;
      }
      ++inside;
      ASSERT_NE(contents_of(*opened), "secret") << path;
    }
    (void)root->set_times("swap/secret", true, {}, {NewTime::Kind::At, 1'000'000'000});
    (void)root->unlink_file("way_out/dir");
    (void)root->create_directory("swap/new");
    (void)root->remove_directory("swap/new");
  }
  stop.store(true);
  swapper.join();
  EXPECT_GT(inside, 0);
  EXPECT_GT(refused, 0);
}

TEST_P(Beneath, lists_with_cookies_that_last) {
  for (int i = 0; i < 200; ++i) scratch.write("root/empty/f" + std::to_string(i), "");
  auto opened = root->open("empty", kList);
  ASSERT_TRUE(opened);
  Directory& directory = *std::get<std::shared_ptr<Directory>>(*opened);
  struct Seen {
    std::vector<std::pair<std::string, u64>> entries;
    std::size_t limit;
  };
  auto visit = [](void* state, const DirEntry& entry) {
    Seen& seen = *static_cast<Seen*>(state);
    seen.entries.emplace_back(entry.name, entry.next);
    return seen.entries.size() < seen.limit;
  };
  Seen all{{}, 1000};
  ASSERT_TRUE(directory.read_entries(0, &all, visit));
  EXPECT_EQ(all.entries.size(), 202u);
  // In steps of three, removing each file that was seen: all are seen once.
  std::set<std::string> names;
  u64 cookie = 0;
  for (;;) {
    Seen some{{}, 3};
    ASSERT_TRUE(directory.read_entries(cookie, &some, visit));
    if (some.entries.empty()) break;
    for (const auto& [name, next] : some.entries) {
      EXPECT_TRUE(names.insert(name).second) << name;
      if (name != "." && name != "..") EXPECT_TRUE(directory.unlink_file(name));
    }
    cookie = some.entries.back().second;
  }
  EXPECT_EQ(names.size(), 202u);
  EXPECT_EQ(error_of(directory.read_entries(~u64{0}, &all, visit)), Errno::Inval);
}

TEST_P(Beneath, times_and_sizes) {
  EXPECT_EQ(error_of(root->set_times("file", true, {NewTime::Kind::At, 5'000'000'007}, {NewTime::Kind::Keep})), Errno::Success);
  EXPECT_EQ(root->stat("file", true)->accessed, 5'000'000'007u);
  scratch.link("file", "root/link");
  EXPECT_EQ(error_of(root->set_times("link", false, {NewTime::Kind::At, 9'000'000'000}, {NewTime::Kind::At, 1})), Errno::Success);
  EXPECT_EQ(root->stat("link", false)->accessed, 9'000'000'000u);
  EXPECT_EQ(root->stat("file", true)->accessed, 5'000'000'007u);
  // Before 1970: no value for guests, and no failure.
  const timespec old[2] = {{-1000, 0}, {-1000, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, scratch.path("root/file").c_str(), old, 0), 0);
  EXPECT_EQ(root->stat("file", true)->accessed, 0u);
  // The largest time there is does not upset anything, whether or not the file system can keep it.
  (void)root->set_times("file", true, {NewTime::Kind::At, ~u64{0}}, {NewTime::Kind::At, ~u64{0}});
  EXPECT_TRUE(root->stat("file", true));

  auto opened = root->open("file", {.read = true, .write = true});
  File& file = *std::get<std::shared_ptr<File>>(*opened);
  EXPECT_EQ(error_of(file.set_size(~u64{0})), Errno::Inval);
  EXPECT_EQ(error_of(file.allocate(~u64{0}, 1)), Errno::Inval);
  EXPECT_EQ(error_of(file.allocate(INT64_MAX, INT64_MAX)), Errno::Fbig);
  EXPECT_EQ(error_of(file.advise(~u64{0}, 1, Advice::Normal)), Errno::Inval);
  EXPECT_EQ(error_of(file.seek(INT64_MIN, Whence::Set)), Errno::Inval);
  EXPECT_EQ(error_of(file.read_at({}, ~u64{0})), Errno::Inval);
  EXPECT_EQ(error_of(file.write_at({}, ~u64{0})), Errno::Inval);
  EXPECT_EQ(error_of(file.set_size(3)), Errno::Success);
  EXPECT_EQ(scratch.read("root/file"), "ins");
}

// The two modes are two writings of one specification: over random trees and paths they answer alike.
TEST(Resolve, modes_agree) {
  const std::string names[] = {"a", "b", "c", "d"};
  std::mt19937 random(12345);
  auto pick = [&](u32 below) { return static_cast<u32>(random() % below); };
  auto path_of = [&](bool link) {
    std::string path;
    const u32 count = 1 + pick(5);
    for (u32 i = 0; i < count; ++i) {
      if (i > 0) path += pick(6) == 0 ? "//" : "/";
      const u32 kind = pick(10);
      path += kind == 0 ? "." : kind <= 2 ? ".." : names[pick(4)];
    }
    if (pick(5) == 0) path += "/";
    if (link && pick(12) == 0) path.insert(0, "/");
    return path;
  };
  u64 succeeded = 0, compared = 0;
  for (int tree = 0; tree < 60; ++tree) {
    Scratch scratch;
    scratch.directory("root");
    for (int i = 0; i < 14; ++i) {
      std::string at = "root";
      for (u32 depth = 0; depth < 1 + pick(3); ++depth) at += "/" + names[pick(4)];
      std::error_code error;
      std::filesystem::create_directories(std::filesystem::path(scratch.path(at)).parent_path(), error);
      switch (pick(3)) {
        case 0:
          std::filesystem::create_directory(scratch.path(at), error);
          break;
        case 1:
          (void)!symlink(path_of(true).c_str(), scratch.path(at).c_str());
          break;
        case 2:
          if (!error) std::ofstream(scratch.path(at)) << at;
          break;
      }
    }
    const UniqueFd root(open(scratch.path("root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (int i = 0; i < 300; ++i) {
      const std::string path = path_of(false);
      static constexpr int kFlags[] = {O_RDONLY | O_NONBLOCK, O_PATH, O_PATH | O_DIRECTORY, O_WRONLY,
                                       O_RDONLY | O_CREAT | O_EXCL};
      const int flags = kFlags[pick(5)] | (pick(2) == 0 ? O_NOFOLLOW : 0);
      auto kernel = open_beneath(root.get(), path, flags, 0600, ResolveMode::Kernel);
      // What the first way made must not be there for the second.
      struct stat first{}, second{};
      if (kernel) fstat(kernel->get(), &first);
      if (kernel && (flags & O_CREAT) != 0) {
        char at[4096];
        const ssize_t size = readlink(("/proc/self/fd/" + std::to_string(kernel->get())).c_str(), at, sizeof at - 1);
        ASSERT_GT(size, 0);
        at[size] = 0;
        unlink(at);
      }
      auto walk = open_beneath(root.get(), path, flags, 0600, ResolveMode::Walk);
      if (walk) fstat(walk->get(), &second);
      ASSERT_EQ(error_of(kernel), error_of(walk)) << "path " << path << " flags " << std::oct << flags << "\n"
                                                  << scratch.snapshot("root");
      ++compared;
      if (!kernel) continue;
      ++succeeded;
      EXPECT_EQ(first.st_mode, second.st_mode) << path;
      if ((flags & O_CREAT) == 0) {
        EXPECT_EQ(first.st_ino, second.st_ino) << path;
        constexpr int kKept = O_ACCMODE | O_PATH | O_NONBLOCK;
        EXPECT_EQ(fcntl(kernel->get(), F_GETFL) & kKept, fcntl(walk->get(), F_GETFL) & kKept) << path;
      } else {
        char at[4096];
        const ssize_t size = readlink(("/proc/self/fd/" + std::to_string(walk->get())).c_str(), at, sizeof at - 1);
        at[size > 0 ? size : 0] = 0;
        unlink(at);
      }
    }
  }
  EXPECT_EQ(compared, 18'000u);
  EXPECT_GT(succeeded, compared / 10);
}

}  // namespace
}  // namespace tenon::wasi
