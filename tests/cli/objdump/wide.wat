;; RUN: objdump %
(module (@custom "\f0\9f\91\8b wide 字" "x"))
