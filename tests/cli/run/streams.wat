;; RUN[all]: run %
;; RUN[no-stderr]: run -S inherit-stderr=n %
;; RUN[no-stdin]: run -S inherit-stdin=n %
;; RUN[environment]: TENON_A=1 run -S inherit-env --invoke environment %
;; RUN[escapes]: run -S terminal-escapes,max-resources=100 %
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\05\00\00\00")
  (data (i32.const 16) "both\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "environment") (result i32)
    (drop (call $environ (i32.const 64) (i32.const 68)))
    (i32.ne (i32.load (i32.const 64)) (i32.const 0))))
