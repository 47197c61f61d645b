find_package(nlohmann_json REQUIRED)
target_link_libraries(tenon_inspect PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
