;; FAIL(1)[misaligned]: run --invoke misaligned %
;; FAIL(1)[outside]: run --invoke outside %
;; FAIL(1)[exit]: run --invoke exit126 %
;; FAIL(125): run --invoke exit125 %
;; FAIL(1)[random]: run -S max-random-size=10 --invoke random %
;; RUN: run -S max-random-size=11 --invoke random %
;; RUN[fuel]: run -S hostcall-fuel=1000 --invoke write %
;; RUN[no-fuel]: run -S hostcall-fuel=4 --invoke write %
;; RUN[no-stdout]: run -S inherit-stdout=n --invoke write %
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00")
  (data (i32.const 16) "hello\n")
  (func (export "misaligned") (drop (call $write (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 8))))
  (func (export "outside") (drop (call $write (i32.const 1) (i32.const 65532) (i32.const 1) (i32.const 8))))
  (func (export "exit125") (call $exit (i32.const 125)))
  (func (export "exit126") (call $exit (i32.const 126)))
  (func (export "random") (drop (call $random (i32.const 0) (i32.const 11))))
  (func (export "write") (result i32) (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
