;; RUN[show]: metadata show %
;; RUN[json]: metadata show --json %
;; RUN[add]: metadata add % -t --name new --language C=23 --language Q= --processed-by p=1 --sdk s=2 --authors me --description d --licenses MIT --source https://a.b --homepage https://c.d/e --revision r --version 1.0
;; RUN[shown]: metadata add % --authors me --version 2 --homepage https://c.d/e | metadata show
;; RUN[clear]: metadata add % -t --clear-name --clear-authors --clear-description --clear-licenses --clear-source --clear-homepage --clear-revision --clear-version
;; FAIL[license]: metadata add % --licenses mit
;; FAIL[old-license]: metadata add % --licenses GPL-2.0
;; FAIL[no-license]: metadata add % --licenses=
;; FAIL[plus]: metadata add % --licenses GPL-2.0-only+
;; FAIL[pair]: metadata add % --language x
;; FAIL[relative-url]: metadata add % --source nonsense
;; FAIL[both]: metadata add % --name a --clear-name
;; FAIL[bad-url]: metadata add % --source http://a:x/
;; FAIL[no-word]: metadata nonsense
;; RUN[url]: metadata add % -t --homepage HTTP://User@Foo.com:80/a/../b?c#d
(module $m
  (func $f)
  (@producers (language "C" "17") (sdk "a long name of an SDK with words" "and a long version that does not fit on one line"))
  (@custom "authors" "somebody")
  (@custom "description" "text")
  (@custom "version" "0.1")
)
