;; RUN[default]: strip % -t
;; RUN[all]: strip -a % -t
;; RUN[delete]: strip -d ^keep -d x$ % --wat
;; RUN[binary]: strip --all % -o %tmpdir/a.wasm
;; RUN[stripped]: objdump %tmpdir/a.wasm
;; FAIL[regex]: strip -d ( %
(module $m
  (func $f)
  (@custom "keep.1" "a")
  (@custom "x" "b")
  (@custom "component-type:a" "c")
  (@dylink.0 (mem-info (memory 1 2)))
)
