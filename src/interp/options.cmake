# Floating point as the specification has it, and square roots without a call.
target_compile_options(tenon_interp PRIVATE -ffp-contract=off -fno-math-errno)
if(TARGET tenon_interp_test)
  target_link_libraries(tenon_interp_test PRIVATE tenon_text)  # guests in tests are wat
endif()
