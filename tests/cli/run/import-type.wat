;; FAIL(1)[type]: run %
;; FAIL(1)[no-wasi]: run -S cli=n %
;; FAIL(1)[no-common]: run -S common=n %
;; FAIL(1)[both]: run -S common,cli %
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32) (result i32)))
  (func (export "_start")))
