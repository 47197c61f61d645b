;; CONSUMED: 8
;; ENDS: wasm trap: indirect call type mismatch
(module
  (type $t (func))
  (type $i (func (result i32)))
  (table 2 funcref)
  (elem (i32.const 0) $g)
  (func $g (result i32) (i32.const 1))
  (func (export "run") (drop (i32.const 1)) (drop (call_indirect (type $i) (i32.const 0))) (call_indirect (type $t) (i32.const 0))))
