;; How handlers are found: the innermost range around an instruction, ranges side by side, clauses in order, labels of every kind,
;; operands below and beside, instructions at the edges of a range.

(module
  (tag $a) (tag $b) (tag $i (param i32)) (tag $v (param v128 i32 v128))
  (func $a! (throw $a))
  (func $b! (throw $b))

  ;; The call before, within and behind a range; two ranges side by side.
  (func $at (param $which i32) (param $where i32)
    (if (i32.eq (local.get $which) (local.get $where)) (then (throw $a))))
  (func (export "edges") (param i32) (result i32)
    (block $none
      (block $second
        (block $first
          (call $at (local.get 0) (i32.const 0))
          (try_table (catch $a $first) (call $at (local.get 0) (i32.const 1)))
          (call $at (local.get 0) (i32.const 2))
          (try_table (catch $a $second) (call $at (local.get 0) (i32.const 3)))
          (call $at (local.get 0) (i32.const 4))
          (br $none))
        (return (i32.const 1)))
      (return (i32.const 3)))
    (i32.const 9))
  (func (export "edges-caught") (param i32) (result i32)
    (block $out
      (try_table (catch $a $out) (return (call 3 (local.get 0)))))
    (i32.const -1))

  ;; What lies below the label's block stays, what lies above it goes.
  (func (export "operands") (param i32) (result i32)
    (i32.const 1000)
    (block $h (result i32)
      (i64.const 1) (i64.const 2)
      (try_table (catch $i $h) (i64.const 3) (throw $i (local.get 0)))
      (unreachable))
    (i32.add))

  ;; A label of a loop takes what the clause gives as its parameters.
  (func (export "loop") (param i32) (result i32)
    (local $sum i32)
    (i32.const 0)
    (loop $again (param i32)
      (local.set $sum (i32.add (local.get $sum)))
      (if (local.get 0) (then
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (try_table (catch $i $again) (throw $i (i32.add (local.get 0) (i32.const 10)))))))
    (local.get $sum))

  ;; The function's own label: a clause that returns.
  (func (export "return") (result i32)
    (try_table (catch $i 0) (throw $i (i32.const 5)))
    (i32.const 6))

  ;; Both halves of vectors, in a function that has no other.
  (func (export "vectors") (result v128 i32 v128)
    (block $h (result v128 i32 v128)
      (try_table (catch $v $h)
        (throw $v (v128.const i64x2 1 2) (i32.const 3) (v128.const i64x2 4 5)))
      (unreachable)))
  (func (export "vector-lane") (result i64)
    (local v128)
    (block $h (result v128 i32 v128)
      (try_table (catch $v $h)
        (throw $v (v128.const i64x2 1 2) (i32.const 3) (v128.const i64x2 4 5)))
      (unreachable))
    (local.set 0) (drop) (drop)
    (i64x2.extract_lane 1 (local.get 0)))

  ;; A range within a range: the inner one first, then the outer one, then the caller's.
  (func $nested (param i32) (result i32)
    (block $outer
      (block $inner
        (try_table (catch $a $outer)
          (try_table (catch $b $inner)
            (if (i32.eq (local.get 0) (i32.const 0)) (then (call $a!)))
            (if (i32.eq (local.get 0) (i32.const 1)) (then (call $b!)))
            (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $i (i32.const 0))))))
        (return (i32.const 0)))
      (return (i32.const 1)))
    (i32.const 2))
  (func (export "nested") (param i32) (result i32)
    (block $h (try_table (catch_all $h) (return (call $nested (local.get 0)))))
    (i32.const 3))

  ;; An exception that a handler throws is not its own.
  (func (export "in-handler") (result i32)
    (block $out
      (try_table (catch $b $out)
        (block $h (try_table (catch $a $h) (catch $b $h) (throw $a)))
        (throw $b))
      (unreachable))
    (i32.const 4))

  ;; A tail call leaves its frame's handlers behind.
  (func $tail (try_table (catch_all 0) (return_call $a!)))
  (func (export "tail") (result i32)
    (block $h (try_table (catch $a $h) (call $tail)) (return (i32.const 0)))
    (i32.const 1))

  ;; A try_table that catches nothing, and ones without an instruction in them.
  (func (export "empty") (result i32)
    (block $h (try_table (catch_all $h)) (try_table) (try_table (throw $a)))
    (i32.const 0))

  ;; Parameters of a try_table are its operands, and results its own.
  (func (export "types") (param i32) (result i32)
    (block $h (result i32)
      (i32.const 20) (local.get 0)
      (try_table (param i32 i32) (result i32) (catch $i $h)
        (if (param i32 i32) (result i32) (i32.eqz (local.get 0)) (then (throw $i)) (else (i32.sub))))))

  ;; exnref in a local, a table, a global; thrown again later, more than once.
  (table $t 2 exnref)
  (global $g (mut exnref) (ref.null exn))
  (func (export "keep") (param i32)
    (local $e exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (throw $i (local.get 0)))
      (unreachable))
    (local.set $e)
    (global.set $g (local.get $e))
    (table.set $t (i32.const 1) (local.get $e)))
  (func (export "again") (result i32)
    (i32.add
      (block $h (result i32) (try_table (catch $i $h) (throw_ref (global.get $g))) (unreachable))
      (block $h (result i32) (try_table (catch $i $h) (throw_ref (table.get $t (i32.const 1)))) (unreachable))))
  (func (export "empty-slot") (throw_ref (table.get $t (i32.const 0))))
  (func (export "ref-and-value") (result i32 i32)
    (local $e exnref)
    (block $h (result i32 exnref)
      (try_table (catch_ref $i $h) (throw $i (i32.const 8)))
      (unreachable))
    (local.set $e)
    (ref.is_null (local.get $e)))
  (func (export "memory-after") (result i32) (i32.load (i32.const 0)))
  (memory 1)
  (data (i32.const 0) "\2a"))

(assert_exception (invoke "edges" (i32.const 0)))
(assert_return (invoke "edges" (i32.const 1)) (i32.const 1))
(assert_exception (invoke "edges" (i32.const 2)))
(assert_return (invoke "edges" (i32.const 3)) (i32.const 3))
(assert_exception (invoke "edges" (i32.const 4)))
(assert_return (invoke "edges" (i32.const 5)) (i32.const 9))
(assert_return (invoke "edges-caught" (i32.const 0)) (i32.const -1))
(assert_return (invoke "edges-caught" (i32.const 1)) (i32.const 1))
(assert_return (invoke "edges-caught" (i32.const 4)) (i32.const -1))
(assert_return (invoke "operands" (i32.const 7)) (i32.const 1007))
(assert_return (invoke "loop" (i32.const 3)) (i32.const 33))
(assert_return (invoke "return") (i32.const 5))
(assert_return (invoke "vectors") (v128.const i64x2 1 2) (i32.const 3) (v128.const i64x2 4 5))
(assert_return (invoke "vector-lane") (i64.const 5))
(assert_return (invoke "nested" (i32.const 0)) (i32.const 2))
(assert_return (invoke "nested" (i32.const 1)) (i32.const 1))
(assert_return (invoke "nested" (i32.const 2)) (i32.const 3))
(assert_return (invoke "nested" (i32.const 3)) (i32.const 0))
(assert_return (invoke "in-handler") (i32.const 4))
(assert_return (invoke "tail") (i32.const 1))
(assert_exception (invoke "empty"))
(assert_return (invoke "types" (i32.const 0)) (i32.const 0))
(assert_return (invoke "types" (i32.const 5)) (i32.const 15))
(invoke "keep" (i32.const 21))
(assert_return (invoke "again") (i32.const 42))
(assert_trap (invoke "empty-slot") "null reference")
(assert_return (invoke "ref-and-value") (i32.const 8) (i32.const 0))
(assert_return (invoke "memory-after") (i32.const 42))

;; A memory of the instance that catches, not of the one that threw; and one that has grown meanwhile.
(module $thrower
  (tag $t (export "t"))
  (memory 1)
  (data (i32.const 0) "\01")
  (func (export "throw") (throw $t)))
(register "thrower" $thrower)
(module
  (import "thrower" "t" (tag $t))
  (import "thrower" "throw" (func $throw))
  (memory 1)
  (data (i32.const 0) "\02")
  (func $grow-and-throw (drop (memory.grow (i32.const 1))) (call $throw))
  (func (export "own-memory") (result i32)
    (block $h (try_table (catch $t $h) (call $throw)))
    (i32.load8_u (i32.const 0)))
  (func (export "grown") (result i32)
    (block $h (try_table (catch $t $h) (call $grow-and-throw)))
    (i32.load8_u (i32.const 70000))))
(assert_return (invoke "own-memory") (i32.const 2))
(assert_return (invoke "grown") (i32.const 0))
