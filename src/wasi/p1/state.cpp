// Descriptors, and the functions that need none: arguments, environment, clocks, random bytes, the process.
#include "wasi/p1/state.h"

#include <fmt/format.h>
#include <sched.h>

#include "tenon/base/utf8.h"
#include "tenon/spec/errors.h"
#include "tenon/wasi/p1.h"
#include "wasi/common/path.h"
#include "wasi/p1/try.h"

namespace tenon::wasi::p1 {
namespace {

constexpr Rights kStreamRights = rights::kFdFdstatSetFlags | rights::kFdFilestatGet | rights::kPollFdReadwrite;
constexpr Rights kWriteRights = rights::kFdWrite | rights::kFdAllocate | rights::kFdFilestatSetSize;

/// The rights that mean something for what a descriptor is, and for how a file was opened. What is not among them the object
/// itself refuses, with the host's own code; only what a guest gave up is Notcapable.
Rights meaningful(const Descriptor& descriptor) {
  if (std::holds_alternative<std::shared_ptr<InputStream>>(descriptor.object)) return kStreamRights | rights::kFdRead;
  if (std::holds_alternative<std::shared_ptr<OutputStream>>(descriptor.object)) return kStreamRights | rights::kFdWrite;
  if (std::holds_alternative<std::shared_ptr<Directory>>(descriptor.object)) return rights::kAllDir;
  if (std::holds_alternative<std::shared_ptr<Socket>>(descriptor.object)) return rights::kAllSocket;
  const File& file = *std::get<std::shared_ptr<File>>(descriptor.object);
  return rights::kAllFile & ~(file.readable() ? 0 : rights::kFdRead) & ~(file.writable() ? 0 : kWriteRights);
}

}  // namespace

// ---------------------------------------------------------------------------------------------------- DescriptorTable

Sys<u32> DescriptorTable::insert(Descriptor descriptor) {
  if (!free_.empty()) {
    const u32 fd = *free_.begin();
    free_.erase(free_.begin());
    slots_[fd] = std::move(descriptor);
    return fd;
  }
  if (slots_.size() >= limit_) return sys_fail(Errno::Mfile);
  slots_.push_back(std::move(descriptor));
  return static_cast<u32>(slots_.size() - 1);
}

Sys<Descriptor> DescriptorTable::remove(u32 fd) {
  Descriptor* found = find(fd);
  if (found == nullptr) return sys_fail(Errno::Badf);
  Descriptor removed = std::move(*found);
  slots_[fd].reset();
  free_.insert(fd);
  return removed;
}

Sys<> DescriptorTable::renumber(u32 from, u32 to) {
  if (find(from) == nullptr || find(to) == nullptr) return sys_fail(Errno::Badf);
  if (from == to) return {};
  slots_[to] = std::move(slots_[from]);
  slots_[from].reset();
  free_.insert(from);
  return {};
}

// ------------------------------------------------------------------------------------------------------------ P1State

Common::Common(Config given) : config(std::move(given)), descriptors(config.max_descriptors) {
  environ.reserve(config.env.size());
  for (const auto& [name, value] : config.env) environ.push_back(name + '=' + value);
}

Sys<> P1State::add_grants() {
  auto add = [this](auto object, Rights base, Rights inheriting, std::optional<std::string> name = std::nullopt) -> Sys<> {
    auto fd = descriptors_.insert({std::move(object), base, inheriting, false, std::move(name)});
    if (!fd) return sys_fail(fd.error());
    return {};
  };
  if (auto added = add(config_.in, kStreamRights | rights::kFdRead, 0); !added) return added;
  if (auto added = add(config_.out, kStreamRights | rights::kFdWrite, 0); !added) return added;
  if (auto added = add(config_.err, kStreamRights | rights::kFdWrite, 0); !added) return added;
  for (const Config::Preopen& preopen : config_.preopens)
    if (auto added = add(preopen.directory, rights::kAllDir, rights::kAll, preopen.guest_name); !added) return added;
  for (const std::shared_ptr<Socket>& socket : config_.sockets)
    if (auto added = add(socket, rights::kAllSocket, rights::kAllSocket); !added) return added;
  return {};
}

void P1State::flush() {
  // A stream that cannot take its last bytes has nobody left to tell.
  (void)config_.out->flush();
  (void)config_.err->flush();
}

Sys<Descriptor*> P1State::descriptor(u32 fd, Rights needed) {
  Descriptor* found = descriptors_.find(fd);
  if (found == nullptr) return sys_fail(Errno::Badf);
  if ((needed & meaningful(*found) & ~found->base) != 0) return sys_fail(Errno::Notcapable);
  return found;
}

namespace {

/// The object of kind `T` at `fd`; `other` where there is something else.
template <class T, class Find>
Sys<T*> object_of(Find find, u32 fd, Rights needed, Errno other = Errno::Badf) {
  Sys<Descriptor*> any = find(fd, Rights{0});
  if (!any) return sys_fail(any.error());
  if (!std::holds_alternative<std::shared_ptr<T>>((*any)->object)) return sys_fail(other);
  Sys<Descriptor*> found = find(fd, needed);
  if (!found) return sys_fail(found.error());
  return std::get<std::shared_ptr<T>>((*found)->object).get();
}

}  // namespace

Sys<File*> P1State::file(u32 fd, Rights needed) {
  return object_of<File>([this](u32 n, Rights r) { return descriptor(n, r); }, fd, needed);
}

Sys<Directory*> P1State::directory(u32 fd, Rights needed) {
  return object_of<Directory>([this](u32 n, Rights r) { return descriptor(n, r); }, fd, needed);
}

Sys<Socket*> P1State::socket(u32 fd, Rights needed) {
  return object_of<Socket>([this](u32 n, Rights r) { return descriptor(n, r); }, fd, needed, Errno::Notsock);
}

Sys<File*> P1State::seekable(u32 fd, Rights needed) {
  const Descriptor* found = descriptors_.find(fd);
  if (found != nullptr && !std::holds_alternative<std::shared_ptr<File>>(found->object) &&
      !std::holds_alternative<std::shared_ptr<Directory>>(found->object))
    return sys_fail(Errno::Spipe);
  return file(fd, needed);
}

Result<Sys<std::string>> read_path(GuestMemory& memory, u32 at, u32 size) {
  TENON_TRY(const std::span<u8> bytes, memory.range(at, size));
  if (size > kMaxPath) return Sys<std::string>(sys_fail(Errno::Nametoolong));
  // Another thread of the guest may write there: what is checked is what is used.
  std::string path(size, '\0');
  // SAFETY: of the cast: the bytes of a string.
  racy_copy(reinterpret_cast<u8*>(path.data()), bytes.data(), size);
  if (!is_utf8(as_bytes(path))) return Sys<std::string>(sys_fail(Errno::Ilseq));
  return Sys<std::string>(std::move(path));
}

// --------------------------------------------------------------------------------------------- arguments, environment

P1State::R P1State::strings_get(M memory, const std::vector<std::string>& strings, u32 pointers, u32 buffer) {
  for (std::size_t i = 0; i < strings.size(); ++i) {
    TENON_TRY(const u32 pointer, GuestMemory::element(pointers, i, 4));
    TENON_TRY_VOID(memory.write(pointer, buffer));
    const std::string& text = strings[i];
    TENON_TRY_VOID(memory.write_bytes(buffer, {as_bytes(std::string_view(text.c_str(), text.size() + 1))}));
    TENON_TRY(buffer, GuestMemory::element(buffer, text.size() + 1, 1));
  }
  return Errno::Success;
}

P1State::R P1State::strings_sizes_get(M memory, const std::vector<std::string>& strings, u32 count, u32 size) {
  u64 total = 0;
  for (const std::string& text : strings) total += text.size() + 1;
  if (total > UINT32_MAX || strings.size() > UINT32_MAX) return Errno::Overflow;
  TENON_TRY_VOID(memory.write(count, static_cast<u32>(strings.size())));
  TENON_TRY_VOID(memory.write(size, static_cast<u32>(total)));
  return Errno::Success;
}

P1State::R P1State::args_get(M memory, u32 argv, u32 argv_buf) {
  return strings_get(memory, config_.args, argv, argv_buf);
}
P1State::R P1State::args_sizes_get(M memory, u32 count, u32 size) {
  return strings_sizes_get(memory, config_.args, count, size);
}
P1State::R P1State::environ_get(M memory, u32 environ, u32 environ_buf) {
  return strings_get(memory, environ_, environ, environ_buf);
}
P1State::R P1State::environ_sizes_get(M memory, u32 count, u32 size) {
  return strings_sizes_get(memory, environ_, count, size);
}

// ------------------------------------------------------------------------------------------------- clocks, random, end

P1State::R P1State::clock_res_get(M memory, u32 id, u32 out) {
  if (id >= kClockCount) return Errno::Inval;
  P1_TRY(const u64 value, config_.clocks->resolution(static_cast<ClockId>(id)));
  TENON_TRY_VOID(memory.write(out, value));
  return Errno::Success;
}

P1State::R P1State::clock_time_get(M memory, u32 id, u64, u32 out) {
  if (id >= kClockCount) return Errno::Inval;
  P1_TRY(const u64 value, config_.clocks->now(static_cast<ClockId>(id)));
  TENON_TRY_VOID(memory.write(out, value));
  return Errno::Success;
}

P1State::R P1State::random_get(M memory, u32 buf, u32 size) {
  if (size > config_.max_random_bytes)
    return std::unexpected(
        Error(ErrorCode::Host, fmt::format("requested len {} exceeds limit {}", size, config_.max_random_bytes))
            .with_context("failed to call `get-random-bytes`"));
  TENON_TRY(const std::span<u8> bytes, memory.range(buf, size));
  P1_CHECK(config_.random->fill(bytes));
  return Errno::Success;
}

P1State::R P1State::proc_exit(M, u32 status) {
  // Larger codes mean death by a signal to shells.
  if (status >= 126) return fail(ErrorCode::Host, "exit with invalid exit status outside of [0..126)");
  return std::unexpected(Error(ErrorCode::Exit, fmt::format("exited with i32 exit status {}", status))
                             .with_payload(std::make_shared<ExitStatus>(status)));
}

P1State::R P1State::proc_raise(M, u32 signal) {
  if (signal >= kSignalCount) return Errno::Inval;
  return Errno::Notsup;
}

P1State::R P1State::sched_yield(M) {
  leave();
  ::sched_yield();
  return Errno::Success;
}

}  // namespace tenon::wasi::p1
