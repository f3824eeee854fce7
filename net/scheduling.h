#pragma once
// How the kernel chooses between our threads and others.

namespace net {

// SCHED_BATCH (sched(7)) for the calling thread and those it starts later, unless it has another
// policy than the usual one already, say by the unit that started it: then that stays. main() calls
// it before there are threads.
//
// A thread that wakes up then lets who runs on that processor come to an end or to its wait, at
// most for the kernel's slice of some milliseconds; on an idle processor it begins at once, as
// ever. With the usual policy a core that an edge writes to would push the edge aside in the middle
// of its turn, and be pushed aside itself by a server it asks: two switches instead of one, caches
// gone, and turns that find one request where there could have been several. That was three tenths
// of what a lone request costs (docs/performance.md).
void use_batch_scheduling();

}  // namespace net
