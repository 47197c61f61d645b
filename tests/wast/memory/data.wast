;; Data segments: active at constant, imported and computed offsets, in order, overlapping, empty, up to the last byte, beyond it
;; (what stands before stays written), passive ones untouched, escapes in strings, several strings in one segment.

(module $base
  (global (export "at") i32 (i32.const 10))
  (global (export "at64") i64 (i64.const 24))
  (memory (export "m") 1))
(register "base" $base)

(module
  (import "base" "at" (global $at i32))
  (import "base" "at64" (global $at64 i64))
  (memory 1)
  (memory $m64 i64 1)
  (data (i32.const 0) "first")
  (data (i32.const 2) "XY")
  (data (global.get $at) "from-global")
  (data (i32.add (global.get $at) (i32.mul (i32.const 4) (i32.const 5))) "computed")
  (data (memory $m64) (offset (i64.sub (global.get $at64) (i64.const 4))) "sixty-four")
  (data (i32.const 65536))
  (data (i32.const 65535) "\ff")
  (data (i32.const 40) "\00\t\n\r\"\'\\\u{20ac}\7f" "" "second" "\u{10ffff}")
  (data "passive")
  (func (export "b") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "w") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "w64") (param i64) (result i64) (i64.load $m64 (local.get 0))))

(assert_return (invoke "w" (i32.const 0)) (i64.const 0x0000007459586966))
(assert_return (invoke "w" (i32.const 10)) (i64.const 0x6f6c672d6d6f7266))
(assert_return (invoke "w" (i32.const 30)) (i64.const 0x64657475706d6f63))
(assert_return (invoke "w64" (i64.const 20)) (i64.const 0x6f662d7974786973))
(assert_return (invoke "b" (i32.const 65535)) (i32.const 255))
(assert_return (invoke "w" (i32.const 40)) (i64.const 0xe25c27220d0a0900))
(assert_return (invoke "w" (i32.const 48)) (i64.const 0x6e6f6365737fac82))
(assert_return (invoke "b" (i32.const 56)) (i32.const 100))
(assert_return (invoke "b" (i32.const 57)) (i32.const 0xf4))
(assert_return (invoke "b" (i32.const 60)) (i32.const 0xbf))
(assert_return (invoke "b" (i32.const 61)) (i32.const 0))

(assert_trap (module (memory 1) (data (i32.const 65536) "x")) "out of bounds memory access")
(assert_trap (module (memory 1) (data (i32.const 65535) "xy")) "out of bounds memory access")
(assert_trap (module (memory 1) (data (i32.const -1) "x")) "out of bounds memory access")
(assert_trap (module (memory 1) (data (i32.const 65537))) "out of bounds memory access")
(assert_trap (module (memory 0) (data (i32.const 0) "x")) "out of bounds memory access")
(module (memory 0) (data (i32.const 0)))

;; segments before the one that traps have been written, those after have not
(assert_trap
  (module (import "base" "m" (memory 1))
    (data (i32.const 0) "kept") (data (i32.const 65535) "too long") (data (i32.const 4) "never"))
  "out of bounds memory access")
(module $peek (import "base" "m" (memory 1)) (func (export "w") (param i32) (result i64) (i64.load (local.get 0))))
(assert_return (invoke "w" (i32.const 0)) (i64.const 0x7470656b))

;; a segment for an imported memory
(module (import "base" "m" (memory 1)) (data (i32.const 8) "shared"))
(assert_return (invoke $peek "w" (i32.const 8)) (i64.const 0x646572616873))
