;;! multi_memory = false
;; What is refused where multi-memory is switched off, and that the rest still runs.
;; covers: error FeatureDisabled, MultipleMemories

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (memory 1) (memory 1)) "multiple memories")
(assert_invalid (module (import "m" "m" (memory 1)) (memory 1)) "multiple memories")
