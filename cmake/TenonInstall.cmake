# `cmake --install`: libraries, public headers, the program, and a package for find_package(tenon COMPONENTS host wasi ...).
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY TENON_LIBRARIES)
list(TRANSFORM libraries PREPEND tenon_ OUTPUT_VARIABLE targets)
install(TARGETS ${targets} EXPORT tenon-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/tenon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
if(TARGET tenon)
  install(TARGETS tenon RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tenon)
install(EXPORT tenon-targets NAMESPACE tenon:: DESTINATION ${package_dir})
set(TENON_COMPONENTS ${libraries})
configure_package_config_file(cmake/tenon-config.cmake.in ${PROJECT_BINARY_DIR}/tenon-config.cmake
                              INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tenon-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tenon-config.cmake ${PROJECT_BINARY_DIR}/tenon-config-version.cmake
        DESTINATION ${package_dir})
