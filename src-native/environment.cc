#include "environment.h"

#include <vector>

#include "errors.h"
#include "interpreter.h"
#include "js_buffer.h"
#include "python_object.h"
#include "wasm_watch.h"
#include "window.h"

namespace snakepit {

namespace {

// The end of a JS thread. Python keeps running; what this thread held is let go without the GIL.
void OnCleanup(void* data) {
  Environment* environment = static_cast<Environment*>(data);
  if (environment->handles != nullptr) environment->handles->Close();
  if (environment->windows != nullptr) CloseWindowTable(environment);
  ForgetWasm(environment);
  environment->closed.store(true);
  if (environment->gil == nullptr) return;
  CountJsThread(-1);
  DetachThread();
}

// Closes the windows that the collections since the last sweep killed, and notes that the handles
// are due.
void SweepDeadWindows(Environment* environment) {
  const bool full = environment->full_gc_since_sweep;
  environment->swept_epoch = environment->gc_epoch;
  environment->full_gc_since_sweep = false;
  environment->handles_due = true;
  environment->handles_due_full = environment->handles_due_full || full;
  SweepWindows(environment, full);
}

void SweepDeadHandles(Environment* environment, bool holding_gil) {
  const bool full = environment->handles_due_full;
  environment->handles_due = false;
  environment->handles_due_full = false;
  environment->handles->Sweep(full, holding_gil);
}

void OnCanaryDied(napi_env, void* data, void*);

// An object that nobody holds: its finaliser runs on the event loop after the collection that
// killed it, and sweeps for a thread that makes no native entry.
void ArmCanary(Environment* environment) {
  const HandleScope scope(environment->env);
  napi_value canary = nullptr;
  if (napi_create_object(environment->env, &canary) != napi_ok) return;
  environment->canary_armed = napi_add_finalizer(environment->env, canary, environment,
                                                 OnCanaryDied, nullptr, nullptr) == napi_ok;
}

void OnCanaryDied(napi_env, void* data, void*) {
  Environment* environment = static_cast<Environment*>(data);
  environment->canary_armed = false;
  if (environment->closed.load() || ProcessEnding()) return;
  if (GcHappened(environment)) SweepDeadWindows(environment);
  // No JavaScript is running, so every id that is needed has its proxy.
  const HandleTable* handles = environment->handles;
  if (handles != nullptr && environment->handles_due) {
    SweepDeadHandles(environment, /*holding_gil=*/false);
  }
  const bool live = handles != nullptr && handles->live() > 0;
  if (live || !environment->windows->open.empty()) ArmCanary(environment);
}

}  // namespace

Environment* CreateEnvironment(napi_env env) {
  Environment* environment = new Environment();
  environment->env = env;
  napi_set_instance_data(env, environment, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, OnCleanup, environment);
  return environment;
}

void JoinPython(Environment* environment) {
  if (environment->gil != nullptr) return;
  environment->gil = AttachThread();
  CountJsThread(1);
  environment->handles = new HandleTable(environment);
  EnsureWindowTable(environment);
  // The first entry is a slow one, and arms the canary.
  environment->swept_epoch = environment->gc_epoch - 1;
}

void SweepWithoutPython(Environment* environment) {
  DrainReferences(environment);
  if (GcHappened(environment)) SweepDeadWindows(environment);
  if (!environment->canary_armed) ArmCanary(environment);
}

void EnterSlowly(Environment* environment) {
  environment->entering++;
  if (HasDeferred()) DrainDeferred();
  if (environment->watches_wasm) ReportStaleWasm(environment);
  environment->entering--;
  DrainReferences(environment);
  if (!GcHappened(environment)) return;
  SweepDeadWindows(environment);
  if (!environment->canary_armed) ArmCanary(environment);
}

void LeaveSlowly(Environment* environment) {
  if (environment->entering == 0) SweepDeadHandles(environment, /*holding_gil=*/true);
}

}  // namespace snakepit
