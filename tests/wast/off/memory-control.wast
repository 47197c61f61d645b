;;! memory_control = false
;; What is refused where memory-control is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1)
  (func (export "f") (result i32) (memory.fill (i32.const 0) (i32.const 1) (i32.const 4)) (i32.load (i32.const 0))))
(assert_return (invoke "f") (i32.const 0x01010101))

(assert_invalid (module (memory 1) (func (memory.discard (i32.const 0) (i32.const 0)))) "memory control support is not enabled")
