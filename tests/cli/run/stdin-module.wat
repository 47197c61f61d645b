;; A module from standard input: what stands behind it in a pipe is the program's own business.
;; RUN: parse % | run -
;; RUN[args]: parse % | run --invoke args - a b c
;; RUN[name]: parse % | run --argv0 x --invoke args -
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "args") (result i32 i32)
    (drop (call $sizes (i32.const 0) (i32.const 4)))
    (i32.load (i32.const 0)) (i32.load (i32.const 4)))
  (func (export "_start")))
