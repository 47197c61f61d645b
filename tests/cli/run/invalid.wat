;; FAIL(1): run %
(module (func) (func (result i32)))
