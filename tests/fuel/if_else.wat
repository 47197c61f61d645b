;; CONSUMED: 26
;; ENDS: ok
(module
  (func $f (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2) (i32.const 3) (i32.add))))
  (func $g (param i32) (if (local.get 0) (then (drop (i32.const 1)))))
  (func (export "run") (drop (call $f (i32.const 0))) (drop (call $f (i32.const 1))) (call $g (i32.const 0)) (call $g (i32.const 1))))
