#pragma once
// Memory for large tables that are looked up at random: in pages of 4 KiB nearly every look-up of
// tens of MiB misses the processor's translation cache (TLB), in pages of 2 MiB hardly any.

#include <cstddef>
#include <memory_resource>

namespace base {

// What is as large as a huge page lies in such ones where the kernel grants them
// (transparent_hugepage: madvise or always), else in ordinary ones; what is smaller comes from the
// heap. Usable from any thread, without state.
class HugePages final : public std::pmr::memory_resource {
 public:
  static constexpr std::size_t kPageBytes = std::size_t{2} << 20;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override;
};

}  // namespace base
