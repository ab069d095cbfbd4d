# Cross builds by zig from PyPI: `zig c++` brings libc++, libc stubs and a linker for every target.
# SNAKEPIT_ZIG (the program) and SNAKEPIT_ZIG_TRIPLE come from scripts/build-native.mjs.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SNAKEPIT_ZIG SNAKEPIT_ZIG_TRIPLE)
# A trial program cannot be linked for every target; a static library always can.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

if(SNAKEPIT_ZIG_TRIPLE MATCHES "macos")
  set(CMAKE_SYSTEM_NAME Darwin)
else()
  set(CMAKE_SYSTEM_NAME Linux)
endif()
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${SNAKEPIT_ZIG_TRIPLE}")

# A list: the program and its fixed first argument.
set(CMAKE_CXX_COMPILER "${SNAKEPIT_ZIG};c++")
set(CMAKE_CXX_COMPILER_TARGET "${SNAKEPIT_ZIG_TRIPLE}")
