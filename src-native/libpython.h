// CPython as a table of functions found at run time: no header of CPython, no link to libpython.
// PyObject stays opaque but for its type word; the few structures that the limited API fixes are
// written down here.
#ifndef SNAKEPIT_LIBPYTHON_H_
#define SNAKEPIT_LIBPYTHON_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace snakepit {

using Py_ssize_t = ptrdiff_t;
using Py_hash_t = ptrdiff_t;

struct PyObject;
struct PyTypeObject;
struct PyThreadState;
struct PyInterpreterState;
struct PyConfig;
struct PyCodeObject;
struct PyFrameObject;
enum PyGILState_STATE : int { PyGILState_LOCKED, PyGILState_UNLOCKED };

// The head of every object on 3.11 to 3.14 default builds; checked at start-up against
// object.__basicsize__. A heap type of ours begins its structure with it. ob_refcnt is never
// written from here.
struct PyObjectHead {
  Py_ssize_t refcnt;
  PyTypeObject* type;
};

inline PyTypeObject* Py_TYPE(const PyObject* object) {
  return reinterpret_cast<const PyObjectHead*>(object)->type;
}
// Nothing but its holder knows the object. The count is the lower half of the word on all versions;
// 3.12 and later keep flags in the upper one.
inline bool HasOneReference(const PyObject* object) {
  return static_cast<uint32_t>(reinterpret_cast<const PyObjectHead*>(object)->refcnt) == 1;
}
inline PyObject* AsObject(PyTypeObject* type) { return reinterpret_cast<PyObject*>(type); }

using PyCFunction = PyObject* (*)(PyObject*, PyObject*);
using PyCFunctionWithKeywords = PyObject* (*)(PyObject*, PyObject*, PyObject*);
using PyCFunctionFast = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
using getter = PyObject* (*)(PyObject*, void*);
using setter = int (*)(PyObject*, PyObject*, void*);
using visitproc = int (*)(PyObject*, void*);
using PyCapsule_Destructor = void (*)(PyObject*);
using newfunc = PyObject* (*)(PyTypeObject*, PyObject*, PyObject*);
using vectorcallfunc = PyObject* (*)(PyObject*, PyObject* const*, size_t, PyObject*);

struct Py_buffer {
  void* buf;
  PyObject* obj;
  Py_ssize_t len;
  Py_ssize_t itemsize;
  int readonly;
  int ndim;
  char* format;
  Py_ssize_t* shape;
  Py_ssize_t* strides;
  Py_ssize_t* suboffsets;
  void* internal;
};

struct PyMethodDef {
  const char* ml_name;
  PyCFunction ml_meth;
  int ml_flags;
  const char* ml_doc;
};

struct PyGetSetDef {
  const char* name;
  getter get;
  setter set;
  const char* doc;
  void* closure;
};

struct PyMemberDef {
  const char* name;
  int type;
  Py_ssize_t offset;
  int flags;
  const char* doc;
};

struct PyType_Slot {
  int slot;
  void* pfunc;
};

struct PyType_Spec {
  const char* name;
  int basicsize;
  int itemsize;
  unsigned int flags;
  PyType_Slot* slots;
};

struct PyStatus {
  int type;  // 0 ok, 1 error, 2 exit
  const char* func;
  const char* err_msg;
  int exitcode;
};

constexpr int METH_VARARGS = 0x0001;
constexpr int METH_KEYWORDS = 0x0002;
constexpr int METH_NOARGS = 0x0004;
constexpr int METH_O = 0x0008;
constexpr int METH_FASTCALL = 0x0080;

constexpr int PyBUF_SIMPLE = 0;
constexpr int PyBUF_WRITABLE = 0x0001;
constexpr int PyBUF_FORMAT = 0x0004;
constexpr int PyBUF_ND = 0x0008;
constexpr int PyBUF_STRIDES = 0x0010 | PyBUF_ND;
constexpr int PyBUF_C_CONTIGUOUS = 0x0020 | PyBUF_STRIDES;
constexpr int PyBUF_RECORDS_RO = PyBUF_STRIDES | PyBUF_FORMAT;
constexpr int PyBUF_FULL_RO = 0x0100 | PyBUF_STRIDES | PyBUF_FORMAT;
constexpr int PyBUF_READ = 0x100;   // PyMemoryView_FromMemory
constexpr int PyBUF_WRITE = 0x200;  // PyMemoryView_FromMemory

constexpr int Py_bf_getbuffer = 1;
constexpr int Py_bf_releasebuffer = 2;
constexpr int Py_mp_ass_subscript = 3;
constexpr int Py_mp_length = 4;
constexpr int Py_mp_subscript = 5;
constexpr int Py_sq_contains = 41;
constexpr int Py_sq_item = 44;
constexpr int Py_sq_length = 45;
constexpr int Py_tp_alloc = 47;
constexpr int Py_tp_base = 48;
constexpr int Py_tp_call = 50;
constexpr int Py_tp_clear = 51;
constexpr int Py_tp_dealloc = 52;
constexpr int Py_tp_descr_get = 54;
constexpr int Py_tp_doc = 56;
constexpr int Py_tp_getattro = 58;
constexpr int Py_tp_hash = 59;
constexpr int Py_tp_init = 60;
constexpr int Py_tp_iter = 62;
constexpr int Py_tp_iternext = 63;
constexpr int Py_tp_methods = 64;
constexpr int Py_tp_new = 65;
constexpr int Py_tp_repr = 66;
constexpr int Py_tp_richcompare = 67;
constexpr int Py_tp_setattro = 69;
constexpr int Py_tp_str = 70;
constexpr int Py_tp_traverse = 71;
constexpr int Py_tp_members = 72;
constexpr int Py_tp_getset = 73;
constexpr int Py_tp_free = 74;
constexpr int Py_am_await = 77;
constexpr int Py_am_aiter = 78;
constexpr int Py_am_anext = 79;

constexpr unsigned int Py_TPFLAGS_SEQUENCE = 1U << 5;
constexpr unsigned int Py_TPFLAGS_MAPPING = 1U << 6;
constexpr unsigned int Py_TPFLAGS_DISALLOW_INSTANTIATION = 1U << 7;
constexpr unsigned int Py_TPFLAGS_IMMUTABLETYPE = 1U << 8;
constexpr unsigned int Py_TPFLAGS_BASETYPE = 1U << 10;
constexpr unsigned int Py_TPFLAGS_HAVE_VECTORCALL = 1U << 11;
constexpr unsigned int Py_TPFLAGS_HAVE_GC = 1U << 14;
constexpr unsigned int Py_TPFLAGS_METHOD_DESCRIPTOR = 1U << 17;
constexpr unsigned int Py_TPFLAGS_DEFAULT = 0;
constexpr unsigned int Py_TPFLAGS_LONG_SUBCLASS = 1U << 24;
constexpr unsigned int Py_TPFLAGS_LIST_SUBCLASS = 1U << 25;
constexpr unsigned int Py_TPFLAGS_TUPLE_SUBCLASS = 1U << 26;
constexpr unsigned int Py_TPFLAGS_BYTES_SUBCLASS = 1U << 27;
constexpr unsigned int Py_TPFLAGS_UNICODE_SUBCLASS = 1U << 28;
constexpr unsigned int Py_TPFLAGS_DICT_SUBCLASS = 1U << 29;
constexpr unsigned int Py_TPFLAGS_BASE_EXC_SUBCLASS = 1U << 30;
constexpr unsigned int Py_TPFLAGS_TYPE_SUBCLASS = 1U << 31;

// PyMemberDef::type and flags, for the offsets that a type names by members.
constexpr int Py_T_OBJECT_EX = 16;
constexpr int Py_T_PYSSIZET = 19;
constexpr int Py_READONLY = 1;

constexpr int Py_LT = 0;
constexpr int Py_LE = 1;
constexpr int Py_EQ = 2;
constexpr int Py_NE = 3;
constexpr int Py_file_input = 257;
constexpr int Py_eval_input = 258;

// Lets the callee use the slot before the arguments: bound methods then need no copy.
constexpr size_t PY_VECTORCALL_ARGUMENTS_OFFSET = static_cast<size_t>(1)
                                                  << (8 * sizeof(size_t) - 1);

inline size_t PyVectorcall_NARGS(size_t flagged) {
  return flagged & ~PY_VECTORCALL_ARGUMENTS_OFFSET;
}

// One pointer a row of python_api.def. Functions keep their name: py.PyObject_GetAttr(…). A data
// row is the address of the symbol: *py.PyExc_ValueError is the class, py.PyLong_Type the type.
struct PythonApi {
#define PY_FUNCTION(ret, name, params) ret(*name) params = nullptr;
#define PY_OPTIONAL(ret, name, params) ret(*name) params = nullptr;
#define PY_DATA(type, name) type* name = nullptr;
#include "python_api.def"
#undef PY_FUNCTION
#undef PY_OPTIONAL
#undef PY_DATA
};

extern PythonApi py;

// Opens libpython for the whole process (RTLD_NOW | RTLD_GLOBAL: extension modules are not linked
// to it) and fills the table. Empty on success; otherwise what is wrong, in words for the user.
std::string OpenLibpython(const std::string& path);

}  // namespace snakepit

#endif  // SNAKEPIT_LIBPYTHON_H_
