;;! legacy_exceptions = true
;; The legacy form of exceptions: try, catch, catch_all, delegate, rethrow, with throw. Engines of today mostly read it only.

(module
  (tag $a (param i32))
  (tag $b)
  (func (export "catch") (param i32) (result i32)
    try (result i32)
      (if (local.get 0) (then (throw $a (local.get 0)))) (i32.const -1)
    catch $b
      (i32.const -2)
    catch $a
      (i32.const 1) i32.add
    end)
  (func (export "catch_all") (result i32)
    try (result i32) throw $b i32.const 0 catch $a catch_all i32.const 9 end)
  (func (export "rethrow") (result i32)
    try (result i32)
      try (result i32)
        (throw $a (i32.const 5))
      catch_all
        rethrow 0
      end
    catch $a
      (i32.const 100) i32.add
    end)
  (func (export "delegate") (result i32)
    try $outer (result i32)
      block
        try $inner
          try (throw $a (i32.const 3)) delegate $outer
        catch_all
        end
      end
      (i32.const -1)
    catch $a
    end)
  (func (export "delegate-to-caller")
    try throw $b delegate 0)
  (func (export "no-catch") (result i32)
    try (result i32) (i32.const 4) end))
(assert_return (invoke "catch" (i32.const 0)) (i32.const -1))
(assert_return (invoke "catch" (i32.const 6)) (i32.const 7))
(assert_return (invoke "catch_all") (i32.const 9))
(assert_return (invoke "rethrow") (i32.const 105))
(assert_return (invoke "delegate") (i32.const 3))
(assert_exception (invoke "delegate-to-caller"))
(assert_return (invoke "no-catch") (i32.const 4))

(assert_invalid (module (func try rethrow 0 end)) "invalid rethrow label")
(assert_invalid (module (tag $t) (func block try catch $t rethrow 1 end end)) "invalid rethrow label")
