;; Custom descriptors (experimental): types that describe each other, exact types, and every instruction. Texts of
;; errors.def; no engine runs them yet.

(module (rec (type $a (descriptor $d) (struct (field i32))) (type $d (describes $a) (struct))))
(module (rec (type $a (sub (descriptor $d) (struct))) (type $d (sub (describes $a) (struct)))))
;; a descriptor can have a descriptor
(module
  (rec
    (type $a (descriptor $d) (struct))
    (type $d (describes $a) (descriptor $m) (struct))
    (type $m (describes $d) (struct))))
;; and stand before what it describes is at an end
(module
  (rec
    (type $a (sub (descriptor $ad) (struct)))
    (type $b (sub $a (descriptor $bd) (struct (field i32))))
    (type $ad (sub (describes $a) (struct)))
    (type $bd (sub $ad (describes $b) (struct))))
  (rec
    (type $c (sub final $b (descriptor $cd) (struct (field i32 i64))))
    (type $cd (sub final $bd (describes $c) (struct)))))

(assert_invalid (module (type (descriptor 1) (struct)) (type (describes 0) (struct))) "descriptor type is outside rec group")
(assert_invalid (module (rec (type $a (descriptor $d) (array i8)) (type $d (describes $a) (struct)))) "descriptor type must be a struct")
(assert_invalid (module (rec (type $a (descriptor $d) (struct)) (type $d (describes $a) (func)))) "described type must be a struct")
(assert_invalid (module (type $x (struct)) (type (describes $x) (struct))) "described type is outside rec group")
(assert_invalid (module (rec (type $d (describes $a) (struct)) (type $a (descriptor $d) (struct)))) "forward use of described type")
(assert_invalid (module (rec (type $a (descriptor $d) (struct)) (type $d (struct)))) "type is not described by its descriptor")
(assert_invalid (module (rec (type $a (struct)) (type $d (describes $a) (struct)))) "described type is not described by descriptor")
(assert_invalid
  (module
    (rec (type $a (descriptor $d) (struct)) (type $d (describes $a) (struct)) (type $e (describes $a) (struct))))
  "described type is not described by descriptor")
(assert_invalid
  (module
    (rec (type $a (sub (descriptor $ad) (struct))) (type $ad (sub (describes $a) (struct))))
    (rec (type $b (sub $a (descriptor $bd) (struct))) (type $bd (sub (describes $b) (struct)))))
  "descriptor type does not match")
(assert_invalid
  (module
    (rec (type $a (sub (descriptor $ad) (struct))) (type $ad (sub (describes $a) (struct))))
    (rec (type $b (sub (descriptor $bd) (struct))) (type $bd (sub $ad (describes $b) (struct)))))
  "described type does not match")

(assert_malformed
  (module quote "(rec (type $a (descriptor $b) (struct)) (type $b (descriptor $c) (describes $a) (struct)))")
  "unexpected token")
(assert_malformed
  (module quote "(rec (type $a (descriptor $b) (descriptor $b) (struct)) (type $b (describes $a) (struct)))")
  "unexpected token")
(assert_malformed
  (module binary "\00asm" "\01\00\00\00" "\01\0d\01\4e\02" "\4d\01\4d\01\5f\00" "\4c\00\5f\00")
  "malformed definition type")

;; exact references
(module
  (rec (type $a (sub (descriptor $d) (struct (field (mut i32))))) (type $d (sub (describes $a) (struct))))
  (type $s (sub (struct)))
  (type $v (array (mut i32)))
  (type $f (func))
  (import "m" "f" (func $exact (exact (type $f))))
  (import "m" "g" (func $import (type $f)))
  (global (ref (exact $d)) (struct.new $d))
  (global (ref (exact $a)) (struct.new_default_desc $a (struct.new_default $d)))
  (global (ref $a) (struct.new_desc $a (i32.const 1) (struct.new $d)))
  (global (ref (exact $v)) (array.new $v (i32.const 1) (i32.const 2)))
  (global (ref (exact $f)) (ref.func $exact))
  (global (ref (exact $f)) (ref.func $own))
  (global (ref $f) (ref.func $import))
  (global (ref null (exact $a)) (ref.null none))
  (func $own (type $f))
  (func (param (ref (exact $s))) (result (ref $s)) (local.get 0))
  (func (param (ref null $s)) (result (ref (exact $s))) (ref.cast (ref (exact $s)) (local.get 0)))
  (func (param anyref) (result i32) (ref.test (ref null (exact $s)) (local.get 0)))
  (func (result (ref (exact $v))) (array.new_default $v (i32.const 3)))
  (func (result (ref (exact $v))) (array.new_fixed $v 1 (i32.const 3)))
  (func (param (ref (exact $a))) (result (ref (exact $d))) (ref.get_desc $a (local.get 0)))
  (func (param (ref null $a)) (result (ref $d)) (ref.get_desc $a (local.get 0)))
  (func (result (ref (exact $d))) (ref.get_desc $a (ref.null none)))
  (func (result (ref (exact $d))) unreachable ref.get_desc $a)
  (func (param anyref (ref null $d)) (result (ref $a)) (ref.cast_desc_eq (ref $a) (local.get 0) (local.get 1)))
  (func (param anyref (ref null (exact $d))) (result (ref null (exact $a)))
    (ref.cast_desc_eq (ref null (exact $a)) (local.get 0) (local.get 1)))
  (func (param anyref (ref null $d)) (result (ref null $a))
    (block $l (result (ref null $a))
      (br_on_cast_desc_eq $l anyref (ref null $a) (local.get 0) (local.get 1))
      (drop)
      (return (ref.null none))))
  (func (param anyref (ref null (exact $d))) (result (ref any))
    (block $l (result (ref any))
      (br_on_cast_desc_eq_fail $l anyref (ref null (exact $a)) (local.get 0) (local.get 1))
      (return (ref.as_non_null)))))

;; with exact types, branching casts want a common hierarchy and no more
(module
  (type $s (struct))
  (func (param (ref null struct)) (result anyref)
    (block $l (result anyref) (br_on_cast $l structref i31ref (local.get 0)))))

(assert_invalid
  (module (type $f (func)) (import "m" "f" (func $f (type $f))) (global (ref (exact $f)) (ref.func $f)))
  "type mismatch")
(assert_invalid
  (module
    (rec (type $a (descriptor $d) (struct)) (type $d (describes $a) (struct)))
    (func (result (ref $a)) (struct.new $a)))
  "type with descriptor requires descriptor allocation: `struct.new` with type 0")
(assert_invalid
  (module
    (rec (type $a (descriptor $d) (struct)) (type $d (describes $a) (struct)))
    (func (result (ref $a)) (struct.new_default $a)))
  "type with descriptor requires descriptor allocation")
(assert_invalid
  (module (type $a (struct)) (func (result (ref $a)) (struct.new_desc $a (ref.null none))))
  "type without descriptor requires non-descriptor allocation")
(assert_invalid
  (module
    (rec (type $a (sub (descriptor $d) (struct))) (type $d (sub (describes $a) (struct))))
    (func (param (ref $d)) (result (ref $a)) (struct.new_desc $a (local.get 0))))
  "type mismatch")
(assert_invalid (module (type $a (struct)) (func (param (ref $a)) (drop (ref.get_desc $a (local.get 0))))) "type without descriptor")
(assert_invalid
  (module (type $a (struct)) (func (param anyref) (drop (ref.cast_desc_eq (ref $a) (local.get 0) (ref.null none)))))
  "type without descriptor")
(assert_invalid
  (module (func (param anyref) (drop (ref.cast_desc_eq (ref 7) (local.get 0) (ref.null none)))))
  "unknown type")
