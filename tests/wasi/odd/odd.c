// One call of one function of preview 1, all of its arguments sensible but one. `odd.py` goes through them all.
//
//     odd.wasm FUNCTION PARAMETER VALUE
#include "p1.h"

static unsigned char area[1024] __attribute__((aligned(16)));
#define A P(area)
#define B (P(area) + 512)

typedef struct {
  const char* name;
  uint32_t (*call)(const uint64_t*);
  uint64_t args[9];
} row;

#define C0(n) static uint32_t call_##n(const uint64_t* a) { (void)a; return p1_##n(); }
#define W(i) (uint32_t) a[i]
#define DEFINE(n, ...) static uint32_t call_##n(const uint64_t* a) { return p1_##n(__VA_ARGS__); }
C0(sched_yield)
DEFINE(args_get, W(0), W(1))
DEFINE(args_sizes_get, W(0), W(1))
DEFINE(environ_get, W(0), W(1))
DEFINE(environ_sizes_get, W(0), W(1))
DEFINE(clock_res_get, W(0), W(1))
DEFINE(clock_time_get, W(0), a[1], W(2))
DEFINE(fd_advise, W(0), a[1], a[2], W(3))
DEFINE(fd_allocate, W(0), a[1], a[2])
DEFINE(fd_close, W(0))
DEFINE(fd_datasync, W(0))
DEFINE(fd_fdstat_get, W(0), W(1))
DEFINE(fd_fdstat_set_flags, W(0), W(1))
DEFINE(fd_fdstat_set_rights, W(0), a[1], a[2])
DEFINE(fd_filestat_get, W(0), W(1))
DEFINE(fd_filestat_set_size, W(0), a[1])
DEFINE(fd_filestat_set_times, W(0), a[1], a[2], W(3))
DEFINE(fd_pread, W(0), W(1), W(2), a[3], W(4))
DEFINE(fd_prestat_get, W(0), W(1))
DEFINE(fd_prestat_dir_name, W(0), W(1), W(2))
DEFINE(fd_pwrite, W(0), W(1), W(2), a[3], W(4))
DEFINE(fd_read, W(0), W(1), W(2), W(3))
DEFINE(fd_readdir, W(0), W(1), W(2), a[3], W(4))
DEFINE(fd_renumber, W(0), W(1))
DEFINE(fd_seek, W(0), a[1], W(2), W(3))
DEFINE(fd_sync, W(0))
DEFINE(fd_tell, W(0), W(1))
DEFINE(fd_write, W(0), W(1), W(2), W(3))
DEFINE(path_create_directory, W(0), W(1), W(2))
DEFINE(path_filestat_get, W(0), W(1), W(2), W(3), W(4))
DEFINE(path_filestat_set_times, W(0), W(1), W(2), W(3), a[4], a[5], W(6))
DEFINE(path_link, W(0), W(1), W(2), W(3), W(4), W(5), W(6))
DEFINE(path_open, W(0), W(1), W(2), W(3), W(4), a[5], a[6], W(7), W(8))
DEFINE(path_readlink, W(0), W(1), W(2), W(3), W(4), W(5))
DEFINE(path_remove_directory, W(0), W(1), W(2))
DEFINE(path_rename, W(0), W(1), W(2), W(3), W(4), W(5))
DEFINE(path_symlink, W(0), W(1), W(2), W(3), W(4))
DEFINE(path_unlink_file, W(0), W(1), W(2))
DEFINE(poll_oneoff, W(0), W(1), W(2), W(3))
DEFINE(proc_raise, W(0))
DEFINE(random_get, W(0), W(1))
DEFINE(sock_accept, W(0), W(1), W(2))
DEFINE(sock_recv, W(0), W(1), W(2), W(3), W(4), W(5))
DEFINE(sock_send, W(0), W(1), W(2), W(3), W(4))
DEFINE(sock_shutdown, W(0), W(1))
static uint32_t call_proc_exit(const uint64_t* a) { p1_proc_exit((uint32_t)a[0]); }

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const uint32_t file = (uint32_t)p1_open(3, "file", 0, READ | WRITE, 0);  // 4; 5 was open once
  OK(p1_fd_close((uint32_t)p1_open(3, "file", 0, READ, 0)));
  CHECK(file == 4);
  memcpy(area, "file", 4);      // a path
  memcpy(area + 64, "new", 3);  // another
  uint32_t* iov = (uint32_t*)(area + 128);
  iov[0] = B;
  iov[1] = 64;
  const uint32_t path = A, other = A + 64, vector = A + 128;
  const row rows[] = {
      {"args_get", call_args_get, {A, B}},
      {"args_sizes_get", call_args_sizes_get, {A, B}},
      {"environ_get", call_environ_get, {A, B}},
      {"environ_sizes_get", call_environ_sizes_get, {A, B}},
      {"clock_res_get", call_clock_res_get, {0, B}},
      {"clock_time_get", call_clock_time_get, {0, 0, B}},
      {"fd_advise", call_fd_advise, {4, 0, 10, 0}},
      {"fd_allocate", call_fd_allocate, {4, 0, 10}},
      {"fd_close", call_fd_close, {4}},
      {"fd_datasync", call_fd_datasync, {4}},
      {"fd_fdstat_get", call_fd_fdstat_get, {4, B}},
      {"fd_fdstat_set_flags", call_fd_fdstat_set_flags, {4, 0}},
      {"fd_fdstat_set_rights", call_fd_fdstat_set_rights, {4, 0, 0}},
      {"fd_filestat_get", call_fd_filestat_get, {4, B}},
      {"fd_filestat_set_size", call_fd_filestat_set_size, {4, 10}},
      {"fd_filestat_set_times", call_fd_filestat_set_times, {4, 1, 1, 5}},
      {"fd_pread", call_fd_pread, {4, vector, 1, 0, A}},
      {"fd_prestat_get", call_fd_prestat_get, {3, B}},
      {"fd_prestat_dir_name", call_fd_prestat_dir_name, {3, B, 5}},
      {"fd_pwrite", call_fd_pwrite, {4, vector, 1, 0, A}},
      {"fd_read", call_fd_read, {4, vector, 1, A}},
      {"fd_readdir", call_fd_readdir, {3, B, 100, 0, A}},
      {"fd_renumber", call_fd_renumber, {4, 3}},
      {"fd_seek", call_fd_seek, {4, 0, 0, A}},
      {"fd_sync", call_fd_sync, {4}},
      {"fd_tell", call_fd_tell, {4, A}},
      {"fd_write", call_fd_write, {4, vector, 1, A}},
      {"path_create_directory", call_path_create_directory, {3, other, 3}},
      {"path_filestat_get", call_path_filestat_get, {3, 0, path, 4, B}},
      {"path_filestat_set_times", call_path_filestat_set_times, {3, 0, path, 4, 1, 1, 5}},
      {"path_link", call_path_link, {3, 0, path, 4, 3, other, 3}},
      {"path_open", call_path_open, {3, 0, path, 4, 0, 2, 2, 0, B}},
      {"path_readlink", call_path_readlink, {3, path, 4, B, 64, A}},
      {"path_remove_directory", call_path_remove_directory, {3, path, 4}},
      {"path_rename", call_path_rename, {3, path, 4, 3, other, 3}},
      {"path_symlink", call_path_symlink, {path, 4, 3, other, 3}},
      {"path_unlink_file", call_path_unlink_file, {3, path, 4}},
      {"poll_oneoff", call_poll_oneoff, {A + 256, B, 1, A}},
      {"proc_exit", call_proc_exit, {0}},
      {"proc_raise", call_proc_raise, {0}},
      {"sched_yield", call_sched_yield, {0}},
      {"random_get", call_random_get, {B, 16}},
      {"sock_accept", call_sock_accept, {4, 0, B}},
      {"sock_recv", call_sock_recv, {4, vector, 1, 0, A, A + 4}},
      {"sock_send", call_sock_send, {4, vector, 1, 0, A}},
      {"sock_shutdown", call_sock_shutdown, {4, 3}},
  };
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; ++i) {
    if (strcmp(rows[i].name, argv[1]) != 0) continue;
    row one = rows[i];
    if (atoi(argv[2]) >= 0) one.args[atoi(argv[2])] = strtoull(argv[3], NULL, 0);
    const uint32_t code = one.call(one.args);
    // Standard output may have been closed by the call: the exit code says it, too.
    printf("%s\n", p1_errno_name(code));
    fflush(stdout);
    return code < 77 ? 0 : 99;
  }
  return 3;
}
