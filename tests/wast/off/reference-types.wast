;;! reference_types = false
;; What is refused where reference-types is switched off, and that the rest still runs.
;; covers: error FeatureDisabled, MultipleTables

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (func (drop (ref.null func)))) "reference types support is not enabled")
(assert_invalid (module (table 1 externref)) "reference types support is not enabled")
(assert_invalid (module (func (param externref))) "reference types support is not enabled")
(assert_invalid (module (table 1 funcref) (func (drop (table.size)))) "reference types support is not enabled")
(assert_invalid (module (table 1 funcref) (table 1 funcref)) "multiple tables")
(assert_invalid (module (import "m" "t" (table 1 funcref)) (table 1 funcref)) "multiple tables")
