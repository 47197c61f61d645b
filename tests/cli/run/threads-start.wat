;; Each thread's instance runs the module's start function; where that traps, all end.
;; FAIL(134)[trap]: run -S threads --invoke spawn %
(module
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "env" "memory" (memory 1 1 shared))
  (func $start (if (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (then (unreachable))))
  (start $start)
  (table 6 funcref)
  (func (export "wasi_thread_start") (param i32 i32))
  (func (export "spawn") (drop (call $spawn (i32.const 7))) (loop $forever (br $forever))))
