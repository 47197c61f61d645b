;; RUN: as wasm-tools validate -f=component-model,-cm64,cm-async %
;; FAIL[unknown]: as wasm-tools validate -f=-bogus %
;; FAIL[group]: as wasm-tools validate -f=gc,-mvp %
(module)
