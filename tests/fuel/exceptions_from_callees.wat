;; CONSUMED: 16
;; ENDS: ok
;; WASMTIME-43: 10 loses what callees burn that throw
(module
  (tag $t)
  (func $f (drop (i32.const 1)) (throw $t))
  (func (export "run") (local $e exnref) (block $h (try_table (catch $t $h) (call $f))) (local.set $e (block $r (result exnref) (try_table (catch_all_ref $r) (call $f)) (unreachable))) (block $h (try_table (catch $t $h) (throw_ref (local.get $e)))) (drop (i32.const 1))))
