;; A memory or table that may not grow further ends the program where that was asked for, whoever set the limit.
;; RUN[refused]: run --invoke memory %
;; FAIL(1)[memory]: run -W trap-on-grow-failure --invoke memory %
;; FAIL(1)[table]: run -W trap-on-grow-failure --invoke table %
(module
  (memory 1 10)
  (table 1 10 funcref)
  (func (export "memory") (result i32) (memory.grow (i32.const 100)))
  (func (export "table") (result i32) (table.grow (ref.null func) (i32.const 100))))
