#pragma once
/// The program's heap: at the same addresses in every execution, whatever the other threads do; filled with a pattern
/// when fresh; and not given out again, or only by the explorer's choice, so that a bad access is known for one.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/rc11/bytes.hpp"
#include "models/rc11/unmodified/runtime.hpp"

namespace gauntlet::rc11::unmodified {

class heap : public bytes::giver {
 public:
  /// What lies in a block until somebody writes it.
  static constexpr unsigned char pattern = 0xcd;

  enum class made_by : std::uint8_t { malloc, scalar_new, array_new, runtime };
  struct block {
    std::uintptr_t begin;
    std::size_t size;
    bytes::touch allocated;
    bytes::touch released;
    made_by how;
    bool alive;
    /// While leaks are looked for: something leads to it.
    bool reached = false;
  };

  /// An execution begins: what earlier ones allocated is forgotten, what there was before the first is as it was.
  void begin();
  /// From now on blocks are of executions.
  void end_of_startup();
  bool starting() const noexcept { return starting_; }

  /// @return storage of the calling thread's; null beyond 64 MiB for a thread
  void* allocate(std::size_t size, std::size_t alignment, made_by how, const void* where);
  /// Fails the execution unless `storage` is a block that is alive and was made that way.
  void release(void* storage, made_by how, const void* where);
  bool owns(const void* storage) const noexcept {
    return reinterpret_cast<std::uintptr_t>(storage) - region_ < regions * each;
  }
  /// Of a block that begins at `storage`; 0 if none does.
  std::size_t size_of(const void* storage);
  bytes::touch expect(std::uintptr_t begin, std::uintptr_t end, const void* where) override;
  void read_first(std::uintptr_t begin, std::uintptr_t end, const void* where) override;

  /// The block that `address` lies in or, failing that, comes right after; or null.
  const block* find(std::uintptr_t address);
  /// A block that nothing leads to any longer, from what the program still has; or null. See leaks.cpp.
  const block* leaked();

  /// Those from before the first execution; who allocated one says but where.
  const std::vector<block>& startup_blocks() const noexcept { return blocks_[startup]; }
  /// Blocks from before the first execution, as bytes that are restored for each.
  std::byte* startup_begin() const noexcept;
  std::size_t startup_size() const noexcept { return used_[startup]; }

 private:
  static constexpr unsigned startup = most_threads;
  static constexpr unsigned regions = most_threads + 1;
  static constexpr std::size_t each = std::size_t{64} << 20U;

  block* own_block(std::uintptr_t address);
  void* again(std::size_t size, std::size_t alignment, made_by how, const void* where);
  void reserve();
  void reach(const void* begin, std::size_t size);
  const block* unreached() const;

  static constexpr std::uintptr_t nowhere = ~std::uintptr_t{0} >> 1U;

  std::uintptr_t region_ = nowhere;
  bool starting_ = true;
  std::array<std::size_t, regions> used_{};
  /// Of each thread, in the order of their addresses.
  std::array<std::vector<block>, regions> blocks_;
  std::vector<std::uintptr_t> reusable_[most_threads];
  unsigned most_used_ = 0;
  bool startup_changed_ = false;
  std::vector<block*> to_look_at_;
};

inline heap storage;
inline bytes memory(storage);

}  // namespace gauntlet::rc11::unmodified
