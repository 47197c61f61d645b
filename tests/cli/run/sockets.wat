;; Sockets to listen on come after the directories.
;; RUN[one]: run -S tcplisten=127.0.0.1:0 --invoke kinds %
;; RUN[after]: run -S tcplisten=127.0.0.1:0,tcplisten=127.0.0.1:0 --dir . --invoke kinds %
;; RUN[none]: run -S listenfd --invoke kinds %
;; FAIL(1)[port]: run -S tcplisten=127.0.0.1:99999 %
;; FAIL(1)[address]: run -S tcplisten=nowhere %
;; FAIL(1)[elsewhere]: run -S tcplisten=192.0.2.1:80 %
;; FAIL(1)[no-socket]: LISTEN_FDS=1 run -S listenfd %
;; RUN: LISTEN_FDS=1 LISTEN_PID=1 run -S listenfd %
;; RUN: LISTEN_FDS=1 run %
;; RUN: LISTEN_FDS=many run -S listenfd=n %
(module
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $stat (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; One digit for each descriptor from 3 on: its type.
  (func (export "kinds") (result i32) (local $fd i32) (local $sum i32)
    (local.set $fd (i32.const 3))
    (loop $more
      (if (i32.eqz (call $stat (local.get $fd) (i32.const 0)))
        (then
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (i32.load8_u (i32.const 0))))
          (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
          (br $more))))
    (local.get $sum))
  (func (export "_start")))
