#pragma once
// Random numbers from the kernel (getrandom(2)), fit for keys and ids. Usable from any thread. The
// kernel cannot refuse them; if it does, the process ends rather than go on with a guessable id.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace base {

void fill_random(std::span<std::byte> out);
// `count` random bytes.
std::string random_bytes(std::size_t count);
// `byte_count` random bytes as lower-case hexadecimal; a Flow-id is random_hex(16).
std::string random_hex(std::size_t byte_count);
// Version 4 of RFC 9562: "d7be94ee-6f59-40d9-9614-1557e87bb122".
std::string random_uuid();
// Each number from 0 to `bound` - 1 is as likely as any other. `bound` is not 0.
std::uint64_t random_below(std::uint64_t bound);

}  // namespace base
