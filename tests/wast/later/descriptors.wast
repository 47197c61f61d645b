;; Custom descriptors (experimental): the rules for types that describe each other. Text of errors.def; no engine runs them yet.
;; coverage: none

(module (rec (type $a (descriptor $d) (struct (field i32))) (type $d (describes $a) (struct))))
(module (rec (type $a (sub (descriptor $d) (struct))) (type $d (sub (describes $a) (struct)))))

(assert_invalid (module (type (descriptor 1) (struct)) (type (describes 0) (struct))) "descriptor type is outside rec group")
(assert_invalid (module (rec (type $a (descriptor $d) (array i8)) (type $d (describes $a) (struct)))) "descriptor type must be a struct")
(assert_invalid (module (rec (type $a (descriptor $d) (struct)) (type $d (describes $a) (func)))) "described type must be a struct")
(assert_invalid (module (type $x (struct)) (type (describes $x) (struct))) "described type is outside rec group")
(assert_invalid (module (rec (type $d (describes $a) (struct)) (type $a (descriptor $d) (struct)))) "forward use of described type")
(assert_invalid (module (rec (type $a (descriptor $d) (struct)) (type $d (struct)))) "type is not described by its descriptor")
(assert_invalid (module (rec (type $a (struct)) (type $d (describes $a) (struct)))) "described type is not described by descriptor")
