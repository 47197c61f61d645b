;; RUN[growth]: run --invoke grow_memory %
;; RUN[refused]: run -W max-memory-size=100000 --invoke grow_memory %
;; FAIL(1)[trapped]: run -W max-memory-size=100000,trap-on-grow-failure --invoke grow_memory %
;; FAIL(1)[memory]: run -W max-memory-size=10 %
;; RUN[table-refused]: run -W max-table-elements=50 --invoke grow_table %
;; FAIL(1)[table-trapped]: run -W max-table-elements=50,trap-on-grow-failure=y --invoke grow_table %
;; FAIL(1)[table]: run -W max-table-elements=5 %
;; FAIL(1)[instances]: run -W max-instances=0 %
;; FAIL(1)[memories]: run -W max-memories=0 %
;; FAIL(1)[tables]: run -W max-tables=0 %
;; RUN: run -O memory-reservation=0,memory-guard-size=65536 --invoke nothing %
(module
  (memory 1)
  (table 10 funcref)
  (func (export "nothing"))
  (func (export "grow_memory") (result i32) (memory.grow (i32.const 1)))
  (func (export "grow_table") (result i32) (table.grow (ref.null func) (i32.const 100))))
