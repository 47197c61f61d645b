;; Bytes that nobody wrote are zero, and tables null: in each of 1,000 instances that are made where others wrote, in memory that
;; was grown, in locals.
;; RUN: --preload dirty=44-dirty.wat --invoke all 44-fresh.wat
(module
  (import "dirty" "check_and_write" (func $check_and_write))
  (memory 1)
  (func $locals (param $depth i32) (local $a i64) (local $b v128) (local $c f64)
    (if (i64.ne (local.get $a) (i64.const 0)) (then unreachable))
    (if (v128.any_true (local.get $b)) (then unreachable))
    (if (f64.ne (local.get $c) (f64.const 0)) (then unreachable))
    (local.set $a (i64.const -1))
    (local.set $b (v128.const i64x2 -1 -1))
    (local.set $c (f64.const nan))
    (if (local.get $depth) (then (call $locals (i32.sub (local.get $depth) (i32.const 1))))))
  (func $zero (param $from i32) (param $to i32)
    (loop $each
      (if (i64.ne (i64.load (local.get $from)) (i64.const 0)) (then unreachable))
      (br_if $each (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 8))) (local.get $to)))))
  (func (export "all") (local $n i32)
    (call $locals (i32.const 500))
    (call $locals (i32.const 500))
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))
    (drop (memory.grow (i32.const 3)))
    (call $zero (i32.const 65536) (i32.const 262144))
    (loop $more
      (call $check_and_write)
      (br_if $more (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000))))))
