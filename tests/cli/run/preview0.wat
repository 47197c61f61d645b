;; wasi_unstable: the older layouts, and without it.
;; RUN[hello]: run %
;; RUN[seek]: run --invoke seek %
;; FAIL(2)[exit]: run --invoke exit2 %
;; FAIL(125): run --invoke exit125 %
;; FAIL(1)[exit126]: run --invoke exit126 %
;; FAIL(1)[off]: run -S preview0=n %
;; FAIL(1)[no-cli]: run -S cli=n,preview0 %
;; RUN[hello]: run -S preview2=n,preview0=y %
(module
  (import "wasi_unstable" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\06\00\00\00")
  (data (i32.const 16) "hello\n")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "seek") (result i32 i32)
    (call $seek (i32.const 0) (i64.const 0) (i32.const 2) (i32.const 64))
    (call $seek (i32.const 0) (i64.const 0) (i32.const 3) (i32.const 64)))
  (func (export "exit2") (call $exit (i32.const 2)))
  (func (export "exit125") (call $exit (i32.const 125)))
  (func (export "exit126") (call $exit (i32.const 126))))
