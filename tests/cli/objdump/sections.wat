;; RUN: objdump %
;; RUN[file]: objdump % -o %tmpdir/out
(module
  (type (func)) (import "" "" (func (type 0))) (table 1 funcref) (memory 1) (tag (type 0)) (global i32 (i32.const 0))
  (export "f" (func 1)) (start 1) (elem func 1) (func (type 0) data.drop 0) (data "abc")
  (@custom "quote\"" "abc")
)
