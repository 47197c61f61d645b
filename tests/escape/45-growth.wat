;; Endless growth and recursion end in an answer or a trap.
;; RUN: -W max-memory-size=16777216 --invoke memory 45-growth.wat 256
;; RUN: -W max-table-elements=1000 --invoke table 45-growth.wat 1000
;; RUN(134): --invoke recurse 45-growth.wat
;; RUN(134): -W fuel=100000 --invoke spin 45-growth.wat
;; RUN(134): -W timeout=50ms --invoke spin 45-growth.wat
;; RUN(1): -W max-instances=10,unknown-exports-allow --preload self=44-dirty.wat --invoke all 44-fresh.wat
;; RUN(1): -W max-instances=100 --preload dirty=44-dirty.wat --invoke all 44-fresh.wat
(module
  (memory 1)
  (table 0 funcref)
  (func (export "memory") (param i32)
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (if (i32.ne (memory.size) (local.get 0)) (then unreachable)))
  (func (export "table") (param i32)
    (loop $more (br_if $more (i32.ne (table.grow (ref.null func) (i32.const 1)) (i32.const -1))))
    (if (i32.ne (table.size) (local.get 0)) (then unreachable)))
  (func $recurse (export "recurse") call $recurse)
  (func (export "spin") (loop (br 0))))
