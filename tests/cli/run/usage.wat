;; FAIL(2)[none]: run
;; FAIL(2)[unknown]: run --foo %
;; FAIL(2)[similar]: run --invok f %
;; FAIL(2)[short]: run -Z %
;; FAIL(2)[no-value]: run --argv0
;; FAIL(2)[option-as-value]: run --argv0 -x %
;; FAIL(2)[dashes-as-value]: run --env -- %
;; FAIL(2)[twice]: run --argv0 a --argv0 b %
;; FAIL(2)[switch-with-value]: run --allow-precompiled=1 %
;; FAIL(2)[only-options]: run --env A --dir .
;; FAIL(2)[preload]: run --preload a %
;; FAIL(2)[profile]: run --profile x %
;; FAIL(2)[option]: run -W foo=1 %
;; FAIL(2)[empty-option]: run -W fuel=1,,simd %
;; FAIL(2)[no-number]: run -W fuel %
;; FAIL(2)[bad-number]: run -W fuel=x %
;; FAIL(2)[large-number]: run -W fuel=99999999999999999999999 %
;; FAIL(2)[bad-bool]: run -W gc=maybe %
;; FAIL(2)[bad-duration]: run -W timeout=1m %
;; FAIL(2)[bad-level]: run -O opt-level=7 %
;; FAIL(2)[bad-regalloc]: run -O regalloc-algorithm=x %
;; FAIL(2)[bad-compiler]: run -C compiler=foo %
;; FAIL(2)[bad-collector]: run -C collector=foo %
;; FAIL(2)[bad-inlining]: run -C inlining=x %
;; FAIL(2)[bad-enabled]: run -O pooling-memory-protection-keys=x %
;; FAIL(2)[zero]: run -O gc-zeal-alloc-counter=0 %
;; FAIL(2)[bad-graph]: run -S nn-graph=x %
;; FAIL(1)[no-file]: run nowhere.wasm
;; FAIL(1)[directory]: run tests
;; FAIL(1)[no-directory]: run --dir nowhere %
;; FAIL(1)[no-stack]: run -W max-wasm-stack=0 %
(module)
