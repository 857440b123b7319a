# Installs the project, builds experiments/plugins from a copy outside of the tree against nothing but
# the prefix, runs its contract test, and searches with it.

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${code}:\n${out}\n${err}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

set(work ${BUILD}/tests/consumer/work)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})
file(COPY ${SOURCE}/experiments/plugins DESTINATION ${work})

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})

file(GLOB_RECURSE headers ${prefix}/include/*.h)
foreach(header IN LISTS headers)
  file(STRINGS ${header} torch REGEX "#include *[<\"](torch|ATen|c10)/")
  if(torch)
    message(FATAL_ERROR "expected headers without LibTorch, found in ${header}: ${torch}")
  endif()
endforeach()

set(flags -O1)  # compiled once, run for seconds
if(SANITIZE)
  string(APPEND flags " -fsanitize=${SANITIZE}")
endif()
run(${CMAKE_COMMAND} -S ${work}/plugins -B ${work}/build -DCMAKE_PREFIX_PATH=${prefix}
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=${flags}
  -DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON)
run(${CMAKE_COMMAND} --build ${work}/build)
run(${CMAKE_COMMAND} -E chdir ${work}/build ctest --output-on-failure)

run(${prefix}/bin/prospect list strategies --plugin ${work}/build/anneal.so)
if(NOT out MATCHES "anneal: Cools a random walk")
  message(FATAL_ERROR "expected the plug-in's strategy in the list, found: ${out}")
endif()
set(search ${prefix}/bin/prospect search ${work}/plugins/anneal.json --plugin ${work}/build/anneal.so
  --set /budget/evaluations=3000 --json)
foreach(threads 1 2)
  run(${search} --threads ${threads} --out ${work}/run-${threads})
  string(JSON status GET "${out}" status)
  if(NOT status STREQUAL finished)
    message(FATAL_ERROR "expected a finished search, found: ${out}")
  endif()
endforeach()
file(READ ${work}/run-1/leaderboard.jsonl first)
file(READ ${work}/run-2/leaderboard.jsonl second)
if(NOT first STREQUAL second OR NOT first MATCHES "\"strategy\":\"anneal\"")
  message(FATAL_ERROR "expected equal leaderboards with rows of the plug-in at 1 and 2 threads")
endif()
