;;! memory64 = false
;; What is refused where memory64 is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (memory i64 1)) "memory64 must be enabled for 64-bit memories")
(assert_invalid (module (table i64 1 funcref)) "memory64 must be enabled for 64-bit tables")
