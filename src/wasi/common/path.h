// PathResolver: opens paths beneath a directory, and nothing else. See the rules at each function; whoever changes this file
// runs filesystem_test, which tries every known way out in both modes.
//
// Rules of the walk:
//   - a component is opened with O_NOFOLLOW from the descriptor of the directory that holds it, never from a path;
//   - a link's text is read from the descriptor of the link, and its components are walked like the guest's own;
//   - `..` goes back to a descriptor that the walk came through: it asks the kernel for `..` never, so a directory that is moved
//     away during the walk leads nowhere new;
//   - a trailing slash is a demand ("a directory"), kept beside the name: no name with a slash is given to the kernel.
#pragma once

#include <string>
#include <string_view>

#include "tenon/wasi/common/filesystem.h"

namespace tenon::wasi {

/// Most links that one resolution follows; what Linux follows.
inline constexpr int kMaxLinks = 40;
/// Most bytes of a path; what Linux takes, without the final zero.
inline constexpr std::size_t kMaxPath = 4095;

/// The directory that holds the last component of a path, and that component.
struct ParentAndName {
  UniqueFd owned;        ///< the parent, unless it is the starting directory
  int parent = -1;       ///< its descriptor
  std::string name;      ///< without slashes; "." or ".." only where `special`
  bool slash = false;    ///< the path ended in a slash
  bool special = false;  ///< the path's last component is "." or ".."; it has been resolved, and lies inside
};

/// Checks what no operation accepts: Noent, Inval, Nametoolong, and Perm for an absolute path.
Sys<> check_path(std::string_view path);

/// Opens `path` beneath `root` with open's `flags` (O_CLOEXEC is added; O_NOFOLLOW is honoured) and `mode`.
Sys<UniqueFd> open_beneath(int root, std::string_view path, int flags, unsigned mode, ResolveMode how);

/// Splits off the last component and opens what is before it. Links in the last component are not followed.
Sys<ParentAndName> resolve_parent(int root, std::string_view path, ResolveMode how);

/// Counts, for tests that must know which way was taken.
struct ResolveCounts {
  u64 kernel = 0;
  u64 walk = 0;
};
ResolveCounts resolve_counts();

}  // namespace tenon::wasi
