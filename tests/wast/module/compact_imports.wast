;; Imports of one module name written together, each with its own type or all with the same.
(module $m
  (func (export "a") (result i32) (i32.const 1))
  (func (export "b") (result i32) (i32.const 2))
  (global (export "g") i32 (i32.const 40))
  (memory (export "memory") 1))
(register "m")

(module
  (import "m"
    (item "a" (func $a (result i32)))
    (item "memory" (memory 1))
    (item "g" (global $g i32))
    (item "b" (func $b (result i32))))
  (func (export "sum") (result i32)
    (i32.add (i32.add (call $a) (call $b)) (i32.add (global.get $g) (memory.size)))))
(assert_return (invoke "sum") (i32.const 44))

(module
  (import "m" (item "a") (item "b") (func (result i32)))
  (func (export "difference") (result i32) (i32.sub (call 0) (call 1))))
(assert_return (invoke "difference") (i32.const -1))

(assert_unlinkable
  (module (import "m" (item "a" (func)) (item "b" (func (result i32)))))
  "incompatible import type")
(assert_unlinkable
  (module (import "m" (item "a") (item "nothing") (func (result i32))))
  "unknown import")
