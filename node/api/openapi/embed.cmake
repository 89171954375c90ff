# Makes the descriptions part of the program. In a description, a member "gedeeld": "SECTION" stands for all members of
# that section of gedeeld.json. Each joined text also goes to <build>/openapi/NAME.json, for the tests.
set(openapi_here ${CMAKE_CURRENT_LIST_DIR})
set(openapi_out ${CMAKE_BINARY_DIR}/openapi)

function(openapi_constant name out)
  file(READ ${openapi_here}/gedeeld.json shared)
  file(READ ${openapi_here}/${name}.json text)
  foreach(section headers responses schemas)
    string(JSON members GET "${shared}" ${section})
    string(REGEX REPLACE "^{|}$" "" members "${members}")
    string(REPLACE "\"gedeeld\": \"${section}\"" "${members}" text "${text}")
  endforeach()
  string(JSON kind TYPE "${text}" paths) # stops here when it is no JSON
  file(WRITE ${openapi_out}/${name}.json "${text}")
  file(READ ${openapi_out}/${name}.json bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  set(${out} "static const unsigned char openapi_${name}[] = {\n${bytes}};\nstatic const size_t openapi_${name}_size = sizeof openapi_${name};\n" PARENT_SCOPE)
endfunction()

openapi_constant(ketenpartners openapi_peer)
openapi_constant(medewerkers openapi_desk)
file(CONFIGURE OUTPUT ${openapi_out}/api/openapi_texts.h @ONLY
  CONTENT "/* Made by node/api/openapi/embed.cmake. */\n#include <stddef.h>\n\n@openapi_peer@\n@openapi_desk@")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${openapi_here}/gedeeld.json ${openapi_here}/ketenpartners.json ${openapi_here}/medewerkers.json)
target_include_directories(api PRIVATE ${openapi_out})
