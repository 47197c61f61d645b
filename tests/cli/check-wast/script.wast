;; RUN: as wasm-tools wast %
;; RUN[asserts]: as wasm-tools wast -a pretty-whitespace,test-folded %
;; FAIL[folder]: as wasm-tools wast -a default %
;; FAIL[word]: as wasm-tools wast -a nonsense %
;; FAIL[features]: as wasm-tools wast --features mvp,-floats %
(module (func (result f32) (f32.const 1)))
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_malformed (module quote "(func (i32.cost 1))") "unknown operator")
