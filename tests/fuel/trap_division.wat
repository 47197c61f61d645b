;; CONSUMED: 3
;; ENDS: wasm trap: integer divide by zero
(module
  (func $f)
  (func (export "run") (call $f) (drop (i32.const 1)) (drop (i32.div_u (i32.const 1) (i32.const 0))) (drop (i32.const 2))))
