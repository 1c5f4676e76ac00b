# yilan_library(NAME SRCS … HDRS … DEPS …), yilan_binary, yilan_test: every target of the project is made by one of these, so
# that warnings, sanitizers and include paths are the same everywhere.

set(YILAN_WARNINGS -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  list(APPEND YILAN_WARNINGS -Wthread-safety)
endif()
if(YILAN_SANITIZE)
  add_compile_options(-fsanitize=${YILAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${YILAN_SANITIZE})
endif()
if(YILAN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # All code tells libFuzzer where it was.
endif()

function(yilan_target_settings name)
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>)
  target_compile_options(${name} PRIVATE ${YILAN_WARNINGS})
endfunction()

function(yilan_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  if(ARG_SRCS)
    add_library(${name} STATIC ${ARG_SRCS})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS})
    yilan_target_settings(${name})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
  endif()
endfunction()

function(yilan_binary name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  yilan_target_settings(${name})
endfunction()

# What script/test builds with sanitizers: yilan_test adds to them.
add_custom_target(sanitized_tests)
add_custom_target(threaded_tests)

# yilan_test(NAME LABEL unit|storage|mysql|e2e|faults|fuzz [threads] SRCS … DEPS … [TIMEOUT seconds] [ARGS …]): one program, one ctest entry. With
# the label threads it also runs under ThreadSanitizer.
function(yilan_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABEL;SRCS;DEPS;ARGS" ${ARGN})
  yilan_binary(${name} SRCS ${ARG_SRCS} DEPS ${ARG_DEPS} GTest::gmock_main)
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}")
  if(ARG_TIMEOUT)  # Else that of script/test, which is longer for --soak.
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  endif()
  if("unit" IN_LIST ARG_LABEL OR "storage" IN_LIST ARG_LABEL OR "fuzz" IN_LIST ARG_LABEL)
    add_dependencies(sanitized_tests ${name})
  endif()
  if("threads" IN_LIST ARG_LABEL)
    add_dependencies(threaded_tests ${name})
  endif()
endfunction()
