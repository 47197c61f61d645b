;; CONSUMED: 3
;; ENDS: wasm trap: out of bounds memory access
(module
  (memory 1)
  (func $f)
  (func $s (call $f) (drop (i32.const 1)) (i32.store (i32.const -1) (i32.const 0)))
  (start $s)
  (func (export "run")))
