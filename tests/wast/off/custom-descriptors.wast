;;! custom_descriptors = false
;; What is refused where custom-descriptors is switched off, and that the rest still runs.
;; covers: error FeatureDisabled

(module (type $s (struct (field i32)))
  (func (export "f") (result i32) (struct.get $s 0 (struct.new $s (i32.const 7)))))
(assert_return (invoke "f") (i32.const 7))

(assert_invalid
  (module (rec (type $a (descriptor $d) (struct)) (type $d (describes $a) (struct))))
  "custom descriptors proposal must be enabled to use descriptor and describes")
(assert_invalid
  (module (type $s (struct)) (func (param (ref (exact $s)))))
  "custom descriptors required for exact reference types")
(assert_invalid
  (module (type $s (struct)) (func (param anyref) (drop (ref.cast_desc_eq (ref $s) (local.get 0) (ref.null none)))))
  "custom descriptors operations support is not enabled")
(assert_invalid
  (module (type $s (struct)) (global (ref $s) (struct.new_desc $s (ref.null none))))
  "custom descriptors operations support is not enabled")
;; casts that branch go down the hierarchy
(assert_invalid
  (module (func (param structref) (result anyref) (block $l (result anyref) (br_on_cast $l structref i31ref (local.get 0)))))
  "type mismatch: expected structref, found i31ref")
