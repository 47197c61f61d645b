;; CONSUMED: 203
;; ENDS: ok
(module
  (func $down (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const 4)))) (return_call $down (i32.sub (local.get 0) (i32.const 1))))
  (type $t (func (param i32) (result i32)))
  (table funcref (elem $down))
  (func $ind (param i32) (result i32) (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
  (func (export "run") (drop (call $down (i32.const 20))) (drop (call $ind (i32.const 3)))))
