;; RUN: json-from-wast % --wasm-dir %tmpdir
;; RUN[pretty]: json-from-wast --pretty % --wasm-dir=%tmpdir
;; RUN[alias]: as wasm-tools wast2json % --wasm-dir %tmpdir -o %tmpdir/named.json
;; RUN[named]: objdump %tmpdir/named.0.wasm
;; FAIL[missing]: json-from-wast
;; FAIL[unicode]: json-from-wast % --allow-confusing-unicode maybe
(module $m (func (export "f") (param i32 v128) (result f32) (f32.const 1)))
(module definition $d (func))
(module instance $i $d)
(register "m" $m)
(invoke "f" (i32.const -1) (v128.const f32x4 1 2 3 4))
(assert_return (invoke $m "f" (i32.const 1) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1)) (f32.const nan:canonical))
(assert_return (get "g") (i64.const -5) (f64.const nan:arithmetic) (v128.const f32x4 0 nan:canonical 1 nan:arithmetic))
(assert_return (invoke "h" (ref.null func) (ref.null any) (ref.extern 3) (ref.host 4)) (ref.null) (ref.null none) (ref.func) (ref.extern) (ref.struct)
  (either (i32.const 1) (i32.const 2)))
(assert_trap (invoke "f") "unreachable")
(assert_trap (module (func $s unreachable) (start $s)) "unreachable")
(assert_exhaustion (invoke "f") "call stack exhausted")
(assert_exception (invoke "f"))
(assert_malformed (module quote "(func (i32.cost 1))") "unknown operator")
(assert_malformed (module binary "\00asm") "unexpected end")
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_invalid (module quote "(func (result i32))") "type mismatch")
(assert_unlinkable (module (import "m" "q" (func))) "unknown import")
(thread $t (shared (module $m)) (register "m" $m) (assert_return (invoke "f")))
(wait $t)
