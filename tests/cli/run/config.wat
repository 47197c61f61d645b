;; Options from a file, which the command line goes before.
;; FAIL(134)[fuel]: run --config tests/cli/run/config/fuel.toml %
;; RUN: run --config tests/cli/run/config/fuel.toml -W fuel=100 %
;; FAIL(1)[key]: run --config tests/cli/run/config/key.toml %
;; FAIL(1)[table]: run --config tests/cli/run/config/table.toml %
;; FAIL(1)[value]: run --config tests/cli/run/config/value.toml %
;; FAIL(1)[syntax]: run --config tests/cli/run/config/syntax.toml %
;; FAIL(1)[missing]: run --config tests/cli/run/config/none.toml %
;; RUN: run --config tests/cli/run/config/all.toml %
;; FAIL(2)[twice]: run --config a --config b %
(module (func (export "_start") (drop (i32.add (i32.const 1) (i32.const 1)))))
