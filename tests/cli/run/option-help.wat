;; RUN[O]: run -O help
;; RUN[C]: run -C help
;; RUN[D]: run -D help
;; RUN[W]: run -W help
;; RUN[S]: run -S help
;; RUN[R]: run -R help
;; RUN[long]: run -R help-long
;; RUN[help]: run --help
(module)
