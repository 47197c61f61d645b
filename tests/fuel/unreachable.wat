;; CONSUMED: 3
;; ENDS: wasm trap: wasm `unreachable` instruction executed
(module
  (func (export "run") (drop (i32.const 1)) (block (br 0) (drop (i32.const 2))) (unreachable)))
