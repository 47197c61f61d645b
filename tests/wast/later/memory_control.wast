;; Memory control (experimental): memory.discard takes an address and a length.

(module
  (memory $m 1) (memory $n i64 1)
  (func (memory.discard (i32.const 0) (i32.const 65536)))
  (func (memory.discard $m (i32.const 0) (i32.const 65536)))
  (func (memory.discard $n (i64.const 0) (i64.const 65536))))

(assert_invalid (module (memory 1) (func (memory.discard (i32.const 0) (i64.const 0)))) "type mismatch")
(assert_invalid (module (memory i64 1) (func (memory.discard (i64.const 0) (i32.const 0)))) "type mismatch")
(assert_invalid (module (func (memory.discard (i32.const 0) (i32.const 0)))) "unknown memory")
