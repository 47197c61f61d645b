;; What was written before the fault stays.
;; FAIL: dump %
(module (@custom "reloc.x" "\01\02\1a\01\02\1b"))
