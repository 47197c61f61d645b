;;! multi_value = false
;; What is refused where multi-value is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4)))))
(assert_return (invoke "f" (i32.const 0)) (i32.const 0))

(assert_invalid
  (module (func (result i32 i32) (i32.const 1) (i32.const 1)))
  "func type returns multiple values but the multi-value feature is not enabled")
(assert_invalid
  (module (type $t (func (param i32))) (func (i32.const 1) (block (type $t) drop)))
  "blocks, loops, and ifs may only produce a resulttype when multi-value is not enabled")
