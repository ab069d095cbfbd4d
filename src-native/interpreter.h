// The one interpreter of the process: started once, by whichever JS thread asks first, and never
// finalised (extension modules do not survive it).
#ifndef SNAKEPIT_INTERPRETER_H_
#define SNAKEPIT_INTERPRETER_H_

#include <string>

#include "ref.h"

namespace snakepit {

struct Environment;

struct StartOptions {
  std::string libpython;   // the shared library
  std::string executable;  // the environment's python, which tells CPython its prefix
  std::string package;     // the folder python/snakepit, imported as _snakepit
};

// Starts Python, or joins the one that runs. Empty on success, otherwise what is wrong. The calling
// thread does not hold the GIL afterwards.
std::string StartPython(const StartOptions& options);

bool PythonStarted();
// The executable that Python was started with.
const std::string& StartedExecutable();
// A module of our own Python package: ImportOwn("exceptions") is _snakepit.exceptions. Null leaves
// the Python error pending. The GIL is held.
Ref ImportOwn(const char* name);
// Called after imports: sees to it that multiprocessing, once it is there, does not fork.
void NoticeMultiprocessing();
// The thread state of the thread that started Python.
PyThreadState* FirstThreadState();

// How many JS threads are joined; the exit holds the GIL only when it is the last.
void CountJsThread(int change);

// At the end of the process: runs atexit and flushes stdout and stderr, in bounded time.
void RunExitFunctions(Environment* environment);

}  // namespace snakepit

#endif  // SNAKEPIT_INTERPRETER_H_
