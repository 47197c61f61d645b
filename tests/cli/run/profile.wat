;; FAIL(2)[interval]: run --profile guest,p,x %
;; FAIL(2)[strategy]: run --profile foo %
;; FAIL(2)[perfmap]: run --profile perfmap %
;; FAIL(2)[pulley]: run --profile pulley %
;; RUN[written]: run --profile guest,%tmpdir/profile.json,1ms %
;; RUN[nowhere]: run --profile guest,%tmpdir/none/profile.json %
;; FAIL(134)[trap]: run --profile guest,%tmpdir/profile.json --invoke trap %
(module (func (export "trap") unreachable) (func (export "_start")))
