#include "js_buffer.h"

namespace snakepit {
namespace {

struct JsBuffer {
  PyObjectHead head;
  MemoryHold hold;
  void* data;
  Py_ssize_t bytes;
  const char* format;
  Py_ssize_t itemsize;
  Py_ssize_t length;  // items, as the exported shape
  bool readonly;
};

PyTypeObject* g_type = nullptr;
void (*g_free)(void*) = nullptr;  // the type's tp_free

int GetBuffer(PyObject* self, Py_buffer* view, int flags) {
  auto* buffer = reinterpret_cast<JsBuffer*>(self);
  if (buffer->readonly && (flags & PyBUF_WRITABLE) != 0) {
    py.PyErr_SetString(*py.PyExc_BufferError, "this memory of JavaScript's is read-only");
    view->obj = nullptr;
    return -1;
  }
  py.Py_IncRef(self);
  view->obj = self;
  view->buf = buffer->data;
  view->len = buffer->bytes;
  view->itemsize = buffer->itemsize;
  view->readonly = buffer->readonly ? 1 : 0;
  view->ndim = 1;
  view->format = (flags & PyBUF_FORMAT) != 0 ? const_cast<char*>(buffer->format) : nullptr;
  view->shape = (flags & PyBUF_ND) != 0 ? &buffer->length : nullptr;
  view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &buffer->itemsize : nullptr;
  view->suboffsets = nullptr;
  view->internal = nullptr;
  return 0;
}

void Dealloc(PyObject* self) {
  auto* buffer = reinterpret_cast<JsBuffer*>(self);
  buffer->hold.Release();
  g_free(self);
  py.Py_DecRef(AsObject(g_type));  // instances of a heap type own a reference to it
}

}  // namespace

void MemoryHold::Release() {
  switch (kind) {
    case Kind::kNothing:
      break;
    case Kind::kArena:
      if (region != nullptr) {
        Arena::Get()->CloseWindow(region);
      } else {
        Arena::Get()->Unhold(block);
      }
      break;
    case Kind::kOwned:
      memory->Drop();
      break;
    case Kind::kStore:
      if (watch != nullptr) UnwatchWasm(watch);
      ReleaseStore(store);
      break;
    case Kind::kReference:
      DeferReference(environment, reference);
      break;
  }
  kind = Kind::kNothing;
}

bool InitJsBuffer() {
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(Dealloc)},
      {Py_bf_getbuffer, reinterpret_cast<void*>(GetBuffer)},
      {Py_tp_doc, const_cast<char*>("Memory that JavaScript handed over, shared with it.")},
      {0, nullptr},
  };
  static PyType_Spec spec = {"snakepit.JsBuffer", sizeof(JsBuffer), 0,
                             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, slots};
  g_type = reinterpret_cast<PyTypeObject*>(py.PyType_FromSpec(&spec));
  if (g_type == nullptr) return false;
  g_free = reinterpret_cast<void (*)(void*)>(py.PyType_GetSlot(g_type, Py_tp_free));
  return g_free != nullptr;
}

Ref MakeJsBuffer(MemoryHold hold, void* data, Py_ssize_t bytes, const char* format,
                 Py_ssize_t itemsize, bool readonly) {
  PyObject* object = py.PyType_GenericAlloc(g_type, 0);
  if (object == nullptr) {
    hold.Release();
    return nullptr;
  }
  auto* buffer = reinterpret_cast<JsBuffer*>(object);
  buffer->hold = hold;
  buffer->data = data;
  buffer->bytes = bytes;
  buffer->format = format;
  buffer->itemsize = itemsize;
  buffer->length = itemsize > 0 ? bytes / itemsize : 0;
  buffer->readonly = readonly;
  return Ref::Steal(object);
}

}  // namespace snakepit
