;; CONSUMED: 3
;; ENDS: wasm trap: out of bounds memory access
(module
  (memory 1)
  (func $f)
  (func (export "run") (call $f) (memory.fill (i32.const 65000) (i32.const 0) (i32.const 1000))))
