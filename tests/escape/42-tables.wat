;; Tables: elements beyond the end, calls of what is not there or has another type.
;; RUN: --invoke call 42-tables.wat 0
;; RUN(134): --invoke call 42-tables.wat 1
;; RUN(134): --invoke call 42-tables.wat 2
;; RUN(134): --invoke call 42-tables.wat 4
;; RUN(134): --invoke call 42-tables.wat -1
;; RUN(134): --invoke get 42-tables.wat 4
;; RUN(134): --invoke get 42-tables.wat -1
;; RUN(134): --invoke set 42-tables.wat 4
;; RUN(134): --invoke set 42-tables.wat -2147483648
;; RUN(134): --invoke fill 42-tables.wat 3 2
;; RUN(134): --invoke copy 42-tables.wat 0 3 2
;; RUN(134): --invoke copy 42-tables.wat -1 0 1
;; RUN(134): --invoke init 42-tables.wat 3 0 2
;; RUN(134): --invoke init 42-tables.wat 0 1 2
;; RUN: --invoke behind 42-tables.wat
(module
  (type $none (func))
  (table $t 4 4 funcref)
  (table $behind 4 4 funcref)
  (elem (table $t) (i32.const 0) func $f $g)
  (elem $passive func $f $f)
  (func $f)
  (func $g (param i32))
  (func (export "call") (param i32) (call_indirect $t (type $none) (local.get 0)))
  (func (export "get") (param i32) (drop (table.get $t (local.get 0))))
  (func (export "set") (param i32) (table.set $t (local.get 0) (ref.func $f)))
  (func (export "fill") (param i32 i32) (table.fill $t (local.get 0) (ref.func $f) (local.get 1)))
  (func (export "copy") (param i32 i32 i32) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (table.init $t $passive (local.get 0) (local.get 1) (local.get 2)))
  (func (export "behind") (local $at i32)
    (table.fill $t (i32.const 0) (ref.func $f) (i32.const 4))
    (loop $each
      (if (i32.eqz (ref.is_null (table.get $behind (local.get $at)))) (then unreachable))
      (br_if $each (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 4))))))
