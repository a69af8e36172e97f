#pragma once
/// What every snapshot promises.
///
/// A snapshot is constructed with the number of its components, each of which holds 0 at first, never copied, and has
/// `void write(std::size_t component, std::uint32_t value)` and `read() const`, which returns the values of all,
/// indexed by component, as they were at one moment. Any thread may write any component. One that claims `static
/// constexpr bool lock_free` completes calls however long a thread is suspended within one.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/progress.hpp"
#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/snapshot/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// The writer counts all components up, one after the other: at no moment do they differ by more than 1.
template <class S>
class one_moment {
  static constexpr std::size_t components = 2;

 public:
  explicit one_moment(harness::shape size) : operations_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "writer" : "reader"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (std::uint32_t i = 1; i <= operations_; ++i) {
      if (role == 0) {
        for (std::size_t component = 0; component < components; ++component) snapshot_.write(component, i);
        continue;
      }
      const auto seen = snapshot_.read();
      sync::check(seen[0] == seen[1] || seen[0] == seen[1] + 1, "read() gave values that never stood side by side");
    }
  }

 private:
  unsigned operations_;
  S snapshot_{components};
};

/// Two threads count, each in a component of its own, and the others look: of any two looks one is the earlier. (Where
/// that fails with one look each, it is IRIW, independent reads of independent writes.)
template <class S>
class readers_agree {
  static constexpr unsigned writers = 2;

 public:
  explicit readers_agree(harness::shape size) : operations_(size.operations), looks_(size.threads) {}
  static std::string_view role(unsigned which) { return which < writers ? "writer" : "reader"; }
  static bool alike(unsigned one, unsigned other) { return one >= writers && other >= writers; }

  void thread(unsigned role) {
    for (std::uint32_t i = 1; i <= operations_; ++i)
      if (role < writers)
        snapshot_.write(role, i);
      else
        looks_[role].push_back(snapshot_.read());
  }
  void after() {
    for (const auto& mine : looks_)
      for (const auto& one : mine)
        for (const auto& others : looks_)
          for (const auto& other : others)
            sync::check((one[0] <= other[0] && one[1] <= other[1]) || (one[0] >= other[0] && one[1] >= other[1]),
                        "two readers disagree about which of two writes came first");
  }

 private:
  unsigned operations_;
  S snapshot_{writers};
  /// What each reader saw.
  std::vector<std::vector<decltype(std::declval<const S&>().read())>> looks_;
};

/// Each thread writes all components, each from another one on: some thread's last write is the last of all, and stays.
/// (Where that fails with two threads, it is 2+2W.)
template <class S>
class last_write_stays {
 public:
  explicit last_write_stays(harness::shape size)
      : operations_(size.operations), threads_(size.threads), snapshot_(size.threads) {}

  void thread(unsigned role) {
    for (std::uint32_t i = 1; i <= operations_; ++i)
      for (unsigned step = 0; step < threads_; ++step) snapshot_.write((role + step) % threads_, own(role, i));
  }
  void after() {
    const auto left = snapshot_.read();
    bool stays = false;
    for (unsigned role = 0; role < threads_; ++role)
      if (left[(role + threads_ - 1) % threads_] == own(role, operations_)) stays = true;
    sync::check(stays, "no thread's last write is the last: each was overwritten by one that came before another");
  }

 private:
  std::uint32_t own(unsigned role, std::uint32_t round) const { return round * threads_ + role; }

  unsigned operations_;
  unsigned threads_;
  S snapshot_;
};

/// The writer fills one page after the other, and says how many there are.
template <class S>
class publication {
 public:
  explicit publication(harness::shape size) : pages_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "writer" : "reader"; }
  static bool alike(unsigned one, unsigned other) { return one != 0 && other != 0; }

  void thread(unsigned role) {
    for (std::uint32_t i = 0; i < pages_.size(); ++i) {
      if (role == 0) {
        pages_[i].set(static_cast<int>(i) + 1);
        snapshot_.write(1, i + 1);
        continue;
      }
      const auto written = snapshot_.read()[1];
      for (std::uint32_t page = 0; page < written; ++page)
        sync::check(pages_.at(page).get() == static_cast<int>(page) + 1,
                    "what came before write() is not visible to who read what it wrote");
    }
  }

 private:
  std::vector<sync::var<int>> pages_;
  S snapshot_{2};
};

template <class S>
void describe(harness::contract& made) {
  constexpr bool has_write = requires(S& on, std::size_t component, std::uint32_t value) {
    { on.write(component, value) } -> std::same_as<void>;
  };
  constexpr bool has_read = requires(const S& on, std::size_t component) {
    { on.read()[component] } -> std::convertible_to<std::uint32_t>;
  };
  static_assert(std::constructible_from<S, std::size_t>,
                "gauntlet: a snapshot needs a public constructor that takes the number of its components");
  static_assert(!std::copy_constructible<S>, "gauntlet: a snapshot must not be copyable; delete its copy constructor");
  static_assert(has_write, "gauntlet: kind snapshot needs `void write(std::size_t component, std::uint32_t value)`");
  static_assert(has_read, "gauntlet: kind snapshot needs `read() const`, which returns all components' values");

  if constexpr (std::constructible_from<S, std::size_t> && has_write && has_read) {
    made.add<one_moment<S>>("one_moment", "read() gives the components as they all were at one moment.",
                            {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 50}});
    made.add<readers_agree<S>>("readers_agree", "All who read see the writes in one order.",
                               {.model = {{3, 1}, {3, 2}, {4, 1}}, .native = {4, 50}});
    made.add<last_write_stays<S>>("last_write_stays", "Of threads that write to the same components one is the last.",
                                  {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 50}});
    made.add<publication<S>>("publication", "Who reads what was written sees all that its writer did before.",
                             {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<harness::linearizability<S, snapshot_specification<S>>>(
        "linearizability", "Each call takes effect at one point between call and return.",
        {.model = {{2, 1}, {3, 1}, {2, 2}, {3, 2}}, .native = {3, 4}});
    if constexpr (requires { requires S::lock_free; })
      made.add<harness::lock_freedom<S, snapshot_specification<S>>>(
          "lock_freedom", "Wherever one thread is suspended, the others complete what they do.",
          {.model = {}, .native = {4, 20}});
  }
}

}  // namespace gauntlet::contracts
