;; What lives in all stores at a time is bounded where pooling-allocator asks for it, and only there.
;; RUN: run -O pooling-total-core-instances=0,pooling-total-memories=0,pooling-total-tables=0,pooling-max-memory-size=1 %
;; RUN: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2 %
;; FAIL(1)[memories]: run -O pooling-allocator=y %
;; FAIL(1)[tables]: run -O pooling-allocator=y,pooling-max-memories-per-module=2 %
;; FAIL(1)[all-tables]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-total-tables=1 %
;; FAIL(1)[all-memories]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-total-memories=1 %
;; FAIL(1)[instances]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-total-core-instances=0 %
;; FAIL(1)[heaps]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-total-gc-heaps=0 %
;; FAIL(1)[stacks]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-total-stacks=0 %
;; FAIL(1)[memory-size]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-memory-size=65536 %
;; FAIL(1)[memory-fallback]: run -O pooling-allocator=y,pooling-max-memories-per-module=2 -W max-memory-size=65536 %
;; FAIL(1)[table-size]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-table-elements=5 %
;; FAIL(1)[table-fallback]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2 -W max-table-elements=5 %
;; FAIL(1)[instance-size]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-max-core-instance-size=16 %
;; RUN[grow]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-max-memory-size=131072,pooling-table-elements=10 --invoke grow %
;; RUN[no-grow]: run -O pooling-allocator=y,pooling-max-memories-per-module=2,pooling-max-tables-per-module=2,pooling-max-memory-size=131072,pooling-table-elements=10 --invoke no-grow %
(module
  (type (struct))
  (memory 1)
  (memory 2)
  (table 1 funcref)
  (table 10 funcref)
  (func (export "_start"))
  (func (export "grow") (result i32 i32) (memory.grow (i32.const 1)) (table.grow 0 (ref.null func) (i32.const 9)))
  (func (export "no-grow") (result i32 i32) (memory.grow (i32.const 2)) (table.grow 0 (ref.null func) (i32.const 10))))
