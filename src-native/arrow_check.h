// What nanoarrow takes on trust of structures that somebody else filled: that pointers are there
// before it follows them, that products fit, that memory is mapped at all. Sizes are not part of
// the C Data Interface, so a producer that lies about lengths consistently can still be believed.
#ifndef SNAKEPIT_ARROW_CHECK_H_
#define SNAKEPIT_ARROW_CHECK_H_

#include <string>

#include "nanoarrow/nanoarrow.h"

namespace snakepit {

// Each answers what is wrong, in words; empty: nothing.
std::string CheckSchema(const ArrowSchema* schema);
// Against a view that was made of its schema, before the view is set to it. An unknown null count
// of an array without a bitmap becomes 0, which nanoarrow insists on.
std::string CheckArray(ArrowArray* array, const ArrowArrayView& view);
// Of somebody else's memory: whether large buffers are there up to their end, as far as their sizes
// are known by now.
std::string CheckMapped(const ArrowArrayView& view);
// All that the view shows, values included: offsets, type ids, dictionary indices, views of
// strings.
std::string CheckValues(ArrowArrayView* view);

}  // namespace snakepit

#endif  // SNAKEPIT_ARROW_CHECK_H_
