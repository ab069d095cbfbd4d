#include "arrow_held.h"

#include <cerrno>
#include <memory>

#include "arrow_check.h"

namespace snakepit {
namespace {

// What one structure owns besides its use of the data: the structures of its children, which a
// consumer may move out of it, and the dictionary's.
template <typename Struct>
struct Branch {
  ArrowHeld* held;
  std::vector<Struct> below;
  std::vector<Struct*> pointers;
};

template <typename Struct>
void ReleaseBranch(Struct* released) {
  auto* branch = static_cast<Branch<Struct>*>(released->private_data);
  for (Struct& child : branch->below) {
    if (child.release != nullptr) child.release(&child);
  }
  branch->held->Drop();
  delete branch;
  released->release = nullptr;
}

// Prepares `made` for `children` and a dictionary; answers its branch.
template <typename Struct>
Branch<Struct>* MakeBranch(ArrowHeld* held, int64_t children, bool dictionary, Struct* made) {
  auto* branch = new Branch<Struct>{held, {}, {}};
  held->Use();
  branch->below.resize(static_cast<size_t>(children) + (dictionary ? 1 : 0));
  for (Struct& child : branch->below) branch->pointers.push_back(&child);
  made->n_children = children;
  made->children = children > 0 ? branch->pointers.data() : nullptr;
  made->dictionary = dictionary ? branch->pointers.back() : nullptr;
  made->release = ReleaseBranch<Struct>;
  made->private_data = branch;
  return branch;
}

void MakeSchema(ArrowHeld* held, size_t* at, ArrowSchema* made) {
  const ArrowHeld::Field& field = held->fields[(*at)++];
  auto* branch = MakeBranch(held, field.children, field.dictionary, made);
  made->format = field.format.c_str();
  made->name = field.name.c_str();
  made->metadata = field.metadata.empty() ? nullptr : field.metadata.data();
  made->flags = field.flags;
  for (ArrowSchema& child : branch->below) MakeSchema(held, at, &child);
}

void MakeArray(ArrowHeld* held, const std::vector<ArrowHeld::Node>& nodes, size_t* at,
               ArrowArray* made) {
  const ArrowHeld::Field& field = held->fields[*at];
  const ArrowHeld::Node& node = nodes[(*at)++];
  auto* branch = MakeBranch(held, field.children, field.dictionary, made);
  made->length = node.length;
  made->null_count = node.null_count;
  made->offset = node.offset;
  made->n_buffers = static_cast<int64_t>(node.buffers.size());
  made->buffers = const_cast<const void**>(node.buffers.data());
  for (ArrowArray& child : branch->below) MakeArray(held, nodes, at, &child);
}

template <typename Struct>
using Owned = std::unique_ptr<Struct, void (*)(Struct*)>;

template <typename Struct>
void Free(Struct* structure) {
  if (structure->release != nullptr) structure->release(structure);
  delete structure;
}

Owned<ArrowSchema> NewSchema(ArrowHeld* held) {
  Owned<ArrowSchema> schema(new ArrowSchema(), Free<ArrowSchema>);
  size_t at = 0;
  MakeSchema(held, &at, schema.get());
  return schema;
}

Owned<ArrowArray> NewArray(ArrowHeld* held, const std::vector<ArrowHeld::Node>& batch) {
  Owned<ArrowArray> array(new ArrowArray(), Free<ArrowArray>);
  size_t at = 0;
  MakeArray(held, batch, &at, array.get());
  return array;
}

struct StreamState {
  ArrowHeld* held;
  size_t next;
};

// Consumers pull on any thread, most of them without the GIL: the data is there already.
int StreamSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  size_t at = 0;
  *out = {};
  MakeSchema(static_cast<StreamState*>(stream->private_data)->held, &at, out);
  return 0;
}

int StreamNext(ArrowArrayStream* stream, ArrowArray* out) {
  auto* state = static_cast<StreamState*>(stream->private_data);
  *out = {};
  if (state->next == state->held->batches.size()) return 0;
  size_t at = 0;
  MakeArray(state->held, state->held->batches[state->next++], &at, out);
  return 0;
}

const char* StreamError(ArrowArrayStream*) { return nullptr; }

void ReleaseStream(ArrowArrayStream* stream) {
  auto* state = static_cast<StreamState*>(stream->private_data);
  state->held->Drop();
  delete state;
  stream->release = nullptr;
}

constexpr char kSchemaName[] = "arrow_schema";
constexpr char kArrayName[] = "arrow_array";
constexpr char kStreamName[] = "arrow_array_stream";

template <typename Struct, const char* name>
void FreeCapsule(PyObject* capsule) {
  Free(static_cast<Struct*>(py.PyCapsule_GetPointer(capsule, name)));
}

template <typename Struct, const char* name>
Ref Capsule(Owned<Struct> structure) {
  Ref capsule = Ref::Steal(py.PyCapsule_New(structure.get(), name, FreeCapsule<Struct, name>));
  if (capsule) structure.release();
  return capsule;
}

struct ArrowObject {
  PyObjectHead head;
  ArrowHeld* held;
};

ArrowHeld* HeldOf(PyObject* self) { return reinterpret_cast<ArrowObject*>(self)->held; }

PyObject* SchemaMethod(PyObject* self, PyObject*) {
  return Capsule<ArrowSchema, kSchemaName>(NewSchema(HeldOf(self))).Release();
}

PyObject* ArrayMethod(PyObject* self, PyObject*) {
  ArrowHeld* held = HeldOf(self);
  Ref schema = Capsule<ArrowSchema, kSchemaName>(NewSchema(held));
  Ref array = Capsule<ArrowArray, kArrayName>(NewArray(held, held->batches[0]));
  Ref both = schema && array ? Ref::Steal(py.PyTuple_New(2)) : Ref();
  if (!both) return nullptr;
  py.PyTuple_SetItem(both.get(), 0, schema.Release());
  py.PyTuple_SetItem(both.get(), 1, array.Release());
  return both.Release();
}

PyObject* StreamMethod(PyObject* self, PyObject*) {
  Owned<ArrowArrayStream> stream(new ArrowArrayStream(), Free<ArrowArrayStream>);
  ArrowHeld* held = HeldOf(self);
  held->Use();
  *stream = {StreamSchema, StreamNext, StreamError, ReleaseStream, new StreamState{held, 0}};
  return Capsule<ArrowArrayStream, kStreamName>(std::move(stream)).Release();
}

PyTypeObject* g_type = nullptr;
void (*g_free)(void*) = nullptr;

void Dealloc(PyObject* self) {
  HeldOf(self)->Drop();
  g_free(self);
  py.Py_DecRef(AsObject(g_type));  // instances of a heap type own a reference to it
}

bool InitType() {
  static PyMethodDef methods[] = {
      {"schema", reinterpret_cast<PyCFunction>(SchemaMethod), METH_NOARGS, "A new schema."},
      {"array", reinterpret_cast<PyCFunction>(ArrayMethod), METH_NOARGS,
       "A new schema, and an array of the first batch."},
      {"stream", reinterpret_cast<PyCFunction>(StreamMethod), METH_NOARGS,
       "A new stream of all batches."},
      {nullptr, nullptr, 0, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(Dealloc)},
      {Py_tp_methods, methods},
      {Py_tp_doc, const_cast<char*>("Arrow data of JavaScript's, shared with it.")},
      {0, nullptr},
  };
  static PyType_Spec spec = {"snakepit.ArrowHeld", sizeof(ArrowObject), 0,
                             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, slots};
  auto* type = reinterpret_cast<PyTypeObject*>(py.PyType_FromSpec(&spec));
  if (type == nullptr) return false;
  g_free = reinterpret_cast<void (*)(void*)>(py.PyType_GetSlot(type, Py_tp_free));
  g_type = type;
  return true;
}

// The sizes of buffers are known here, so nanoarrow compares them instead of believing.
void SetSizes(const std::vector<ArrowHeld::Node>& batch, size_t* at, ArrowArrayView* view) {
  const ArrowHeld::Node& node = batch[(*at)++];
  for (size_t i = 0; i < node.sizes.size() && i < NANOARROW_MAX_FIXED_BUFFERS; i++) {
    if (view->layout.buffer_type[i] == NANOARROW_BUFFER_TYPE_NONE) break;
    view->buffer_views[i].size_bytes = node.sizes[i];
  }
  for (int64_t i = 0; i < view->n_children; i++) SetSizes(batch, at, view->children[i]);
  if (view->dictionary != nullptr) SetSizes(batch, at, view->dictionary);
}

struct View : ArrowArrayView {
  View() : ArrowArrayView() {}
  ~View() { ArrowArrayViewReset(this); }
  View(const View&) = delete;
  View& operator=(const View&) = delete;
};

std::string ValidateBatch(ArrowHeld* held, const ArrowSchema& schema,
                          const std::vector<ArrowHeld::Node>& batch) {
  ArrowError error = {};
  View view;
  if (ArrowArrayViewInitFromSchema(&view, &schema, &error) != NANOARROW_OK) return error.message;
  Owned<ArrowArray> array = NewArray(held, batch);
  std::string wrong = CheckArray(array.get(), view);
  if (!wrong.empty()) return wrong;
  if (ArrowArrayViewSetArrayMinimal(&view, array.get(), &error) != NANOARROW_OK) {
    return error.message;
  }
  size_t at = 0;
  SetSizes(batch, &at, &view);
  return CheckValues(&view);
}

}  // namespace

void ArrowHeld::Drop() {
  if (users.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  for (MemoryHold& hold : holds) hold.Release();
  delete this;
}

std::string ArrowHeld::Validate() {
  Owned<ArrowSchema> schema = NewSchema(this);
  for (const std::vector<Node>& batch : batches) {
    std::string wrong = ValidateBatch(this, *schema, batch);
    if (!wrong.empty()) return wrong;
  }
  return "";
}

Ref MakeArrowObject(ArrowHeld* held) {
  PyObject* object = g_type != nullptr || InitType() ? py.PyType_GenericAlloc(g_type, 0) : nullptr;
  if (object == nullptr) {
    held->Drop();
    return nullptr;
  }
  reinterpret_cast<ArrowObject*>(object)->held = held;
  return Ref::Steal(object);
}

}  // namespace snakepit
