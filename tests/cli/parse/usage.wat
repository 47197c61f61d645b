;; FAIL[option]: parse --nonsense
;; FAIL[second]: parse % %
;; FAIL[value]: parse --generate-dwarf x
;; FAIL[both]: parse -g --generate-dwarf full %
;; RUN[text]: parse -t %
;; FAIL[missing]: parse nowhere.wat
(module)
