;; FAIL(1)[http]: run -S http %
;; FAIL(1)[config]: run -S config %
;; FAIL(1)[keyvalue]: run -S keyvalue %
;; FAIL(1)[tls]: run -S tls %
;; FAIL(1)[record]: run -R path=trace %
;; FAIL(1)[nn]: run -S nn %
;; FAIL(1)[debugger]: run -D debugger=x,arg=y %
;; FAIL(1)[guest-debug]: run -D guest-debug %
;; FAIL(1)[wmemcheck]: run -W wmemcheck %
;; RUN: run -S http=n,config=n,keyvalue=n,tls=n,nn=n -D guest-debug=n -W wmemcheck=n %
(module (func (export "_start")))
