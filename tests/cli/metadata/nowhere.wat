;; FAIL[objdump]: objdump -o nowhere/x %
;; FAIL[metadata]: metadata show -o nowhere/x %
;; FAIL[addr2line]: addr2line -o nowhere/x % 1
(module)
