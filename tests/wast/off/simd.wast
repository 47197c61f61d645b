;;! simd = false
;; What is refused where simd is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (func (param v128))) "SIMD support is not enabled")
(assert_invalid (module (func (v128.const i64x2 0 0) drop)) "SIMD support is not enabled")
(assert_invalid (module (global v128 (v128.const i64x2 0 0))) "SIMD support is not enabled")
