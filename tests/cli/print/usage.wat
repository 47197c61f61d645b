;; FAIL[option]: print --nonsense
;; FAIL[letter]: print -x
;; FAIL[value]: print --indent
;; FAIL[number]: print --indent x
;; FAIL[color]: print --color pink
;; FAIL[second]: print % %
;; FAIL[twice]: print -f -f %
;; FAIL[component]: print -
;; FAIL[dash]: print --indent -1 %
;; FAIL[dashes]: print --indent --bogus=1 %
;; FAIL[known]: print --indent -p %
(module)
