#include "arrow_check.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cinttypes>
#include <cstring>

namespace snakepit {
namespace {

constexpr int kMaxDepth = 64;
constexpr int64_t kMaxColumns = 1 << 20;
// No buffer in an address space of 48 bits is larger, and eight times it is no overflow.
constexpr double kMaxBytes = 1LL << 48;
// From here on a buffer's last page is looked up: a system call, which small ones are not worth.
constexpr int64_t kLargeBuffer = 1 << 20;

std::string Text(int64_t number) { return std::to_string(number); }

bool IsMapped(const void* byte) {
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
#if defined(__APPLE__)
  char resident[2];
#else
  unsigned char resident[2];
#endif
  return mincore(reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(byte) / page * page), 1,
                 resident) == 0;
}

std::string CheckSchemaAt(const ArrowSchema* schema, int depth) {
  if (depth > kMaxDepth) return "its schema is nested deeper than 64 levels";
  if (schema->format == nullptr) return "a field of its schema has no format";
  if (schema->n_children < 0 || schema->n_children > kMaxColumns) {
    return "a field of its schema has " + Text(schema->n_children) + " children";
  }
  if (schema->n_children > 0 && schema->children == nullptr) {
    return "the children of a field of its schema are a null pointer";
  }
  for (int64_t i = 0; i < schema->n_children; i++) {
    if (schema->children[i] == nullptr) return "a field of its schema is a null pointer";
    std::string wrong = CheckSchemaAt(schema->children[i], depth + 1);
    if (!wrong.empty()) return wrong;
  }
  return schema->dictionary == nullptr ? "" : CheckSchemaAt(schema->dictionary, depth + 1);
}

bool HasViews(const ArrowArrayView& view) {
  return view.storage_type == NANOARROW_TYPE_STRING_VIEW ||
         view.storage_type == NANOARROW_TYPE_BINARY_VIEW;
}

std::string CheckNumbers(const ArrowArray& array, const ArrowArrayView& view) {
  if (array.length < 0) return "its length is " + Text(array.length);
  if (array.offset < 0) return "its offset is " + Text(array.offset);
  if (array.null_count < -1 || array.null_count > array.length) {
    return "its null count is " + Text(array.null_count) + ", of " + Text(array.length) + " values";
  }
  const double end = static_cast<double>(array.length) + static_cast<double>(array.offset);
  double widest = static_cast<double>(view.layout.child_size_elements);
  for (const int64_t bits : view.layout.element_size_bits) {
    if (static_cast<double>(bits) > widest * 8) widest = static_cast<double>(bits) / 8;
  }
  if (end * widest > kMaxBytes || end > kMaxBytes) {
    return "its offset " + Text(array.offset) + " and length " + Text(array.length) +
           " are beyond any memory";
  }
  return "";
}

std::string CheckBuffers(ArrowArray* array, const ArrowArrayView& view) {
  int64_t wanted = 0;
  for (const ArrowBufferType type : view.layout.buffer_type) {
    if (type != NANOARROW_BUFFER_TYPE_NONE) wanted++;
  }
  const bool views = HasViews(view);
  // Validity, views, then any number of buffers, and their sizes.
  const bool right =
      views ? array->n_buffers >= 3 && array->n_buffers < kMaxColumns : array->n_buffers == wanted;
  if (!right) {
    return "an array of type " + std::string(ArrowTypeString(view.storage_type)) + " has " +
           Text(array->n_buffers) + " buffers" + (views ? "" : ", not " + Text(wanted));
  }
  if (array->n_buffers == 0) return "";
  if (array->buffers == nullptr) return "its buffers are a null pointer";
  if (views && array->n_buffers > 3 && array->buffers[array->n_buffers - 1] == nullptr) {
    return "the sizes of its buffers are a null pointer";
  }
  const bool validity = view.layout.buffer_type[0] == NANOARROW_BUFFER_TYPE_VALIDITY;
  if (validity && array->buffers[0] == nullptr && array->null_count == -1) array->null_count = 0;
  return "";
}

// A view of a string: its length; then up to 12 bytes in place, or 4 of them, a buffer's number and
// where the string begins in it.
struct StringView {
  int32_t length;
  int32_t prefix;
  int32_t buffer;
  int32_t offset;
};

std::string CheckStringViews(const ArrowArrayView& view) {
  const auto* views = view.buffer_views[1].data.as_uint8;
  for (int64_t i = view.offset; i < view.offset + view.length; i++) {
    StringView one;
    memcpy(&one, views + i * static_cast<int64_t>(sizeof(one)), sizeof(one));
    if (one.length >= 0 && one.length <= 12) continue;
    if (ArrowArrayViewIsNull(&view, i - view.offset) != 0) continue;
    const bool inside =
        one.length >= 0 && one.offset >= 0 && one.buffer >= 0 &&
        one.buffer < view.n_variadic_buffers &&
        static_cast<int64_t>(one.offset) + one.length <= view.variadic_buffer_sizes[one.buffer];
    if (!inside) return "the view of its value " + Text(i) + " points outside of its buffers";
  }
  return "";
}

std::string CheckAllStringViews(const ArrowArrayView& view) {
  std::string wrong = HasViews(view) ? CheckStringViews(view) : "";
  for (int64_t i = 0; wrong.empty() && i < view.n_children; i++) {
    wrong = CheckAllStringViews(*view.children[i]);
  }
  if (wrong.empty() && view.dictionary != nullptr) wrong = CheckAllStringViews(*view.dictionary);
  return wrong;
}

}  // namespace

std::string CheckSchema(const ArrowSchema* schema) {
  if (schema->release == nullptr) return "its schema was released already";
  return CheckSchemaAt(schema, 0);
}

std::string CheckArray(ArrowArray* array, const ArrowArrayView& view) {
  std::string wrong = CheckNumbers(*array, view);
  if (wrong.empty()) wrong = CheckBuffers(array, view);
  if (!wrong.empty()) return wrong;
  if (array->n_children != view.n_children) {
    return "it has " + Text(array->n_children) + " children, and its schema " +
           Text(view.n_children);
  }
  if (array->n_children > 0 && array->children == nullptr) return "its children are a null pointer";
  for (int64_t i = 0; i < array->n_children; i++) {
    if (array->children[i] == nullptr) return "one of its children is a null pointer";
    wrong = CheckArray(array->children[i], *view.children[i]);
    if (!wrong.empty()) return wrong;
  }
  if ((array->dictionary == nullptr) != (view.dictionary == nullptr)) {
    return view.dictionary == nullptr ? "it has a dictionary, and its schema none"
                                      : "it has no dictionary, and its schema has one";
  }
  return view.dictionary == nullptr ? "" : CheckArray(array->dictionary, *view.dictionary);
}

std::string CheckMapped(const ArrowArrayView& view) {
  for (const ArrowBufferView& buffer : view.buffer_views) {
    if (buffer.data.data == nullptr || buffer.size_bytes < kLargeBuffer) continue;
    if (IsMapped(buffer.data.as_uint8 + buffer.size_bytes - 1)) continue;
    return "its offset " + Text(view.offset) + " and length " + Text(view.length) +
           " reach beyond the memory of its buffer";
  }
  for (int64_t i = 0; i < view.n_children; i++) {
    std::string wrong = CheckMapped(*view.children[i]);
    if (!wrong.empty()) return wrong;
  }
  return view.dictionary == nullptr ? "" : CheckMapped(*view.dictionary);
}

std::string CheckValues(ArrowArrayView* view) {
  ArrowError error = {};
  if (ArrowArrayViewValidate(view, NANOARROW_VALIDATION_LEVEL_FULL, &error) != NANOARROW_OK) {
    return error.message;
  }
  return CheckAllStringViews(*view);
}

}  // namespace snakepit
