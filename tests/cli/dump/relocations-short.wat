;; What was written before the fault stays.
;; FAIL: dump %
(module (@custom "reloc.x" "\01\01\05\01"))
