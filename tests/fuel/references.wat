;; CONSUMED: 8
;; ENDS: ok
(module
  (func $g)
  (elem declare func $g)
  (func (export "run") (block $n (br_on_null $n (ref.null func)) (drop)) (drop (block $n (result (ref func)) (br_on_non_null $n (ref.func $g)) (unreachable))) (drop (ref.is_null (ref.as_non_null (ref.func $g))))))
