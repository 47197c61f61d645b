;; RUN: dump %
(module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
  ;; nop, an unknown prefixed instruction, a constant that is too long, `else`, nop, a constant cut short
  "\0a\15\01\13\00" "\01" "\fc\ff\01" "\41\80\80\80\80\80\01" "\05" "\01" "\44\01\02\03\0b"
  ;; a name with something behind it
  "\00\0b\04name" "\00\04\01aXY"
  ;; a map with something behind it
  "\00\0d\04name" "\01\06\01\00\01aXY"
  ;; a count that is cut short
  "\00\09\04name" "\02\02\80\80"
  ;; a subsection that is cut short
  "\00\09\04name" "\01\20\01\00"
  ;; a size that is too long
  "\00\0c\04name" "\01\80\80\80\80\80\01")
