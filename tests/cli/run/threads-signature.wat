;; A function for threads to run that has another type.
;; RUN[signature]: TENON_LOG=error WASMTIME_LOG_NO_CONTEXT=1 run -S threads --invoke spawn %
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (func (export "wasi_thread_start") (param i32))
  (func (export "spawn") (result i32) (call $spawn (i32.const 7))))
