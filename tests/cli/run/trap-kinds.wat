;; Every way in which an instruction traps, as others show it.
;; FAIL(134)[load]: run -W gc,function-references,exceptions,threads --invoke load %
;; FAIL(134)[load-far]: run -W gc,function-references,exceptions,threads --invoke load-far %
;; FAIL(134)[store]: run -W gc,function-references,exceptions,threads --invoke store %
;; FAIL(134)[fill]: run -W gc,function-references,exceptions,threads --invoke fill %
;; FAIL(134)[init]: run -W gc,function-references,exceptions,threads --invoke init %
;; FAIL(134)[table]: run -W gc,function-references,exceptions,threads --invoke table %
;; FAIL(134)[null]: run -W gc,function-references,exceptions,threads --invoke null %
;; FAIL(134)[signature]: run -W gc,function-references,exceptions,threads --invoke signature %
;; FAIL(134)[table-get]: run -W gc,function-references,exceptions,threads --invoke table-get %
;; FAIL(134)[overflow]: run -W gc,function-references,exceptions,threads --invoke overflow %
;; FAIL(134)[remainder]: run -W gc,function-references,exceptions,threads --invoke remainder %
;; FAIL(134)[conversion]: run -W gc,function-references,exceptions,threads --invoke conversion %
;; FAIL(134)[conversion-large]: run -W gc,function-references,exceptions,threads --invoke conversion-large %
;; FAIL(134)[null-reference]: run -W gc,function-references,exceptions,threads --invoke null-reference %
;; FAIL(134)[call-ref]: run -W gc,function-references,exceptions,threads --invoke call-ref %
;; FAIL(134)[array]: run -W gc,function-references,exceptions,threads --invoke array %
;; FAIL(134)[array-size]: run -W gc,function-references,exceptions,threads --invoke array-size %
;; FAIL(134)[cast]: run -W gc,function-references,exceptions,threads --invoke cast %
;; FAIL(1)[exception]: run -W gc,function-references,exceptions,threads --invoke exception %
;; FAIL(134)[atomic]: run -W gc,function-references,exceptions,threads --invoke atomic %
;; FAIL(134)[wait]: run -W gc,function-references,exceptions,threads --invoke wait %
(module $kinds
  (memory (export "memory") 1)
  (type $t (func (result i32)))
  (type $a (array (mut i8)))
  (type $s (struct (field i32)))
  (tag $e (param i32))
  (table $f 3 funcref)
  (elem (table $f) (i32.const 1) func $other)
  (func $other (param i64))
  (func (export "load") (drop (i32.load (i32.const 65536))))
  (func (export "load-far") (drop (i64.load offset=0xffffffff (i32.const -1))))
  (func (export "store") (i32.store8 (i32.const -1) (i32.const 0)))
  (func (export "fill") (memory.fill (i32.const 1) (i32.const 0) (i32.const 65536)))
  (func (export "init") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 9)))
  (data $d "abc")
  (func (export "table") (drop (call_indirect $f (type $t) (i32.const 3))))
  (func (export "null") (drop (call_indirect $f (type $t) (i32.const 0))))
  (func (export "signature") (drop (call_indirect $f (type $t) (i32.const 1))))
  (func (export "table-get") (drop (table.get $f (i32.const 3))))
  (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
  (func (export "remainder") (drop (i64.rem_u (i64.const 1) (i64.const 0))))
  (func (export "conversion") (drop (i32.trunc_f32_s (f32.const nan))))
  (func (export "conversion-large") (drop (i32.trunc_f32_s (f32.const 1e10))))
  (func (export "null-reference") (drop (struct.get $s 0 (ref.null $s))))
  (func (export "call-ref") (drop (call_ref $t (ref.null $t))))
  (func (export "array") (drop (array.get_u $a (array.new_default $a (i32.const 2)) (i32.const 2))))
  (func (export "array-size") (drop (array.new_default $a (i32.const -1))))
  (func (export "cast") (drop (ref.cast (ref $s) (ref.i31 (i32.const 1)))))
  (func (export "exception") (throw $e (i32.const 1)))
  (func (export "atomic") (drop (i32.atomic.load (i32.const 1))))
  (func (export "wait") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))))
