;; Forms of --dir: the program prints how many directories it has, and whether it may make one in the first.
;; RUN[none]: run --invoke preopens %
;; RUN[one]: run --dir . --invoke preopens %
;; RUN[two]: run --dir .::/a --dir tests::/b --invoke preopens %
;; RUN[rw]: run --dir %tmpdir::/a --invoke make %
;; RUN[ro]: run --dir %tmpdir::/a::ro --invoke make %
;; RUN[named-rw]: run --dir %tmpdir::/a::rw --invoke make %
;; RUN[ignored]: as wasmtime run --dir %tmpdir::/a::x --invoke preopens %
;; RUN[ro-wasmtime]: as wasmtime run --dir %tmpdir::/a::ro --invoke make %
;; FAIL(2)[perms]: run --dir %tmpdir::/a::x %
;; FAIL(1)[missing]: run --dir %tmpdir/none::/a %
;; FAIL(1)[file]: run --dir %::/a %
(module
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "dir")
  (func (export "preopens") (result i32) (local $fd i32)
    (local.set $fd (i32.const 3))
    (loop $more
      (if (i32.eqz (call $prestat (local.get $fd) (i32.const 0)))
        (then (local.set $fd (i32.add (local.get $fd) (i32.const 1))) (br $more))))
    (i32.sub (local.get $fd) (i32.const 3)))
  (func (export "make") (result i32) (local $code i32)
    (local.set $code (call $mkdir (i32.const 3) (i32.const 64) (i32.const 3)))
    (drop (call $rmdir (i32.const 3) (i32.const 64) (i32.const 3)))
    (local.get $code)))
