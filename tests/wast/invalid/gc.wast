;; Structs, arrays and casts that do not validate.

(assert_invalid (module (type $s (struct (field i32))) (func (drop (struct.new $s (i64.const 0))))) "type mismatch")
(assert_invalid (module (type $s (struct (field (ref func)))) (func (drop (struct.new_default $s)))) "type mismatch")
(assert_invalid (module (type $s (struct (field i32))) (func (param (ref $s)) (drop (struct.get $s 1 (local.get 0))))) "unknown field")
(assert_invalid (module (type $s (struct (field i32))) (func (param (ref $s)) (struct.set $s 0 (local.get 0) (i32.const 0)))) "immutable field")
(assert_invalid (module (type $s (struct (field i8))) (func (param (ref $s)) (drop (struct.get $s 0 (local.get 0))))) "type mismatch")
(assert_invalid (module (type $s (struct (field i32))) (func (param (ref $s)) (drop (struct.get_s $s 0 (local.get 0))))) "type mismatch")
(assert_invalid (module (type $f (func)) (func (drop (struct.new_default $f)))) "type mismatch")
(assert_invalid (module (func (drop (struct.new 3)))) "unknown type")
(assert_invalid (module (type $a (array i32)) (func (param (ref $a)) (array.set $a (local.get 0) (i32.const 0) (i32.const 0)))) "immutable array")
(assert_invalid
  (module (type $a (array i8)) (func (param (ref $a)) (array.fill $a (local.get 0) (i32.const 0) (i32.const 0) (i32.const 0))))
  "immutable array")
(assert_invalid
  (module (type $a (array i8)) (type $b (array i8))
    (func (param (ref $a) (ref $b)) (array.copy $a $b (local.get 0) (i32.const 0) (local.get 1) (i32.const 0) (i32.const 0))))
  "immutable array")
(assert_invalid
  (module (type $a (array (mut i8))) (type $b (array i16))
    (func (param (ref $a) (ref $b)) (array.copy $a $b (local.get 0) (i32.const 0) (local.get 1) (i32.const 0) (i32.const 0))))
  "array types do not match")
(assert_invalid
  (module (type $a (array (mut funcref))) (type $b (array externref))
    (func (param (ref $a) (ref $b)) (array.copy $a $b (local.get 0) (i32.const 0) (local.get 1) (i32.const 0) (i32.const 0))))
  "array types do not match")
(assert_invalid
  (module (type $a (array (mut funcref))) (data $d "x")
    (func (param (ref $a)) (array.init_data $a $d (local.get 0) (i32.const 0) (i32.const 0) (i32.const 0))))
  "array type is not numeric or vector")
(assert_invalid
  (module (type $a (array externref)) (data $d "x") (func (drop (array.new_data $a $d (i32.const 0) (i32.const 0)))))
  "array type is not numeric or vector")
(assert_invalid
  (module (type $a (array i32)) (elem $e funcref) (func (drop (array.new_elem $a $e (i32.const 0) (i32.const 0)))))
  "type mismatch")
(assert_invalid (module (type $a (array (ref func))) (func (drop (array.new_default $a (i32.const 1))))) "type mismatch")
(assert_invalid (module (type $a (array i32)) (func (drop (array.new_fixed $a 2 (i32.const 1))))) "type mismatch")
(assert_invalid (module (type $a (array i16)) (func (param (ref $a)) (drop (array.get $a (local.get 0) (i32.const 0))))) "type mismatch")
(assert_invalid (module (func (drop (array.len (ref.null struct))))) "type mismatch")
(assert_invalid (module (func (param funcref) (drop (ref.cast (ref i31) (local.get 0))))) "type mismatch")
(assert_invalid (module (func (param anyref) (drop (ref.test (ref func) (local.get 0))))) "type mismatch")
(assert_invalid
  (module (func (param anyref) (block (result funcref) (br_on_cast 0 anyref (ref i31) (local.get 0)) drop (ref.null func)) drop))
  "type mismatch")
(assert_invalid (module (func (param externref) (drop (extern.convert_any (local.get 0))))) "type mismatch")
(assert_invalid (module (func (drop (ref.i31 (i64.const 0))))) "type mismatch")
