;; CONSUMED: 801
;; ENDS: ok
(module
  (func (export "run") (local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (i32.lt_u (local.get 0) (i32.const 100))))))
