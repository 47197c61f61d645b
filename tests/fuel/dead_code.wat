;; CONSUMED: 8
;; ENDS: ok
(module
  (func $f (result i32) (return (i32.const 1)) (loop (br 0)) (i32.const 2))
  (func (export "run") (block (br 0) (drop (i32.const 1)) (if (i32.const 1) (then (drop (i32.const 2))))) (drop (call $f)) (block (loop (br 1) (br 0))) (if (i32.const 0) (then (unreachable)))))
