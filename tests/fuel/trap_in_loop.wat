;; CONSUMED: 0
;; ENDS: wasm trap: integer divide by zero
(module
  (func (export "run") (local i32) (local.set 0 (i32.const 10)) (loop (drop (i32.div_u (i32.const 1) (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0))))
