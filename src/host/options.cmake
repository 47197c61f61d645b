if(TARGET tenon_host_test)
  # Guests in tests are wat, and the interpreter runs them.
  find_package(Threads REQUIRED)
  target_link_libraries(tenon_host_test PRIVATE tenon_interp tenon_text Threads::Threads)
endif()
