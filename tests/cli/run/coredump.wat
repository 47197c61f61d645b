;; A trap leaves a core dump, and its error says where; other ends leave none. Expected: what Wasmtime writes.
;; FAIL(134)[trap]: run -D coredump=%tmpdir/core %
;; RUN: validate %tmpdir/core
;; FAIL(134)[nowhere]: run -D coredump=%tmpdir/none/core %
;; FAIL(1)[pattern]: run -D coredump=core.%p %
;; RUN: run -D coredump=%tmpdir/other --invoke nothing %
(module $m
  (memory (export "memory") 1)
  (global (export "g") i32 (i32.const 7))
  (global (mut i64) (i64.const -1))
  (global (mut funcref) (ref.null func))
  (data (i32.const 10000) "data")
  (func $f unreachable)
  (func $g (export "_start") call $f)
  (func (export "nothing")))
