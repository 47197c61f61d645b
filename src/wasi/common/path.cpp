#include "wasi/common/path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>
#include <vector>

namespace tenon::wasi {
namespace {

/// How often a resolution that met a change made by somebody else is tried again.
constexpr int kRetries = 8;

std::atomic<bool> kernel_lacks_openat2{false};
std::atomic<u64> kernel_count{0};
std::atomic<u64> walk_count{0};

int openat2_beneath(int root, const char* path, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<u64>(static_cast<unsigned>(flags | O_CLOEXEC));
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof how));
}

/// The kernel's way. Nothing when it is missing or forbidden, so that the caller may walk.
std::optional<Sys<UniqueFd>> open_by_kernel(int root, std::string_view path, int flags, unsigned mode) {
  const std::string text(path);
  for (int attempt = 0; attempt < kRetries; ++attempt) {
    const int fd = openat2_beneath(root, text.c_str(), flags, mode);
    if (fd >= 0) {
      kernel_count.fetch_add(1, std::memory_order_relaxed);
      return UniqueFd(fd);
    }
    switch (errno) {
      case EINTR:
      case EAGAIN:
        continue;  // EAGAIN: something above was renamed meanwhile, and the kernel cannot tell whether we left
      case ENOSYS:
        kernel_lacks_openat2.store(true, std::memory_order_relaxed);
        return std::nullopt;
      case EPERM:
        return std::nullopt;  // a filter's refusal or the file's own: the walk meets the latter again
      case EXDEV:
        kernel_count.fetch_add(1, std::memory_order_relaxed);
        return sys_fail(Errno::Perm);
      default:
        kernel_count.fetch_add(1, std::memory_order_relaxed);
        return sys_fail(last_errno());
    }
  }
  return std::nullopt;
}

/// The checked walk; its rules are in path.h.
class Walk {
 public:
  Walk(int root, std::string_view path, int flags, unsigned mode)
      : root_(root), rest_(path), flags_(flags | O_CLOEXEC), mode_(mode) {}

  Sys<UniqueFd> run() {
    for (;;) {
      take_component();
      if (name_.empty() || name_ == ".") {
        if (last_) return open_here();
        continue;
      }
      if (name_ == "..") {
        if (through_.empty()) return sys_fail(Errno::Perm);
        through_.pop_back();
        if (last_) return open_here();
        continue;
      }
      // As the kernel does: a file whose name ends in a slash cannot be made, whatever is there.
      if (last_ && slash_ && (flags_ & O_CREAT) != 0) return sys_fail(Errno::Isdir);
      const bool exclusive = (flags_ & O_CREAT) != 0 && (flags_ & O_EXCL) != 0;
      if (last_ && !slash_ && ((flags_ & O_NOFOLLOW) != 0 || exclusive)) return open_last(flags_ | O_NOFOLLOW);
      Sys<Step> step = enter();
      if (!step) return sys_fail(step.error());
      if (*step == Step::Done) return std::move(result_);
    }
  }

 private:
  enum class Step : u8 { Further, Done };

  int here() const { return through_.empty() ? root_ : through_.back().get(); }

  /// Moves the first component of `rest_` to `name_`.
  void take_component() {
    const std::size_t begin = rest_.find_first_not_of('/', position_);
    if (begin == std::string::npos) {
      name_.clear();
      position_ = rest_.size();
      last_ = true;
      slash_ = true;
      return;
    }
    const std::size_t end = std::min(rest_.find('/', begin), rest_.size());
    name_.assign(rest_, begin, end - begin);
    slash_ = end < rest_.size();
    position_ = end;
    last_ = rest_.find_first_not_of('/', end) == std::string::npos;
  }

  /// The path ended at the directory where the walk stands.
  Sys<UniqueFd> open_here() {
    if ((flags_ & O_CREAT) != 0) return sys_fail((flags_ & O_EXCL) != 0 ? Errno::Exist : Errno::Isdir);
    return opened(openat(here(), ".", flags_ & ~O_NOFOLLOW));
  }

  Sys<UniqueFd> open_last(int flags) { return opened(openat(here(), name_.c_str(), flags, mode_)); }

  static Sys<UniqueFd> opened(int fd) {
    if (fd < 0) return sys_fail(last_errno());
    return UniqueFd(fd);
  }

  /// Looks at the component `name_`: goes into a directory, replaces a link by its text, opens the last.
  Sys<Step> enter() {
    UniqueFd fd(openat(here(), name_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) {
      if (errno != ENOENT || !last_ || (flags_ & O_CREAT) == 0) return sys_fail(last_errno());
      return finish(open_last(flags_ | O_NOFOLLOW));
    }
    struct stat info;
    if (fstat(fd.get(), &info) != 0) return sys_fail(last_errno());
    if (S_ISLNK(info.st_mode)) return follow(fd.get());
    if (!last_) {
      if (!S_ISDIR(info.st_mode)) return sys_fail(Errno::Notdir);
      through_.push_back(std::move(fd));
      return Step::Further;
    }
    if ((slash_ || (flags_ & O_DIRECTORY) != 0) && !S_ISDIR(info.st_mode)) return sys_fail(Errno::Notdir);
    if ((flags_ & O_PATH) != 0) {
      result_ = std::move(fd);
      return Step::Done;
    }
    return finish(open_last(flags_ | O_NOFOLLOW));
  }

  /// Ends with what was opened, or looks again when somebody put a link where there was none.
  Sys<Step> finish(Sys<UniqueFd> last) {
    if (!last && last.error() == Errno::Loop && ++retries_ < kRetries) {
      position_ -= name_.size();
      return Step::Further;
    }
    if (!last) return sys_fail(last.error());
    result_ = std::move(*last);
    return Step::Done;
  }

  Sys<Step> follow(int link) {
    if (++links_ > kMaxLinks) return sys_fail(Errno::Loop);
    char text[kMaxPath + 1];
    const ssize_t size = readlinkat(link, "", text, sizeof text);
    if (size < 0) return sys_fail(last_errno());
    if (size == 0) return sys_fail(Errno::Noent);
    if (static_cast<std::size_t>(size) > kMaxPath) return sys_fail(Errno::Nametoolong);
    if (text[0] == '/') return sys_fail(Errno::Perm);
    rest_.replace(0, position_, text, static_cast<std::size_t>(size));
    position_ = 0;
    return Step::Further;
  }

  int root_;
  std::string rest_;  ///< [position_, end) is still to be walked
  std::size_t position_ = 0;
  int flags_;
  unsigned mode_;
  std::vector<UniqueFd> through_;  ///< the directories from below the root to here
  std::string name_;
  bool last_ = false;
  bool slash_ = false;
  int links_ = 0;
  int retries_ = 0;
  UniqueFd result_;
};

}  // namespace

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

Sys<> check_path(std::string_view path) {
  if (path.empty()) return sys_fail(Errno::Noent);
  if (path.size() > kMaxPath) return sys_fail(Errno::Nametoolong);
  if (path.find('\0') != std::string_view::npos) return sys_fail(Errno::Inval);
  if (path.front() == '/') return sys_fail(Errno::Perm);
  return {};
}

Sys<UniqueFd> open_beneath(int root, std::string_view path, int flags, unsigned mode, ResolveMode how) {
  if (auto checked = check_path(path); !checked) return sys_fail(checked.error());
  if (how == ResolveMode::Kernel || (how == ResolveMode::Auto && !kernel_lacks_openat2.load(std::memory_order_relaxed))) {
    if (auto opened = open_by_kernel(root, path, flags, mode)) return std::move(*opened);
    if (how == ResolveMode::Kernel) return sys_fail(Errno::Perm);
  }
  walk_count.fetch_add(1, std::memory_order_relaxed);
  return Walk(root, path, flags, mode).run();
}

Sys<ParentAndName> resolve_parent(int root, std::string_view path, ResolveMode how) {
  if (auto checked = check_path(path); !checked) return sys_fail(checked.error());
  ParentAndName result;
  const std::size_t end = path.find_last_not_of('/') + 1;
  result.slash = end < path.size();
  const std::string_view trimmed = path.substr(0, end);
  const std::size_t slash = trimmed.rfind('/');
  const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
  result.name = trimmed.substr(begin);
  result.special = result.name == "." || result.name == "..";
  const std::string_view directory = result.special ? trimmed : trimmed.substr(0, begin);
  result.parent = root;
  if (!directory.empty()) {
    auto opened = open_beneath(root, directory, O_PATH | O_DIRECTORY, 0, how);
    if (!opened) return sys_fail(opened.error());
    result.owned = std::move(*opened);
    result.parent = result.owned.get();
  }
  return result;
}

ResolveCounts resolve_counts() {
  return {kernel_count.load(std::memory_order_relaxed), walk_count.load(std::memory_order_relaxed)};
}

}  // namespace tenon::wasi
