// How long a Python thread may keep the GIL while another waits: 5 ms unless somebody says
// otherwise, which every synchronous call would wait while Python threads compute. The GIL is held
// throughout.
#ifndef SNAKEPIT_SWITCH_INTERVAL_H_
#define SNAKEPIT_SWITCH_INTERVAL_H_

namespace snakepit {

// To 0.1 ms, until it is restored. Quick where it is low already.
void LowerSwitchInterval();
// To what the program had before.
void RestoreSwitchInterval();

}  // namespace snakepit

#endif  // SNAKEPIT_SWITCH_INTERVAL_H_
