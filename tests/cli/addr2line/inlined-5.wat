;; From C with DWARF 5: two functions that were inlined, one in the other.
;; RUN: addr2line --code-section-relative % 1 3 4 5 10 20 40 60 70 74 75 76 80 90 102
(module $in5.wasm
  (type (;0;) (func (param i32) (result i32)))
  (table (;0;) 1 1 funcref)
  (memory (;0;) 2)
  (global $__stack_pointer (;0;) (mut i32) i32.const 66576)
  (export "memory" (memory 0))
  (export "go" (func $go))
  (export "stay" (func $stay))
  (func $go (;0;) (type 0) (param i32) (result i32)
    (local i32)
    i32.const 0
    i32.const 0
    i32.load offset=1024
    i32.const 3
    i32.add
    i32.store offset=1024
    i32.const 0
    i32.load offset=1024
    local.set 1
    i32.const 0
    i32.const 0
    i32.load offset=1024
    i32.const 3
    i32.add
    i32.store offset=1024
    local.get 1
    i32.const 0
    i32.load offset=1024
    i32.mul
    local.get 0
    i32.add
  )
  (func $stay (;1;) (type 0) (param i32) (result i32)
    (local i32)
    global.get $__stack_pointer
    i32.const 16
    i32.sub
    local.tee 1
    local.get 0
    i32.store offset=12
    local.get 1
    i32.load offset=12
    i32.const 3
    i32.div_s
  )
  (@custom ".debug_loclists" (after code) "3\00\00\00\05\00\04\00\03\00\00\00\0c\00\00\00\17\00\00\00\22\00\00\00\01\01\04#H\04\ed\00\01\9f\00\01\01\04DG\04\ed\02\00\9f\00\03\01H\04\ed\00\00\9f\00")
  (@custom ".debug_abbrev" (after code) "\01\11\01%%\13\05\03%r\17\10\17\1b%\11\01U#s\17t\17\8c\01\17\00\00\024\00\03%I\13?\19:\0b;\0b\02\18\00\00\03$\00\03%>\0b\0b\0b\00\00\04.\01\03%:\0b;\0b'\19I\13 !\01\00\00\05\05\00\03%:\0b;\0bI\13\00\00\06\0f\00I\13\00\00\075\00I\13\00\00\084\00\03%:\0b;\0bI\13\00\00\09.\01\11\1b\12\06@\18z\19\03%:\0b;\0b'\19I\13?\19\00\00\0a\05\00\02\22\03%:\0b;\0bI\13\00\00\0b4\00\02\22\03%:\0b;\0bI\13\00\00\0c\1d\011\13\11\1b\12\06X\0bY\0bW\0b\00\00\0d4\00\02\221\13\00\00\0e\1d\001\13U#X\0bY\0bW\0b\00\00\0f\05\00\02\18\03%:\0b;\0bI\13\00\00\104\00\02\18\03%:\0b;\0bI\13\00\00\00")
  (@custom ".debug_info" (after code) "\e4\00\00\00\05\00\01\04\00\00\00\00\01\00\1d\00\01\08\00\00\00\00\00\00\00\02\00\00\00\00\02\08\00\00\00\0c\00\00\00\0c\00\00\00\02\036\00\00\00\00\0a\02\a1\00\03\04\05\04\04\05\00\026\00\00\00\05\06\00\02K\00\00\00\00\06P\00\00\00\076\00\00\00\04\07\00\066\00\00\00\05\06\00\06K\00\00\00\08\08\00\076\00\00\00\00\09\01H\00\00\00\07\ed\03\00\00\00\00\9f\09\00\0b6\00\00\00\0a\02\0c\00\0b6\00\00\00\0b\01\0b\00\0c6\00\00\00\0cU\00\00\00\01D\00\00\00\00\0c\0b\0d\00e\00\00\00\0e:\00\00\00\00\00\07\0b\0e:\00\00\00\01\00\08\0e\00\00\09\02\1c\00\00\00\04\ed\00\01\9f\0a\00\0f6\00\00\00\0f\04\ed\00\00\9f\0c\00\0f6\00\00\00\10\02\91\0c\0d\00\0fP\00\00\00\00\00")
  (@custom ".debug_rnglists" (after code) "-\00\00\00\05\00\04\00\03\00\00\00\0c\00\00\00\15\00\00\00\1e\00\00\00\01\01\04\00'\048<\00\01\01\04'8\04<C\00\03\01H\03\02\1c\00")
  (@custom ".debug_str_offsets" (after code) "<\00\00\00\05\00\00\00/\00\00\00(\00\00\00\19\00\00\00!\00\00\00\09\00\00\00\13\00\00\00\1c\00\00\00\0d\00\00\00-\00\00\00\1e\00\00\00\02\00\00\00\05\00\00\00\07\00\00\00\00\00\00\00")
  (@custom ".debug_str" (after code) "z\00stay\00x\00int\00outer\00inner\00/tmp\00go\00global\00in.c\00a\00Debian clang version 19.1.7 (3~deb12u1)\00")
  (@custom ".debug_addr" (after code) "\10\00\00\00\05\00\04\00\00\04\00\00\02\00\00\00K\00\00\00")
  (@custom ".debug_line" (after code) "\87\00\00\00\05\00\04\007\00\00\00\01\01\01\fb\0e\0d\00\01\01\01\01\00\00\00\01\00\00\01\01\01\1f\01\00\00\00\00\03\01\1f\02\0f\05\1e\01\05\00\00\00\00i3\bak\9d\e0\b3\cd\0c\d9\b1\ab\9a\a4\b9t\04\00\05\06\0a\00\05\02\05\00\00\00\14\05\0a\08g\05\06\8f\06J\08\12\05\0a\06K\05\0cx%\05\03\06<\02\01\00\01\01\04\00\00\05\02K\00\00\00\03\0e\01\05G\0a\ba\05U\06t\05Wt\05N \02\01\00\01\01")
  (@custom ".debug_line_str" (after code) "/tmp\00in.c\00")
  (@producers
    (language "C11" "")
    (processed-by "Debian clang" "19.1.7 (3~deb12u1)")
  )
  (@custom "target_features" (after code) "\04+\0amultivalue+\0fmutable-globals+\0freference-types+\08sign-ext")
)
