;; The start function: it runs after the segments are in place, once an instance; it may be imported; a trap in it fails the
;; instantiation but keeps what was written elsewhere.

(module $state
  (memory (export "m") 1)
  (global $count (export "count") (mut i32) (i32.const 0))
  (func (export "bump") (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func (export "get") (result i32) (global.get $count))
  (func (export "b") (param i32) (result i32) (i32.load8_u (local.get 0))))
(register "state" $state)

(module
  (memory 1)
  (data (i32.const 0) "\05")
  (table 1 funcref)
  (elem (i32.const 0) $f)
  (global $g (mut i32) (i32.const 10))
  (func $f (result i32) (i32.const 3))
  (func $start
    (global.set $g (i32.add (global.get $g) (i32.add (i32.load8_u (i32.const 0)) (call_indirect (result i32) (i32.const 0))))))
  (start $start)
  (func (export "g") (result i32) (global.get $g)))
(assert_return (invoke "g") (i32.const 18))

(module (import "state" "bump" (func $bump)) (start $bump))
(assert_return (invoke $state "get") (i32.const 1))
(module definition $again (import "state" "bump" (func $bump)) (start $bump))
(module instance $i1 $again)
(module instance $i2 $again)
(assert_return (invoke $state "get") (i32.const 3))

(assert_trap
  (module
    (import "state" "m" (memory 1))
    (import "state" "bump" (func $bump))
    (data (i32.const 7) "\2a")
    (func $main (call $bump) (i32.store8 (i32.const 8) (i32.const 43)) unreachable)
    (start $main))
  "unreachable")
(assert_return (invoke $state "get") (i32.const 4))
(assert_return (invoke $state "b" (i32.const 7)) (i32.const 42))
(assert_return (invoke $state "b" (i32.const 8)) (i32.const 43))

;; it does not run when a segment does not fit
(assert_trap
  (module (import "state" "bump" (func $bump)) (memory 0) (data (i32.const 0) "x") (start $bump))
  "out of bounds memory access")
(assert_return (invoke $state "get") (i32.const 4))
