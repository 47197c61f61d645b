;; A library of the tests beside it; alone it does nothing.
;; RUN: run %
(module
  (func (export "_start"))
  (func (export "_initialize") (global.set $n (i32.const 10)))
  (global $n (export "n") (mut i32) (i32.const 0))
  (memory (export "memory") 0)
  (func (export "trap") unreachable)
  (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
