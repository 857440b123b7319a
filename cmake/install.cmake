# What `cmake --install` puts into a prefix, in two components:
#   program      the program, its libraries, the bundled tasks and models
#   development  headers, the contract suite and the CMake package of who writes plug-ins
# None of the headers includes LibTorch, and the package does not look for it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(prospect_data ${CMAKE_INSTALL_DATADIR}/prospect)
set(prospect_package ${CMAKE_INSTALL_LIBDIR}/cmake/prospect)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)

install(TARGETS prospect EXPORT prospect
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT program
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/prospect)
if(TARGET prospect_scoring)
  install(TARGETS prospect_scoring LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
if(TARGET prospect_program)
  install(TARGETS prospect_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY datasets/bundled datasets/tasks datasets/word_lists DESTINATION ${prospect_data}/datasets OPTIONAL)
install(DIRECTORY experiments/schemas DESTINATION ${prospect_data})
install(DIRECTORY models DESTINATION ${prospect_data} OPTIONAL)

install(DIRECTORY core search DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/prospect
  COMPONENT development FILES_MATCHING PATTERN "*.h" PATTERN strategies EXCLUDE)
install(FILES scoring/model.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/prospect/scoring
  COMPONENT development)

if(TARGET prospect_contract)
  install(FILES tests/contract/strategy_contract.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/prospect/tests/contract COMPONENT development)
  install(FILES tests/support/toy_model.h tests/support/drive.h tests/support/expect_error.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/prospect/tests/support COMPONENT development)
  install(TARGETS prospect_contract EXPORT prospect
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  set_target_properties(prospect_contract PROPERTIES EXPORT_NAME contract)
endif()

install(EXPORT prospect FILE prospectTargets.cmake NAMESPACE prospect::
  DESTINATION ${prospect_package} COMPONENT development)
configure_package_config_file(cmake/prospectConfig.cmake.in ${PROJECT_BINARY_DIR}/prospectConfig.cmake
  INSTALL_DESTINATION ${prospect_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/prospectConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/prospectConfig.cmake
  ${PROJECT_BINARY_DIR}/prospectConfigVersion.cmake cmake/prospect_plugin.cmake
  DESTINATION ${prospect_package} COMPONENT development)
