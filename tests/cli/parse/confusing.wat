;; FAIL: parse % -o %tmpdir/out.wasm
(module) (; ‮ ;)
