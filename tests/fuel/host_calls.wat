;; CONSUMED: 10
;; ENDS: ok
(module
  (import "host" "nothing" (func $h)) (import "host" "call" (func $c (param funcref)))
  (func $x (call $h) (drop (i32.const 1)))
  (elem declare func $x)
  (func (export "run") (call $h) (drop (i32.const 1)) (call $c (ref.func $x)) (call $h) (drop (i32.const 2))))
