;; CONSUMED: 15
;; ENDS: ok
(module
  (memory 1)
  (func (export "run") (local v128) (local.set 0 (i32x4.splat (i32.const 3))) (v128.store (i32.const 16) (i32x4.add (local.get 0) (v128.load (i32.const 0)))) (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (local.get 0) (v128.const i64x2 1 2))) (drop (i32x4.extract_lane 1 (local.get 0)))))
