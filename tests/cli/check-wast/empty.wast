;; FAIL[wast]: wast %
;; FAIL[check]: as wasm-tools wast %
;; FAIL[json]: json-from-wast %
