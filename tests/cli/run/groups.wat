;; An unknown key, and a value that is none, in each group of options.
;; FAIL(2)[O-key]: run -O foo %
;; FAIL(2)[O-value]: run -O memory-guard-size=x %
;; FAIL(2)[C-key]: run -C foo=1 %
;; FAIL(2)[C-value]: run -C cache=maybe %
;; FAIL(2)[D-key]: run -D foo %
;; FAIL(2)[D-value]: run -D max-backtrace=-1 %
;; FAIL(2)[W-key]: run -W foo %
;; FAIL(2)[W-value]: run -W timeout=soon %
;; FAIL(2)[S-key]: run -S foo %
;; FAIL(2)[S-value]: run -S max-resources= %
;; FAIL(2)[R-key]: run -R foo %
;; FAIL(2)[R-value]: run -R event-window-size=many %
;; FAIL(2)[no-value]: run -D coredump %
;; FAIL(2)[tcplisten]: run -S tcplisten %
;; FAIL(2)[second]: run -W fuel=1,foo=2 %
;; FAIL(2)[long]: run --wasm foo %
;; FAIL(2)[target]: run --target x86_64 %
(module)
