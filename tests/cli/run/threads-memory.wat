;; Memories that threads' modules import must be shared.
;; FAIL(1)[unshared]: run -S threads %
(module (import "env" "memory" (memory 1)) (func (export "_start")))
