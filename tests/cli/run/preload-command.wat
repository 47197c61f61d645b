;; Commands as preloads: each call of their functions runs in a new instance; what else they export is looked at.
;; RUN[ok]: run -W unknown-exports-allow --preload lib=tests/cli/run/preload-command-lib.wat --invoke run %
;; FAIL(1)[global]: run --preload lib=tests/cli/run/preload-command-lib.wat --invoke run %
;; FAIL(134)[trap]: run -W unknown-exports-allow --preload lib=tests/cli/run/preload-command-lib.wat --invoke trap %
;; RUN[reactor]: run --preload lib=tests/cli/run/preload-reactor-lib.wat --invoke run %
;; FAIL(1)[both]: run --preload lib=tests/cli/run/preload-both-lib.wat --invoke run %
(module
  (import "lib" "next" (func $next (result i32)))
  (import "lib" "trap" (func $trap))
  (func (export "trap") call $trap)
  (func (export "run") (result i32 i32) call $next call $next))
