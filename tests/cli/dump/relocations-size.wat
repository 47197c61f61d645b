;; What was written before the fault stays.
;; FAIL: dump %
(module (@custom "reloc.x" "\01\01\00\01\02xx"))
