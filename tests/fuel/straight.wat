;; CONSUMED: 18
;; ENDS: ok
(module
  (global $g (mut i32) (i32.const 0))
  (func (export "run") (local i64 f64) nop (local.set 0 (i64.add (i64.const 1) (i64.const 2))) (global.set $g (select (i32.const 1) (i32.const 2) (i32.wrap_i64 (local.get 0)))) (drop (f64.sqrt (local.get 1))) (drop (select (result f64) (local.get 1) (local.tee 1 (f64.const 2)) (global.get $g)))))
