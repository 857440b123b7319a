# Warnings for our own code, never for a library's headers.
add_library(prospect_warnings INTERFACE)
target_compile_options(prospect_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers
  # GCC 12 takes "text" + std::string for an overflow when it optimises (its bugs 105329 and 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  $<$<BOOL:${PROSPECT_WARNINGS_AS_ERRORS}>:-Werror>)

if(PROSPECT_SANITIZE)
  add_compile_options(-fsanitize=${PROSPECT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PROSPECT_SANITIZE})
endif()

# prospect_room(NAME SOURCES ... ALONE ... LINK ...)
#
# In a unity build (the presets' choice: parsing JSON's and LibTorch's headers is most of the work)
# sources are compiled a dozen at a time; those under ALONE use a local name that a neighbour uses too.
#
# One room of the house: an OBJECT library prospect_NAME. Objects and not an archive, since a linker
# drops those members of an archive that nobody calls, and with them what they register. A test links
# a room and the rooms below it alone, which proves the layer rule.
function(prospect_room name)
  cmake_parse_arguments(room "" "" "SOURCES;ALONE;LINK" ${ARGN})
  add_library(prospect_${name} OBJECT ${room_SOURCES} ${room_ALONE})
  if(room_ALONE)
    set_source_files_properties(${room_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  target_include_directories(prospect_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(prospect_${name} PUBLIC ${room_LINK} PRIVATE prospect_warnings)
endfunction()

# prospect_test(NAME SOURCES ... ALONE ... LINK ... LABELS ...)
#
# One doctest program, one ctest entry.
function(prospect_test name)
  cmake_parse_arguments(test "" "" "SOURCES;ALONE;LINK;LABELS" ${ARGN})
  add_executable(test_${name} ${PROJECT_SOURCE_DIR}/tests/main.cpp ${test_SOURCES} ${test_ALONE})
  target_link_libraries(test_${name} PRIVATE ${test_LINK} prospect_warnings)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(test_${name} PRIVATE
    PROSPECT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PROSPECT_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/main.cpp ${test_ALONE}
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)  # it compiles doctest itself, the others its interface
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES LABELS "${test_LABELS}")
endfunction()
