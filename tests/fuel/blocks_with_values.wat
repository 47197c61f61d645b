;; CONSUMED: 13
;; ENDS: ok
(module
  (func $two (result i32 i32) (i32.const 1) (i32.const 2))
  (func (export "run") (i32.const 3) (block (param i32) (result i32 i32) (drop) (br_if 0 (i32.const 5) (i32.const 6) (i32.const 1)) (call $two) (drop) (drop)) (drop) (drop) (call $two) (if (param i32 i32) (i32.const 0) (then (drop) (drop)) (else (i32.add) (drop)))))
