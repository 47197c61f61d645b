;; RUN[hex]: addr2line -g % 0x35 0x37 0x38 @3a 0x41 0x42 71 0x47 0x4c 0x4d 0x60
;; RUN[relative]: addr2line --generate-dwarf lines --code-section-relative % 0 2 4 0x6 @f 16 1000
;; RUN[without]: addr2line % 0x40
;; RUN[nothing]: addr2line %
;; FAIL[early]: addr2line -g % 0x1
;; FAIL[late]: addr2line -g % 0x3c 0x4000
;; FAIL[digit]: addr2line -g % 12x
;; FAIL[digits]: addr2line -g % 0x
;; FAIL[large]: addr2line -g % 99999999999999999999
;; RUN[help]: addr2line --help
(module
  (import "m" "f" (func $imported (param i32)))
  (func $first (param $x i32) (result i32)
    local.get $x
    (if (result i32)
      (then (i32.const 1))
      (else i32.const 2)))
  (func (export "no name")
    (call $imported
      (i32.const 7)))
  (func $empty)
)
