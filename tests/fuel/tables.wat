;; CONSUMED: 25
;; ENDS: ok
(module
  (table $t 5 funcref)
  (table $u 5 funcref)
  (elem $e funcref (ref.func $f) (ref.null func))
  (func $f)
  (func (export "run")
  (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))
  (elem.drop $e)
  (table.copy $u $t (i32.const 1) (i32.const 0) (i32.const 3))
  (table.fill $t (i32.const 0) (ref.null func) (i32.const 5))
  (table.set $t (i32.const 1)
  (table.get $u (i32.const 1))) (drop (table.grow $t (ref.null func) (i32.const 4))) (drop (table.size $t)) (call_indirect $u (i32.const 1))))
