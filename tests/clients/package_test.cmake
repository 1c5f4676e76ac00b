# Installs the client package to a directory of its own, builds a program with it, and runs that.
#   cmake -DBUILD=… -DSOURCE=… -DWORK=… -DCOMPILER=… -P package_test.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --component yilan-client --prefix ${WORK}/installed)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -G Ninja -DCMAKE_PREFIX_PATH=${WORK}/installed
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Debug)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/outsider)
# Nothing of the tree may be needed: what was installed does not name it.
file(GLOB_RECURSE files ${WORK}/installed/*.cmake ${WORK}/installed/*.h)
foreach(file ${files})
  file(READ ${file} text)
  string(FIND "${text}" "${BUILD}" in_build)
  if(NOT in_build EQUAL -1)
    message(FATAL_ERROR "${file} names the build directory")
  endif()
endforeach()
file(REMOVE_RECURSE ${WORK})
