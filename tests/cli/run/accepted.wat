;; Options that are accepted without effect: every one of them, with a value of its kind.
;; RUN: run -O opt-level=2,regalloc-algorithm=single-pass,memory-may-move=y,memory-reservation-for-growth=1 %
;; RUN: run -O gc-heap-may-move=y,gc-heap-reservation=1,gc-heap-reservation-for-growth=1,gc-heap-guard-size=1 %
;; RUN: run -O guard-before-linear-memory=y,table-lazy-init=y,memory-init-cow=y,memory-guaranteed-dense-image-size=1 %
;; RUN: run -O pooling-decommit-batch-size=1,pooling-memory-keep-resident=1,pooling-table-keep-resident=1,pooling-memory-protection-keys=auto %
;; RUN: run -O pooling-max-memory-protection-keys=1,pooling-total-component-instances=1,pooling-max-unused-warm-slots=1 %
;; RUN: run -O pooling-async-stack-keep-resident=1,pooling-max-component-instance-size=1,pooling-max-core-instances-per-component=1,pooling-max-memories-per-component=1 %
;; RUN: run -O pooling-max-tables-per-component=1 %
;; RUN: run -O signals-based-traps=y,dynamic-memory-guard-size=1,static-memory-guard-size=1,static-memory-forced=y %
;; RUN: run -O static-memory-maximum-size=1,dynamic-memory-reserved-for-growth=1,pooling-pagemap-scan=auto %
;; RUN: run -C compiler=winch,collector=copying,cranelift-debug-verifier=y,cache=y %
;; RUN: run -C cache-config=x,parallel-compilation=y,native-unwind-info=y,inlining=gc %
;; RUN: run -C metadata-for-internal-asserts=y,metadata-for-gc-heap-corruption=y,cranelift-opt=1 %
;; RUN: run -D debug-info=y,address-map=y %
;; RUN: run -D inherit-stdin=y,inherit-stdout=y,inherit-stderr=y,symbols=y %
;; RUN: run -W async-stack-size=1,async-stack-zeroing=y,shared-memory=y %
;; RUN: run -W component-model=y,component-model-async=y,component-model-more-async-builtins=y,component-model-async-stackful=y %
;; RUN: run -W component-model-threading=y,component-model-error-context=y,component-model-gc=y,component-model-map=y %
;; RUN: run -W component-model-memory64=y,branch-hinting=y,gc-support=y,component-model-fixed-length-lists=y %
;; RUN: run -W component-model-implements=y,concurrency-support=y %
;; RUN: run -S cli-exit-with-code=y,http-outgoing-body-buffer-chunks=1,http-outgoing-body-chunk-size=1,nn-graph=onnx::x %
;; RUN: run -S inherit-network=y,allow-ip-name-lookup=y,tcp=y,udp=y %
;; RUN: run -S network-error-code=y,preview2=n,preview2=y,cwd=x,config-var=a=b %
;; RUN: run -S keyvalue-in-memory-data=a=b,p3=y,max-component-handles=1,max-http-fields-size=1 %
;; RUN: run -R validation-metadata=y,event-window-size=1 %
(module (func (export "_start")))
