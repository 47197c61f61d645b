;; Which accesses tell the address that faults: those that guard pages behind the memory would catch.
;; FAIL(134)[across]: run --invoke across %
;; FAIL(134)[atomic]: run --invoke atomic %
;; FAIL(134)[wide]: run --invoke wide %
;; FAIL(134)[far]: run --invoke far %
;; FAIL(134)[beyond]: run --invoke beyond %
;; FAIL(134)[none]: run --invoke none %
(module
  (memory $one 1 2)
  (memory $wide i64 1)
  (memory $none 0 0)
  (func (export "across") (drop (i64.load (i32.const 65533))))
  (func (export "atomic") (drop (i32.atomic.rmw.add (i32.const 65536) (i32.const 1))))
  (func (export "wide") (drop (i32.load $wide (i64.const 65536))))
  (func (export "far") (drop (i32.load offset=0x3000000 (i32.const 4))))
  (func (export "beyond") (drop (i32.load offset=0xffffffff (i32.const 4))))
  (func (export "none") (drop (i32.load $none (i32.const 0)))))
