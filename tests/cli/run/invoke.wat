;; RUN[numbers]: run --invoke same % 1 2.5 0x10 3.25
;; RUN[negative]: run --invoke same % -1 1e10 -9223372036854775808 -0.0
;; RUN[special]: run --invoke same % +5 nan 0x-5 -inf
;; RUN[small]: run --invoke same % 0 .5 0 1e-10
;; RUN[references]: run --invoke others %
;; RUN[start]: run % 7
;; FAIL(1)[few]: run --invoke same % 1
;; FAIL(1)[few-start]: run %
;; FAIL(1)[none]: run --invoke nope %
;; FAIL(1)[digit]: run --invoke same % x 1 1 1
;; FAIL(1)[empty]: run --invoke same % -- 1 1 1
;; FAIL(1)[large]: run --invoke same % 0x80000000 1 1 1
;; FAIL(1)[low]: run --invoke same % -2147483649 1 1 1
;; FAIL(1)[float]: run --invoke same % 1 abc 1 1
;; FAIL(1)[vector]: run --invoke vector % 1
;; FAIL(1)[reference]: run --invoke reference % 1
(module
  (func (export "same") (param i32 f32 i64 f64) (result i32 f32 i64 f64)
    local.get 0 local.get 1 local.get 2 local.get 3)
  (func $f (export "others") (result funcref funcref externref anyref v128)
    ref.null func ref.func $f ref.null extern i32.const 1 ref.i31 v128.const i64x2 1 2)
  (func (export "vector") (param v128))
  (func (export "reference") (param externref))
  (func (export "_start") (param i32)))
