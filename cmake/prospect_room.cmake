# Warnings for our own code, never for a library's headers.
add_library(prospect_warnings INTERFACE)
target_compile_options(prospect_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers
  $<$<BOOL:${PROSPECT_WARNINGS_AS_ERRORS}>:-Werror>)

if(PROSPECT_SANITIZE)
  add_compile_options(-fsanitize=${PROSPECT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PROSPECT_SANITIZE})
endif()

# prospect_room(NAME SOURCES ... LINK ...)
#
# One room of the house: an OBJECT library prospect_NAME. Objects and not an archive, since a linker
# drops those members of an archive that nobody calls, and with them what they register. A test links
# a room and the rooms below it alone, which proves the layer rule.
function(prospect_room name)
  cmake_parse_arguments(room "" "" "SOURCES;LINK" ${ARGN})
  add_library(prospect_${name} OBJECT ${room_SOURCES})
  target_include_directories(prospect_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(prospect_${name} PUBLIC ${room_LINK} PRIVATE prospect_warnings)
  # JSON and the standard containers are most of what a source of ours takes to compile.
  target_precompile_headers(prospect_${name} PRIVATE
    <nlohmann/json.hpp> <algorithm> <functional> <map> <span> <string> <variant> <vector>)
endfunction()

# prospect_test(NAME SOURCES ... LINK ... LABELS ...)
#
# One doctest program, one ctest entry.
function(prospect_test name)
  cmake_parse_arguments(test "" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(test_${name} ${PROJECT_SOURCE_DIR}/tests/main.cpp ${test_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${test_LINK} prospect_warnings)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(test_${name} PRIVATE
    PROSPECT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PROSPECT_BINARY_DIR="${PROJECT_BINARY_DIR}")
  target_precompile_headers(test_${name} PRIVATE
    <doctest/doctest.h> <algorithm> <functional> <map> <span> <string> <vector>)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/main.cpp
    PROPERTIES SKIP_PRECOMPILE_HEADERS ON)  # it is the one that doctest must compile another way
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES LABELS "${test_LABELS}")
endfunction()
