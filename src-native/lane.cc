#include "lane.h"

#include "crew.h"
#include "interpreter.h"

namespace snakepit {

namespace {

// finish(number, reply)
PyObject* Finish(PyObject*, PyObject* arguments) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (py.PyBytes_AsStringAndSize(py.PyTuple_GetItem(arguments, 1), &data, &size) != 0) {
    return nullptr;
  }
  ConcludeJob(py.PyLong_AsLongLong(py.PyTuple_GetItem(arguments, 0)), /*resume=*/false,
              std::string(data, static_cast<size_t>(size)));
  return Ref::Borrow(py._Py_NoneStruct).Release();
}

// resume(number): another thread of the crew goes on with it
PyObject* Resume(PyObject*, PyObject* arguments) {
  ConcludeJob(py.PyLong_AsLongLong(py.PyTuple_GetItem(arguments, 0)), /*resume=*/true, "");
  return Ref::Borrow(py._Py_NoneStruct).Release();
}

Ref OfLanes(const char* name) {
  const Ref lanes = ImportOwn("lanes");
  return lanes ? Ref::Steal(py.PyObject_GetAttrString(lanes.get(), name)) : nullptr;
}

}  // namespace

Ref MakeLane(const std::string& settings) {
  static PyMethodDef finish_method = {"finish", Finish, METH_VARARGS, nullptr};
  static PyMethodDef resume_method = {"resume", Resume, METH_VARARGS, nullptr};
  const Ref make = OfLanes("lane");
  if (!make) return nullptr;
  const Ref text = Ref::Steal(
      py.PyUnicode_FromStringAndSize(settings.data(), static_cast<Py_ssize_t>(settings.size())));
  const Ref finish = Ref::Steal(py.PyCFunction_NewEx(&finish_method, nullptr, nullptr));
  const Ref resume = Ref::Steal(py.PyCFunction_NewEx(&resume_method, nullptr, nullptr));
  if (!text || !finish || !resume) return nullptr;
  PyObject* arguments[] = {text.get(), finish.get(), resume.get()};
  return Ref::Steal(py.PyObject_Vectorcall(make.get(), arguments, 3, nullptr));
}

bool RunInLane(PyObject* lane, Job* job) {
  const Ref number = Ref::Steal(py.PyLong_FromLongLong(static_cast<long long>(job->number)));
  const Ref home = Ref::Steal(py.PyLong_FromVoidPtr(job->environment));
  const Ref body = job->resumed ? Ref::Borrow(py._Py_NoneStruct)
                                : Ref::Steal(py.PyBytes_FromStringAndSize(
                                      job->body.data(), static_cast<Py_ssize_t>(job->body.size())));
  if (!number || !home || !body) {
    py.PyErr_Clear();
    return false;
  }
  PyObject* arguments[] = {home.get(), number.get(), body.get()};
  const Ref reply = Ref::Steal(py.PyObject_Vectorcall(lane, arguments, 3, nullptr));
  if (reply.get() == py._Py_NoneStruct) return true;
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (reply && py.PyBytes_AsStringAndSize(reply.get(), &data, &size) == 0) {
    job->reply.assign(data, static_cast<size_t>(size));
  } else {
    py.PyErr_Clear();
  }
  return false;
}

Ref InterruptedClass() {
  Ref found = OfLanes("Interrupted");
  if (!found) py.PyErr_Clear();
  return found;
}

void StopInLoop(int64_t number) {
  const Ref stop = OfLanes("stop");
  const Ref key = Ref::Steal(py.PyLong_FromLongLong(number));
  const Ref done =
      stop && key ? Ref::Steal(py.PyObject_CallOneArg(stop.get(), key.get())) : nullptr;
  py.PyErr_Clear();
}

}  // namespace snakepit
