#include "async.h"

#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "crew.h"
#include "environment.h"
#include "gil.h"
#include "given.h"
#include "take_out.h"

namespace snakepit {

// Of one JS thread. Never freed, as its Environment is not.
struct AsyncState {
  napi_env env = nullptr;
  napi_ref on_answer = nullptr;  // (number, start, end, large, taken) => void
  napi_ref keep_input = nullptr;
  uint8_t* input = nullptr;
  size_t input_bytes = 0;
  // Jobs that were submitted and are not answered: the event loop waits for them alone.
  size_t in_flight = 0;

  std::mutex mutex;
  std::vector<JobPointer> done;
  napi_threadsafe_function wake = nullptr;
  bool woken = false;
  bool closed = false;
};

namespace {

// Two fields, steps and returns, which the body brings one after the other.
constexpr char kPair[] = {'(', 2, 0, 0, 0};

std::atomic<double> last_number{0};

double NextNumber() {
  double number = last_number.load();
  while (!last_number.compare_exchange_weak(number, number + 1)) {
  }
  return number + 1;
}

// What a reply names: null with a JS exception where an array is too large.
napi_value TakenValue(Environment* environment, Taken* taken) {
  if (taken->array != nullptr) return OpenRecord(environment, *taken->array, &taken->object);
  napi_value value = JsValueBehind(environment, taken->object);
  return value == nullptr ? js::Undefined(environment->env) : value;
}

napi_value TakenValues(Job& job) {
  Environment* environment = job.environment;
  napi_env env = environment->env;
  if (job.taken.empty()) return js::Undefined(env);
  napi_value values = nullptr;
  napi_create_array(env, &values);
  for (size_t i = 0; i < job.taken.size(); i++) {
    napi_value value = TakenValue(environment, &job.taken[i]);
    // In the place of what was asked for, as the call's error.
    if (value == nullptr) napi_get_and_clear_last_exception(env, &value);
    napi_set_element(env, values, static_cast<uint32_t>(i), value);
  }
  return values;
}

void Answer(AsyncState* state, Job& job) {
  napi_env env = state->env;
  const HandleScope scope(env);
  const size_t bytes = job.reply.size();
  napi_value arguments[5] = {js::Number(env, job.number), js::Number(env, 0),
                             js::Number(env, static_cast<double>(bytes)), js::Undefined(env),
                             TakenValues(job)};
  if (bytes <= state->input_bytes) {
    if (bytes > 0) std::memcpy(state->input, job.reply.data(), bytes);
  } else {
    napi_create_buffer_copy(env, bytes, job.reply.data(), nullptr, &arguments[3]);
  }
  napi_value ignored = nullptr;
  const napi_status status = napi_call_function(
      env, js::Undefined(env), js::Deref(env, state->on_answer), 5, arguments, &ignored);
  if (status != napi_pending_exception) return;
  napi_value error = nullptr;
  napi_get_and_clear_last_exception(env, &error);
  napi_fatal_exception(env, error);
}

// On the event loop: everything that is done by now.
void Drain(napi_env env, napi_value, void* context, void*) {
  auto* state = static_cast<AsyncState*>(context);
  if (env == nullptr) return;
  std::vector<JobPointer> done;
  {
    const std::lock_guard<std::mutex> lock(state->mutex);
    state->woken = false;
    done.swap(state->done);
  }
  for (const JobPointer& job : done) {
    if (--state->in_flight == 0) napi_unref_threadsafe_function(env, state->wake);
    Answer(state, *job);
  }
}

// The end of the JS thread; before Node's own hook, which frees the function that wakes it.
void OnCleanup(void* data) {
  auto* state = static_cast<AsyncState*>(data);
  std::vector<JobPointer> dropped;
  const std::lock_guard<std::mutex> lock(state->mutex);
  state->closed = true;
  dropped.swap(state->done);
}

// installAsync(input, onAnswer, settings): answers are put into `input` where they fit
napi_value InstallAsync(napi_env env, napi_callback_info info) {
  const Arguments<3> in(env, info);
  if (in.environment->async != nullptr) return js::Undefined(env);
  auto* state = new AsyncState();
  state->env = env;
  void* data = nullptr;
  napi_get_typedarray_info(env, in[0], nullptr, &state->input_bytes, &data, nullptr, nullptr);
  state->input = static_cast<uint8_t*>(data);
  napi_create_reference(env, in[0], 1, &state->keep_input);
  napi_create_reference(env, in[1], 1, &state->on_answer);
  ConfigureCrew(js::ToText(env, in[2]));
  napi_create_threadsafe_function(env, nullptr, nullptr, js::Text(env, "snakepit:async"), 0, 1,
                                  nullptr, nullptr, state, Drain, &state->wake);
  napi_unref_threadsafe_function(env, state->wake);
  napi_add_env_cleanup_hook(env, OnCleanup, state);
  in.environment->async = state;
  return js::Undefined(env);
}

// submitAsync(bytes, given): the job's number; `given` is what the bytes name by number
napi_value SubmitAsync(napi_env env, napi_callback_info info) {
  const Arguments<2> in(env, info);
  AsyncState* state = in.environment->async;
  void* data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, in[0], nullptr, &length, &data, nullptr, nullptr);
  auto job = std::make_unique<Job>();
  const double number = NextNumber();
  job->number = number;
  job->environment = in.environment;
  if (in.count > 1 && js::TypeOf(env, in[1]) == napi_object) {
    job->given = std::make_unique<Given>();
    if (!job->given->Hold(in.environment, in[1])) return nullptr;
  }
  job->body.reserve(sizeof(kPair) + length);
  job->body.assign(kPair, sizeof(kPair));
  job->body.append(static_cast<const char*>(data), length);
  if (state->in_flight++ == 0) napi_ref_threadsafe_function(env, state->wake);
  SubmitJob(std::move(job));
  return js::Number(env, number);
}

// stopAsync(number): true where it is being interrupted, and its answer comes later or never
napi_value StopAsync(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  return js::Boolean(env, StopJob(js::ToDouble(env, in[0])) == Stopping::kRequested);
}

// abandonAsync(number): false where its answer is on its way
napi_value AbandonAsync(napi_env env, napi_callback_info info) {
  const Arguments<1> in(env, info);
  AsyncState* state = in.environment->async;
  if (!AbandonJob(js::ToDouble(env, in[0]))) return js::Boolean(env, false);
  // Nobody waits for it any more.
  if (--state->in_flight == 0) napi_unref_threadsafe_function(env, state->wake);
  return js::Boolean(env, true);
}

// asyncStats()
napi_value AsyncStats(napi_env env, napi_callback_info) {
  const CrewStats stats = GetCrewStats();
  napi_value result = nullptr;
  napi_create_object(env, &result);
  js::Set(env, result, "threads", js::Number(env, static_cast<double>(stats.threads)));
  js::Set(env, result, "queued", js::Number(env, static_cast<double>(stats.queued)));
  js::Set(env, result, "running", js::Number(env, static_cast<double>(stats.running)));
  js::Set(env, result, "abandoned", js::Number(env, static_cast<double>(stats.abandoned)));
  return result;
}

// asyncHome(): as RunInLane says it
napi_value AsyncHome(napi_env env, napi_callback_info info) {
  const Arguments<0> in(env, info);
  return js::Number(env, static_cast<double>(reinterpret_cast<uintptr_t>(in.environment)));
}

const NativeFunction kFunctions[] = {
    {"installAsync", InstallAsync}, {"submitAsync", SubmitAsync}, {"stopAsync", StopAsync},
    {"abandonAsync", AbandonAsync}, {"asyncStats", AsyncStats},   {"asyncHome", AsyncHome},
};

}  // namespace

Job::Job() = default;

Job::~Job() = default;

Taken::Taken(PyObject* owned) : object(owned), array(RecordArray(owned)) {}

Taken::Taken(Taken&& other) noexcept : object(other.object), array(std::move(other.array)) {
  other.object = nullptr;
}

Taken::~Taken() {
  if (object != nullptr) DeferDecref(object);
}

void DeliverJob(JobPointer job) {
  AsyncState* state = job->environment->async;
  const std::lock_guard<std::mutex> lock(state->mutex);
  if (state->closed || job->abandoned) return;
  state->done.push_back(std::move(job));
  if (state->woken) return;
  state->woken =
      napi_call_threadsafe_function(state->wake, nullptr, napi_tsfn_nonblocking) == napi_ok;
}

NativeTable AsyncTable() { return {kFunctions, sizeof(kFunctions) / sizeof(kFunctions[0])}; }

}  // namespace snakepit
