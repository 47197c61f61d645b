;; RUN[module]: run --preload lib=tests/cli/run/preload-lib.wat --invoke run %
;; FAIL(1)[twice]: run --preload lib=tests/cli/run/preload-lib.wat --preload lib=tests/cli/run/preload-lib.wat --invoke run %
;; FAIL(1)[file]: run --preload lib=nowhere.wasm --invoke run %
;; FAIL(1)[imports]: run --preload lib=% --invoke run %
;; FAIL(1)[missing]: run --preload lib=tests/cli/run/features.wat --invoke run %
(module
  (import "lib" "f" (func $f (result i32)))
  (func (export "run") (result i32) call $f))
