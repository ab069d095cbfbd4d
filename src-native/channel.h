// Pipes to and from a worker, read on the event loop: libuv says when, read(2) and write(2) are
// called here. A stream of Node costs twice as much for a small message.
#ifndef SNAKEPIT_CHANNEL_H_
#define SNAKEPIT_CHANNEL_H_

#include "js.h"

namespace snakepit {

NativeTable ChannelTable();

}  // namespace snakepit

#endif  // SNAKEPIT_CHANNEL_H_
