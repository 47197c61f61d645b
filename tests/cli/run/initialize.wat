;; FAIL(134): run %
(module (func (export "_initialize") unreachable) (func (export "_start")))
