;; FAIL(1): run %
(module (func
