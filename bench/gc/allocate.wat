;; Ten million objects of two fields, each garbage at once but for a window of the last thousand.
(module
  (type $pair (struct (field i32) (field (ref null $pair))))
  (type $ring (array (mut (ref null $pair))))
  (func (export "_start")
    (local $i i32) (local $ring (ref $ring)) (local $p (ref null $pair))
    (local.set $ring (array.new_default $ring (i32.const 1024)))
    (loop $l
      (local.set $p (struct.new $pair (local.get $i) (ref.null $pair)))
      (array.set $ring (local.get $ring) (i32.and (local.get $i) (i32.const 1023)) (local.get $p))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10_000_000))))
    (if (i32.ne (struct.get $pair 0 (array.get $ring (local.get $ring) (i32.const 5))) (i32.const 9999365))
      (then (unreachable)))))
