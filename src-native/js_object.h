// JavaScript's functions and objects as Python objects: one for each while it lives, and the same
// function or object again on the way back.
#ifndef SNAKEPIT_JS_OBJECT_H_
#define SNAKEPIT_JS_OBJECT_H_

#include <cstdint>

#include "environment.h"
#include "ref.h"

namespace snakepit {

// What `identify` answers (src/in-process/js-kinds.ts has the same table; a test compares them).
enum class JsKind : uint32_t {
  kFunction,
  kClass,  // is called with `new`
  kObject,
  kCollection,  // keys and a length: a Map, a Set, a plain object that py.proxy() was given
  kSequence,    // an array that py.proxy() was given
  kIterator,
  kIterable,
  kPromise,
  kAsyncIterable,
  kError,
  kThrown,  // the box around what was thrown and is no Error
  // From here on the value is copied, not held.
  kArray,
  kPlain,
  kMap,
  kSet,
  kSharedBuffer,
  kNone,
  kArrow,  // a table, a batch, a vector: handed over as pyarrow's
};
constexpr uint32_t kJsKindBits = 5;
inline bool IsHeld(JsKind kind) { return kind < JsKind::kArray; }

// Functions of the TypeScript side (src/in-process/js-hooks.ts), in the order of kHookNames.
enum class JsHook : uint32_t {
  kIdentify,
  kDescribe,
  kPrepareThrown,
  kKeywords,
  kProbeStack,
  kAttribute,
  kSetAttribute,
  kDeleteAttribute,
  kItem,
  kSetItem,
  kDeleteItem,
  kContains,
  kLength,
  kIterator,
  kAdvance,
  kThrowInto,
  kClose,
  kEnded,
  kAsyncIterator,
  kNames,
  kText,
  kRepresent,
  kFunctionName,
  kParameters,
  kSettled,
  kNotify,
  kTraceOf,
  kFramesBetween,
  kDecoderOf,
  kDecode,
  kEncode,
  kToArrow,
  kCount,
};

// What each of our Python objects carries.
struct JsData {
  Environment* environment;
  napi_ref reference;  // strong, but in a JsWeakFunction
  uint64_t id;         // of `identify`; 0 where identity does not matter
  JsKind kind;
};

// The start of every type of ours but JsError, whose data stand behind BaseException's.
struct JsValue {
  PyObjectHead head;
  PyObject* dict;
  PyObject* weak_references;
  JsData data;
};

// The hooks of one JS thread; and Install's other half.
void InstallJsHooks(Environment* environment, napi_value hooks);
// Calls one; null with the JS exception pending.
napi_value CallHook(Environment* environment, JsHook hook, size_t count,
                    const napi_value* arguments);
// Whether a hook answered that there is no such thing.
bool IsMissing(Environment* environment, napi_value answer);

// False: no object of this type stands for one of JavaScript's.
bool MayStandForJs(PyTypeObject* type);
// The data of an object of ours, or null.
JsData* JsDataOf(PyObject* object);
// The function or object behind one of ours, where it belongs to this JS thread; else null.
napi_value JsValueOf(Environment* environment, PyObject* object);

// Borrowed: the Python object that stands for the JS value of that number now, or null.
PyObject* KnownJs(Environment* environment, uint64_t id);

// Asks the TypeScript side what a value is; false leaves the JS exception pending.
bool Identify(Environment* environment, napi_value value, bool forced, JsKind* kind, uint64_t* id);
// The Python object that stands for a JS value of a held kind. Null leaves an exception pending, in
// JS or in Python.
Ref HoldJs(Environment* environment, napi_value value, JsKind kind, uint64_t id);
// The same in two halves, as with memory. The first is the JS thread's and needs no GIL: false,
// with nothing pending, for a kind that is copied. The second is any thread's, with the GIL, and
// takes the reference over.
struct HeldJs {
  napi_ref reference = nullptr;
  JsKind kind = JsKind::kNone;
  uint64_t id = 0;
};
bool ReferJs(Environment* environment, napi_value value, HeldJs* held);
Ref WrapJs(Environment* environment, const HeldJs& held);
// The function or object behind one of ours, on its JS thread and without the GIL; the caller owns
// a reference to the Python object.
napi_value JsValueBehind(Environment* environment, PyObject* object);
// Of a kind that is copied: null, with `*kind` set and nothing pending.
Ref HoldJs(Environment* environment, napi_value value, JsKind* kind);

// Takes the strong reference and enters the object into the table of its thread.
bool Adopt(Environment* environment, PyObject* object, JsData* data, napi_value value, JsKind kind,
           uint64_t id);
// What a dealloc begins with, on any thread: leaves the table, lets the JS value go.
void LetGo(JsData* data);

// Whether JavaScript can be entered here and now for this object: its own thread, which lives, with
// stack left. False leaves the Python error pending.
bool CanEnter(const JsData& data);
// Whether this is another thread than the object's own: what needs it goes by RunOnJsThread.
inline bool IsElsewhere(const JsData& data) {
  return data.reference != nullptr && data.environment->gil != CurrentThreadGil();
}

// Opens a stretch of JavaScript inside Python: clears away what died, as Entry does, and scopes
// the handles. CanEnter said yes.
class JsEntry {
 public:
  explicit JsEntry(const JsData& data);
  ~JsEntry();
  JsEntry(const JsEntry&) = delete;
  JsEntry& operator=(const JsEntry&) = delete;

 private:
  napi_env env_;
  // A native function that failed already may drop Python objects at its end, and so come here.
  napi_value pending_;
  HandleScope scope_;
};

// Before the first crossing: the types, and how deep JavaScript's stack is. False leaves an
// exception pending, in JS or in Python.
bool PrepareJs(Environment* environment);
PyTypeObject* JsTypeOf(JsKind kind);

NativeTable JsObjectTable();

}  // namespace snakepit

#endif  // SNAKEPIT_JS_OBJECT_H_
