// Handles: the Python objects that a JS thread holds, and the proxies that stand for them.
#ifndef SNAKEPIT_PYTHON_OBJECT_H_
#define SNAKEPIT_PYTHON_OBJECT_H_

#include <atomic>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "environment.h"
#include "pointer_map.h"
#include "ref.h"

namespace snakepit {

// What a type can do, as the TypeScript side's handler needs it (src/in-process/capabilities.ts
// has the same table; test/native compares the two).
enum TypeFlag : uint32_t {
  kCallable = 1u << 0,
  kIsType = 1u << 1,     // `new X()` works
  kSequence = 1u << 2,   // digit keys are items
  kArrayLike = 1u << 3,  // a text in $at is slice grammar
  kAwaitable = 1u << 4,
  kMapping = 1u << 5,
  kIterable = 1u << 6,
  kIterator = 1u << 7,
  kException = 1u << 8,
  kModule = 1u << 9,
  kNumpyScalar = 1u << 10,  // native only: converts by item()
  kFloat = 1u << 11,        // native only: a NumPy scalar that is a Python float too
  kStandsForJs = 1u << 12,  // native only: an object of JavaScript's, or a method of one, perhaps
};

// The bits above number a type whose methods cannot (methods.h); 0 for all others.
constexpr unsigned kTypeShift = 13;

// Of the object's type; computed once a type. The GIL is held.
uint32_t FlagsOf(PyObject* object);

// The number that JavaScript passes for a handle: the slot, and how often the slot was used before,
// so that an id which outlived its handle never means another object. At most 53 bits; small (a
// V8 Smi) for what is held from the start.
using HandleId = double;

// An object that other threads are about to use while JavaScript may let go of its handle: whoever
// is last drops the reference.
class Lent {
 public:
  Lent(PyObject* object, PyObject* owner) : object_(object), owner_(owner) {}

  // Borrowed, until Drop.
  PyObject* object() const { return object_; }
  void Use() { users_.fetch_add(1, std::memory_order_relaxed); }
  // On any thread, without the GIL.
  void Drop();

 private:
  PyObject* object_;
  PyObject* owner_;  // the reference
  std::atomic<int> users_{1};
};

// Used on its JS thread only, with the GIL unless said otherwise.
class HandleTable {
 public:
  explicit HandleTable(Environment* environment) : environment_(environment) {}

  // What JavaScript passed as an id, which may be anything.
  HandleId Read(napi_value id) const;

  // The proxy of an object: the live one if there is one (`===`), else a new one. Null with a JS
  // exception pending when JS refused.
  enum Scoping { kScoped, kUnscoped };
  napi_value Wrap(PyObject* object, Scoping scoping = kScoped);

  // Its proxy if one lives, else null; no error.
  napi_value Live(PyObject* object) const {
    const uint32_t* known = by_object_.Find(object);
    return known == nullptr ? nullptr : ProxyOf(*known);
  }
  // As Wrap, but a new proxy is left for the caller to make: null, and Environment::fresh says of
  // what. Whoever called the native function makes it before anything else, and leaves it in
  // Environment::waiting with its id in fresh[kClaimed]. A call from C++ into JavaScript, which
  // Wrap makes, costs more. The proxy waits there, held, for its weak reference: until the next one
  // is made, or until V8 has collected. Most proxies of a synchronous program are disposed before.
  //
  // For the last thing that a native function does: no Python code may run after it.
  napi_value WrapLater(PyObject* object, uint32_t flags);
  // Gives an object that is new to JavaScript the proxy that is there for it; its id, below 0 with
  // a JS exception pending.
  HandleId WrapAs(PyObject* object, napi_value proxy);
  // Gives the proxy that waits its reference; JavaScript holds it no longer if `let_go`.
  void AttachWaiting(bool let_go);

  // Borrowed. Null, with ERR_DISPOSED pending, for a handle that was disposed.
  PyObject* Resolve(HandleId id);
  PyObject* Resolve(napi_value id) { return Resolve(Read(id)); }
  // The same with a reference of its own, for what may run code that disposes the handle.
  Ref Hold(napi_value id) { return Ref::Borrow(Resolve(id)); }
  // Borrowed, or null without an error.
  PyObject* Find(HandleId id);
  // For another thread: the caller drops it. Null as Resolve. Needs no GIL.
  Lent* Lend(HandleId id);

  // A caught exception lives as long as the JS error that is made of it. It is no proxy: `Wrap`
  // gives the exception's own one as ever, and may do so for several errors of one exception.
  // `owner` holds the exception and is what is held. An id below 0: a JS exception is pending.
  struct Kept {
    uint32_t index;
    HandleId id;
  };
  Kept Keep(PyObject* exception, PyObject* owner);
  // Without an error the exception is let go; false with a JS exception pending.
  bool AttachKept(Kept kept, napi_value error);
  // The owner of a kept exception, borrowed; null for every other id.
  PyObject* OwnerOf(HandleId id);

  // V8 knows the object's bytes by a window over them from now on: they are not counted twice.
  void ForgetExternal(HandleId id);

  // At once: the proxy, if it still lives, is poisoned. False if it was disposed before.
  bool Dispose(HandleId id);

  // Drops the handles whose proxies were collected: all that were looked at, or, after a collection
  // of the young generation only, the young ones. With `holding_gil` false the references go to the
  // deferred queue.
  void Sweep(bool full, bool holding_gil);

  // Handles born after OpenScope die at CloseScope, but those that `keep` names.
  void OpenScope() { scopes_.emplace_back(); }
  void CloseScope(std::vector<HandleId> keep);

  size_t live() const { return live_; }
  // What JavaScript holds, with the object of each: visit(id, object).
  template <typename F>
  void ForEach(F visit) const {
    for (const uint32_t index : occupied_) visit(IdOf(index), slots_[index].object);
  }
  // The end of this JS thread: lets everything go, needs no GIL.
  void Close();

 private:
  struct Slot {
    PyObject* object = nullptr;  // null when free
    PyObject* owner = nullptr;   // the reference: the object, or what keeps it
    napi_ref proxy = nullptr;    // weak
    uint32_t generation = 0;
    uint32_t position = 0;  // in occupied_
    int64_t external = 0;   // bytes that V8 was told of
  };
  // A handle whose proxy V8 may still have in its young generation.
  struct Young {
    uint32_t index;
    uint32_t generation;
    uint32_t survived;
  };

  HandleId IdOf(uint32_t index) const;
  bool Split(HandleId id, uint32_t* index) const;
  // False, with ERR_HANDLE_LIMIT pending, when no slot is left.
  bool HasRoom();
  uint32_t Occupy(PyObject* object, PyObject* owner);
  // Takes the owner out of its slot; the caller drops the reference, if it is not lent.
  PyObject* Vacate(uint32_t index);
  // The live proxy, or null: *index is then a slot without a proxy; kIndexLimit if that failed.
  napi_value FindOrOccupy(PyObject* object, uint32_t* index);
  bool Attach(uint32_t index, napi_value proxy);
  // The slot's proxy, null if it was collected.
  napi_value ProxyOf(uint32_t index) const;
  // Whether the handle is the one whose proxy waits for its reference.
  bool Waits(uint32_t index) const {
    return slots_[index].proxy == nullptr && IdOf(index) == waiting_;
  }
  void NoteBirth(uint32_t index, Scoping scoping) {
    if (scoping == kScoped && !scopes_.empty()) scopes_.back().push_back(IdOf(index));
  }
  napi_value MakeProxy(uint32_t index, Scoping scoping);
  // Was the slot's proxy collected?
  bool Dead(uint32_t index) const;
  void SweepAll(std::vector<PyObject*>* dead);
  void SweepYoung(std::vector<PyObject*>* dead);

  Environment* environment_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> occupied_;  // so that a sweep does not walk free slots
  std::vector<Young> young_;
  PointerMap by_object_;
  std::unordered_map<uint32_t, Lent*> lent_;  // by slot: theirs is the reference
  HandleId waiting_ = -1;                     // left for the caller by the last WrapLater
  std::vector<std::vector<HandleId>> scopes_;
  size_t live_ = 0;
};

}  // namespace snakepit

#endif  // SNAKEPIT_PYTHON_OBJECT_H_
