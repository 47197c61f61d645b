;;! threads = false
;; What is refused where threads is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid (module (memory 1 1 shared)) "threads must be enabled for shared memories")
(assert_invalid (module (func atomic.fence)) "threads support is not enabled")
(assert_invalid (module (memory 1) (func (drop (i32.atomic.load (i32.const 0))))) "threads support is not enabled")
