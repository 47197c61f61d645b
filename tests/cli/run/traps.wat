;; FAIL(134)[unreachable]: run --invoke unreachable %
;; FAIL(134)[divide]: run --invoke divide %
;; FAIL(134)[stack]: run --invoke recurse %
;; FAIL(134)[stack-size]: run -W max-wasm-stack=20000 --invoke recurse %
;; FAIL(134)[no-frames]: run -D max-backtrace=0 --invoke recurse %
;; FAIL(134)[two-frames]: run -D max-backtrace=2 --invoke recurse %
;; FAIL(134)[fuel]: run -W fuel=1 --invoke divide %
;; FAIL(134)[fuel-loop]: run -W fuel=1000 --invoke forever %
;; FAIL(134)[timeout]: run -W timeout=50ms --invoke forever %
;; FAIL(134)[epoch]: run -W epoch-interruption --invoke forever %
(module $traps
  (func $unreachable (export "unreachable") unreachable)
  (func $divide (export "divide") (drop (i32.div_s (i32.const 1) (i32.const 0))))
  (func $recurse (export "recurse") call $recurse)
  (func $forever (export "forever") (loop br 0)))
