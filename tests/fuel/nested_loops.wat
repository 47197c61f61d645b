;; CONSUMED: 883
;; ENDS: ok
(module
  (func (export "run") (local $i i32) (local $j i32) (loop $outer (local.set $j (i32.const 0)) (loop $inner (if (i32.and (local.get $j) (i32.const 1)) (then nop) (else (drop (i32.const 5)))) (local.set $j (i32.add (local.get $j) (i32.const 1))) (br_if $inner (i32.lt_u (local.get $j) (i32.const 7)))) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $outer (i32.lt_u (local.get $i) (i32.const 9))))))
