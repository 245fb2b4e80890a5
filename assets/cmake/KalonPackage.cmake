# `cpack -G DEB` in a build folder makes a package of Debian's form; included after all install() rules.
set(CPACK_PACKAGE_NAME kalon)
set(CPACK_PACKAGE_CONTACT "The authors of Kalon")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION "A folder of pictures goes in; out come its pictures in an order where each lies beside its like,
what is there twice, what belongs together and what does not. The program kalon, the engine behind it, its decoders and
models, and what authors of plugins need.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# Packages of the libraries that are linked, by dpkg-shlibdeps, and what is read at run time.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS fonts-dejavu-core)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS python3-numpy) # for models that are Python scripts
# Without what is a part of its own for the sake of what it needs: plugins of other programs.
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};${PROJECT_NAME};Unspecified;/")
# The engine lies where the dynamic linker looks for libraries, and so its cache is renewed, but not the one of this system
# when the package goes into a folder (dpkg --root). These replace the scripts that CPack would write.
foreach(script postinst postrm)
  file(WRITE ${CMAKE_BINARY_DIR}/debian/${script} [[#!/bin/sh
set -e
case "$1" in configure | remove) [ -n "${DPKG_ROOT:-}" ] || ldconfig ;; esac
]])
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/${script})
endforeach()
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION share/doc/kalon RENAME copyright)
include(CPack)
