;; CONSUMED: 10
;; ENDS: wasm trap: out of bounds memory access
(module
  (memory 1)
  (func $f (param i32) (drop (i32.const 1)) (drop (i32.load (local.get 0))))
  (func (export "run") (call $f (i32.const 0)) (drop (i32.const 1)) (call $f (i32.const 65536)) (drop (i32.const 2))))
