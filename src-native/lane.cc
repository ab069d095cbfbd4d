#include "lane.h"

#include <thread>
#include <utility>
#include <vector>

#include "crew.h"
#include "gil.h"
#include "given.h"
#include "interpreter.h"

namespace snakepit {

namespace {

// The reply of a lane: bytes, or a pair of them and a list of objects of JavaScript's. False leaves
// the Python error pending.
bool ReadReply(PyObject* reply, std::string* bytes, std::vector<Taken>* taken) {
  if (Py_TYPE(reply) == py.PyTuple_Type) {
    PyObject* list = py.PyTuple_GetItem(reply, 1);
    const Py_ssize_t count = py.PyList_Size(list);
    for (Py_ssize_t i = 0; i < count; i++) {
      taken->emplace_back(Ref::Borrow(py.PyList_GetItem(list, i)).Release());
    }
    reply = py.PyTuple_GetItem(reply, 0);
  }
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (py.PyBytes_AsStringAndSize(reply, &data, &size) != 0) return false;
  bytes->assign(data, static_cast<size_t>(size));
  return true;
}

PyObject* None() { return Ref::Borrow(py._Py_NoneStruct).Release(); }

// finish(number, reply)
PyObject* Finish(PyObject*, PyObject* arguments) {
  Verdict verdict;
  if (!ReadReply(py.PyTuple_GetItem(arguments, 1), &verdict.reply, &verdict.taken)) return nullptr;
  ConcludeJob(py.PyLong_AsLongLong(py.PyTuple_GetItem(arguments, 0)), std::move(verdict));
  return None();
}

// resume(number): another thread of the crew goes on with it
PyObject* Resume(PyObject*, PyObject* arguments) {
  Verdict verdict;
  verdict.resume = true;
  ConcludeJob(py.PyLong_AsLongLong(py.PyTuple_GetItem(arguments, 0)), std::move(verdict));
  return None();
}

// spawn(function): on a thread of its own, for good. Not Python's own start: until a thread of 3.11
// runs, it has the identity of the one that starts it, and takes the interruption that was for
// that.
PyObject* Spawn(PyObject*, PyObject* function) {
  PyObject* owned = Ref::Borrow(function).Release();
  std::thread([owned] {
    ThreadGil* gil = AttachThread();
    Acquire(gil);
    {
      const Ref called = Ref::Steal(owned);
      const Ref result = Ref::Steal(py.PyObject_CallNoArgs(called.get()));
      if (!result) py.PyErr_WriteUnraisable(called.get());
    }
    Release(gil);
    DetachThread();
  }).detach();
  return None();
}

// The objects of what a job brought; the exception where one cannot be made.
Ref GivenObjects(Job* job) {
  if (job->given == nullptr || job->resumed) return Ref::Borrow(py._Py_NoneStruct);
  Ref objects = job->given->ToPython();
  if (objects) return objects;
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* trace = nullptr;
  py.PyErr_Fetch(&type, &value, &trace);
  py.PyErr_NormalizeException(&type, &value, &trace);
  const Ref dropped[] = {Ref::Steal(type), Ref::Steal(trace)};
  return Ref::Steal(value);
}

Ref OfLanes(const char* name) {
  const Ref lanes = ImportOwn("lanes");
  return lanes ? Ref::Steal(py.PyObject_GetAttrString(lanes.get(), name)) : nullptr;
}

}  // namespace

Ref MakeLane(const std::string& settings) {
  static PyMethodDef finish_method = {"finish", Finish, METH_VARARGS, nullptr};
  static PyMethodDef resume_method = {"resume", Resume, METH_VARARGS, nullptr};
  static PyMethodDef spawn_method = {"spawn", Spawn, METH_O, nullptr};
  const Ref make = OfLanes("lane");
  if (!make) return nullptr;
  const Ref text = Ref::Steal(
      py.PyUnicode_FromStringAndSize(settings.data(), static_cast<Py_ssize_t>(settings.size())));
  const Ref finish = Ref::Steal(py.PyCFunction_NewEx(&finish_method, nullptr, nullptr));
  const Ref resume = Ref::Steal(py.PyCFunction_NewEx(&resume_method, nullptr, nullptr));
  const Ref spawn = Ref::Steal(py.PyCFunction_NewEx(&spawn_method, nullptr, nullptr));
  if (!text || !finish || !resume || !spawn) return nullptr;
  PyObject* arguments[] = {text.get(), finish.get(), resume.get(), spawn.get()};
  return Ref::Steal(py.PyObject_Vectorcall(make.get(), arguments, 4, nullptr));
}

bool RunInLane(PyObject* lane, Job* job) {
  const Ref number = Ref::Steal(py.PyLong_FromLongLong(static_cast<long long>(job->number)));
  const Ref home = Ref::Steal(py.PyLong_FromVoidPtr(job->environment));
  const Ref body = job->resumed ? Ref::Borrow(py._Py_NoneStruct)
                                : Ref::Steal(py.PyBytes_FromStringAndSize(
                                      job->body.data(), static_cast<Py_ssize_t>(job->body.size())));
  const Ref given = GivenObjects(job);
  if (!number || !home || !body || !given) {
    py.PyErr_Clear();
    return false;
  }
  PyObject* arguments[] = {home.get(), number.get(), body.get(), given.get()};
  const Ref reply = Ref::Steal(py.PyObject_Vectorcall(lane, arguments, 4, nullptr));
  if (reply.get() == py._Py_NoneStruct) return true;
  if (!reply || !ReadReply(reply.get(), &job->reply, &job->taken)) py.PyErr_Clear();
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
