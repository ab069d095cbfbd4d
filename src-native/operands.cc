#include "operands.h"

#include <cstdint>
#include <functional>
#include <unordered_set>
#include <utility>

#include "errors.h"
#include "exception_keeper.h"
#include "interpreter.h"
#include "pointer_map.h"

namespace snakepit {

namespace {

constexpr size_t kCacheLimit = 4096;

// Functions of error_context.py, held for good.
struct Functions {
  Ref is_array;
  Ref observe;
  Ref watch;
};

// Null where our own package cannot be imported: then errors go without.
const Functions* Load() {
  static const Functions* loaded = nullptr;
  static bool failed = false;
  if (loaded != nullptr || failed) return loaded;
  const Ref module = ImportOwn("error_context");
  auto* made = new Functions();
  const auto take = [&module](const char* name) {
    return module ? Ref::Steal(py.PyObject_GetAttrString(module.get(), name)) : nullptr;
  };
  made->is_array = take("is_array");
  made->observe = take("observe");
  made->watch = take("watch");
  failed = !made->is_array || !made->observe || !made->watch;
  py.PyErr_Clear();
  if (failed) {
    delete made;
    return nullptr;
  }
  loaded = made;
  return loaded;
}

// What a function of types answers, once a type. Process-wide, under the GIL.
class TypeAnswers {
 public:
  // Without running anything; null where it was not asked yet.
  const uint32_t* Find(PyTypeObject* type) const { return answers_.Find(type); }
  uint32_t Of(PyTypeObject* type, const Ref& function) {
    if (const uint32_t* known = answers_.Find(type)) return *known;
    const Ref answer = Ref::Steal(py.PyObject_CallOneArg(function.get(), AsObject(type)));
    const long number = answer ? py.PyLong_AsLong(answer.get()) : 0;
    py.PyErr_Clear();
    const auto value = static_cast<uint32_t>(number < 0 ? 0 : number);
    if (answers_.size() >= kCacheLimit) Clear();
    // Python ran: another thread may have asked the same.
    if (answers_.Find(type) == nullptr) {
      answers_.Insert(type, value);
      py.Py_IncRef(AsObject(type));
    }
    return value;
  }

 private:
  void Clear() {
    std::vector<PyObject*> old;
    answers_.ForEach([&old](const void* type) {
      old.push_back(static_cast<PyObject*>(const_cast<void*>(type)));
    });
    answers_.Clear();
    for (PyObject* type : old) py.Py_DecRef(type);
  }
  PointerMap answers_;
};

TypeAnswers& ArrayTypes() {
  static auto* answers = new TypeAnswers();
  return *answers;
}

TypeAnswers& WatchedTypes() {
  static auto* answers = new TypeAnswers();
  return *answers;
}

// Where an exception was raised, as far as error_context.py looks at once: the two innermost
// entries.
struct Spot {
  PyObject* code[2] = {nullptr, nullptr};
  long lasti[2] = {0, 0};
  uint32_t watch = 0;

  bool operator==(const Spot& other) const {
    return code[0] == other.code[0] && code[1] == other.code[1] && lasti[0] == other.lasti[0] &&
           lasti[1] == other.lasti[1] && watch == other.watch;
  }
};

struct SpotHash {
  size_t operator()(const Spot& spot) const {
    const std::hash<const void*> hash;
    return hash(spot.code[0]) * 31 + hash(spot.code[1]) * 17 +
           static_cast<size_t>(spot.lasti[0] * 8 + spot.lasti[1] + spot.watch);
  }
};

Spot SpotOf(const std::vector<PyObject*>& items, uint32_t watch) {
  Spot spot;
  spot.watch = watch;
  for (size_t i = 0; i < 2 && items.size() >= 2 * (i + 1); i++) {
    const size_t at = items.size() - 2 * (i + 1);
    spot.code[i] = items[at];
    spot.lasti[i] = py.PyLong_AsLong(items[at + 1]);
  }
  return spot;
}

// Spots without anything to look at, whatever the variables are. Their codes are held, so that an
// address goes on to mean the same.
class BarrenSpots {
 public:
  bool Has(const Spot& spot) const { return spots_.find(spot) != spots_.end(); }
  void Add(const Spot& spot) {
    if (spots_.size() >= kCacheLimit) {
      const std::unordered_set<Spot, SpotHash> old = std::move(spots_);
      spots_ = {};
      for (const Spot& one : old) Count(one, py.Py_DecRef);
    }
    if (spots_.insert(spot).second) Count(spot, py.Py_IncRef);
  }

 private:
  static void Count(const Spot& spot, void (*count)(PyObject*)) {
    for (PyObject* code : spot.code) {
      if (code != nullptr) count(code);
    }
  }
  std::unordered_set<Spot, SpotHash> spots_;
};

BarrenSpots& Barren() {
  static auto* spots = new BarrenSpots();
  return *spots;
}

Ref None() { return Ref::Borrow(py._Py_NoneStruct); }

// A dict of fields, True for a spot that is barren, or False.
Ref Observe(const Functions& functions, PyObject* exception, PyObject* operands) {
  PyObject* arguments[2] = {exception, operands};
  Ref found = Ref::Steal(py.PyObject_Vectorcall(functions.observe.get(), arguments, 2, nullptr));
  py.PyErr_Clear();
  return found;
}

// Lists may hold arrays: concatenate([a, b]).
bool MayHold(PyTypeObject* type) { return type == py.PyList_Type || type == py.PyTuple_Type; }

// Without running anything: false is certain.
bool MayHaveArray(const Operands& operands) {
  for (size_t i = 0; i < operands.count; i++) {
    PyTypeObject* type = Py_TYPE(operands.objects[i]);
    const uint32_t* known = ArrayTypes().Find(type);
    if (MayHold(type) || known == nullptr || *known != 0) return true;
  }
  return false;
}

bool HasArray(const Functions& functions, const Operands& operands) {
  for (size_t i = 0; i < operands.count; i++) {
    PyTypeObject* type = Py_TYPE(operands.objects[i]);
    if (MayHold(type) || ArrayTypes().Of(type, functions.is_array) != 0) return true;
  }
  return false;
}

Ref TupleOf(const Operands& operands) {
  Ref tuple = Ref::Steal(py.PyTuple_New(static_cast<Py_ssize_t>(operands.count)));
  for (size_t i = 0; tuple && i < operands.count; i++) {
    py.PyTuple_SetItem(tuple.get(), static_cast<Py_ssize_t>(i),
                       Ref::Borrow(operands.objects[i]).Release());
  }
  return tuple;
}

}  // namespace

PyObject* ReceiverOf(PyObject* callable) {
  if (Py_TYPE(callable) == py.PyCFunction_Type) return py.PyCFunction_GetSelf(callable);
  return Py_TYPE(callable) == py.PyMethod_Type ? py.PyMethod_Self(callable) : nullptr;
}

bool ArraysLoaded() {
  static bool loaded = false;
  if (loaded) return true;
  // All others import one of these.
  static PyObject* const names[] = {
      py.PyUnicode_InternFromString("numpy"), py.PyUnicode_InternFromString("torch"),
      py.PyUnicode_InternFromString("pyarrow"), py.PyUnicode_InternFromString("polars"),
      py.PyUnicode_InternFromString("mlx")};
  const ExceptionKeeper keeper;
  PyObject* modules = py.PyImport_GetModuleDict();
  for (PyObject* name : names) {
    loaded = loaded || py.PyDict_GetItemWithError(modules, name) != nullptr;
  }
  py.PyErr_Clear();
  return loaded;
}

void NoteOperands(Environment* environment, const Operands& operands) {
  if (!MayHaveArray(operands) || !ArraysLoaded()) return;
  Ref exception = TakeRaised();
  if (!exception) return;
  const Functions* functions = Load();
  if (functions != nullptr && WatchedTypes().Of(Py_TYPE(exception.get()), functions->watch) != 0 &&
      HasArray(*functions, operands)) {
    const Ref tuple = TupleOf(operands);
    if (tuple) {
      environment->noted_fields = Observe(*functions, exception.get(), tuple.get());
      environment->noted_exception = exception.Share();
    }
    py.PyErr_Clear();
  }
  RaiseAgain(std::move(exception));
}

void ForgetOperands(Environment* environment, const Ref& exception) {
  if (environment->noted_exception.get() != exception.get()) return;
  // Moved first: what is dropped may run any code.
  const Ref dropped = std::move(environment->noted_exception);
  const Ref fields = std::move(environment->noted_fields);
}

Ref ObserveOperands(Environment* environment, PyObject* exception,
                    const std::vector<PyObject*>& items) {
  Ref found;
  if (environment->noted_exception.get() == exception) {
    found = std::move(environment->noted_fields);
    const Ref dropped = std::move(environment->noted_exception);
  } else if (!items.empty() && ArraysLoaded()) {
    const Functions* functions = Load();
    const uint32_t watch =
        functions == nullptr ? 0 : WatchedTypes().Of(Py_TYPE(exception), functions->watch);
    if (watch == 0) return None();
    const Spot spot = SpotOf(items, watch);
    if (Barren().Has(spot)) return None();
    found = Observe(*functions, exception, py._Py_NoneStruct);
    if (found.get() == py._Py_TrueStruct) Barren().Add(spot);
  }
  return found && Py_TYPE(found.get()) == py.PyDict_Type ? std::move(found) : None();
}

}  // namespace snakepit
