;; RUN: parse % -o %tmpdir/a.wasm
;; RUN[binary]: parse %tmpdir/a.wasm -o %tmpdir/b.wasm
;; RUN[validate]: validate %tmpdir/b.wasm
(module (func (export "f") (result i32) (i32.const 42)))
