;;! bulk_memory = false
;;! bulk_memory_opt = false
;; What is refused where bulk-memory is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (memory 1) (data "x")) "passive data segments require the bulk-memory proposal")
(assert_invalid
  (module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))
  "bulk memory support is not enabled")
(assert_invalid
  (module (memory 1) (func (memory.copy (i32.const 0) (i32.const 0) (i32.const 0))))
  "bulk memory support is not enabled")
