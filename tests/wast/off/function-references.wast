;;! function_references = false
;; What is refused where function-references is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (func (param (ref func)))) "function references required for non-nullable types")
(assert_invalid (module (type $t (func)) (func (param (ref null $t)) (call_ref $t (local.get 0)))) "function references")
