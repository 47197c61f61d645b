;; FAIL(1)[unknown]: run %
;; FAIL(1)[trap]: run -W unknown-imports-trap %
;; RUN: run -W unknown-imports-default %
;; RUN: run -W unknown-imports-trap=n,unknown-imports-default=y %
(module
  (import "env" "f" (func $f (result i32)))
  (func (export "_start") (drop (call $f))))
