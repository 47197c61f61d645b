;; RUN: print --print-operand-stack --color always %
;; RUN[folded]: print --print-operand-stack --color always -f %
(module
  (func $pair (result i32 i64) i32.const 1 i64.const 2)
  (func (param i32) (result i32)
    call $pair drop block (param i32) (result i32) br_if 0 (local.get 0) end local.get 0 i32.add)
)
