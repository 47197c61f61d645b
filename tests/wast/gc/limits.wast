;; Objects that are too large for any heap.

(module
  (type $bytes (array (mut i8)))
  (type $longs (array (mut i64)))
  (type $refs (array (mut anyref)))
  (type $vectors (array (mut v128)))
  (data $data "0123456789")
  (elem $elem anyref (ref.i31 (i32.const 1)))
  (func (export "bytes") (param i32) (result i32) (array.len (array.new_default $bytes (local.get 0))))
  (func (export "longs") (param i32) (drop (array.new $longs (i64.const 1) (local.get 0))))
  (func (export "refs") (param i32) (drop (array.new_default $refs (local.get 0))))
  (func (export "vectors") (param i32) (drop (array.new $vectors (v128.const i64x2 1 1) (local.get 0))))
  (func (export "data") (param i32) (drop (array.new_data $longs $data (i32.const 0) (local.get 0))))
  (func (export "elem") (param i32) (drop (array.new_elem $refs $elem (i32.const 0) (local.get 0)))))

(assert_return (invoke "bytes" (i32.const 1_000_000)) (i32.const 1_000_000))
(assert_trap (invoke "bytes" (i32.const -1)) "allocation size too large")
(assert_trap (invoke "longs" (i32.const -1)) "allocation size too large")
(assert_trap (invoke "longs" (i32.const 0x2000_0000)) "allocation size too large")
(assert_trap (invoke "refs" (i32.const 0x8000_0000)) "allocation size too large")
(assert_trap (invoke "vectors" (i32.const -1)) "allocation size too large")
;; The segment's bounds come first.
(assert_trap (invoke "data" (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "data" (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "elem" (i32.const -1)) "out of bounds table access")
(assert_return (invoke "bytes" (i32.const 1_000_000)) (i32.const 1_000_000))
