#include "arrow_taken.h"

#include "arrow_check.h"

namespace snakepit {
namespace {

// A column of so few rows is checked at once: that costs nothing to speak of.
constexpr int64_t kSmall = 4096;

int64_t Offset(const ArrowArrayView& view, int64_t index) {
  return view.layout.element_size_bits[1] == 64
             ? view.buffer_views[1].data.as_int64[index]
             : static_cast<int64_t>(view.buffer_views[1].data.as_int32[index]);
}

int64_t RowsBelow(const ArrowArrayView& view) {
  int64_t rows = view.offset + view.length;
  for (int64_t i = 0; i < view.n_children; i++) rows += RowsBelow(*view.children[i]);
  return view.dictionary == nullptr ? rows : rows + RowsBelow(*view.dictionary);
}

}  // namespace

ArrowTaken::~ArrowTaken() { ArrowArrayViewReset(&view_); }

std::string ArrowTaken::Fill(const ArrowSchema& schema, ArrowArray* array, bool columns) {
  if (array->release == nullptr) return "it was released already";
  array_.MoveFrom(array);
  ArrowError error = {};
  if (ArrowArrayViewInitFromSchema(&view_, &schema, &error) != NANOARROW_OK) return error.message;
  std::string wrong = CheckArray(&array_, view_);
  if (!wrong.empty()) return wrong;
  if (ArrowArrayViewSetArrayMinimal(&view_, &array_, &error) != NANOARROW_OK) return error.message;
  wrong = CheckMapped(view_);
  if (!wrong.empty()) return wrong;
  split_ = columns;
  if (split_) {
    if (view_.storage_type != NANOARROW_TYPE_STRUCT) return "it is no table: its type is no struct";
    columns_.assign(view_.children, view_.children + view_.n_children);
  } else {
    columns_.push_back(&view_);
  }
  checked_.assign(columns_.size(), false);
  for (size_t i = 0; i < columns_.size(); i++) {
    if (RowsBelow(*columns_[i]) > kSmall) continue;
    wrong = CheckColumn(i);
    if (!wrong.empty()) return wrong;
  }
  Walk(&view_, 0, view_.length, 0);
  return "";
}

std::string ArrowTaken::CheckColumn(size_t column) {
  if (checked_[column]) return "";
  std::string wrong = CheckValues(columns_[column]);
  // How long the bytes of strings are is known only now.
  if (wrong.empty()) wrong = CheckMapped(*columns_[column]);
  if (wrong.empty()) checked_[column] = true;
  return wrong;
}

void ArrowTaken::Walk(ArrowArrayView* view, int64_t skip, int64_t length, size_t column) {
  const int64_t offset = view->offset + skip;
  const bool whole = skip == 0 && length == view->length;
  nodes_.push_back({view, offset, length, column});
  table_.push_back(static_cast<double>(length));
  table_.push_back(whole || view->null_count == 0 ? static_cast<double>(view->null_count) : -1);
  table_.push_back(static_cast<double>(offset % 8));
  table_.push_back(view->n_variadic_buffers);
  const bool split = view == &view_ && split_;
  for (int64_t i = 0; i < view->n_children; i++) {
    ArrowArrayView* child = view->children[i];
    const size_t its = split ? static_cast<size_t>(i) : column;
    switch (view->storage_type) {
      case NANOARROW_TYPE_STRUCT:
      case NANOARROW_TYPE_SPARSE_UNION:
        Walk(child, offset, length, its);
        break;
      case NANOARROW_TYPE_FIXED_SIZE_LIST:
        Walk(child, offset * view->layout.child_size_elements,
             length * view->layout.child_size_elements, its);
        break;
      default:
        Walk(child, 0, child->length, its);
    }
  }
  if (view->dictionary != nullptr) Walk(view->dictionary, 0, view->dictionary->length, column);
}

std::string ArrowTaken::Locate(size_t node, size_t slot, Bytes* out) {
  if (node >= nodes_.size()) return "there is no such node";
  const Node& at = nodes_[node];
  const ArrowArrayView& view = *at.view;
  std::string wrong = CheckColumn(at.column);
  if (!wrong.empty()) return wrong;
  if (slot >= NANOARROW_MAX_FIXED_BUFFERS) {
    const size_t number = slot - NANOARROW_MAX_FIXED_BUFFERS;
    if (number >= static_cast<size_t>(view.n_variadic_buffers)) return "there is no such buffer";
    out->data = static_cast<const uint8_t*>(view.variadic_buffers[number]);
    out->bytes = view.variadic_buffer_sizes[number];
    return "";
  }
  out->data = view.buffer_views[slot].data.as_uint8;
  if (out->data == nullptr || at.length == 0) return "";
  const int64_t bits = view.layout.element_size_bits[slot];
  int64_t first = at.offset * (bits / 8);
  int64_t end = (at.offset + at.length) * (bits / 8);
  switch (view.layout.buffer_type[slot]) {
    case NANOARROW_BUFFER_TYPE_DATA_OFFSET:
      end += bits / 8;
      break;
    default:
      if (bits == 1) {
        first = at.offset / 8;
        end = (at.offset + at.length + 7) / 8;
      } else if (bits == 0) {
        end = Offset(view, at.offset + at.length);
      }
  }
  out->data += first;
  out->bytes = end - first;
  return "";
}

}  // namespace snakepit
