#include "net/scheduling.h"

#include <sched.h>

namespace net {

void use_batch_scheduling() {
  if (::sched_getscheduler(0) != SCHED_OTHER) return;
  const sched_param none{};
  // Where it is refused (a container may), everything works as well, and costs more.
  [[maybe_unused]] const int done = ::sched_setscheduler(0, SCHED_BATCH, &none);
}

}  // namespace net
