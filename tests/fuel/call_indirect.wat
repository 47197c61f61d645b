;; CONSUMED: 151
;; ENDS: ok
(module
  (type $t (func (param i32) (result i32)))
  (table funcref (elem $a $b))
  (func $a (type $t) (local.get 0))
  (func $b (type $t) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "run") (local $i i32) (loop $l (drop (call_indirect (type $t) (local.get $i) (i32.and (local.get $i) (i32.const 1)))) (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))))
