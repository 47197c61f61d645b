;; FAIL(1): run %
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (func (export "_start") (drop (call $yield))))
