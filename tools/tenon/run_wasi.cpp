// The grants of a program: arguments, environment, streams, directories, sockets.
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "run.h"
#include "tenon/base/utf8.h"
#include "tenon/spec/errors.h"

extern char** environ;

namespace tenon::cli {
namespace {

std::unexpected<Error> usage_error(std::string message) {
  return fail(ErrorCode::Usage, std::move(message));
}

/// The last component of a path, so that the program does not learn where it lies.
std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1));
}

Result<> add_environment(wasi::Config& config, const RunRequest& request) {
  if (request.options.flag_or(Opt::Wasi_inherit_env, false)) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const std::size_t equals = text.find('=');
      const std::string name(text.substr(0, equals));
      const std::string value(equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1));
      if (!is_utf8(as_bytes(name))) return usage_error(fmt::format("environment variable name \"{}\" not valid utf-8", name));
      if (!is_utf8(as_bytes(value)))
        return usage_error(fmt::format("environment variable \"{}\" value \"{}\" not valid utf-8", name, value));
      config.env.emplace_back(name, value);
    }
  }
  for (const auto& [name, value] : request.env) {
    if (value) {
      config.env.emplace_back(name, *value);
    } else if (const char* inherited = std::getenv(name.c_str())) {
      if (!is_utf8(as_bytes(inherited))) return usage_error(fmt::format("environment variable `{}` not valid utf-8", name));
      config.env.emplace_back(name, inherited);
    }
  }
  return {};
}

/// A failure to listen on `address`, with the system's reason.
std::unexpected<Error> cannot_bind(std::string_view address, std::string reason) {
  return std::unexpected<Error>(
      Error(ErrorCode::Io, std::move(reason)).with_context(fmt::format("failed to bind to address '{}'", address)));
}

Result<std::shared_ptr<wasi::Socket>> listen_on(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return cannot_bind(address, "invalid socket address");
  std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  u16 number = 0;
  const auto [end, wrong] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (wrong != std::errc() || end != port.data() + port.size()) return cannot_bind(address, "invalid port value");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); code != 0)
    return cannot_bind(address, fmt::format("failed to lookup address information: {}", ::gai_strerror(code)));
  int reason = 0;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    wasi::UniqueFd fd(::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
    const int on = 1;
    if (fd && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        ::bind(fd.get(), at->ai_addr, at->ai_addrlen) == 0 && ::listen(fd.get(), 128) == 0) {
      ::freeaddrinfo(found);
      return std::make_shared<wasi::Socket>(std::move(fd));
    }
    reason = errno;
  }
  ::freeaddrinfo(found);
  return cannot_bind(address, os_error(reason));
}

u32 number_in(const char* variable, u32 fallback) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return fallback;
  u32 number = 0;
  const std::string_view digits = text;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return wrong == std::errc() && end == digits.data() + digits.size() ? number : fallback;
}

/// The sockets that whoever started us passes on (systemd's protocol: LISTEN_FDS, LISTEN_PID). They are taken only once.
Result<> add_passed_sockets(wasi::Config& config) {
  constexpr u32 kMost = 1024;
  const u32 count = number_in("LISTEN_FDS", 0);
  const u32 first = number_in("LISTEN_FDS_FIRST_FD", 3);
  const bool ours = std::getenv("LISTEN_PID") == nullptr || number_in("LISTEN_PID", 0) == static_cast<u32>(::getpid());
  for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_FDS_FIRST_FD"}) ::unsetenv(name);
  if (!ours || count > kMost) return {};
  for (u32 i = 0; i < count; ++i) {
    const int fd = static_cast<int>(first + i);
    int value = 0;
    socklen_t size = sizeof value;
    if (fd <= STDERR_FILENO || ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size) != 0 || value != SOCK_STREAM)
      return usage_error(fmt::format("descriptor {} of LISTEN_FDS is not a stream socket", fd));
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    config.sockets.push_back(std::make_shared<wasi::Socket>(wasi::UniqueFd(fd)));
  }
  return {};
}

}  // namespace

Result<wasi::Config> make_wasi(const RunRequest& request) {
  const Options& options = request.options;
  wasi::Config config;
  config.args.push_back(request.argv0.value_or(base_name(request.program[0])));
  config.args.insert(config.args.end(), request.program.begin() + 1, request.program.end());
  for (const std::string& arg : config.args)
    if (!is_utf8(as_bytes(arg))) return usage_error(fmt::format("failed to convert \"{}\" to utf-8", arg));

  const bool escapes = options.flag_or(Opt::Wasi_terminal_escapes, request.tool == Tool::Wasmtime);
  const auto filter = escapes ? wasi::TerminalFilter::Off : wasi::TerminalFilter::On;
  if (options.flag_or(Opt::Wasi_inherit_stdin, true)) config.in = wasi::inherit_stdin();
  if (options.flag_or(Opt::Wasi_inherit_stdout, true)) config.out = wasi::inherit_stdout(filter);
  if (options.flag_or(Opt::Wasi_inherit_stderr, true)) config.err = wasi::inherit_stderr(filter);

  if (options.flag_or(Opt::Wasi_listenfd, false)) TENON_TRY_VOID(add_passed_sockets(config));
  TENON_TRY_VOID(add_environment(config, request));
  for (const auto& [host, guest, perms] : request.dirs) {
    errno = 0;
    auto directory = wasi::Directory::open_host(host, perms);
    if (!directory) return fail(ErrorCode::Io, os_error(errno));
    config.preopens.push_back({*std::move(directory), guest});
  }
  for (const std::string& address : options.texts(Opt::Wasi_tcplisten)) {
    TENON_TRY(auto listener, listen_on(address));
    config.sockets.push_back(std::move(listener));
  }
  if (const auto value = options.number(Opt::Wasi_max_resources)) config.max_descriptors = std::max<u64>(*value, 3);
  if (const auto value = options.number(Opt::Wasi_hostcall_fuel)) config.max_hostcall_bytes = *value;
  if (const auto value = options.number(Opt::Wasi_max_random_size)) config.max_random_bytes = *value;
  if (options.given(Opt::Wasm_timeout) || options.flag_or(Opt::Wasi_threads, false))
    config.interrupter = std::make_shared<wasi::Interrupter>();
  return config;
}

}  // namespace tenon::cli
