;;! legacy_exceptions = true
;; Legacy exceptions: which exception rethrow means, where delegate leads, siblings and loops of tries. The values are those of V8.

(module
  (tag $a) (tag $b) (tag $i (param i32))
  (func $throw (param i32)
    (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $a)))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $b)))
    (if (i32.gt_u (local.get 0) (i32.const 2)) (then (throw $i (local.get 0)))))
  ;; rethrow of the outer and the inner exception from nested catches
  (func $nested (param i32) (result i32)
    try (result i32)
      (call $throw (i32.const 1)) (i32.const 100)
    catch $a
      try (result i32)
        (call $throw (i32.const 2)) (i32.const 101)
      catch $b
        (if (i32.eq (local.get 0) (i32.const 0)) (then (rethrow 1)))
        (if (i32.eq (local.get 0) (i32.const 1)) (then (rethrow 2)))
        (i32.const 102)
      end
    end)
  (func (export "nested") (param i32) (result i32)
    try (result i32)
      (call $nested (local.get 0))
    catch $a (i32.const 1)
    catch $b (i32.const 2)
    end)
  ;; a catch that runs again and again keeps the newest exception
  (func (export "loop") (param i32) (result i32)
    (local $n i32)
    try (result i32)
      (loop $again (result i32)
        try (result i32)
          (call $throw (i32.add (i32.const 10) (local.get $n)))
          (i32.const 0)
        catch_all
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $n) (local.get 0)))
          (rethrow 0)
        end)
    catch $i
    end)
  ;; the inner catch is left by a branch and the outer exception is thrown again
  (func (export "leave") (result i32)
    try (result i32)
      try (result i32)
        (throw $i (i32.const 31))
      catch_all
        (block $out
          try
            (throw $i (i32.const 32))
          catch_all
            (br $out)
          end)
        (rethrow 0)
      end
    catch $i
    end)
  ;; siblings share a depth
  (func (export "siblings") (result i32)
    (i32.const 1000)
    try (result i32)
      (throw $i (i32.const 1))
    catch $i
    end
    try (result i32)
      (throw $i (i32.const 2))
    catch $i
      try (param i32) (result i32)
        (i32.const 3) (i32.add) (throw $i)
      catch $i
      end
    end
    (i32.add) (i32.add))
  ;; delegate past a try whose catch would fit, to a block, to the caller
  (func $deleg (param i32) (result i32)
    (block $blk (result i32)
      try $t1 (result i32)
        try $t2 (result i32)
          try (result i32)
            try (result i32)
              (call $throw (i32.const 1)) (i32.const 0)
            delegate $t1
          catch_all (i32.const 7)
          end
        catch_all (i32.const 8)
        end
      catch $a (i32.const 9)
      end))
  (func (export "delegate") (result i32) (call $deleg (i32.const 0)))
  (func $to-caller (result i32)
    try (result i32)
      try (result i32)
        (throw $i (i32.const 55))
      delegate 1
    catch_all (i32.const 3)
    end)
  (func (export "to-caller") (result i32)
    try (result i32) (call $to-caller) catch $i end)
  ;; delegate to a catch block: its own clauses do not count
  (func (export "to-catch") (result i32)
    try (result i32)
      try (result i32)
        (throw $a)
      catch $a
        try (result i32) (throw $b) delegate 0
      catch_all
        (i32.const 1)
      end
    catch_all (i32.const 2)
    end)
  ;; throw within a catch is not caught by later clauses
  (func (export "in-catch") (result i32)
    try (result i32)
      try (result i32)
        (throw $a)
      catch $a (throw $b)
      catch $b (i32.const 1)
      end
    catch $b (i32.const 2)
    end)
  ;; operands below
  (func (export "below") (result i32)
    (i32.const 5) (i32.const 6)
    try (param i32) (result i32)
      (drop) (i64.const 1) (i64.const 2) (throw $i (i32.const 7))
    catch $i (i32.const 8) (i32.mul)
    end
    (i32.add))
  (func (export "many-clauses") (param i32) (result i32)
    try (result i32)
      (call $throw (local.get 0)) (i32.const 0)
    catch $b (i32.const 2)
    catch $i
    catch $a (i32.const 1)
    end)
  ;; no catch at all
  (func (export "bare") (result i32)
    try (result i32)
      try (call $throw (i32.const 1)) end
      (i32.const 0)
    catch_all (i32.const 4)
    end))

(assert_return (invoke "nested" (i32.const 0)) (i32.const 2))
(assert_return (invoke "nested" (i32.const 1)) (i32.const 1))
(assert_return (invoke "nested" (i32.const 2)) (i32.const 102))
(assert_return (invoke "loop" (i32.const 1)) (i32.const 10))
(assert_return (invoke "loop" (i32.const 4)) (i32.const 13))
(assert_return (invoke "leave") (i32.const 31))
(assert_return (invoke "siblings") (i32.const 1006))
(assert_return (invoke "delegate") (i32.const 9))
(assert_return (invoke "to-caller") (i32.const 55))
(assert_return (invoke "to-catch") (i32.const 2))
(assert_return (invoke "in-catch") (i32.const 2))
(assert_return (invoke "below") (i32.const 61))
(assert_return (invoke "many-clauses" (i32.const 0)) (i32.const 0))
(assert_return (invoke "many-clauses" (i32.const 1)) (i32.const 1))
(assert_return (invoke "many-clauses" (i32.const 2)) (i32.const 2))
(assert_return (invoke "many-clauses" (i32.const 9)) (i32.const 9))
(assert_return (invoke "bare") (i32.const 4))
