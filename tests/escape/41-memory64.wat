;; The same for a memory of 64 bits.
;; RUN: --invoke load 41-memory64.wat 65535
;; RUN(134): --invoke load 41-memory64.wat 65536
;; RUN(134): --invoke load 41-memory64.wat -1
;; RUN(134): --invoke load 41-memory64.wat 4294967296
;; RUN(134): --invoke load 41-memory64.wat -9223372036854775808
;; RUN(134): --invoke load 41-memory64.wat 9223372036854775807
;; RUN(134): --invoke store 41-memory64.wat -1
;; RUN(134): --invoke store 41-memory64.wat -8
;; RUN(134): --invoke store 41-memory64.wat 4294967295
;; RUN(134): --invoke far 41-memory64.wat 1
;; RUN(134): --invoke far 41-memory64.wat -1
;; RUN(134): --invoke fill 41-memory64.wat 1 -1
;; RUN(134): --invoke fill 41-memory64.wat -1 2
;; RUN(134): --invoke copy 41-memory64.wat 0 -1 1
(module
  (memory i64 1 1)
  (func (export "load") (param i64) (drop (i32.load8_u (local.get 0))))
  (func (export "store") (param i64) (i64.store (local.get 0) (i64.const 1)))
  (func (export "far") (param i64) (i64.store offset=0xffffffffffffffff (local.get 0) (i64.const 1)))
  (func (export "fill") (param i64 i64) (memory.fill (local.get 0) (i32.const 1) (local.get 1)))
  (func (export "copy") (param i64 i64 i64) (memory.copy (local.get 0) (local.get 1) (local.get 2))))
