;;! stack_switching = false
;; What is refused where stack-switching is switched off, and that the rest still runs.
;; covers: error FeatureDisabled, NonEmptyTagResult

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (type (func)) (type (cont 0))) "cannot define continuation types when stack switching is disabled")
(assert_invalid (module (tag (result i32))) "invalid exception type: non-empty tag result type")
(assert_invalid (module (import "m" "t" (tag (param i32) (result i64)))) "invalid exception type: non-empty tag result type")
