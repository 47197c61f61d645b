;; Annotations with a meaning, @custom, @name and @metadata.code.branch_hint, where they are malformed or stand in the wrong
;; place. Other annotations mean nothing and stand anywhere.

(module (@custom "own" (after func) "bytes") (func $f (@name "pretty") (export "f") (result i32) (i32.const 3)))
(assert_return (invoke "f") (i32.const 3))
(module (@name "named") (@anything "at" (all) 0x) (func (@x) (@y) nop))

(assert_malformed_custom (module quote "(@custom)") "@custom annotation: missing section name")
(assert_malformed_custom (module quote "(@custom 42 \"x\")") "@custom annotation: missing section name")
(assert_malformed_custom (module quote "(@custom \"\\c3\")") "@custom annotation: malformed UTF-8 encoding")
(assert_malformed_custom (module quote "(@custom \"own\" before)") "@custom annotation: unexpected token")
(assert_malformed_custom (module quote "(@custom \"own\" \"bytes\" 7)") "@custom annotation: unexpected token")
(assert_malformed_custom (module quote "(@custom \"own\" (before))") "@custom annotation: malformed section kind")
(assert_malformed_custom (module quote "(@custom \"own\" (after functions))") "@custom annotation: malformed section kind")
(assert_malformed_custom (module quote "(@custom \"own\" (behind type))") "@custom annotation: malformed placement")
(assert_malformed_custom (module quote "(@custom \"own\" (code))") "@custom annotation: malformed placement")
(assert_malformed_custom (module quote "(func (@custom \"own\") nop)") "misplaced @custom annotation")
(assert_malformed_custom (module quote "(memory (@custom \"own\") 1)") "misplaced @custom annotation")

(assert_malformed_custom (module quote "(module (@name \"one\") (@name \"two\"))") "@name annotation: multiple module")
(assert_malformed_custom (module quote "(module (memory 1) (@name \"late\"))") "misplaced @name annotation")
(assert_malformed_custom (module quote "(module (func $f) (start $f (@name \"s\")))") "misplaced @name annotation")

(assert_malformed_custom
  (module quote
    "(func (param i32) (local.get 0)"
    "  (@metadata.code.branch_hint \"\\00\") (@metadata.code.branch_hint \"\\01\") (if (then)))")
  "@metadata.code.branch_hint annotation: duplicate annotation")
(assert_malformed_custom
  (module quote "(module (@metadata.code.branch_hint \"\\01\") (func))")
  "@metadata.code.branch_hint annotation: not in a function")
(assert_invalid_custom
  (module quote "(func (@metadata.code.branch_hint \"\\00\") (nop))")
  "@metadata.code.branch_hint annotation: invalid target")
