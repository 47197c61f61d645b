;; A field that `producers` does not have, then a name section that ends too early.
;; FAIL: metadata show %
(module
  (@custom "producers" "\01\03abc\01\01a\01b")
  (@custom "name" "\00\05")
)
