#include "take_out.h"

#include <cstring>

#include "errors.h"
#include "tensor_state.h"

namespace snakepit {
namespace {

struct Extent {
  uint8_t* low;
  uint8_t* high;  // one past the last byte
};

Extent ExtentOf(const NdArray* array, int itemsize) {
  auto* first = reinterpret_cast<uint8_t*>(array->data);
  Extent extent{first, first + itemsize};
  for (int i = 0; i < array->nd; i++) {
    if (array->dimensions[i] == 0) return {first, first};
    const Py_ssize_t reach = array->strides[i] * (array->dimensions[i] - 1);
    (reach < 0 ? extent.low : extent.high) += reach;
  }
  return extent;
}

// The array whose base chain this one's memory comes from; views of one array share one window.
const NdArray* OwnerOf(const NdArray* array) {
  for (int depth = 0; depth < 64; depth++) {
    if (array->base == nullptr || !IsNdArray(array->base)) return array;
    array = AsNdArray(array->base);
  }
  return array;
}

// A view's memory normally lies inside its owner's; as_strided and the like may reach beyond it.
Extent WindowFor(const NdArray* array, const Extent& extent, const NdArray** owner) {
  *owner = OwnerOf(array);
  const Dtype dtype = DtypeOf(*owner);
  if (*owner != array && dtype != Dtype::kUnsupported) {
    const Extent whole = ExtentOf(*owner, RowOf(dtype).itemsize);
    if (whole.low <= extent.low && extent.high <= whole.high) return whole;
  }
  *owner = array;
  return extent;
}

void Describe(const NdArray* array, Dtype dtype, double* scratch) {
  const int itemsize = RowOf(dtype).itemsize;
  double elements = 1;
  scratch[scratch::kDtype] = static_cast<double>(dtype);
  scratch[scratch::kDimensions] = array->nd;
  scratch[scratch::kAddress] = static_cast<double>(reinterpret_cast<uintptr_t>(array->data));
  scratch[scratch::kReadonly] = 0;
  scratch[scratch::kReason] = -1;
  scratch[scratch::kContiguous] = (array->flags & kNpyCContiguous) != 0 ? 1 : 0;
  for (int i = 0; i < array->nd; i++) {
    elements *= static_cast<double>(array->dimensions[i]);
    scratch[scratch::kShape + i] = static_cast<double>(array->dimensions[i]);
    const Py_ssize_t steps = array->strides[i] / itemsize;
    scratch[scratch::kStrides + i] = static_cast<double>(steps);
  }
  scratch[scratch::kElements] = elements;
}

void DescribeWindow(const NdArray* array, const Extent& extent, const uint8_t* start,
                    double* scratch) {
  scratch[scratch::kByteOffset] =
      static_cast<double>(reinterpret_cast<uint8_t*>(array->data) - start);
  scratch[scratch::kExtentOffset] = static_cast<double>(extent.low - start);
  scratch[scratch::kExtentBytes] = static_cast<double>(extent.high - extent.low);
}

bool StridesFit(const NdArray* array, int itemsize) {
  if ((array->flags & kNpyAligned) == 0) return false;
  for (int i = 0; i < array->nd; i++) {
    if (array->strides[i] % itemsize != 0) return false;
  }
  return true;
}

CopyReason WhyNot(const NdArray* array, Dtype dtype) {
  if ((array->flags & kNpyWriteable) == 0) return CopyReason::kReadOnly;
  if (!StridesFit(array, RowOf(dtype).itemsize)) return CopyReason::kStrides;
  return CopyReason::kNone;
}

napi_value Refuse(Environment* environment, CopyReason reason) {
  StateOf(environment)->scratch[scratch::kReason] = static_cast<double>(reason);
  return js::Undefined(environment->env);
}

Dtype SupportedDtype(Environment* environment, const NdArray* array) {
  const Dtype dtype = DtypeOf(array);
  if (dtype != Dtype::kUnsupported) return dtype;
  Ref text = DtypeText(array);
  Py_ssize_t length = 0;
  const char* name = text ? py.PyUnicode_AsUTF8AndSize(text.get(), &length) : nullptr;
  if (name == nullptr) py.PyErr_Clear();
  if (name == nullptr) name = "(unknown)";
  napi_value details;
  napi_create_object(environment->env, &details);
  js::Set(environment->env, details, "dtype", js::Text(environment->env, name));
  ThrowSnakepit(environment, "ERR_DTYPE",
                std::string("an array of dtype ") + name +
                    " has no typed array in JavaScript; convert it in Python first, for example "
                    "x.astype('float64')",
                details);
  return dtype;
}

napi_value EmptyBuffer(Environment* environment, const NdArray* array, double* scratch) {
  napi_value buffer = nullptr;
  void* data = nullptr;
  napi_create_arraybuffer(environment->env, 0, &data, &buffer);
  scratch[scratch::kByteOffset] = 0;
  scratch[scratch::kExtentOffset] = 0;
  scratch[scratch::kExtentBytes] = 0;
  (void)array;
  return buffer;
}

napi_value OpenWindow(Environment* environment, const NdArray* array, Dtype dtype) {
  double* scratch = StateOf(environment)->scratch;
  const Extent extent = ExtentOf(array, RowOf(dtype).itemsize);
  if (extent.low == extent.high) return EmptyBuffer(environment, array, scratch);
  // Node 20 ends the process when it is asked for more than its largest buffer.
  const double max_bytes = StateOf(environment)->max_bytes;
  BufferView view;
  napi_status status;
  if (Arena::Owns(array->data)) {
    const size_t window = Arena::Get()->Locate(array->data).bytes;
    if (static_cast<double>(window) > max_bytes || OverUnseenBudget(environment, window)) {
      return Refuse(environment, CopyReason::kEngine);
    }
    status = OpenArenaWindow(environment, array->data, &view);
  } else {
    const NdArray* owner;
    const Extent whole = WindowFor(array, extent, &owner);
    const auto bytes = static_cast<size_t>(whole.high - whole.low);
    if (static_cast<double>(bytes) > max_bytes || OverUnseenBudget(environment, bytes)) {
      return Refuse(environment, CopyReason::kEngine);
    }
    auto* object = reinterpret_cast<PyObject*>(const_cast<NdArray*>(owner));
    status = OpenPythonWindow(environment, object, whole.low, bytes, &view);
  }
  if (status != napi_ok) {
    // An engine without external buffers, or one whose largest buffer is smaller than this.
    bool pending = js::ExceptionPending(environment->env);
    napi_value ignored;
    if (pending) napi_get_and_clear_last_exception(environment->env, &ignored);
    return Refuse(environment, CopyReason::kEngine);
  }
  DescribeWindow(array, extent, view.start, scratch);
  return view.buffer;
}

// Whether the engine takes a window of so many bytes now.
bool WindowFits(Environment* environment, size_t bytes) {
  return static_cast<double>(bytes) <= StateOf(environment)->max_bytes &&
         !OverUnseenBudget(environment, bytes);
}

// False where the engine does not have the buffer.
bool OpenRecordWindow(Environment* environment, const ArrayRecord& record, PyObject** owned,
                      BufferView* view) {
  napi_status status = napi_generic_failure;
  if (Arena::Owns(record.low)) {
    // The window keeps the block from then on.
    if (WindowFits(environment, Arena::Get()->Locate(record.low).bytes)) {
      status = OpenArenaWindow(environment, record.low, view);
    }
  } else {
    const auto bytes = static_cast<size_t>(record.window_high - record.window_low);
    if (WindowFits(environment, bytes)) {
      status = OpenGivenWindow(environment, owned, record.window_low, bytes, view);
    }
  }
  if (status != napi_ok && js::ExceptionPending(environment->env)) {
    napi_value ignored = nullptr;
    napi_get_and_clear_last_exception(environment->env, &ignored);
  }
  return status == napi_ok;
}

void Push(napi_env env, napi_value list, uint32_t* length, double number) {
  napi_set_element(env, list, (*length)++, js::Number(env, number));
}

}  // namespace

std::unique_ptr<ArrayRecord> RecordArray(PyObject* object) {
  if (!IsNdArray(object) || !IsExactNdArray(object)) return nullptr;
  const NdArray* array = AsNdArray(object);
  const Dtype dtype = DtypeOf(array);
  if (dtype == Dtype::kUnsupported || !StridesFit(array, RowOf(dtype).itemsize)) return nullptr;
  auto record = std::make_unique<ArrayRecord>();
  record->itemsize = RowOf(dtype).itemsize;
  const Extent extent = ExtentOf(array, record->itemsize);
  record->low = extent.low;
  record->high = extent.high;
  const NdArray* owner = nullptr;
  const Extent whole = WindowFor(array, extent, &owner);
  record->window_low = whole.low;
  record->window_high = whole.high;
  record->address = static_cast<double>(reinterpret_cast<uintptr_t>(array->data));
  record->contiguous = (array->flags & kNpyCContiguous) != 0;
  for (int i = 0; i < array->nd; i++) {
    record->shape.push_back(static_cast<double>(array->dimensions[i]));
    const Py_ssize_t steps = array->strides[i] / record->itemsize;
    record->strides.push_back(static_cast<double>(steps));
  }
  return record;
}

napi_value OpenRecord(Environment* environment, const ArrayRecord& record, PyObject** owned) {
  napi_env env = environment->env;
  const auto bytes = static_cast<size_t>(record.high - record.low);
  BufferView view{};
  bool copied = false;
  if (bytes == 0 || !OpenRecordWindow(environment, record, owned, &view)) {
    copied = bytes > 0;
    void* data = nullptr;
    const bool fits = static_cast<double>(bytes) <= StateOf(environment)->max_bytes;
    if (!fits || napi_create_arraybuffer(env, bytes, &data, &view.buffer) != napi_ok) {
      if (!js::ExceptionPending(env)) {
        napi_throw_range_error(env, nullptr,
                               "the array is larger than any buffer that this Node can make; take "
                               "it in parts, or use a newer Node");
      }
      return nullptr;
    }
    if (copied) std::memcpy(data, record.low, bytes);
    view.start = record.low;
  }
  const auto offset = static_cast<double>(record.low - view.start);
  const double first =
      record.address - static_cast<double>(reinterpret_cast<uintptr_t>(record.low));
  napi_value list = nullptr;
  napi_create_array(env, &list);
  napi_set_element(env, list, 0, view.buffer);
  uint32_t length = 1;
  Push(env, list, &length, copied ? 1 : 0);
  Push(env, list, &length, copied || bytes == 0 ? -1 : record.address);
  Push(env, list, &length, offset + first);
  Push(env, list, &length, offset);
  Push(env, list, &length, static_cast<double>(bytes));
  Push(env, list, &length, record.contiguous ? 1 : 0);
  for (const double extent : record.shape) Push(env, list, &length, extent);
  for (const double stride : record.strides) Push(env, list, &length, stride);
  return list;
}

Ref AsNumpyArray(Environment* environment, PyObject* object, bool may_copy) {
  if (!LoadNumpy()) {
    ThrowSnakepit(environment, "ERR_CONVERSION",
                  "this needs NumPy in the project's Python: add numpy to pyproject.toml and run "
                  "`npx snakepit sync`");
    return nullptr;
  }
  if (IsExactNdArray(object)) return Ref::Borrow(object);
  if (IsNdArray(object)) {
    if (py.PyObject_HasAttrString(object, "_mask") == 0) return Ref::Borrow(object);
    ThrowSnakepit(environment, "ERR_CONVERSION",
                  "a masked array's memory does not show which elements are masked: take out "
                  "x.filled(value), or x.data and x.mask");
    return nullptr;
  }
  if (py.PyObject_CheckBuffer(object) == 0 && py.PyObject_HasAttrString(object, "__array__") == 0 &&
      py.PyObject_HasAttrString(object, "__array_interface__") == 0) {
    Ref name = Ref::Steal(py.PyType_GetName(Py_TYPE(object)));
    Py_ssize_t length = 0;
    const char* text = name ? py.PyUnicode_AsUTF8AndSize(name.get(), &length) : "object";
    ThrowSnakepit(environment, "ERR_CONVERSION",
                  std::string("a Python ") + text +
                      " has no memory to share: pass an array, or numpy.asarray(x)");
    return nullptr;
  }
  Ref numpy = Ref::Steal(py.PyImport_ImportModule("numpy"));
  Ref name = Ref::Steal(py.PyUnicode_InternFromString("asarray"));
  PyObject* arguments[] = {numpy.get(), object, py._Py_FalseStruct};
  if (!may_copy) {
    Ref keyword = Ref::Steal(py.PyUnicode_InternFromString("copy"));
    Ref names = Ref::Steal(py.PyTuple_New(1));
    py.PyTuple_SetItem(names.get(), 0, keyword.Release());
    Ref shared = Ref::Steal(py.PyObject_VectorcallMethod(name.get(), arguments, 2, names.get()));
    if (shared) return shared;
    // ValueError: only a copy would do. NumPy 1 (a TypeError) cannot tell: as it copies, it counts.
    py.PyErr_Clear();
    return nullptr;
  }
  Ref array = Ref::Steal(py.PyObject_VectorcallMethod(name.get(), arguments, 2, nullptr));
  if (!array) ThrowPython(environment);
  return array;
}

napi_value TakeOut(Environment* environment, PyObject* object) {
  Ref held = AsNumpyArray(environment, object, /*may_copy=*/false);
  if (!held) {
    return js::ExceptionPending(environment->env) ? nullptr
                                                  : Refuse(environment, CopyReason::kDtype);
  }
  const NdArray* array = AsNdArray(held.get());
  const Dtype dtype = SupportedDtype(environment, array);
  if (dtype == Dtype::kUnsupported) return nullptr;
  Describe(array, dtype, StateOf(environment)->scratch);
  const CopyReason reason = WhyNot(array, dtype);
  if (reason != CopyReason::kNone) return Refuse(environment, reason);
  return OpenWindow(environment, array, dtype);
}

napi_value TakeOutCopy(Environment* environment, PyObject* object, CopyReason reason) {
  Ref array = AsNumpyArray(environment, object);
  if (!array) return nullptr;
  Ref name = Ref::Steal(py.PyUnicode_InternFromString("copy"));
  Ref order = Ref::Steal(py.PyUnicode_FromString("C"));
  PyObject* arguments[] = {array.get(), order.get()};
  // ndarray.copy keeps no subclass surprises out; asarray below does.
  Ref copy = Ref::Steal(py.PyObject_VectorcallMethod(name.get(), arguments, 2, nullptr));
  if (!copy) return ThrowPython(environment);
  const NdArray* copied = AsNdArray(copy.get());
  const Dtype dtype = SupportedDtype(environment, copied);
  if (dtype == Dtype::kUnsupported) return nullptr;
  TensorState* state = StateOf(environment);
  Describe(copied, dtype, state->scratch);
  napi_value buffer = OpenWindow(environment, copied, dtype);
  if (buffer != nullptr && state->scratch[scratch::kReason] < 0) {
    CountCopy(state, reason, state->scratch[scratch::kElements] * RowOf(dtype).itemsize);
  }
  return buffer;
}

bool CopyInto(Environment* environment, PyObject* object, napi_value target, CopyReason reason) {
  Ref array = AsNumpyArray(environment, object);
  if (!array) return false;
  Ref numpy = Ref::Steal(py.PyImport_ImportModule("numpy"));
  Ref name = Ref::Steal(py.PyUnicode_InternFromString("ascontiguousarray"));
  PyObject* arguments[] = {numpy.get(), array.get()};
  Ref flat = Ref::Steal(py.PyObject_VectorcallMethod(name.get(), arguments, 2, nullptr));
  if (!flat) {
    ThrowPython(environment);
    return false;
  }
  void* data = nullptr;
  size_t length = 0;
  if (napi_get_typedarray_info(environment->env, target, nullptr, &length, &data, nullptr,
                               nullptr) != napi_ok) {
    return false;
  }
  const NdArray* source = AsNdArray(flat.get());
  const Dtype dtype = SupportedDtype(environment, source);
  if (dtype == Dtype::kUnsupported) return false;
  TensorState* state = StateOf(environment);
  Describe(source, dtype, state->scratch);
  const double bytes = state->scratch[scratch::kElements] * RowOf(dtype).itemsize;
  if (bytes > static_cast<double>(length)) return false;
  memcpy(data, source->data, static_cast<size_t>(bytes));
  CountCopy(state, reason, bytes);
  return true;
}

}  // namespace snakepit
