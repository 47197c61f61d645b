;; FAIL[code]: print %
;; FAIL[open]: print -f %
;; FAIL[missing]: print nowhere.wasm
(module binary
  "\00asm\01\00\00\00"
  "\01\04\01\60\00\00"
  "\03\02\01\00"
  "\0a\07\01\05\00\01\02\40\ff"
)
