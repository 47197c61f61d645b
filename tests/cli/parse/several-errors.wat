;; FAIL[all]: parse % -o %tmpdir/out.wasm
;; FAIL[first]: as wasm-tools parse % -o %tmpdir/out.wasm
(module
  (func (call $missing))
  (func (i32.cost 1))
  (func $twice)
  (func $twice)
)
