;; CONSUMED: 1
;; ENDS: ok
(module
  (func (export "run")))
