#pragma once
// Drives a loop from a test's own thread.

#include <chrono>
#include <functional>
#include <source_location>

namespace net {
class Loop;
}

namespace fakes {

// Only a test that fails waits so long; a busy machine under a sanitizer may need some of it.
inline constexpr std::chrono::seconds kPatience{30};

// Makes turns until `done()` holds, which is looked at after each turn. When it does not within
// `patience` the test case fails and ends, with the place of the call. No other thread may run
// `loop`.
void run_until(net::Loop& loop, const std::function<bool()>& done,
               std::chrono::seconds patience = kPatience,
               std::source_location where = std::source_location::current());

// Makes `count` turns without waiting in any: long enough for what is under way inside the process,
// to see that something does not happen.
void run_turns(net::Loop& loop, int count = 10);

// Turns until a timer of `delay` that is started now has expired, and so have those that were to
// expire before it.
void run_past(net::Loop& loop, std::chrono::milliseconds delay);

}  // namespace fakes
