;; Bytes that do not parse: header, sections, lengths, LEB128 numbers, kinds and flags, types, bodies, names.
;; "\00asm\01\00\00\00" opens a module; then each section is an id, its size and its contents.

;; header
(module binary "\00asm\01\00\00\00")
(module binary "\00asm" "\01\00\00\00" "\00\04\03own" "\00\02\01x")
(assert_malformed (module binary "\00") "unexpected end")
(assert_malformed (module binary "\00asm") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00") "unexpected end")
(assert_malformed (module binary "\00ASM\01\00\00\00") "magic header not detected")
(assert_malformed (module binary "msa\00\01\00\00\00") "magic header not detected")
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
(assert_malformed (module binary "\00asm\00\00\00\01") "unknown binary version")

;; sections
(assert_malformed (module binary "\00asm\01\00\00\00" "\0e\01\00") "malformed section id")
(assert_malformed (module binary "\00asm\01\00\00\00" "\7f\00") "malformed section id")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\01\60\00\00") "length out of bounds")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\01\60\00\00\00") "section size mismatch")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\03\01\60\00") "unexpected end of section or function")
(assert_malformed (module binary "\00asm\01\00\00\00" "\04\01\01") "unexpected end of section or function")
(assert_malformed (module binary "\00asm\01\00\00\00" "\06\05\01\7f\00\41\00") "unexpected end of section or function")
(assert_malformed (module binary "\00asm\01\00\00\00" "\03\02\00\00") "section size mismatch")
;; order and repetition: functions before types, types twice
(assert_malformed (module binary "\00asm\01\00\00\00" "\03\01\00" "\01\01\00") "unexpected content after last section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\01\00" "\05\01\00") "unexpected content after last section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0b\01\00" "\0c\01\00") "unexpected content after last section")
;; custom sections
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\00") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\02\05ab") "length out of bounds")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\03\02\c3(") "malformed UTF-8 encoding")

;; numbers
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\86\80\80\80\80\00\01\60\00\00") "integer representation too long")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\05\0d\01\00\80\80\80\80\80\80\80\80\80\80\00")
  "integer representation too long")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\84\80\80\80\10\01\60\00\00") "integer too large")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\06\0a\01\7f\00\41\80\80\80\80\70\0b\00")
  "integer too large")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\06\0b\01\7f\00\41\80\80\80\80\80\00\0b")
  "integer representation too long")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\06\0f\01\7e\00\42\80\80\80\80\80\80\80\80\80\7e\0b")
  "integer too large")

;; kinds, flags
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\07\01\01m\01n\05\00") "malformed import kind")
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\07\01\01m\01n\80\00") "malformed import kind")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\07\05\01\01m\09\00")
  "malformed export kind")
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\08\01\01m\01n\03\7f\04") "malformed mutability")
(assert_malformed (module binary "\00asm\01\00\00\00" "\06\06\01\7f\07\41\00\0b") "malformed mutability")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\30\00") "malformed limits flags")
(assert_malformed (module binary "\00asm\01\00\00\00" "\04\04\01\70\10\00") "malformed limits flags")
(assert_malformed (module binary "\00asm\01\00\00\00" "\04\04\01\7f\00\00") "malformed reference type")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\03\01\5a\00") "malformed definition type")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\01\5f\01\5d\00") "malformed storage type")

;; functions and code
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00")
  "function and code section have inconsistent lengths")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\0a\04\01\02\00\0b")
  "function and code section have inconsistent lengths")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\03\02\00\00" "\0a\04\01\02\00\0b")
  "function and code section have inconsistent lengths")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\10\01\0e\02\80\80\80\80\08\7f\80\80\80\80\08\7e\0b")
  "too many locals")
;; no end, or something after it
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\04\01\02\00\01")
  "unexpected end of section or function")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\03\02\00\00" "\0a\07\02\02\00\01\02\00\0b")
  "END opcode expected")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\06\00\01\0b")
  "unexpected end")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\03\00\ff\0b")
  "illegal opcode ff")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\03\00\27\0b")
  "illegal opcode")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\fc\7f\0b")
  "illegal opcode")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\07\01\05\00\fd\9a\01\0b")
  "illegal opcode")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01"
    "\0a\0b\01\09\00\41\00\28\80\01\00\1a\0b")
  "malformed memop flags")

;; data
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\0c\01\02" "\0b\06\01\00\41\00\0b\00")
  "data count and data section have inconsistent lengths")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\0c\01\01")
  "data count and data section have inconsistent lengths")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01"
    "\0a\0e\01\0c\00\41\00\41\00\41\00\fc\08\00\00\0b" "\0b\03\01\01\00")
  "data count section required")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\07\01\05\00\fc\09\00\0b" "\0b\03\01\01\00")
  "data count section required")

;; names in imports and exports
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\08\01\01\ff\01n\00\00\00") "malformed UTF-8 encoding")
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\08\01\01m\01\80\00\00\00") "malformed UTF-8 encoding")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\07\07\01\03\ed\b0\80\02\00")
  "malformed UTF-8 encoding")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\02\05\01\7f")
  "length out of bounds")
