;; RUN[trace]: WASMTIME_LOG_NO_CONTEXT=1 WASMTIME_LOG=trace run %
;; RUN[target]: WASMTIME_LOG_NO_CONTEXT=1 TENON_LOG=info,tenon::wasi=trace run %
;; RUN: WASMTIME_LOG=info run %
;; RUN: WASMTIME_LOG=other=trace,debug run %
;; RUN: WASMTIME_LOG=trace run -D logging=n %
;; RUN: run -D logging,log-to-files=y %
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $close (i32.const 99)))
    (drop (call $yield))))
