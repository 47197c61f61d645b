;; Accesses at and beyond the ends of a memory, with a second memory right behind it in the module: those inside do, those outside
;; trap, and the second memory stays as it is.
;; RUN: --invoke inside 40-edges.wat
;; RUN(134): --invoke load8 40-edges.wat 65536
;; RUN(134): --invoke load8 40-edges.wat -1
;; RUN(134): --invoke load8 40-edges.wat -2147483648
;; RUN(134): --invoke load64 40-edges.wat 65529
;; RUN(134): --invoke load64 40-edges.wat -8
;; RUN(134): --invoke store8 40-edges.wat 65536
;; RUN(134): --invoke store32 40-edges.wat 65533
;; RUN(134): --invoke store32 40-edges.wat -1
;; RUN(134): --invoke far 40-edges.wat 0
;; RUN(134): --invoke far 40-edges.wat -1
;; RUN(134): --invoke v128 40-edges.wat 65521
;; RUN(134): --invoke fill 40-edges.wat 65535 2
;; RUN(134): --invoke fill 40-edges.wat -1 -1
;; RUN(134): --invoke copy 40-edges.wat 65530 0 7
;; RUN(134): --invoke copy 40-edges.wat 0 65530 7
;; RUN(134): --invoke init 40-edges.wat 65534 0 4
;; RUN(134): --invoke init 40-edges.wat 0 2 4
(module
  (memory $m 1 1)
  (memory $canary 1 1)
  (data $four "\01\02\03\04")
  (func (export "load8") (param i32) (drop (i32.load8_u (local.get 0))))
  (func (export "load64") (param i32) (drop (i64.load (local.get 0))))
  (func (export "store8") (param i32) (i32.store8 (local.get 0) (i32.const 1)))
  (func (export "store32") (param i32) (i32.store (local.get 0) (i32.const 1)))
  (func (export "far") (param i32) (i32.store offset=4294967295 (local.get 0) (i32.const 1)))
  (func (export "v128") (param i32) (v128.store (local.get 0) (v128.const i64x2 -1 -1)))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 255) (local.get 1)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (memory.init $four (local.get 0) (local.get 1) (local.get 2)))
  (func (export "inside") (local $at i32)
    (i32.store (i32.const 65532) (i32.const -1))
    (i64.store (i32.const 65528) (i64.const -1))
    (v128.store (i32.const 65520) (v128.const i64x2 -1 -1))
    (memory.fill (i32.const 65000) (i32.const 255) (i32.const 536))
    (memory.copy (i32.const 65536) (i32.const 65536) (i32.const 0))
    (loop $each
      (if (i64.ne (i64.load $canary (local.get $at)) (i64.const 0)) (then unreachable))
      (br_if $each (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 65536))))))
