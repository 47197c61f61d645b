;; CONSUMED: 10
;; ENDS: ok
(module
  (memory 1)
  (func (export "run") (drop (memory.grow (i32.const 1))) (drop (memory.size)) (i32.store (i32.const 70000) (i32.load8_u (i32.const 3))) (drop (memory.grow (i32.const -1)))))
