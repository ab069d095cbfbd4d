#include "python_object.h"

#include <algorithm>

#include "errors.h"
#include "js_object.h"
#include "methods.h"
#if __has_include("numpy.h")
#include "numpy.h"
#endif

namespace snakepit {

namespace {

// 2^24 handles at once; the rest of 53 bits counts the uses of a slot.
constexpr uint32_t kIndexBits = 24;
constexpr uint32_t kIndexLimit = 1u << kIndexBits;
constexpr uint32_t kGenerationLimit = 1u << 29;

// V8 promotes what survived two scavenges; from then on only a full collection kills it.
constexpr uint32_t kYoungCollections = 2;
// A scope per so many looks: each leaves a handle in it.
constexpr size_t kSweepStep = 1024;

// The cache keeps its types alive: a program that makes types without end must not fill it.
constexpr size_t kTypeCacheLimit = 4096;

PointerMap& TypeCache() {
  static auto* cache = new PointerMap();
  return *cache;
}

bool Has(PyTypeObject* type, const char* name) {
  return py.PyObject_HasAttrString(AsObject(type), name) != 0;
}

// Whether one of the bases is module.name; by name, so that NumPy is not imported for the question.
bool Inherits(PyTypeObject* type, const char* module, const char* name) {
  const Ref mro = Ref::Steal(py.PyObject_GetAttrString(AsObject(type), "__mro__"));
  const Py_ssize_t count = mro ? py.PyTuple_Size(mro.get()) : 0;
  for (Py_ssize_t i = 0; i < count; i++) {
    PyObject* base = py.PyTuple_GetItem(mro.get(), i);
    const Ref own = Ref::Steal(py.PyType_GetName(reinterpret_cast<PyTypeObject*>(base)));
    if (!own || py.PyUnicode_CompareWithASCIIString(own.get(), name) != 0) continue;
    const Ref from = Ref::Steal(py.PyObject_GetAttrString(base, "__module__"));
    if (from && Py_TYPE(from.get()) == py.PyUnicode_Type &&
        py.PyUnicode_CompareWithASCIIString(from.get(), module) == 0) {
      return true;
    }
  }
  return false;
}

// timedelta64 counts as a signed integer to NumPy, but its number without a unit would lie.
bool IsPlainNumpyScalar(PyTypeObject* type) {
  if (!Inherits(type, "numpy", "generic")) return false;
  if (Inherits(type, "numpy", "timedelta64")) return false;
  return Inherits(type, "numpy", "integer") || Inherits(type, "numpy", "floating") ||
         Inherits(type, "numpy", "bool") || Inherits(type, "numpy", "bool_");
}

uint32_t ItemFlags(PyTypeObject* type, unsigned long bits) {
  uint32_t flags = 0;
  if ((bits & (Py_TPFLAGS_MAPPING | Py_TPFLAGS_DICT_SUBCLASS)) != 0) flags |= kMapping;
  if ((bits & Py_TPFLAGS_TYPE_SUBCLASS) != 0) return flags;
  const bool items = Has(type, "__getitem__") && Has(type, "__len__");
  if (items && (Has(type, "__array_interface__") || Has(type, "__dlpack__"))) {
    flags |= kArrayLike | kSequence;
  }
  // Iterated and indexed by number where no __iter__ says otherwise; a mapping has keys.
  if (items && !Has(type, "keys")) flags |= kSequence;
  constexpr unsigned long kSequences = Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_LIST_SUBCLASS |
                                       Py_TPFLAGS_TUPLE_SUBCLASS | Py_TPFLAGS_BYTES_SUBCLASS |
                                       Py_TPFLAGS_UNICODE_SUBCLASS;
  if ((bits & kSequences) != 0 || type == py.PyByteArray_Type) flags |= kSequence;
  return flags;
}

uint32_t ComputeFlags(PyObject* object, PyTypeObject* type) {
  const unsigned long bits = py.PyType_GetFlags(type);
  uint32_t flags = ItemFlags(type, bits);
  if (py.PyCallable_Check(object) != 0) flags |= kCallable;
  if ((bits & Py_TPFLAGS_TYPE_SUBCLASS) != 0) flags |= kIsType;
  if ((bits & Py_TPFLAGS_BASE_EXC_SUBCLASS) != 0) flags |= kException;
  if (type == py.PyModule_Type) flags |= kModule;
  if (py.PyIter_Check(object) != 0) flags |= kIterator;
  if (Has(type, "__await__")) flags |= kAwaitable;
  if (Has(type, "__iter__") || (flags & kSequence) != 0) flags |= kIterable;
  if (IsPlainNumpyScalar(type)) {
    flags |= kNumpyScalar;
    if (py.PyObject_IsInstance(object, AsObject(py.PyFloat_Type)) == 1) flags |= kFloat;
  }
  if (MayStandForJs(type)) flags |= kStandsForJs;
  flags |= StableTypeNumber(type) << kTypeShift;
  py.PyErr_Clear();
  return flags;
}

int64_t ExternalBytes(PyObject* object) {
#if __has_include("numpy.h")
  return HeldBytes(object);
#else
  (void)object;
  return 0;
#endif
}

}  // namespace

uint32_t FlagsOf(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  PointerMap& cache = TypeCache();
  if (const uint32_t* known = cache.Find(type)) return *known;
  const uint32_t flags = ComputeFlags(object, type);
  if (cache.size() >= kTypeCacheLimit) {
    std::vector<PyObject*> old;
    cache.ForEach([&old](const void* known) {
      old.push_back(static_cast<PyObject*>(const_cast<void*>(known)));
    });
    cache.Clear();
    for (PyObject* known : old) py.Py_DecRef(known);
  }
  if (cache.Find(type) == nullptr) {
    cache.Insert(type, flags);
    py.Py_IncRef(AsObject(type));
  }
  return flags;
}

HandleId HandleTable::IdOf(uint32_t index) const {
  const uint64_t id = static_cast<uint64_t>(slots_[index].generation) << kIndexBits | index;
  return static_cast<HandleId>(id);
}

bool HandleTable::Split(HandleId id, uint32_t* index) const {
  if (!(id >= 0 && id <= 9007199254740991.0)) return false;
  const uint64_t bits = static_cast<uint64_t>(id);
  if (static_cast<HandleId>(bits) != id) return false;
  *index = static_cast<uint32_t>(bits & (kIndexLimit - 1));
  if (*index >= slots_.size()) return false;
  const Slot& slot = slots_[*index];
  return slot.object != nullptr && slot.generation == bits >> kIndexBits;
}

PyObject* HandleTable::Find(HandleId id) {
  uint32_t index = 0;
  return Split(id, &index) ? slots_[index].object : nullptr;
}

PyObject* HandleTable::Resolve(HandleId id) {
  PyObject* object = Find(id);
  if (object == nullptr) {
    ThrowSnakepit(environment_, "ERR_DISPOSED",
                  "this Python object was disposed ($dispose, `using` or py.scope); take it anew "
                  "from Python, or return it from the scope to keep it");
  }
  return object;
}

HandleId HandleTable::Read(napi_value id) const {
  double number = -1;  // no handle's
  napi_get_value_double(environment_->env, id, &number);
  return number;
}

bool HandleTable::HasRoom() {
  if (slots_.size() < kIndexLimit || !free_.empty()) return true;
  ThrowSnakepit(environment_, "ERR_HANDLE_LIMIT",
                "16777216 Python objects are held by this thread; dispose some, or work inside "
                "py.scope()");
  return false;
}

uint32_t HandleTable::Occupy(PyObject* object, PyObject* owner) {
  uint32_t index = 0;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  }
  py.Py_IncRef(owner);
  Slot& slot = slots_[index];
  slot.object = object;
  slot.owner = owner;
  slot.position = static_cast<uint32_t>(occupied_.size());
  occupied_.push_back(index);
  if (owner == object) by_object_.Insert(object, index);
  young_.push_back({index, slot.generation, 0});
  live_++;
  return index;
}

PyObject* HandleTable::Vacate(uint32_t index) {
  Slot& slot = slots_[index];
  PyObject* owner = slot.owner;
  if (owner == slot.object) by_object_.Erase(owner);
  const uint32_t last = occupied_.back();
  occupied_[slot.position] = last;
  slots_[last].position = slot.position;
  occupied_.pop_back();
  if (slot.proxy != nullptr) napi_delete_reference(environment_->env, slot.proxy);
  if (slot.external != 0) {
    int64_t total = 0;
    napi_adjust_external_memory(environment_->env, -slot.external, &total);
  }
  if (!lent_.empty()) {
    const auto found = lent_.find(index);
    if (found != lent_.end()) {
      found->second->Drop();
      lent_.erase(found);
      owner = nullptr;
    }
  }
  slot.object = nullptr;
  slot.owner = nullptr;
  slot.proxy = nullptr;
  slot.external = 0;
  // A slot whose count is used up is retired rather than repeated.
  if (++slot.generation < kGenerationLimit) free_.push_back(index);
  live_--;
  return owner;
}

bool HandleTable::Attach(uint32_t index, napi_value proxy) {
  napi_ref reference = nullptr;
  if (napi_create_reference(environment_->env, proxy, 0, &reference) != napi_ok) {
    Ref::Steal(Vacate(index));
    return false;
  }
  slots_[index].proxy = reference;
  return true;
}

napi_value HandleTable::ProxyOf(uint32_t index) const {
  const napi_env env = environment_->env;
  if (slots_[index].proxy != nullptr) return js::Deref(env, slots_[index].proxy);
  napi_value proxy = nullptr;
  if (Waits(index) && environment_->fresh[kClaimed] == waiting_) {
    napi_get_element(env, js::Deref(env, environment_->waiting), 0, &proxy);
  }
  return proxy;
}

void HandleTable::AttachWaiting(bool let_go) {
  const napi_env env = environment_->env;
  // A native function that failed sweeps at its end, too, and Node-API reads nothing then.
  napi_value pending = nullptr;
  if (js::ExceptionPending(env)) napi_get_and_clear_last_exception(env, &pending);
  uint32_t index = 0;
  if (Split(waiting_, &index) && slots_[index].proxy == nullptr) {
    napi_value proxy = ProxyOf(index);
    if (proxy != nullptr) {
      Attach(index, proxy);
    } else {
      DeferDecref(Vacate(index));  // making it failed: no stack was left, say
    }
  }
  waiting_ = -1;
  if (let_go) napi_set_element(env, js::Deref(env, environment_->waiting), 0, js::Undefined(env));
  if (pending != nullptr) napi_throw(env, pending);
}

napi_value HandleTable::MakeProxy(uint32_t index, Scoping scoping) {
  napi_env env = environment_->env;
  napi_value arguments[2] = {js::Number(env, IdOf(index)), nullptr};
  napi_create_uint32(env, FlagsOf(slots_[index].object), &arguments[1]);
  napi_value factory = js::Deref(env, environment_->make_proxy);
  napi_value proxy = nullptr;
  const napi_status status =
      napi_call_function(env, js::Undefined(env), factory, 2, arguments, &proxy);
  if (status != napi_ok) {
    Ref::Steal(Vacate(index));
    return ThrowJs(environment_, status, "making a proxy");
  }
  if (!Attach(index, proxy)) return nullptr;
  NoteBirth(index, scoping);
  return proxy;
}

napi_value HandleTable::FindOrOccupy(PyObject* object, uint32_t* index) {
  *index = kIndexLimit;
  if (const uint32_t* known = by_object_.Find(object)) {
    napi_value proxy = ProxyOf(*known);
    if (proxy != nullptr) return proxy;
    Ref::Steal(Vacate(*known));  // collected, not swept yet; the caller's reference keeps it
  }
  if (!HasRoom()) return nullptr;
  *index = Occupy(object, object);
  const int64_t external = ExternalBytes(object);
  if (external > 0) {
    int64_t total = 0;
    napi_adjust_external_memory(environment_->env, external, &total);
    slots_[*index].external = external;
  }
  return nullptr;
}

napi_value HandleTable::Wrap(PyObject* object, Scoping scoping) {
  uint32_t index = 0;
  napi_value proxy = FindOrOccupy(object, &index);
  return index == kIndexLimit ? proxy : MakeProxy(index, scoping);
}

HandleId HandleTable::WrapAs(PyObject* object, napi_value proxy) {
  uint32_t index = 0;
  FindOrOccupy(object, &index);
  if (index == kIndexLimit || !Attach(index, proxy)) return -1;
  NoteBirth(index, kScoped);
  return IdOf(index);
}

napi_value HandleTable::WrapLater(PyObject* object, uint32_t flags) {
  // What is to run before this entry ends may come back here and leave another one fresh.
  if (environment_->handles_due || OutputWaiting()) return Wrap(object);
  uint32_t index = 0;
  napi_value proxy = FindOrOccupy(object, &index);
  if (index == kIndexLimit) return proxy;
  AttachWaiting(/*let_go=*/false);
  waiting_ = IdOf(index);
  environment_->fresh[kFreshId] = waiting_;
  environment_->fresh[kFreshFlags] = flags;
  NoteBirth(index, kScoped);
  return nullptr;
}

HandleTable::Kept HandleTable::Keep(PyObject* exception, PyObject* owner) {
  if (!HasRoom()) return {kIndexLimit, -1};
  const uint32_t index = Occupy(exception, owner);
  return {index, IdOf(index)};
}

bool HandleTable::AttachKept(Kept kept, napi_value error) {
  if (error != nullptr) return Attach(kept.index, error);
  Ref::Steal(Vacate(kept.index));
  return false;
}

PyObject* HandleTable::OwnerOf(HandleId id) {
  uint32_t index = 0;
  if (!Split(id, &index)) return nullptr;
  const Slot& slot = slots_[index];
  return slot.owner == slot.object ? nullptr : slot.owner;
}

void HandleTable::ForgetExternal(HandleId id) {
  uint32_t index = 0;
  if (!Split(id, &index) || slots_[index].external == 0) return;
  int64_t total = 0;
  napi_adjust_external_memory(environment_->env, -slots_[index].external, &total);
  slots_[index].external = 0;
}

bool HandleTable::Dispose(HandleId id) {
  uint32_t index = 0;
  if (!Split(id, &index)) return false;
  Ref::Steal(Vacate(index));
  return true;
}

bool HandleTable::Dead(uint32_t index) const {
  const Slot& slot = slots_[index];
  // A slot without a reference is just getting its proxy.
  return slot.object != nullptr && slot.proxy != nullptr &&
         js::Deref(environment_->env, slot.proxy) == nullptr;
}

void HandleTable::SweepAll(std::vector<PyObject*>* dead) {
  young_.clear();
  for (size_t end = occupied_.size(); end > 0;) {
    const HandleScope scope(environment_->env);
    const size_t start = end > kSweepStep ? end - kSweepStep : 0;
    // Backwards: Vacate moves the last one into the gap, and that one was looked at.
    for (size_t i = end; i-- > start;) {
      const uint32_t index = occupied_[i];
      if (Dead(index)) dead->push_back(Vacate(index));
    }
    end = start;
  }
}

void HandleTable::SweepYoung(std::vector<PyObject*>* dead) {
  size_t kept = 0;
  for (size_t i = 0; i < young_.size();) {
    const HandleScope scope(environment_->env);
    const size_t end = std::min(i + kSweepStep, young_.size());
    for (; i < end; i++) {
      Young young = young_[i];
      if (slots_[young.index].generation != young.generation) continue;
      if (Dead(young.index)) {
        dead->push_back(Vacate(young.index));
      } else if (++young.survived < kYoungCollections) {
        young_[kept++] = young;
      }
    }
  }
  young_.resize(kept);
}

void HandleTable::Sweep(bool full, bool holding_gil) {
  AttachWaiting(/*let_go=*/true);
  if (occupied_.empty()) return;
  std::vector<PyObject*> dead;
  if (full) {
    SweepAll(&dead);
  } else {
    SweepYoung(&dead);
  }
  // After the table is whole again: a decref may run any Python code, which may come back here.
  for (PyObject* object : dead) {
    if (object != nullptr && holding_gil) {
      py.Py_DecRef(object);
    } else {
      DeferDecref(object);
    }
  }
}

void HandleTable::CloseScope(std::vector<HandleId> keep) {
  if (scopes_.empty()) return;
  std::vector<HandleId> born = std::move(scopes_.back());
  scopes_.pop_back();
  std::sort(keep.begin(), keep.end());
  for (const HandleId id : born) {
    if (!std::binary_search(keep.begin(), keep.end(), id)) {
      Dispose(id);
    } else if (!scopes_.empty()) {
      scopes_.back().push_back(id);
    }
  }
}

void HandleTable::Close() {
  while (!occupied_.empty()) DeferDecref(Vacate(occupied_.back()));
}

}  // namespace snakepit
