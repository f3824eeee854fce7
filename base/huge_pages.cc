#include "base/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace base {
namespace {

// A mapping of huge pages is as large as some of them.
std::size_t mapped_bytes(std::size_t bytes) {
  constexpr std::size_t kPageBytes = HugePages::kPageBytes;
  if (bytes > SIZE_MAX - 2 * kPageBytes) throw std::bad_alloc();
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

}  // namespace

void* HugePages::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes < kPageBytes) return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  const std::size_t size = mapped_bytes(bytes);
  // One more, since a mapping may begin at any small page; what is too much is given back.
  void* const mapped =
      mmap(nullptr, size + kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const first = static_cast<char*>(mapped);
  const std::size_t beyond = reinterpret_cast<std::uintptr_t>(first) % kPageBytes;
  const std::size_t before = kPageBytes - beyond;
  munmap(first, before);
  if (beyond > 0) munmap(first + before + size, beyond);
  madvise(first + before, size, MADV_HUGEPAGE);  // a wish
  return first + before;
}

void HugePages::do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) {
  if (bytes < kPageBytes) {
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  } else {
    munmap(memory, mapped_bytes(bytes));
  }
}

bool HugePages::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
  return dynamic_cast<const HugePages*>(&other) != nullptr;
}

}  // namespace base
