;; FAIL(1): run %
(module (func (export "a")) (func (export "a")))
