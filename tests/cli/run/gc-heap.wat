;; How large the collected heap may be, where it begins, and collecting at every allocation: results stay the same.
;; covers: limit GcHeap
;; covers: trap HeapExhausted
;; RUN[small]: run --invoke keep -W max-gc-heap-size=0x10000 % 500
;; RUN[zeal]: run --invoke keep -O gc-zeal-alloc-counter=1,gc-heap-initial-size=4096 % 500
;; FAIL(134)[full]: run --invoke keep -W max-gc-heap-size=0x10000 % 5000
;; FAIL(134)[large]: run --invoke large -W max-gc-heap-size=0x10000 % 0x10000
(module
  (type $list (struct (field (ref null $list)) (field i64)))
  (type $bytes (array (mut i8)))
  (func (export "keep") (param $n i32) (result i32) (local $l (ref null $list)) (local $count i32)
    (loop $l
      (local.set $l (struct.new $list (local.get $l) (i64.const 1)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (block $end (loop $l
      (local.set $l (struct.get $list 0 (br_on_null $end (local.get $l))))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br $l)))
    (local.get $count))
  (func (export "large") (param $n i32) (result i32) (array.len (array.new_default $bytes (local.get $n)))))
