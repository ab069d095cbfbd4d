// Objects of this JS thread's handles that other threads use.
#include "gil.h"
#include "python_object.h"

namespace snakepit {

Lent* HandleTable::Lend(HandleId id) {
  if (Resolve(id) == nullptr) return nullptr;
  uint32_t index = 0;
  Split(id, &index);
  Lent*& lent = lent_[index];
  if (lent == nullptr) lent = new Lent(slots_[index].object, slots_[index].owner);
  lent->Use();
  return lent;
}

void Lent::Drop() {
  if (users_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  DeferDecref(owner_);
  delete this;
}

}  // namespace snakepit
