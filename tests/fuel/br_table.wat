;; CONSUMED: 68
;; ENDS: ok
(module
  (func $f (param i32) (block $c (block $b (block $a (br_table $a $b $c (local.get 0))) (drop (i32.const 1))) (drop (i32.const 2)) (drop (i32.const 3)) (br $c) (drop (i32.const 4))))
  (func (export "run") (local $i i32) (loop $l (call $f (local.get $i)) (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))))
