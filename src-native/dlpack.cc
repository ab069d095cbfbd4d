#include "dlpack.h"

#include <memory>

namespace snakepit {

namespace {

constexpr uint32_t kMajor = 1;
constexpr uint32_t kMinor = 0;
constexpr int32_t kCpu = 1;

struct Version {
  uint32_t major;
  uint32_t minor;
};

struct DataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
};

struct Described {
  void* data;
  int32_t device_type;
  int32_t device_id;
  int32_t ndim;
  DataType dtype;
  int64_t* shape;
  int64_t* strides;  // in elements
  uint64_t byte_offset;
};

struct Managed {
  Version version;
  void* context;
  void (*deleter)(Managed*);
  uint64_t flags;
  Described tensor;
};

// The codes of DLPack's element types.
enum TypeCode : uint8_t { kInt = 0, kUint = 1, kFloat = 2, kBfloat = 4, kComplex = 5, kBool = 6 };

DataType TypeOf(Dtype dtype) {
  const auto bits = static_cast<uint8_t>(RowOf(dtype).itemsize * 8);
  switch (dtype) {
    case Dtype::kBool:
      return {kBool, bits, 1};
    case Dtype::kInt8:
    case Dtype::kInt16:
    case Dtype::kInt32:
    case Dtype::kInt64:
      return {kInt, bits, 1};
    case Dtype::kFloat16:
    case Dtype::kFloat32:
    case Dtype::kFloat64:
      return {kFloat, bits, 1};
    case Dtype::kBfloat16:
      return {kBfloat, bits, 1};
    case Dtype::kComplex64:
    case Dtype::kComplex128:
      return {kComplex, bits, 1};
    default:
      return {kUint, bits, 1};
  }
}

// A tensor of ours in another library's hands, with what it stands on.
struct Owned {
  Managed managed;
  MemoryHold hold;
  std::unique_ptr<int64_t[]> sizes;  // the shape, then the strides
};

void Delete(Managed* managed) {
  auto* owned = static_cast<Owned*>(managed->context);
  owned->hold.Release();
  delete owned;
}

}  // namespace

struct DlpackExchange {
  Version version;
  DlpackExchange* previous;
  void* allocate;
  void* from_object;
  int (*to_object)(Managed*, void** object);  // takes the tensor over
};

const DlpackExchange* ReadDlpackExchange(PyObject* capsule) {
  auto* table =
      static_cast<DlpackExchange*>(py.PyCapsule_GetPointer(capsule, "dlpack_exchange_api"));
  py.PyErr_Clear();
  while (table != nullptr && table->version.major > kMajor) table = table->previous;
  return table != nullptr && table->version.major == kMajor ? table : nullptr;
}

Ref MakeDlpackTensor(const DlpackExchange* exchange, MemoryHold hold, void* data, Dtype dtype,
                     int nd, const Py_ssize_t* shape, const Py_ssize_t* strides) {
  const size_t count = nd > 0 ? static_cast<size_t>(nd) : 0;
  auto* owned = new Owned{{}, hold, std::make_unique<int64_t[]>(2 * count)};
  int64_t* sizes = owned->sizes.get();
  int64_t step = 1;
  for (size_t i = count; i-- > 0;) {
    sizes[i] = shape[i];
    sizes[count + i] = strides == nullptr ? step : strides[i] / RowOf(dtype).itemsize;
    step *= shape[i];
  }
  owned->managed = {{kMajor, kMinor},
                    owned,
                    Delete,
                    0,
                    {data, kCpu, 0, nd, TypeOf(dtype), sizes, sizes + count, 0}};
  void* object = nullptr;
  if (exchange->to_object(&owned->managed, &object) != 0) return nullptr;
  return Ref::Steal(static_cast<PyObject*>(object));
}

}  // namespace snakepit
