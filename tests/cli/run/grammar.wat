;; What comes before the module is the program's, what follows is the guest's, whatever it looks like.
;; RUN: run %
;; RUN: run -- % -x
;; RUN: run % -W foo --bar -- baz
;; RUN: run --wasm=simd %
;; RUN: run -W=simd %
;; RUN: run -Wsimd,fuel=1_000 -W fuel=0x400 --env A --env B=1 --env C= --argv0 x %
;; RUN: as wasmtime %
;; RUN: as wasmtime run %
;; RUN: as wasmtime -W simd % --help
(module (func (export "_start")))
