;; FAIL[all]: as wasm-tools wast %
;; FAIL[ignore]: as wasm-tools wast --ignore-error-messages %
(assert_invalid (module (func (result i32))) "another text")
(module (func (result i32)))
(assert_malformed (module) "unexpected end")
