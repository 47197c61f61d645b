;; Each feature by itself: the module uses none, and runs.
;; RUN: run -W bulk-memory=n,reference-types=n,function-references=n,gc=n %
;; RUN: run -W multi-memory=n,multi-value=n,tail-call=n,extended-const=n,memory64=n %
;; RUN: run -W simd=n,relaxed-simd=n,threads=n,exceptions=n %
;; RUN: run -W shared-everything-threads,custom-page-sizes,wide-arithmetic,stack-switching %
;; RUN: run -W all-proposals %
;; RUN: run -W all-proposals=n %
;; RUN: run -W nan-canonicalization,relaxed-simd-deterministic %
(module (func (export "_start")))
