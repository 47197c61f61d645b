;; CONSUMED: 24
;; ENDS: ok
(module
  (func $s (local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 3)))))
  (start $s)
  (func (export "run") (drop (i32.const 1))))
