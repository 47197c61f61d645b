;; CONSUMED: 61
;; ENDS: ok
(module
  (memory 1 1 shared)
  (func (export "run") (local i32) (loop (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1))) (atomic.fence) (drop (memory.atomic.notify (i32.const 8) (i32.const 1))) (br_if 0 (i32.lt_u (i32.atomic.load (i32.const 8)) (i32.const 5))))))
