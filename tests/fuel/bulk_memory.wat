;; CONSUMED: 18
;; ENDS: ok
(module
  (memory 2) (data $d "0123456789")
  (func (export "run") (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536)) (memory.copy (i32.const 65536) (i32.const 0) (i32.const 65536)) (memory.init $d (i32.const 5) (i32.const 0) (i32.const 10)) (data.drop $d) (memory.copy (i32.const 0) (i32.const 1) (i32.const 0))))
