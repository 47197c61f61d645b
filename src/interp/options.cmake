# Floating point as the specification has it, and square roots without a call.
target_compile_options(tenon_interp PRIVATE -ffp-contract=off -fno-math-errno)
