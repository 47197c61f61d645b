;; Places in the source, where the module has debugging information and the environment asks for them; names as their language wrote them.
;; FAIL(134)[note]: parse -g % | run -
;; FAIL(134)[zero]: parse -g % | WASMTIME_BACKTRACE_DETAILS=0 run -
;; FAIL(134)[details]: parse -g % | WASMTIME_BACKTRACE_DETAILS=1 run -
;; FAIL(134)[without]: WASMTIME_BACKTRACE_DETAILS=1 run %
(module $m
  (func $_ZN3foo3barEi (param i32)
    unreachable)
  (func $_ZN4core9panicking5panic17h0123456789abcdefE
    (call $_ZN3foo3barEi (i32.const 1)))
  (func (call $_ZN4core9panicking5panic17h0123456789abcdefE))
  (func (export "_start") (call 2)))
