;; Custom descriptors: what is refused in words that the table of errors does not have. They are wasm-tools'.
;; coverage: none

(assert_invalid
  (module
    (rec (type $a (sub (descriptor $ad) (struct))) (type $ad (sub (describes $a) (struct))) (type (sub $a (struct)))))
  "supertype of type without descriptor cannot have descriptor")
(assert_invalid
  (module
    (rec (type $a (sub (descriptor $ad) (struct))) (type $ad (sub (describes $a) (struct))) (type (sub $ad (struct)))))
  "supertype of non-descriptor type cannot be a descriptor")
(assert_invalid
  (module
    (type $top (sub (struct)))
    (rec (type $a (descriptor $ad) (struct)) (type $ad (sub $top (describes $a) (struct)))))
  "supertype of descriptor must be a descriptor")
(assert_invalid
  (module (func (param anyref) (result funcref) (block $l (result funcref) (br_on_cast $l anyref funcref (local.get 0)))))
  "type mismatch: anyref and funcref have different heap type hierarchies")
(assert_invalid
  (module (type $s (sub (struct))) (func (param (ref $s)) (result (ref (exact $s))) (local.get 0)))
  "type mismatch: expected (ref (exact $type)), found (ref $type)")
(assert_invalid
  (module (type $a (struct)) (func (result (ref $a)) (struct.new_default_desc $a (ref.null none))))
  "invalid `struct.new_default_desc`: type 0 is not described")
(assert_invalid
  (module
    (rec (type $a (descriptor $d) (struct (field (ref any)))) (type $d (describes $a) (struct)))
    (func (result (ref $a)) (struct.new_default_desc $a (struct.new $d))))
  "invalid `struct.new_default`: (ref any) field is not defaultable")
(assert_invalid
  (module (func (param anyref) (drop (ref.cast_desc_eq (ref struct) (local.get 0) (ref.null none)))))
  "unexpected heap type")
(assert_invalid
  (module
    (rec (type $a (sub (descriptor $d) (struct))) (type $d (sub (describes $a) (struct))))
    (func (param anyref (ref $d)) (drop (ref.cast_desc_eq (ref (exact $a)) (local.get 0) (local.get 1)))))
  "type mismatch: expected descriptor of exact type (ref (exact (id 1))) found (ref (id 1))")
