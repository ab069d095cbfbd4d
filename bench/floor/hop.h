// The floor of `npm run bench -- async`: a call on another thread, and its result on the event
// loop.
#pragma once

#include <node_api.h>

// Once, after Python started.
void StartHops(napi_env env);
// hop(x): a promise of math.sqrt(x), from a Python thread that waits for work
napi_value Hop(napi_env env, napi_callback_info info);
// beginHop(): a number and its promise, which resolve(number) of Python settles
napi_value BeginHop(napi_env env, napi_callback_info info);
