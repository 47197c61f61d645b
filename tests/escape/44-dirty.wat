;; A command: each call runs in a new instance.
(module
  (memory 1)
  (table 100 funcref)
  (global $g (mut i64) (i64.const 0))
  (func $f)
  (elem declare func $f)
  (func (export "_start"))
  (func (export "check_and_write") (local $at i32)
    (if (i64.ne (global.get $g) (i64.const 0)) (then unreachable))
    (loop $each
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
      (br_if $each (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1024))) (i32.const 65536))))
    (local.set $at (i32.const 0))
    (loop $slots
      (if (i32.eqz (ref.is_null (table.get (local.get $at)))) (then unreachable))
      (br_if $slots (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 100))))
    (global.set $g (i64.const -1))
    (table.fill (i32.const 0) (ref.func $f) (i32.const 100))
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))))
