#include "numpy.h"

#include <cstring>
#include <unordered_map>

#include "numpy_allocator.h"

namespace snakepit {
namespace {

// Slots of NumPy's table; none of them moved between 1.22 and 2.x.
constexpr int kSlotArrayType = 2;
constexpr int kSlotGenericType = 10;
constexpr int kSlotDescrFromType = 45;
constexpr int kSlotNewFromDescr = 94;
constexpr int kSlotFeatureVersion = 211;
constexpr int kSlotDefaultHandler = 306;
constexpr unsigned kFeatureOf122 = 0x0f;

// PyArray_Descr up to what every version has at the same place.
struct Descr {
  PyObjectHead head;
  PyTypeObject* type_object;
  char kind;
  char type;
  char byteorder;
  char flags;
  int type_num;
};

struct Numpy {
  PyTypeObject* array_type = nullptr;
  PyTypeObject* generic_type = nullptr;
  PyObject* (*descr_from_type)(int) = nullptr;
  PyObject* (*new_from_descr)(PyTypeObject*, PyObject*, int, const Py_ssize_t*, const Py_ssize_t*,
                              void*, int, PyObject*) = nullptr;
  PyObject* plain[static_cast<int>(Dtype::kCount)] = {};  // descriptors, once they were needed
  PyObject* bfloat16 = nullptr;                           // ml_dtypes' descr, once it was needed
  std::unordered_map<std::string, PyObject*> timed;       // "datetime64[ns]" -> descr
};
Numpy* g_numpy = nullptr;

// dtype from NumPy's number. NPY_LONGLONG is as wide as NPY_LONG wherever we run.
constexpr Dtype kByNumber[] = {
    Dtype::kBool,        Dtype::kInt8,        Dtype::kUint8,       Dtype::kInt16,
    Dtype::kUint16,      Dtype::kInt32,       Dtype::kUint32,      Dtype::kInt64,
    Dtype::kUint64,      Dtype::kInt64,       Dtype::kUint64,      Dtype::kFloat32,
    Dtype::kFloat64,     Dtype::kUnsupported, Dtype::kComplex64,   Dtype::kComplex128,
    Dtype::kUnsupported, Dtype::kUnsupported, Dtype::kUnsupported, Dtype::kUnsupported,
    Dtype::kUnsupported, Dtype::kDatetime64,  Dtype::kTimedelta64, Dtype::kFloat16,
};
constexpr int kFirstUserType = 256;

const Descr* DescrOf(const NdArray* array) { return reinterpret_cast<const Descr*>(array->descr); }

Ref ImportTable() {
  for (const char* name : {"numpy._core._multiarray_umath", "numpy.core._multiarray_umath"}) {
    Ref module = Ref::Steal(py.PyImport_ImportModule(name));
    if (!module) {
      py.PyErr_Clear();
      continue;
    }
    Ref capsule = Ref::Steal(py.PyObject_GetAttrString(module.get(), "_ARRAY_API"));
    if (capsule) return capsule;
    py.PyErr_Clear();
  }
  return nullptr;
}

bool ReadTable() {
  Ref capsule = ImportTable();
  if (!capsule) return false;
  auto** table = static_cast<void**>(py.PyCapsule_GetPointer(capsule.get(), nullptr));
  if (table == nullptr) {
    py.PyErr_Clear();
    return false;
  }
  if (reinterpret_cast<unsigned (*)()>(table[kSlotFeatureVersion])() < kFeatureOf122) return false;
  auto* numpy = new Numpy();
  numpy->array_type = static_cast<PyTypeObject*>(table[kSlotArrayType]);
  numpy->generic_type = static_cast<PyTypeObject*>(table[kSlotGenericType]);
  numpy->descr_from_type = reinterpret_cast<PyObject* (*)(int)>(table[kSlotDescrFromType]);
  numpy->new_from_descr =
      reinterpret_cast<decltype(numpy->new_from_descr)>(table[kSlotNewFromDescr]);
  InstallNumpyAllocator(*static_cast<PyObject**>(table[kSlotDefaultHandler]));
  g_numpy = numpy;
  return true;
}

// The module attribute as a dtype: numpy.dtype(x).
Ref MakeDescr(Ref like) {
  if (!like) return nullptr;
  Ref numpy = Ref::Steal(py.PyImport_ImportModule("numpy"));
  if (!numpy) return nullptr;
  Ref make = Ref::Steal(py.PyObject_GetAttrString(numpy.get(), "dtype"));
  return make ? Ref::Steal(py.PyObject_CallOneArg(make.get(), like.get())) : nullptr;
}

Ref Bfloat16Descr() {
  if (g_numpy->bfloat16 == nullptr) {
    Ref module = Ref::Steal(py.PyImport_ImportModule("ml_dtypes"));
    if (!module) {
      py.PyErr_Clear();
      py.PyErr_SetString(*py.PyExc_ImportError,
                         "NumPy has no bfloat16 of its own: add ml_dtypes to the dependencies in "
                         "pyproject.toml and run `npx snakepit sync`");
      return nullptr;
    }
    g_numpy->bfloat16 =
        MakeDescr(Ref::Steal(py.PyObject_GetAttrString(module.get(), "bfloat16"))).Release();
  }
  return Ref::Borrow(g_numpy->bfloat16);
}

Ref TimedDescr(const char* text) {
  auto known = g_numpy->timed.find(text);
  if (known == g_numpy->timed.end()) {
    Ref made = MakeDescr(Ref::Steal(py.PyUnicode_FromString(text)));
    if (!made) return nullptr;
    // Units are few, but counted units (datetime64[25s]) are not: the cache stays small.
    if (g_numpy->timed.size() >= 64) return made;
    known = g_numpy->timed.emplace(text, made.Release()).first;
  }
  return Ref::Borrow(known->second);
}

Ref DescrFor(Dtype dtype, const char* text) {
  if (dtype == Dtype::kBfloat16) return Bfloat16Descr();
  if (HasUnit(dtype) && text != nullptr) return TimedDescr(text);
  PyObject** known = &g_numpy->plain[static_cast<int>(dtype)];
  if (*known == nullptr) *known = g_numpy->descr_from_type(RowOf(dtype).numpy);
  return Ref::Borrow(*known);
}

}  // namespace

bool NumpyLoaded() { return g_numpy != nullptr; }

bool LoadNumpy() {
  if (g_numpy != nullptr) return true;
  // A failed import is remembered, or each typed array would pay for the search again.
  static bool absent = false;
  if (absent) return false;
  Ref numpy = Ref::Steal(py.PyImport_ImportModule("numpy"));
  if (!numpy) py.PyErr_Clear();
  absent = !numpy || !ReadTable();
  return !absent;
}

void NoticeNumpy() {
  if (g_numpy != nullptr) return;
  PyObject* modules = py.PyImport_GetModuleDict();
  if (modules == nullptr || py.PyDict_GetItemString(modules, "numpy") == nullptr) return;
  // In the middle of its own import the table is not there yet; the next look finds it.
  ReadTable();
}

bool IsNdArray(const PyObject* object) {
  if (g_numpy == nullptr) NoticeNumpy();
  if (g_numpy == nullptr || object == nullptr) return false;
  PyTypeObject* type = Py_TYPE(object);
  return type == g_numpy->array_type || py.PyType_IsSubtype(type, g_numpy->array_type) != 0;
}

bool IsExactNdArray(const PyObject* object) {
  return g_numpy != nullptr && Py_TYPE(object) == g_numpy->array_type;
}

bool IsNumpyScalar(const PyObject* object) {
  if (g_numpy == nullptr) NoticeNumpy();
  return g_numpy != nullptr && py.PyType_IsSubtype(Py_TYPE(object), g_numpy->generic_type) != 0;
}

int64_t HeldBytes(const PyObject* object) {
  if (g_numpy == nullptr) {
    // Code that imported NumPy by itself shows it by the first array that comes out. Most objects
    // are of the type of the one before: they cost no look into sys.modules.
    static PyTypeObject* other = nullptr;
    if (Py_TYPE(object) == other) return 0;
    other = Py_TYPE(object);
    NoticeNumpy();
  }
  if (!IsExactNdArray(object)) return 0;
  const NdArray* array = AsNdArray(object);
  if ((array->flags & kNpyOwnData) == 0) return 0;
  const Dtype dtype = DtypeOf(array);
  int64_t bytes = dtype == Dtype::kUnsupported ? 8 : RowOf(dtype).itemsize;
  for (int i = 0; i < array->nd; i++) bytes *= array->dimensions[i];
  return bytes;
}

Dtype DtypeOf(const NdArray* array) {
  const Descr* descr = DescrOf(array);
  if (descr->byteorder == '>') return Dtype::kUnsupported;
  const int number = descr->type_num;
  if (number >= 0 && number < static_cast<int>(sizeof(kByNumber) / sizeof(kByNumber[0]))) {
    return kByNumber[number];
  }
  if (number < kFirstUserType) return Dtype::kUnsupported;
  Ref name = Ref::Steal(py.PyType_GetName(descr->type_object));
  if (name && py.PyUnicode_CompareWithASCIIString(name.get(), "bfloat16") == 0) {
    return Dtype::kBfloat16;
  }
  return Dtype::kUnsupported;
}

Ref DtypeText(const NdArray* array) { return Ref::Steal(py.PyObject_Str(array->descr)); }

Ref NewNdArray(Dtype dtype, const char* dtype_text, int nd, const Py_ssize_t* dimensions,
               const Py_ssize_t* strides, void* data, bool readonly, Ref base) {
  Ref descr = DescrFor(dtype, dtype_text);
  if (!descr) return nullptr;
  const int flags = readonly ? 0 : kNpyWriteable;
  Ref array = Ref::Steal(
      g_numpy->new_from_descr(g_numpy->array_type, descr.Release(), nd, dimensions, strides, data,
                              strides == nullptr ? flags | kNpyCContiguous : flags, nullptr));
  if (!array) return nullptr;
  // What PyArray_SetBaseObject does for a base that is no ndarray, a JsBuffer here.
  reinterpret_cast<NdArray*>(array.get())->base = base.Release();
  return array;
}

}  // namespace snakepit
