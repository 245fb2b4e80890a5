# kalon_man_pages(TARGET): a manual page of a program, and one of each of its commands, made of what its --help prints.
function(kalon_man_pages target)
  set(Python3_EXECUTABLE /usr/bin/python3)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(script ${CMAKE_SOURCE_DIR}/assets/cmake/man_pages.py)
  set(folder ${CMAKE_BINARY_DIR}/man/${target})
  add_custom_command(OUTPUT ${folder}/made
    COMMAND ${Python3_EXECUTABLE} -B ${script} $<TARGET_FILE:${target}> ${PROJECT_VERSION} ${folder}/man1
    COMMAND ${CMAKE_COMMAND} -E touch ${folder}/made
    DEPENDS ${target} ${script} COMMENT "Writing the manual of ${target}" VERBATIM)
  add_custom_target(${target}_man ALL DEPENDS ${folder}/made)
  install(DIRECTORY ${folder}/man1 DESTINATION share/man)
endfunction()
