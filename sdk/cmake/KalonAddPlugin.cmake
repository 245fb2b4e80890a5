# kalon_contract_revision(VARIABLE): the revision of the contract that the headers of Kalon::SDK have, as MAJOR.MINOR.
function(kalon_contract_revision variable)
  get_target_property(include Kalon::SDK INTERFACE_INCLUDE_DIRECTORIES)
  file(READ "${include}/kalon/abi.h" header)
  if(NOT header MATCHES "#define KALON_ABI_MAJOR ([0-9]+)")
    message(FATAL_ERROR "${include}/kalon/abi.h states no revision")
  endif()
  set(major ${CMAKE_MATCH_1})
  string(REGEX MATCH "#define KALON_ABI_MINOR ([0-9]+)" minor "${header}")
  set(${variable} ${major}.${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

# kalon_add_plugin(NAME SOURCES file... [MANIFEST file.json] [LIBRARIES target...] [DESTINATION folder])
#
# The plugin NAME.so, which exports kalon_plugin_entry and nothing else, with its manifest NAME.json beside it, both in the
# folder KALON_PLUGIN_OUTPUT_DIRECTORY; where that is not set: plugins, in the build folder. MANIFEST is NAME.json when it
# is left out. Symbols that nothing provides are an error of the linker, as they would be one when the plugin is loaded.
# DESTINATION: the folder that both are installed into.
function(kalon_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 plugin "" "MANIFEST;DESTINATION" "SOURCES;LIBRARIES")
  if(NOT plugin_SOURCES OR plugin_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "kalon_add_plugin(${name} SOURCES file... [MANIFEST file.json] [LIBRARIES target...] "
      "[DESTINATION folder]) has no use for: ${plugin_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT plugin_MANIFEST)
    set(plugin_MANIFEST ${name}.json)
  endif()
  get_filename_component(manifest "${plugin_MANIFEST}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")

  # What the engine would reject the plugin for is told here already.
  file(READ "${manifest}" text)
  string(JSON library ERROR_VARIABLE wrong GET "${text}" library)
  if(NOT library STREQUAL "${name}.so")
    message(FATAL_ERROR "${manifest}: \"library\" must be \"${name}.so\", for this plugin is called ${name} (${wrong})")
  endif()
  string(JSON major ERROR_VARIABLE wrong GET "${text}" abi major)
  string(JSON minor ERROR_VARIABLE wrong GET "${text}" abi minor)
  kalon_contract_revision(revision)
  if(NOT "${major}.${minor}" STREQUAL revision)
    message(FATAL_ERROR "${manifest}: \"abi\" says ${major}.${minor}, and the plugin is built with the headers of revision "
      "${revision}")
  endif()

  if(KALON_PLUGIN_OUTPUT_DIRECTORY)
    set(folder "${KALON_PLUGIN_OUTPUT_DIRECTORY}")
  else()
    set(folder "${CMAKE_BINARY_DIR}/plugins")
  endif()
  set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.version")
  add_library(${name} MODULE ${plugin_SOURCES})
  target_link_libraries(${name} PRIVATE Kalon::SDK ${plugin_LIBRARIES})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY "$<1:${folder}>"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS "${script}")
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(CXX IN_LIST languages)
    target_compile_features(${name} PRIVATE cxx_std_17)
  endif()
  target_link_options(${name} PRIVATE "LINKER:--version-script=${script}")
  # A sanitizer's symbols come from the program, so that its libraries are incomplete by design.
  get_directory_property(options COMPILE_OPTIONS)
  if(NOT "${options} ${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize=")
    target_link_options(${name} PRIVATE "LINKER:-z,defs")
  endif()
  configure_file("${manifest}" "${folder}/${name}.json" COPYONLY)
  if(plugin_DESTINATION)
    install(TARGETS ${name} LIBRARY DESTINATION "${plugin_DESTINATION}")
    install(FILES "${manifest}" DESTINATION "${plugin_DESTINATION}" RENAME ${name}.json)
  endif()
endfunction()
