;; RUN[lines]: parse --generate-dwarf lines % | dump
;; RUN[full]: parse -g % | print
;; RUN[as-wasm-tools]: as wasm-tools parse -g % | print
;; FAIL[both]: parse -g --generate-dwarf lines %
;; FAIL[word]: parse --generate-dwarf some %
(module
  (import "m" "f" (func $imported (param i32)))
  (func $first (param $x i32) (param v128) (result i32) (local i64) (local f32 f64)
    local.get $x
    (if (result i32)
      (then (i32.const 1))
      (else i32.const 2)))
  (func
    (call $imported
      (i32.const 7)))
  (func (@name "named") (local externref))
)
