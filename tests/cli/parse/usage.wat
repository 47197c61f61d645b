;; FAIL[option]: parse --nonsense
;; FAIL[second]: parse % %
;; FAIL[value]: parse --generate-dwarf x
;; FAIL[both]: parse -g --generate-dwarf full %
;; FAIL[text]: parse -t %
;; FAIL[missing]: parse nowhere.wat
(module)
