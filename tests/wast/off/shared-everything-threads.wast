;;! shared_everything_threads = false
;; What is refused where shared-everything-threads is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1 1 shared) (global $g (mut i32) (i32.const 3))
  (func (export "f") (result i32) (i32.add (global.get $g) (i32.atomic.load (i32.const 0)))))
(assert_return (invoke "f") (i32.const 3))

(assert_invalid
  (module (type (shared (struct))))
  "shared composite types require the shared-everything-threads proposal")
(assert_invalid
  (module (func (param (ref null (shared any)))))
  "shared reference types require the shared-everything-threads proposal")
(assert_invalid
  (module (global (shared i32) (i32.const 0)))
  "shared globals require the shared-everything-threads proposal")
(assert_invalid
  (module (table shared 1 funcref))
  "shared tables require the shared-everything-threads proposal")
(assert_invalid
  (module (global $g (mut i32) (i32.const 0)) (func (drop (global.atomic.get seq_cst $g))))
  "shared-everything-threads support is not enabled")
(assert_invalid
  (module (global anyref (ref.i31_shared (i32.const 0))))
  "constant expression required: non-constant operator: ref.i31_shared")
