;; CONSUMED: 7
;; ENDS: thrown Wasm exception
(module
  (tag $t) (tag $u)
  (func $f (drop (i32.const 1)) (block $h (try_table (catch $u $h) (throw $t))))
  (func (export "run") (drop (i32.const 1)) (call $f) (drop (i32.const 2))))
