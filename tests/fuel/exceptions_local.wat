;; CONSUMED: 101
;; ENDS: ok
(module
  (tag $t (param i32))
  (func (export "run") (local $i i32) (loop $l (drop (block $h (result i32) (try_table (catch $t $h) (throw $t (local.get $i))) (i32.const 1))) (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))))
