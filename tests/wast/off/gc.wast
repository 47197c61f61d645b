;;! gc = false
;; What is refused where gc is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (type (struct))) "struct indexed types not supported without the gc feature")
(assert_invalid (module (type (array i8))) "array indexed types not supported without the gc feature")
(assert_invalid (module (func (drop (ref.i31 (i32.const 0))))) "gc support is not enabled")
