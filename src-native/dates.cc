#include "dates.h"

#include <cstdint>

#include "errors.h"
#include "interpreter.h"

namespace snakepit {

PyTypeObject* date_type = nullptr;

namespace {

constexpr int64_t kDay = 86'400'000;

PyObject* make_date = nullptr;

bool LoadDates() {
  if (make_date != nullptr) return true;
  const Ref module = ImportOwn("dates");
  if (!module) return false;
  date_type = reinterpret_cast<PyTypeObject*>(py.PyObject_GetAttrString(module.get(), "Date"));
  make_date = py.PyObject_GetAttrString(module.get(), "make");
  return date_type != nullptr && make_date != nullptr;
}

struct Day {
  int64_t year;
  int64_t month;
  int64_t day;
};

// Of days since 1970-01-01 in the Gregorian calendar, by eras of 400 years that begin in March
// (H. Hinnant, "chrono-compatible low-level date algorithms").
Day DayOf(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t of_era = days - era * 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t march = (5 * of_year + 2) / 153;
  const int64_t month = march < 10 ? march + 3 : march - 9;
  return {year + era * 400 + (month <= 2 ? 1 : 0), month, of_year - (153 * march + 2) / 5 + 1};
}

}  // namespace

Ref DateToPython(double milliseconds) {
  if (!LoadDates()) return nullptr;
  const int64_t whole = static_cast<int64_t>(milliseconds);
  const int64_t days = (whole >= 0 ? whole : whole - (kDay - 1)) / kDay;
  const int64_t time = whole - days * kDay;
  const Day day = DayOf(days);
  const int64_t fields[] = {day.year,          day.month,          day.day,
                            time / 3'600'000,  time / 60'000 % 60, time / 1000 % 60,
                            time % 1000 * 1000};
  constexpr size_t kFields = sizeof(fields) / sizeof(fields[0]);
  Ref owned[kFields + 1];
  PyObject* arguments[kFields + 1];
  owned[0] = Ref::Steal(py.PyFloat_FromDouble(milliseconds));
  for (size_t i = 0; i < kFields; i++) owned[i + 1] = Ref::Steal(py.PyLong_FromLongLong(fields[i]));
  for (size_t i = 0; i <= kFields; i++) {
    if (!owned[i]) return nullptr;
    arguments[i] = owned[i].get();
  }
  return Ref::Steal(py.PyObject_Vectorcall(make_date, arguments, kFields + 1, nullptr));
}

napi_value DateToJs(Environment* environment, PyObject* date) {
  const Ref milliseconds = Ref::Steal(py.PyObject_GetAttrString(date, "milliseconds"));
  if (!milliseconds) return ThrowPython(environment);
  napi_value value = nullptr;
  napi_create_date(environment->env, py.PyFloat_AsDouble(milliseconds.get()), &value);
  return value;
}

}  // namespace snakepit
