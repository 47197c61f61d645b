;; try_table where nothing is thrown: it is a block with parameters and results, its label can be branched to, calls inside it
;; return through it, and leaving it by br, return or tail call is like leaving any block.

(module
  (tag $t (param i32))
  (func $id (param i32) (result i32) (local.get 0))
  (func (export "value") (result i32)
    (block $h (result i32)
      (try_table (result i32) (catch $t $h) (call $id (i32.const 4)))
      (i32.const 1) i32.add))
  (func (export "params") (param i32) (result i32)
    (block $h
      (local.get 0) (i32.const 10)
      (try_table (param i32 i32) (result i32) (catch_all $h) i32.sub)
      (return))
    unreachable)
  (func (export "br-out") (param i32) (result i32)
    (block $h (result i32)
      (try_table $try (result i32) (catch $t $h)
        (br_if $try (i32.const 20) (local.get 0))
        (i32.const 2) i32.mul)))
  (func (export "return-out") (result i32)
    (block $h (result i32) (try_table (catch $t $h) (return (i32.const 30))) unreachable))
  (func (export "tail-out") (result i32)
    (block $h (result i32) (try_table (catch $t $h) (return_call $id (i32.const 40))) unreachable))
  (func (export "in-loop") (param $n i32) (result i32) (local $sum i32)
    (loop $l
      (block $h
        try_table (catch_all $h) (catch_all $h)
          (local.set $sum (i32.add (local.get $sum) (local.get $n)))
          (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))
        end))
    (local.get $sum)))

(assert_return (invoke "value") (i32.const 5))
(assert_return (invoke "params" (i32.const 52)) (i32.const 42))
(assert_return (invoke "br-out" (i32.const 1)) (i32.const 20))
(assert_return (invoke "br-out" (i32.const 0)) (i32.const 40))
(assert_return (invoke "return-out") (i32.const 30))
(assert_return (invoke "tail-out") (i32.const 40))
(assert_return (invoke "in-loop" (i32.const 100)) (i32.const 5050))
