;; FAIL(134): run %
(module (func $begin unreachable) (start $begin))
