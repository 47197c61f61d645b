;; CONSUMED: 15
;; ENDS: ok
(module
  (func $f (param i32) (result i32) (block (br_if 0 (i32.eqz (local.get 0))) (return (i32.const 7))) (i32.const 8) (return) (drop (i32.const 9)) (i32.const 10))
  (func (export "run") (drop (call $f (i32.const 0))) (drop (call $f (i32.const 1)))))
