# The walls: rooms of the engine, plugins, and tests of one room.

set(KALON_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wvla -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>) # GCC 12 warns falsely about std::string assignment (PR105651)
if(KALON_SANITIZE)
  add_compile_options(-fsanitize=${KALON_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g)
  add_link_options(-fsanitize=${KALON_SANITIZE})
  # Function multiversioning resolves before a sanitizer's runtime is up, and crashes.
  add_compile_definitions(KALON_NO_MULTIVERSION)
endif()

# A sanitizer's symbols come from the program, so that its libraries are incomplete by design.
if(NOT KALON_SANITIZE)
  set(KALON_NO_UNDEFINED -Wl,-z,defs)
endif()

add_library(kalon_contract INTERFACE)
target_include_directories(kalon_contract INTERFACE ${CMAKE_SOURCE_DIR}/sdk/include)
# As an installation calls it.
add_library(Kalon::SDK ALIAS kalon_contract)
include(${CMAKE_SOURCE_DIR}/sdk/cmake/KalonAddPlugin.cmake)

# kalon_room(NAME [BELOW room...] [LIBRARIES target...])
# An OBJECT library of engine/NAME/*.cpp. BELOW names the rooms it may include; their libraries come along.
function(kalon_room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "" "" "BELOW;LIBRARIES")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/engine/${name}/*.cpp)
  add_library(kalon_${name} OBJECT ${sources})
  target_compile_options(kalon_${name} PRIVATE ${KALON_WARNINGS})
  target_include_directories(kalon_${name} PRIVATE ${CMAKE_SOURCE_DIR}/engine)
  target_link_libraries(kalon_${name} PUBLIC kalon_contract ${room_LIBRARIES})
  set(closure ${name})
  foreach(below ${room_BELOW})
    get_property(reached GLOBAL PROPERTY kalon_closure_${below})
    list(APPEND closure ${reached})
  endforeach()
  list(REMOVE_DUPLICATES closure)
  set_property(GLOBAL PROPERTY kalon_closure_${name} "${closure}")
  set_property(GLOBAL APPEND PROPERTY kalon_rooms ${name})
endfunction()

# kalon_use_rooms(TARGET room...): links the objects of the rooms and of every room below them.
function(kalon_use_rooms target)
  set(closure "")
  foreach(room ${ARGN})
    get_property(reached GLOBAL PROPERTY kalon_closure_${room})
    list(APPEND closure ${reached})
  endforeach()
  list(REMOVE_DUPLICATES closure)
  foreach(room ${closure})
    target_link_libraries(${target} PRIVATE kalon_${room})
  endforeach()
endfunction()

# kalon_plugin(NAME [LIBRARIES target...])
# A plugin of the current folder's *.cpp, built as those of others are, with its manifest NAME.json.
function(kalon_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 plugin "" "" "LIBRARIES")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  kalon_add_plugin(${name} SOURCES ${sources} LIBRARIES ${plugin_LIBRARIES} DESTINATION lib/kalon/plugins)
  target_compile_options(${name} PRIVATE ${KALON_WARNINGS})
  set_property(GLOBAL APPEND PROPERTY kalon_plugins ${name})
endfunction()

# kalon_unit_test(ROOM [ALSO room...] [LIBRARIES target...]): tests/unit/ROOM/*.cpp as one program, unit_ROOM.
function(kalon_unit_test room)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "ALSO;LIBRARIES")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${room}/*.cpp)
  if(NOT sources)
    message(FATAL_ERROR "the room ${room} has no tests in tests/unit/${room}")
  endif()
  add_executable(unit_${room} ${sources})
  target_compile_options(unit_${room} PRIVATE ${KALON_WARNINGS})
  target_include_directories(unit_${room} PRIVATE ${CMAKE_SOURCE_DIR}/engine ${CMAKE_SOURCE_DIR}/tests)
  set_target_properties(unit_${room} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_precompile_headers(unit_${room} REUSE_FROM catch_header)
  target_link_libraries(unit_${room} PRIVATE catch_main ${test_LIBRARIES})
  target_compile_definitions(unit_${room} PRIVATE KALON_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    KALON_PLUGIN_DIR="${KALON_PLUGIN_OUTPUT_DIRECTORY}")
  kalon_use_rooms(unit_${room} ${room} ${test_ALSO})
  add_test(NAME unit/${room} COMMAND unit_${room})
endfunction()
