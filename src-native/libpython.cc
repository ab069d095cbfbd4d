#include "libpython.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

namespace snakepit {

PythonApi py;

namespace {

struct Row {
  const char* name;
  void** slot;
  bool needed;
};

// Function pointers are filled through void*: POSIX promises that dlsym's result converts.
const Row kRows[] = {
#define PY_FUNCTION(ret, name, params) {#name, reinterpret_cast<void**>(&py.name), true},
#define PY_OPTIONAL(ret, name, params) {#name, reinterpret_cast<void**>(&py.name), false},
#define PY_DATA(type, name) {#name, reinterpret_cast<void**>(&py.name), true},
#include "python_api.def"
#undef PY_FUNCTION
#undef PY_OPTIONAL
#undef PY_DATA
};

// Empty when this is a CPython that the addon can drive.
std::string CheckVersion(const std::string& path) {
  const char* version = py.Py_GetVersion();
  char* end = nullptr;
  const long major = std::strtol(version, &end, 10);
  const long minor = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
  const std::string number(version, std::strcspn(version, " "));
  if (major != 3 || minor < 11) {
    return path + " is CPython " + number +
           "; snakepit needs 3.11 or newer. Set SNAKEPIT_PYTHON to a newer one and run: npx "
           "snakepit sync";
  }
  if (std::strstr(version, "free-threading") != nullptr) {
    return path + " is a free-threaded build of CPython " + number +
           ", which is not supported yet. Set SNAKEPIT_PYTHON to a default build and run: npx "
           "snakepit sync";
  }
  return "";
}

std::string FillTable(void* library, const std::string& path) {
  for (const Row& row : kRows) {
    *row.slot = dlsym(library, row.name);
    if (*row.slot == nullptr && row.needed) {
      return path + " lacks " + row.name +
             ", which snakepit needs. Provision another CPython (3.11 or newer): npx snakepit sync";
    }
  }
  return "";
}

}  // namespace

std::string OpenLibpython(const std::string& path) {
  // Local first: a library that is refused must not lend its symbols to one that is tried later.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return "libpython could not be opened: " + std::string(reason != nullptr ? reason : path) +
           ". Run: npx snakepit sync";
  }
  std::string refused;
  py.Py_GetVersion = reinterpret_cast<const char* (*)()>(dlsym(library, "Py_GetVersion"));
  if (py.Py_GetVersion == nullptr) {
    refused = path + " is no CPython library: Py_GetVersion is missing";
  } else {
    refused = CheckVersion(path);
  }
  if (refused.empty()) refused = FillTable(library, path);
  if (!refused.empty()) {
    dlclose(library);
    return refused;
  }
  // Never closed again: threads and objects of Python outlive every caller.
  dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  return "";
}

}  // namespace snakepit
