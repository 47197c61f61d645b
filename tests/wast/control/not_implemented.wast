;;! custom_descriptors = true
;;! shared_everything_threads = true
;;! memory_control = true
;;! stack_switching = true
;; Instructions that are validated and that no tier runs: a trap of their own, and nothing worse, where one is reached.
;; covers: trap NotImplemented
;; coverage: none

(module
  (rec (type $a (descriptor $d) (struct)) (type $d (describes $a) (struct)))
  (type $s (shared (struct (field (mut i32)))))
  (type $v (shared (array (mut i64))))
  (type $f (func))
  (type $c (cont $f))
  (global $g (shared mut i32) (i32.const 1))
  (table $t shared 1 (ref null (shared any)))
  (memory 1)
  (elem declare func $f)
  (func $f (type $f))
  (func (export "allocate") (drop (struct.new_default_desc $a (struct.new $d))))
  (func (export "descriptor") (drop (ref.get_desc $a (ref.null $a))))
  (func (export "cast") (drop (ref.cast_desc_eq (ref $a) (ref.null $a) (ref.null $d))))
  (func (export "global") (result i32) (global.atomic.rmw.add seq_cst $g (i32.const 1)))
  (func (export "table") (drop (table.atomic.get acq_rel $t (i32.const 0))))
  (func (export "struct") (drop (struct.atomic.get seq_cst $s 0 (struct.new $s (i32.const 1)))))
  (func (export "array") (array.atomic.set seq_cst $v (array.new_fixed $v 1 (i64.const 1)) (i32.const 0) (i64.const 2)))
  (func (export "i31") (drop (ref.i31_shared (i32.const 1))))
  (func (export "discard") (memory.discard (i32.const 0) (i32.const 65536)))
  (func (export "cont") (drop (cont.new $c (ref.func $f))))
  ;; what is new only in validation runs
  (func (export "exact") (param i32) (result i32)
    (ref.test (ref (exact $d)) (if (result anyref) (local.get 0) (then (struct.new $d)) (else (ref.i31 (i32.const 1))))))
  (func (export "shared") (result i32) (struct.get $s 0 (struct.new $s (i32.add (global.get $g) (i32.const 6))))))

(assert_trap (invoke "allocate") "instruction not implemented in this tier")
(assert_trap (invoke "descriptor") "instruction not implemented in this tier")
(assert_trap (invoke "cast") "instruction not implemented in this tier")
(assert_trap (invoke "global") "instruction not implemented in this tier")
(assert_trap (invoke "table") "instruction not implemented in this tier")
(assert_trap (invoke "struct") "instruction not implemented in this tier")
(assert_trap (invoke "array") "instruction not implemented in this tier")
(assert_trap (invoke "i31") "instruction not implemented in this tier")
(assert_trap (invoke "discard") "instruction not implemented in this tier")
(assert_trap (invoke "cont") "instruction not implemented in this tier")
(assert_return (invoke "exact" (i32.const 1)) (i32.const 1))
(assert_return (invoke "exact" (i32.const 0)) (i32.const 0))
(assert_return (invoke "shared") (i32.const 7))

;; a function is of its own type exactly, however it is imported
(module $m (type $f (sub (func))) (func (export "f") (type $f)))
(register "m" $m)
(module (type $f (sub (func))) (import "m" "f" (func (exact (type $f)))))
(module $n (type $f (sub (func))) (type $g (sub $f (func))) (func (export "g") (type $g)))
(register "n" $n)
(module (type $f (sub (func))) (import "n" "g" (func (type $f))))
(assert_unlinkable
  (module (type $f (sub (func))) (import "n" "g" (func (exact (type $f)))))
  "incompatible import type")
