;; What runs: the start function, then _initialize, then the function of --invoke, or "" before _start.
;; RUN[default]: run %
;; RUN[invoke]: run --invoke show %
;; RUN[named-start]: run --invoke _start %
(module
  (global $n (mut i32) (i32.const 0))
  (func $digit (param i32) (global.set $n (i32.add (i32.mul (global.get $n) (i32.const 10)) (local.get 0))))
  (start $first)
  (func $first (call $digit (i32.const 1)))
  (func (export "_initialize") (call $digit (i32.const 2)))
  (func $show (export "show") (result i32) (call $digit (i32.const 3)) (global.get $n))
  (func (export "") (result i32) (call $digit (i32.const 4)) (global.get $n))
  (func (export "_start") (result i32) (call $digit (i32.const 5)) (global.get $n)))
