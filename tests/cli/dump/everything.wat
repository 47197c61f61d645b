;; RUN: dump %
;; RUN[color]: dump --color always %
(module $everything
  (rec (type $s (sub (struct (field $a (mut i8)) (field (ref null $s)))))
       (type $t (sub final $s (struct (field (mut i8)) (field (ref null $s)) (field i64)))))
  (type $f (func (param i32) (result f32)))
  (type (array (mut i16)))
  (type (func))
  (import "a" "f" (func $imported (type $f)))
  (import "a" "t" (table 1 2 funcref))
  (import "a" "m" (memory $m i64 1 2))
  (import "a" "g" (global (mut i32)))
  (import "a" "e" (tag $e (type 4)))
  (table $table 1 (ref null $s))
  (table 1 funcref (ref.null func))
  (memory 1 2 shared)
  (tag (type 4))
  (global i32 (i32.const 1))
  (global $sum (mut i32) (i32.add (i32.const 1) (i32.const 2)))
  (export "quote\"\u{e9}\n" (func 0))
  (export "tag" (tag $e))
  (start $main)
  (elem (i32.const 0) func 0 1)
  (elem $el (table 2) (offset (i32.const 1)) funcref (ref.func 0) (item (ref.null func)))
  (elem declare func 1)
  (func $main (type 4) (local $x i32) (local i32 i64 (ref null $s))
    f32.const 1.25 drop f64.const -nan drop f32.const nan:0x12 drop f64.const 1e300 drop
    v128.const i32x4 1 2 3 4 drop
    i64.const 0 i32.load offset=4 align=1 drop
    i32.const 0 i32.load $other drop
    block $out (result i32) i32.const 1 br $out end drop
    loop block br 1 end end
    i32.const 0 br_table 0 0 0
    try_table (catch_all 0) (catch $e 0) end
    ref.null $s drop ref.null any drop
    i32.const 0 if (result i32) i32.const 1 else i32.const 2 end drop
    i32.const 0 i32.const 0 i32.const 1 select (result i32) drop
    ref.null $s br_on_cast 0 (ref null $s) (ref $s) drop
    i32.const 7 i32.const 0 call_indirect (type $f) drop
    struct.new_default $s struct.get_s $s $a drop
    v128.const i32x4 0 0 0 0 v128.const i32x4 0 0 0 0 i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 drop
    ref.null $s ref.test (ref $s) drop
    atomic.fence memory.size drop local.get $x local.set 1
  )
  (memory $other 1)
  (data (i64.const 0) "ab\00\"")
  (data $passive "xyz")
  (@custom "after" (after code) "abc\ff")
  (@producers (language "C" "23") (processed-by "x" "1"))
)
