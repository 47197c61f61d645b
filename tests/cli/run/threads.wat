;; Threads that the program starts: each has an instance of its own, over the memory that all share.
;; RUN[three]: run -S threads --invoke three %
;; RUN[own]: run -S threads --invoke own_globals %
;; RUN[waits]: run -S threads --invoke waits %
;; RUN[descriptors]: run -S threads --dir . --invoke descriptors %
;; RUN[many]: run -S threads --invoke many %
;; RUN[one-after-the-other]: run -S threads --invoke one_after_the_other %
;; RUN[ends-with-first]: run -S threads --invoke ends_with_first %
;; FAIL(134)[trap]: run -S threads --invoke trap %
;; FAIL(134)[trap-while-waiting]: run -S threads --invoke trap_while_waiting %
;; FAIL(134)[trap-while-sleeping]: run -S threads --invoke trap_while_sleeping %
;; FAIL(7)[exit]: run -S threads --invoke exit %
;; FAIL(134)[timeout]: run -S threads -W timeout=100ms --invoke timeout %
;; FAIL(134)[fuel]: run -S threads -W fuel=100000 --invoke fuel %
;; FAIL(1)[off]: run --invoke three %
;; FAIL(1)[feature]: run -W threads=n -S threads --invoke three %
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "env" "memory" (memory 2 4 shared))
  (export "memory" (memory 0))
  (global $own (mut i32) (i32.const 5))
  (data (i32.const 1024) "from a thread\n")
  (data (i32.const 1056) "done\n")

  ;; 0: how many have ended; 4: the sum of their numbers; 8: what they wait for. Each has 64 KiB / 64 from 2048 on for its calls.
  (func $say (param $at i32) (param $size i32) (param $scratch i32)
    (i32.store (local.get $scratch) (local.get $at))
    (i32.store offset=4 (local.get $scratch) (local.get $size))
    (drop (call $write (i32.const 1) (local.get $scratch) (i32.const 1) (i32.add (local.get $scratch) (i32.const 8)))))
  (func $sleep (param $nanos i64) (param $scratch i32)
    (memory.fill (local.get $scratch) (i32.const 0) (i32.const 48))
    (i32.store offset=16 (local.get $scratch) (i32.const 1))
    (i64.store offset=24 (local.get $scratch) (local.get $nanos))
    (drop (call $poll (local.get $scratch) (i32.add (local.get $scratch) (i32.const 64)) (i32.const 1)
                      (i32.add (local.get $scratch) (i32.const 128)))))
  (func $ended (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (drop) (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))
  (func $await (param $count i32) (local $now i32)
    (loop $again
      (local.set $now (i32.atomic.load (i32.const 0)))
      (if (i32.lt_u (local.get $now) (local.get $count))
        (then (drop (memory.atomic.wait32 (i32.const 0) (local.get $now) (i64.const -1))) (br $again)))))

  (func (export "wasi_thread_start") (param $number i32) (param $argument i32) (local $scratch i32)
    (local.set $scratch (i32.add (i32.const 2048) (i32.mul (i32.const 256) (i32.and (local.get $number) (i32.const 127)))))
    (i32.atomic.rmw.add (i32.const 4) (local.get $number)) (drop)
    (block $sleeps (block $loops (block $exits (block $traps (block $closes (block $waits (block $counts (block $says
      (br_table $says $counts $waits $closes $traps $exits $loops $sleeps (local.get $argument)))
      (call $say (i32.const 1024) (i32.const 14) (local.get $scratch)) (call $ended) (return))
      (global.set $own (i32.add (global.get $own) (i32.const 1)))
      (i32.atomic.rmw.add (i32.const 12) (global.get $own)) (drop) (call $ended) (return))
      (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1))) (call $ended) (return))
      (i32.atomic.store (i32.const 16) (call $close (i32.const 3))) (call $ended) (return))
      (call $sleep (i64.const 20000000) (local.get $scratch)) (unreachable))
      (call $exit (i32.const 7)))
      (loop $forever (br $forever)))
    (call $sleep (i64.const 3600000000000) (local.get $scratch)))

  (func $start (param $argument i32) (if (i32.le_s (call $spawn (local.get $argument)) (i32.const 0)) (then (unreachable))))
  (func (export "three")
    (call $start (i32.const 0)) (call $await (i32.const 1))
    (call $start (i32.const 0)) (call $await (i32.const 2))
    (call $start (i32.const 0)) (call $await (i32.const 3))
    (call $say (i32.const 1056) (i32.const 5) (i32.const 2048)))
  ;; Each counts from 5, and so does the first thread: 6 and 6 and 5.
  (func (export "own_globals") (result i32 i32 i32)
    (call $start (i32.const 1)) (call $start (i32.const 1)) (call $await (i32.const 2))
    (i32.atomic.load (i32.const 12)) (global.get $own) (i32.atomic.load (i32.const 4)))
  (func (export "waits") (result i32)
    (call $start (i32.const 2)) (call $start (i32.const 2))
    (i32.atomic.store (i32.const 8) (i32.const 1))
    (loop $again
      (drop (memory.atomic.notify (i32.const 8) (i32.const -1)))
      (br_if $again (i32.lt_u (i32.atomic.load (i32.const 0)) (i32.const 2))))
    (i32.atomic.load (i32.const 0)))
  ;; What one closes is closed for all: success for the one, badf for the other.
  (func (export "descriptors") (result i32 i32)
    (call $start (i32.const 3)) (call $await (i32.const 1))
    (i32.atomic.load (i32.const 16)) (call $close (i32.const 3)))
  ;; As many as there may be, and then no more. covers: limit WasiThreads
  (func (export "many") (result i32 i32) (local $started i32)
    (loop $more
      (if (i32.gt_s (call $spawn (i32.const 7)) (i32.const 0))
        (then (local.set $started (i32.add (local.get $started) (i32.const 1))) (br $more))))
    (local.get $started) (call $spawn (i32.const 7)))
  ;; Those that have ended do not count.
  (func (export "one_after_the_other") (result i32) (local $started i32)
    (loop $more
      (call $start (i32.const 1))
      (local.set $started (i32.add (local.get $started) (i32.const 1)))
      (call $await (local.get $started))
      (br_if $more (i32.lt_u (local.get $started) (i32.const 3000))))
    (local.get $started))
  (func (export "ends_with_first") (call $start (i32.const 6)) (call $start (i32.const 7)) (call $start (i32.const 2)))
  (func (export "trap") (call $start (i32.const 4)) (loop $forever (br $forever)))
  (func (export "trap_while_waiting")
    (call $start (i32.const 2)) (call $start (i32.const 4))
    (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1))))
  (func (export "trap_while_sleeping")
    (call $start (i32.const 7)) (call $start (i32.const 4)) (call $sleep (i64.const 3600000000000) (i32.const 2048)))
  (func (export "exit") (call $start (i32.const 5)) (loop $forever (br $forever)))
  (func (export "timeout")
    (call $start (i32.const 6)) (call $start (i32.const 7))
    (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1))))
  (func (export "fuel") (call $start (i32.const 6)) (call $await (i32.const 1)))
  (func (export "_start")))
