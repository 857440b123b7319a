# prospect_plugin(NAME SOURCES...)
#
# A plug-in NAME.so: one strategy, whose file ends with PROSPECT_PLUGIN(...).
function(prospect_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_link_libraries(${name} PRIVATE prospect::prospect)
  set_target_properties(${name} PROPERTIES PREFIX "")
endfunction()

# prospect_plugin_test(NAME SOURCES...)
#
# A doctest program and its ctest entry, with the contract suite. The strategy's own file belongs to
# the sources: there it registers itself when the program starts.
function(prospect_plugin_test name)
  add_executable(${name} ${ARGN})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_definitions(${name} PRIVATE PROSPECT_IN_TREE)
  target_include_directories(${name} PRIVATE ${PROSPECT_DOCTEST_INCLUDE})
  target_link_libraries(${name} PRIVATE prospect::contract)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
