;; FAIL: as wasm-tools parse %
(module (func else end))
