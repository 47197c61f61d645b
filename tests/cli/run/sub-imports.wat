;; Imports of functions whose type others may extend are filled in, too; an epoch that ends with the time allowed does not end a run
;; before; of two proposals one needs the other.
;; RUN: run -W unknown-imports-default %
;; FAIL(1)[trap]: run -W unknown-imports-trap %
;; RUN: run -W unknown-imports-default,epoch-interruption,timeout=60s %
;; FAIL(134)[epoch]: run -W unknown-imports-default,epoch-interruption %
;; FAIL(1)[simd]: run -W simd=n %
;; RUN: run -W simd=n,relaxed-simd=n,unknown-imports-default %
(module
  (type $open (sub (func)))
  (import "m" "f" (func $f (type $open)))
  (func (export "_start") (call $f)))
