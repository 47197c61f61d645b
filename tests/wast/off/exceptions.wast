;;! exceptions = false
;; What is refused where exceptions is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (tag)) "exceptions proposal not enabled")
(assert_invalid (module (func try_table end)) "exceptions support is not enabled")
(assert_invalid (module (import "m" "t" (tag))) "exceptions proposal not enabled")
