#include "switch_interval.h"

#include "ref.h"

namespace snakepit {

namespace {

constexpr double kSeconds = 0.0001;

bool lowered = false;
// What the program had.
double before = -1;

// sys.setswitchinterval(seconds); what was in force before, or a negative number.
double SetSwitchInterval(double seconds) {
  const Ref sys = Ref::Steal(py.PyImport_ImportModule("sys"));
  if (!sys) return -1;
  const Ref get = Ref::Steal(py.PyObject_GetAttrString(sys.get(), "getswitchinterval"));
  const Ref set = Ref::Steal(py.PyObject_GetAttrString(sys.get(), "setswitchinterval"));
  const Ref before = get ? Ref::Steal(py.PyObject_CallNoArgs(get.get())) : nullptr;
  const double was = before ? py.PyFloat_AsDouble(before.get()) : -1;
  const Ref asked = Ref::Steal(py.PyFloat_FromDouble(seconds));
  const Ref done =
      set && asked ? Ref::Steal(py.PyObject_CallOneArg(set.get(), asked.get())) : nullptr;
  py.PyErr_Clear();
  return was;
}

}  // namespace

void LowerSwitchInterval() {
  if (lowered) return;
  lowered = true;
  before = SetSwitchInterval(kSeconds);
}

void RestoreSwitchInterval() {
  lowered = false;
  if (before > 0) SetSwitchInterval(before);
}

}  // namespace snakepit
