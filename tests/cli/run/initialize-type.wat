;; FAIL(1): run %
(module (func (export "_initialize") (param i32)))
