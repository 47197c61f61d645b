;; Threads without other interfaces, and a module that cannot have any: it has no function for them to run.
;; RUN[no-cli]: run -S threads,cli=n --invoke spawn %
;; RUN[no-entry]: TENON_LOG=error WASMTIME_LOG_NO_CONTEXT=1 run -S threads --invoke spawn %
;; RUN: run -S threads=n -W unknown-imports-default --invoke nothing %
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (func (export "nothing"))
  (func (export "spawn") (result i32) (call $spawn (i32.const 7))))
