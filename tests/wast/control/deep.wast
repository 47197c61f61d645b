;; Depth: forty nested blocks with a br_table into each, loops in loops, a tall operand stack. Depth of thousands is made by
;; the unit tests of the parser and the validator.

(module
  (func (export "nested-40") (param i32) (result i32)
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
    block block block block block block block block block block
      (br_table 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 39 (local.get 0))
    end (local.set 0 (i32.add (local.get 0) (i32.const 0x1))) end (local.set 0 (i32.add (local.get 0) (i32.const 0x10)))
    end end end end end end end end
    end end end end end end end end end end
    end (local.set 0 (i32.add (local.get 0) (i32.const 0x100))) end end end end end end end end end
    end end end end end end end end end end
    (local.get 0))
  (func (export "loops-3") (param $n i32) (result i32)
    (local $a i32) (local $b i32) (local $c i32) (local $count i32)
    (local.set $a (local.get $n))
    loop
      (local.set $b (local.get $n))
      loop
        (local.set $c (local.get $n))
        loop
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (br_if 0 (local.tee $c (i32.sub (local.get $c) (i32.const 1))))
        end
        (br_if 0 (local.tee $b (i32.sub (local.get $b) (i32.const 1))))
      end
      (br_if 0 (local.tee $a (i32.sub (local.get $a) (i32.const 1))))
    end
    (local.get $count))
  ;; more operands on the stack than registers could hold
  (func (export "tall-stack") (param i32) (result i32)
    (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
    (i32.const 8) (i32.const 9) (i32.const 10) (i32.const 11) (i32.const 12) (i32.const 13) (i32.const 14) (i32.const 15)
    (i32.const 16) (i32.const 17) (i32.const 18) (i32.const 19) (i32.const 20) (i32.const 21) (i32.const 22) (i32.const 23)
    i32.sub i32.add i32.sub i32.add i32.sub i32.add i32.sub i32.add i32.sub i32.add i32.sub i32.add i32.sub i32.add i32.sub
    i32.add i32.sub i32.add i32.sub i32.add i32.sub i32.add i32.sub))

(assert_return (invoke "nested-40" (i32.const 0)) (i32.const 0x111))
(assert_return (invoke "nested-40" (i32.const 1)) (i32.const 0x111))
(assert_return (invoke "nested-40" (i32.const 2)) (i32.const 0x102))
(assert_return (invoke "nested-40" (i32.const 20)) (i32.const 0x114))
(assert_return (invoke "nested-40" (i32.const 21)) (i32.const 21))
(assert_return (invoke "nested-40" (i32.const 39)) (i32.const 39))
(assert_return (invoke "nested-40" (i32.const -1)) (i32.const -1))
(assert_return (invoke "loops-3" (i32.const 1)) (i32.const 1))
(assert_return (invoke "loops-3" (i32.const 20)) (i32.const 8000))
(assert_return (invoke "tall-stack" (i32.const 0)) (i32.const 0))
