;; CONSUMED: 15
;; ENDS: ok
;; WASMTIME-43: 12 loses what callees of call_ref and return_call_ref burn
(module
  (type $t (func))
  (func $g (drop (i32.const 1)) (drop (i32.const 2)))
  (elem declare func $g)
  (func $tail (return_call_ref $t (ref.func $g)))
  (func (export "run") (drop (i32.const 1)) (call_ref $t (ref.func $g)) (drop (i32.const 1)) (call $tail)))
