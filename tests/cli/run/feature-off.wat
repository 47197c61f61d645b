;; RUN: run %
;; FAIL(1)[simd]: run -W simd=n,relaxed-simd=n %
;; FAIL(1)[all]: run -W all-proposals=n %
;; RUN: run -W all-proposals=n,simd %
(module (func (export "_start") (drop (v128.const i64x2 0 0))))
