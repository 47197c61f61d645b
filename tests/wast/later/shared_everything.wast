;; Shared-everything threads (experimental): shared types, tables, globals and functions, and every atomic access. The
;; words of errors are wasm-tools'.
;; coverage: none

(module
  (type $s (shared (struct (field (mut i32) (ref null (shared any))))))
  (type $v (shared (array (mut i64))))
  (type $f (shared (func (param (ref $s)) (result (ref null $v)))))
  (type $plain (struct (field (ref null $s))))
  (rec (type $r (sub (shared (struct (field (ref null $r)))))) (type (sub final $r (shared (struct (field (ref null $r) i32))))))
  (global $g (shared mut i32) (i32.const 1))
  (global (shared (ref null (shared func))) (ref.null (shared nofunc)))
  (global (shared (ref null $s)) (ref.null (shared none)))
  (global (ref (shared i31)) (ref.i31_shared (i32.const 5)))
  (table $t shared 1 (ref null (shared eq)))
  (table shared i64 1 2 (ref null (shared func)))
  (table shared (ref null (shared func)) (elem (ref.null (shared func))))
  (func $h (type $f) (drop (global.get $g)) (drop (table.get $t (i32.const 0))) (ref.null $v))
  (func (type $f) (call $h (local.get 0)))
  (func (param (ref (shared i31))) (result i32) (i31.get_s (local.get 0)))
  (func (param (ref (shared eq)) (ref null (shared eq))) (result i32) (ref.eq (local.get 0) (local.get 1)))
  (func (param (ref null (shared extern))) (result (ref null (shared any))) (any.convert_extern (local.get 0))))

(assert_invalid (module (type (shared (struct (field anyref))))) "shared composite type must contain shared types")
(assert_invalid (module (type (shared (func (param externref))))) "shared composite type must contain shared types")
(assert_invalid (module (type $s (sub (struct))) (type (sub $s (shared (struct))))) "sub type must match super type")
(assert_invalid (module (global (shared funcref) (ref.null func))) "shared globals must have a shared value type")
(assert_invalid (module (table shared 1 funcref)) "shared tables must have a shared element type")
(assert_malformed (module quote "(table 1 shared funcref)") "unexpected token")
(assert_malformed (module quote "(global (mut shared i32) (i32.const 0))") "unexpected token")
(assert_invalid
  (module (type $f (shared (func))) (global i32 (i32.const 0)) (func (type $f) (drop (global.get 0))))
  "shared functions cannot access unshared globals")
(assert_invalid
  (module (type $f (shared (func))) (table 1 funcref) (func (type $f) (drop (table.size 0))))
  "shared functions cannot access unshared tables")
(assert_invalid
  (module (type $f (shared (func))) (type $g (func)) (func (type $f) (call_ref $g (ref.null $g))))
  "shared functions cannot access unshared functions")
(assert_invalid
  (module (type $f (shared (func))) (type $g (func)) (func $g (type $g)) (func (type $f) (call $g)))
  "shared functions cannot access unshared functions")
;; a function without a type of its own takes one that is shared, too
(module (type $f (shared (func))) (func $g) (func (type $f) (call $g)))
(assert_invalid
  (module (type $f (shared (func))) (type $s (struct)) (func (type $f) (drop (struct.new $s))))
  "shared functions cannot access unshared structs")
(assert_invalid
  (module (type $f (shared (func))) (type $a (array i8)) (func (type $f) (drop (array.new_fixed $a 0))))
  "shared functions cannot access unshared arrays")
(assert_invalid
  (module
    (type $f (shared (func))) (type $c (cont $f))
    (func (type $f) (drop (cont.new $c (ref.null $f)))))
  "shared continuations cannot access unshared continuations")
(assert_invalid
  (module (func (param eqref (ref (shared eq))) (result i32) (ref.eq (local.get 0) (local.get 1))))
  "expected `ref.eq` types to match `shared`-ness")
(assert_invalid (module (func (result (ref i31)) (ref.i31_shared (i32.const 0)))) "type mismatch")

;; the orderings, in text and in bytes
(module (global $g (mut i32) (i32.const 0)) (func (drop (global.atomic.get acq_rel $g)) (drop (global.atomic.get seq_cst 0))))
(assert_malformed (module quote "(global (mut i32) (i32.const 0)) (func (drop (global.atomic.get 0)))") "expected a memory ordering")
(assert_malformed (module quote "(global (mut i32) (i32.const 0)) (func (drop (global.atomic.get relaxed 0)))") "expected a memory ordering")
(assert_malformed
  (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\06\06\01\7f\01\41\00\0b"
    "\0a\09\01\07\00\fe\4f\02\00\1a\0b")
  "invalid atomic consistency ordering 2")

;; globals
(module
  (global $i (mut i32) (i32.const 0)) (global $l (mut i64) (i64.const 0))
  (global $a (mut anyref) (ref.null any)) (global $q (mut eqref) (ref.null eq))
  (func (result i32) (global.atomic.get seq_cst $i))
  (func (param i32) (global.atomic.set acq_rel $i (local.get 0)))
  (func (param i32) (result i32) (global.atomic.rmw.xchg acq_rel $i (local.get 0)))
  (func (param i32 i32) (result i32) (global.atomic.rmw.cmpxchg seq_cst $i (local.get 0) (local.get 1)))
  (func (param i32) (result i32) (global.atomic.rmw.add seq_cst $i (local.get 0)))
  (func (param i32) (result i32) (global.atomic.rmw.sub seq_cst $i (local.get 0)))
  (func (param i32) (result i32) (global.atomic.rmw.and seq_cst $i (local.get 0)))
  (func (param i32) (result i32) (global.atomic.rmw.or seq_cst $i (local.get 0)))
  (func (param i32) (result i32) (global.atomic.rmw.xor seq_cst $i (local.get 0)))
  (func (result i64) (global.atomic.get seq_cst $l))
  (func (param i64) (global.atomic.set acq_rel $l (local.get 0)))
  (func (param i64) (result i64) (global.atomic.rmw.xchg acq_rel $l (local.get 0)))
  (func (param i64 i64) (result i64) (global.atomic.rmw.cmpxchg seq_cst $l (local.get 0) (local.get 1)))
  (func (param i64) (result i64) (global.atomic.rmw.add seq_cst $l (local.get 0)))
  (func (param i64) (result i64) (global.atomic.rmw.sub seq_cst $l (local.get 0)))
  (func (param i64) (result i64) (global.atomic.rmw.and seq_cst $l (local.get 0)))
  (func (param i64) (result i64) (global.atomic.rmw.or seq_cst $l (local.get 0)))
  (func (param i64) (result i64) (global.atomic.rmw.xor seq_cst $l (local.get 0)))
  (func (result anyref) (global.atomic.get seq_cst $a))
  (func (param anyref) (global.atomic.set acq_rel $a (local.get 0)))
  (func (param anyref) (result anyref) (global.atomic.rmw.xchg acq_rel $a (local.get 0)))
  (func (result eqref) (global.atomic.get seq_cst $q))
  (func (param eqref) (global.atomic.set acq_rel $q (local.get 0)))
  (func (param eqref) (result eqref) (global.atomic.rmw.xchg acq_rel $q (local.get 0)))
  (func (param eqref eqref) (result eqref) (global.atomic.rmw.cmpxchg seq_cst $q (local.get 0) (local.get 1))))
(assert_invalid
  (module (global $g i32 (i32.const 0)) (func (global.atomic.set seq_cst $g (i32.const 1))))
  "global is immutable: cannot modify it with `global.set`")
(assert_invalid
  (module (global $g i32 (i32.const 0)) (func (drop (global.atomic.rmw.add seq_cst $g (i32.const 1)))))
  "global is immutable: cannot modify it with `global.atomic.rmw.*`")
(assert_invalid
  (module (global $g i32 (i32.const 0)) (func (drop (global.atomic.rmw.xchg seq_cst $g (i32.const 1)))))
  "global is immutable: cannot modify it with `global.atomic.rmw.xchg`")
(assert_invalid
  (module (global $g i32 (i32.const 0)) (func (drop (global.atomic.rmw.cmpxchg seq_cst $g (i32.const 1) (i32.const 1)))))
  "global is immutable: cannot modify it with `global.atomic.rmw.cmpxchg`")
(assert_invalid
  (module (global $g (mut f32) (f32.const 0)) (func (drop (global.atomic.get seq_cst $g))))
  "invalid type: `global.atomic.get` only allows `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (global $g (mut f32) (f32.const 0)) (func (global.atomic.set seq_cst $g (f32.const 0))))
  "invalid type: `global.atomic.set` only allows `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (global $g (mut funcref) (ref.null func)) (func (drop (global.atomic.rmw.xchg seq_cst $g (ref.null func)))))
  "invalid type: `global.atomic.rmw.xchg` only allows `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (global $g (mut anyref) (ref.null any))
    (func (drop (global.atomic.rmw.cmpxchg seq_cst $g (ref.null any) (ref.null any)))))
  "invalid type: `global.atomic.rmw.cmpxchg` only allows `i32`, `i64` and subtypes of `eqref`")
(assert_invalid
  (module (global $g (mut anyref) (ref.null any)) (func (drop (global.atomic.rmw.xor seq_cst $g (ref.null any)))))
  "invalid type: `global.atomic.rmw.*` only allows `i32` and `i64`")

;; tables
(module
  (table $a shared 1 (ref null (shared any))) (table $q i64 1 (ref null (shared eq)))
  (func (result (ref null (shared any))) (table.atomic.get seq_cst $a (i32.const 0)))
  (func (result (ref null (shared eq))) (table.atomic.get acq_rel $q (i64.const 0)))
  (func (param (ref null (shared eq))) (table.atomic.set acq_rel $a (i32.const 0) (local.get 0)))
  (func (param (ref null (shared eq))) (result (ref null (shared any))) (table.atomic.rmw.xchg seq_cst $a (i32.const 0) (local.get 0)))
  (func (param (ref null (shared eq))) (result (ref null (shared eq))) (table.atomic.rmw.cmpxchg seq_cst $q (i64.const 0) (local.get 0) (local.get 0))))
(assert_invalid
  (module (table $t shared 1 (ref null (shared func))) (func (drop (table.atomic.get seq_cst $t (i32.const 0)))))
  "invalid type: `table.atomic.get` only allows subtypes of `anyref`")
(assert_invalid
  (module (table $t shared 1 (ref null (shared func))) (func (table.atomic.set seq_cst $t (i32.const 0) (ref.null (shared func)))))
  "invalid type: `table.atomic.set` only allows subtypes of `anyref`")
(assert_invalid
  (module (table $t shared 1 (ref null (shared func))) (func (drop (table.atomic.rmw.xchg seq_cst $t (i32.const 0) (ref.null (shared func))))))
  "invalid type: `table.atomic.rmw.xchg` only allows subtypes of `anyref`")
(assert_invalid
  (module (table $t shared 1 (ref null (shared any))) (func (drop (table.atomic.rmw.cmpxchg seq_cst $t (i32.const 0) (ref.null (shared any)) (ref.null (shared any))))))
  "invalid type: `table.atomic.rmw.cmpxchg` only allows subtypes of `eqref`")

;; structs
(module
  (type $s (shared (struct (field $b (mut i8)) (field $h (mut i16)) (field $i (mut i32)) (field $l (mut i64)) (field $a (mut (ref null (shared any)))) (field $q (mut (ref null (shared eq)))))))
  (func (param (ref null $s)) (result i32) (struct.atomic.get_s acq_rel $s $b (local.get 0)))
  (func (param (ref null $s)) (result i32) (struct.atomic.get_u acq_rel $s $b (local.get 0)))
  (func (param (ref null $s) i32) (struct.atomic.set seq_cst $s $b (local.get 0) (local.get 1)))
  (func (param (ref null $s)) (result i32) (struct.atomic.get_s acq_rel $s $h (local.get 0)))
  (func (param (ref null $s)) (result i32) (struct.atomic.get_u acq_rel $s $h (local.get 0)))
  (func (param (ref null $s) i32) (struct.atomic.set seq_cst $s $h (local.get 0) (local.get 1)))
  (func (param (ref null $s)) (result i32) (struct.atomic.get acq_rel $s $i (local.get 0)))
  (func (param (ref null $s) i32) (struct.atomic.set seq_cst $s $i (local.get 0) (local.get 1)))
  (func (param (ref null $s) i32) (result i32) (struct.atomic.rmw.xchg seq_cst $s $i (local.get 0) (local.get 1)))
  (func (param (ref null $s) i32 i32) (result i32) (struct.atomic.rmw.cmpxchg acq_rel $s $i (local.get 0) (local.get 1) (local.get 2)))
  (func (param (ref null $s) i32) (result i32) (struct.atomic.rmw.add seq_cst $s $i (local.get 0) (local.get 1)))
  (func (param (ref null $s) i32) (result i32) (struct.atomic.rmw.sub seq_cst $s $i (local.get 0) (local.get 1)))
  (func (param (ref null $s) i32) (result i32) (struct.atomic.rmw.and seq_cst $s $i (local.get 0) (local.get 1)))
  (func (param (ref null $s) i32) (result i32) (struct.atomic.rmw.or seq_cst $s $i (local.get 0) (local.get 1)))
  (func (param (ref null $s) i32) (result i32) (struct.atomic.rmw.xor seq_cst $s $i (local.get 0) (local.get 1)))
  (func (param (ref null $s)) (result i64) (struct.atomic.get acq_rel $s $l (local.get 0)))
  (func (param (ref null $s) i64) (struct.atomic.set seq_cst $s $l (local.get 0) (local.get 1)))
  (func (param (ref null $s) i64) (result i64) (struct.atomic.rmw.xchg seq_cst $s $l (local.get 0) (local.get 1)))
  (func (param (ref null $s) i64 i64) (result i64) (struct.atomic.rmw.cmpxchg acq_rel $s $l (local.get 0) (local.get 1) (local.get 2)))
  (func (param (ref null $s) i64) (result i64) (struct.atomic.rmw.add seq_cst $s $l (local.get 0) (local.get 1)))
  (func (param (ref null $s) i64) (result i64) (struct.atomic.rmw.sub seq_cst $s $l (local.get 0) (local.get 1)))
  (func (param (ref null $s) i64) (result i64) (struct.atomic.rmw.and seq_cst $s $l (local.get 0) (local.get 1)))
  (func (param (ref null $s) i64) (result i64) (struct.atomic.rmw.or seq_cst $s $l (local.get 0) (local.get 1)))
  (func (param (ref null $s) i64) (result i64) (struct.atomic.rmw.xor seq_cst $s $l (local.get 0) (local.get 1)))
  (func (param (ref null $s)) (result (ref null (shared any))) (struct.atomic.get acq_rel $s $a (local.get 0)))
  (func (param (ref null $s) (ref null (shared any))) (struct.atomic.set seq_cst $s $a (local.get 0) (local.get 1)))
  (func (param (ref null $s) (ref null (shared any))) (result (ref null (shared any))) (struct.atomic.rmw.xchg seq_cst $s $a (local.get 0) (local.get 1)))
  (func (param (ref null $s)) (result (ref null (shared eq))) (struct.atomic.get acq_rel $s $q (local.get 0)))
  (func (param (ref null $s) (ref null (shared eq))) (struct.atomic.set seq_cst $s $q (local.get 0) (local.get 1)))
  (func (param (ref null $s) (ref null (shared eq))) (result (ref null (shared eq))) (struct.atomic.rmw.xchg seq_cst $s $q (local.get 0) (local.get 1)))
  (func (param (ref null $s) (ref null (shared eq)) (ref null (shared eq))) (result (ref null (shared eq))) (struct.atomic.rmw.cmpxchg acq_rel $s $q (local.get 0) (local.get 1) (local.get 2))))
(assert_invalid
  (module (type $t (shared (struct (field i32)))) (func (param (ref null $t)) (struct.atomic.set seq_cst $t 0 (local.get 0) (i32.const 0))))
  "invalid struct modification: struct field is immutable")
(assert_invalid
  (module (type $t (shared (struct (field i32)))) (func (param (ref null $t)) (drop (struct.atomic.rmw.add seq_cst $t 0 (local.get 0) (i32.const 0)))))
  "invalid struct modification: struct field is immutable")
(assert_invalid
  (module (type $t (shared (struct (field i64)))) (func (param (ref null $t)) (drop (struct.atomic.rmw.xchg seq_cst $t 0 (local.get 0) (i64.const 0)))))
  "invalid struct modification: struct field is immutable")
(assert_invalid
  (module (type $t (shared (struct (field i64)))) (func (param (ref null $t)) (drop (struct.atomic.rmw.cmpxchg seq_cst $t 0 (local.get 0) (i64.const 0) (i64.const 0)))))
  "invalid struct modification: struct field is immutable")
(assert_invalid
  (module (type $t (shared (struct (field i8)))) (func (param (ref null $t)) (drop (struct.atomic.get seq_cst $t 0 (local.get 0)))))
  "can only use struct `get` with non-packed storage types")
(assert_invalid
  (module (type $t (shared (struct (field i32)))) (func (param (ref null $t)) (drop (struct.atomic.get_s seq_cst $t 0 (local.get 0)))))
  "cannot use struct.get_s with non-packed storage types")
(assert_invalid
  (module (type $t (shared (struct (field i32)))) (func (param (ref null $t)) (drop (struct.atomic.get_u seq_cst $t 0 (local.get 0)))))
  "cannot use struct.get_u with non-packed storage types")
(assert_invalid
  (module (type $t (shared (struct (field f32)))) (func (param (ref null $t)) (drop (struct.atomic.get seq_cst $t 0 (local.get 0)))))
  "invalid type: `struct.atomic.get` only allows `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (type $t (shared (struct (field (mut f64))))) (func (param (ref null $t)) (struct.atomic.set seq_cst $t 0 (local.get 0) (f64.const 0))))
  "invalid type: `struct.atomic.set` only allows `i8`, `i16`, `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (type $t (shared (struct (field (mut i8))))) (func (param (ref null $t)) (drop (struct.atomic.rmw.xchg seq_cst $t 0 (local.get 0) (i32.const 0)))))
  "invalid type: `struct.atomic.rmw.xchg` only allows `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (type $t (shared (struct (field (mut (ref null (shared any))))))) (func (param (ref null $t)) (drop (struct.atomic.rmw.cmpxchg seq_cst $t 0 (local.get 0) (ref.null (shared any)) (ref.null (shared any))))))
  "invalid type: `struct.atomic.rmw.cmpxchg` only allows `i32`, `i64` and subtypes of `eqref`")
(assert_invalid
  (module (type $t (shared (struct (field (mut i8))))) (func (param (ref null $t)) (drop (struct.atomic.rmw.add seq_cst $t 0 (local.get 0) (i32.const 0)))))
  "invalid type: `struct.atomic.rmw.add` only allows `i32` and `i64`")
(assert_invalid
  (module (type $t (shared (struct (field (mut i8))))) (func (param (ref null $t)) (drop (struct.atomic.rmw.sub seq_cst $t 0 (local.get 0) (i32.const 0)))))
  "invalid type: `struct.atomic.rmw.sub` only allows `i32` and `i64`")
(assert_invalid
  (module (type $t (shared (struct (field (mut i8))))) (func (param (ref null $t)) (drop (struct.atomic.rmw.and seq_cst $t 0 (local.get 0) (i32.const 0)))))
  "invalid type: `struct.atomic.rmw.and` only allows `i32` and `i64`")
(assert_invalid
  (module (type $t (shared (struct (field (mut i8))))) (func (param (ref null $t)) (drop (struct.atomic.rmw.or seq_cst $t 0 (local.get 0) (i32.const 0)))))
  "invalid type: `struct.atomic.rmw.or` only allows `i32` and `i64`")
(assert_invalid
  (module (type $t (shared (struct (field (mut i8))))) (func (param (ref null $t)) (drop (struct.atomic.rmw.xor seq_cst $t 0 (local.get 0) (i32.const 0)))))
  "invalid type: `struct.atomic.rmw.xor` only allows `i32` and `i64`")

;; arrays
(module
  (type $b (shared (array (mut i8))))
  (type $h (shared (array (mut i16))))
  (type $i (shared (array (mut i32))))
  (type $l (shared (array (mut i64))))
  (type $a (shared (array (mut (ref null (shared any))))))
  (type $q (shared (array (mut (ref null (shared eq))))))
  (func (param (ref null $b)) (result i32) (array.atomic.get_s acq_rel $b (local.get 0) (i32.const 0)))
  (func (param (ref null $b)) (result i32) (array.atomic.get_u acq_rel $b (local.get 0) (i32.const 0)))
  (func (param (ref null $b) i32) (array.atomic.set seq_cst $b (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $h)) (result i32) (array.atomic.get_s acq_rel $h (local.get 0) (i32.const 0)))
  (func (param (ref null $h)) (result i32) (array.atomic.get_u acq_rel $h (local.get 0) (i32.const 0)))
  (func (param (ref null $h) i32) (array.atomic.set seq_cst $h (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $i)) (result i32) (array.atomic.get acq_rel $i (local.get 0) (i32.const 0)))
  (func (param (ref null $i) i32) (array.atomic.set seq_cst $i (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $i) i32) (result i32) (array.atomic.rmw.xchg seq_cst $i (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $i) i32 i32) (result i32) (array.atomic.rmw.cmpxchg acq_rel $i (local.get 0) (i32.const 0) (local.get 1) (local.get 2)))
  (func (param (ref null $i) i32) (result i32) (array.atomic.rmw.add seq_cst $i (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $i) i32) (result i32) (array.atomic.rmw.sub seq_cst $i (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $i) i32) (result i32) (array.atomic.rmw.and seq_cst $i (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $i) i32) (result i32) (array.atomic.rmw.or seq_cst $i (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $i) i32) (result i32) (array.atomic.rmw.xor seq_cst $i (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $l)) (result i64) (array.atomic.get acq_rel $l (local.get 0) (i32.const 0)))
  (func (param (ref null $l) i64) (array.atomic.set seq_cst $l (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $l) i64) (result i64) (array.atomic.rmw.xchg seq_cst $l (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $l) i64 i64) (result i64) (array.atomic.rmw.cmpxchg acq_rel $l (local.get 0) (i32.const 0) (local.get 1) (local.get 2)))
  (func (param (ref null $l) i64) (result i64) (array.atomic.rmw.add seq_cst $l (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $l) i64) (result i64) (array.atomic.rmw.sub seq_cst $l (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $l) i64) (result i64) (array.atomic.rmw.and seq_cst $l (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $l) i64) (result i64) (array.atomic.rmw.or seq_cst $l (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $l) i64) (result i64) (array.atomic.rmw.xor seq_cst $l (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $a)) (result (ref null (shared any))) (array.atomic.get acq_rel $a (local.get 0) (i32.const 0)))
  (func (param (ref null $a) (ref null (shared any))) (array.atomic.set seq_cst $a (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $a) (ref null (shared any))) (result (ref null (shared any))) (array.atomic.rmw.xchg seq_cst $a (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $q)) (result (ref null (shared eq))) (array.atomic.get acq_rel $q (local.get 0) (i32.const 0)))
  (func (param (ref null $q) (ref null (shared eq))) (array.atomic.set seq_cst $q (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $q) (ref null (shared eq))) (result (ref null (shared eq))) (array.atomic.rmw.xchg seq_cst $q (local.get 0) (i32.const 0) (local.get 1)))
  (func (param (ref null $q) (ref null (shared eq)) (ref null (shared eq))) (result (ref null (shared eq))) (array.atomic.rmw.cmpxchg acq_rel $q (local.get 0) (i32.const 0) (local.get 1) (local.get 2))))
(assert_invalid
  (module (type $t (shared (array i32))) (func (param (ref null $t)) (array.atomic.set seq_cst $t (local.get 0) (i32.const 0) (i32.const 0))))
  "invalid array modification: array is immutable")
(assert_invalid
  (module (type $t (shared (array i32))) (func (param (ref null $t)) (drop (array.atomic.rmw.add seq_cst $t (local.get 0) (i32.const 0) (i32.const 0)))))
  "invalid array modification: array is immutable")
(assert_invalid
  (module (type $t (shared (array i64))) (func (param (ref null $t)) (drop (array.atomic.rmw.xchg seq_cst $t (local.get 0) (i32.const 0) (i64.const 0)))))
  "invalid array modification: array is immutable")
(assert_invalid
  (module (type $t (shared (array i64))) (func (param (ref null $t)) (drop (array.atomic.rmw.cmpxchg seq_cst $t (local.get 0) (i32.const 0) (i64.const 0) (i64.const 0)))))
  "invalid array modification: array is immutable")
(assert_invalid
  (module (type $t (shared (array i8))) (func (param (ref null $t)) (drop (array.atomic.get seq_cst $t (local.get 0) (i32.const 0)))))
  "cannot use array.get with packed storage types")
(assert_invalid
  (module (type $t (shared (array i32))) (func (param (ref null $t)) (drop (array.atomic.get_s seq_cst $t (local.get 0) (i32.const 0)))))
  "cannot use array.get_s with non-packed storage types")
(assert_invalid
  (module (type $t (shared (array i32))) (func (param (ref null $t)) (drop (array.atomic.get_u seq_cst $t (local.get 0) (i32.const 0)))))
  "cannot use array.get_u with non-packed storage types")
(assert_invalid
  (module (type $t (shared (array f32))) (func (param (ref null $t)) (drop (array.atomic.get seq_cst $t (local.get 0) (i32.const 0)))))
  "invalid type: `array.atomic.get` only allows `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (type $t (shared (array (mut f64)))) (func (param (ref null $t)) (array.atomic.set seq_cst $t (local.get 0) (i32.const 0) (f64.const 0))))
  "invalid type: `array.atomic.set` only allows `i8`, `i16`, `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (type $t (shared (array (mut i8)))) (func (param (ref null $t)) (drop (array.atomic.rmw.xchg seq_cst $t (local.get 0) (i32.const 0) (i32.const 0)))))
  "invalid type: `array.atomic.rmw.xchg` only allows `i32`, `i64` and subtypes of `anyref`")
(assert_invalid
  (module (type $t (shared (array (mut (ref null (shared any)))))) (func (param (ref null $t)) (drop (array.atomic.rmw.cmpxchg seq_cst $t (local.get 0) (i32.const 0) (ref.null (shared any)) (ref.null (shared any))))))
  "invalid type: `array.atomic.rmw.cmpxchg` only allows `i32`, `i64` and subtypes of `eqref`")
(assert_invalid
  (module (type $t (shared (array (mut i8)))) (func (param (ref null $t)) (drop (array.atomic.rmw.add seq_cst $t (local.get 0) (i32.const 0) (i32.const 0)))))
  "invalid type: `array.atomic.rmw.add` only allows `i32` and `i64`")
(assert_invalid
  (module (type $t (shared (array (mut i8)))) (func (param (ref null $t)) (drop (array.atomic.rmw.sub seq_cst $t (local.get 0) (i32.const 0) (i32.const 0)))))
  "invalid type: `array.atomic.rmw.sub` only allows `i32` and `i64`")
(assert_invalid
  (module (type $t (shared (array (mut i8)))) (func (param (ref null $t)) (drop (array.atomic.rmw.and seq_cst $t (local.get 0) (i32.const 0) (i32.const 0)))))
  "invalid type: `array.atomic.rmw.and` only allows `i32` and `i64`")
(assert_invalid
  (module (type $t (shared (array (mut i8)))) (func (param (ref null $t)) (drop (array.atomic.rmw.or seq_cst $t (local.get 0) (i32.const 0) (i32.const 0)))))
  "invalid type: `array.atomic.rmw.or` only allows `i32` and `i64`")
(assert_invalid
  (module (type $t (shared (array (mut i8)))) (func (param (ref null $t)) (drop (array.atomic.rmw.xor seq_cst $t (local.get 0) (i32.const 0) (i32.const 0)))))
  "invalid type: `array.atomic.rmw.xor` only allows `i32` and `i64`")
