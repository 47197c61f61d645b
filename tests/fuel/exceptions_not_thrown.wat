;; CONSUMED: 14
;; ENDS: ok
(module
  (tag $t)
  (func $f (param i32) (if (local.get 0) (then (throw $t))))
  (func (export "run") (block $h (try_table (catch $t $h) (call $f (i32.const 0)) (try_table (catch_all $h) (call $f (i32.const 0))))) (drop (i32.const 1))))
