#pragma once
/// What every map promises.
///
/// A map is a class template, `M<Key, Value>`, default-constructed, never copied, and has `Value get(key, otherwise)`,
/// `void set(key, value)`, `bool erase(key)`, which tells whether there was one, `bool update_if_greater(key, value)`,
/// which tells whether it set, and where the key is missing compares with Value(), and `std::size_t size()`.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/collision.hpp"
#include "harness/scenario.hpp"
#include "harness/specification.hpp"
#include "primitives/sync.hpp"

namespace gauntlet::contracts {

/// Everybody bids for one thing, each more than the last time, and nobody the same as another.
template <class M>
class highest_bid_stays {
 public:
  explicit highest_bid_stays(harness::shape size) : size_(size), won_(size.threads) {}

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      const int bid = static_cast<int>(i * size_.threads + role) + 1;
      if (highest_.update_if_greater(0, bid)) won_[role] = bid;
      sync::check(highest_.get(0, 0) >= bid, "a higher bid was replaced by a lower one");
    }
  }
  void after() {
    const int last = static_cast<int>(size_.operations * size_.threads);
    sync::check(highest_.get(0, 0) == last, "the highest bid is not the one that is kept");
    sync::check(won_.back() == last, "update_if_greater() says that the highest bid was not taken");
  }

 private:
  harness::shape size_;
  std::vector<int> won_;
  M highest_;
};

/// The author writes pages and enters each in the index; who finds one there may read it.
template <class M>
class publication {
 public:
  explicit publication(harness::shape size) : pages_(size.operations) {}
  static std::string_view role(unsigned which) { return which == 0 ? "author" : "reader"; }

  void thread(unsigned role) {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      if (role == 0) {
        pages_[i].set(42);
        index_.set(static_cast<int>(i), 1);
      } else if (index_.get(static_cast<int>(i), 0) == 1) {
        sync::check(pages_[i].get() == 42, "what came before set() is not visible to who got the value");
      }
    }
  }

 private:
  std::vector<sync::var<int>> pages_;
  M index_;
};

/// Everybody erases what is there, and looks at it meanwhile.
template <class M>
class erased_once {
 public:
  explicit erased_once(harness::shape size) : keys_(static_cast<int>(size.operations)), erased_(size.threads) {}

  void before() {
    for (int key = 0; key < keys_; ++key) map_.set(key, key + 1);
  }
  void thread(unsigned role) {
    for (int key = 0; key < keys_; ++key) {
      const int seen = map_.get(key, 0);
      sync::check(seen == 0 || seen == key + 1, "get() found a value that the key never had");
      if (map_.erase(key)) ++erased_[role];
      sync::check(map_.get(key, 0) == 0, "a key is still there after erase()");
    }
  }
  void after() {
    int all = 0;
    for (const int mine : erased_) all += mine;
    sync::check(all == keys_, "a key was erased by none, or by two");
    sync::check(map_.size() == 0, "the map is not empty though all keys were erased");
  }

 private:
  int keys_;
  std::vector<int> erased_;
  M map_;
};

/// Everybody sets keys of its own, so that the map grows under the others.
template <class M>
class keys_are_kept {
 public:
  explicit keys_are_kept(harness::shape size) : size_(size) {}

  void thread(unsigned role) {
    for (unsigned i = 0; i < size_.operations; ++i) {
      map_.set(key(role, i), key(role, i) + 1);
      for (unsigned before = 0; before <= i; ++before)
        sync::check(map_.get(key(role, before), 0) == key(role, before) + 1, "a key or its value was lost");
    }
  }
  void after() {
    sync::check(map_.size() == size_.threads * size_.operations, "size() is not the number of keys");
    for (unsigned role = 0; role < size_.threads; ++role)
      for (unsigned i = 0; i < size_.operations; ++i)
        sync::check(map_.get(key(role, i), 0) == key(role, i) + 1, "a key or its value was lost");
  }

 private:
  int key(unsigned role, unsigned nth) const { return static_cast<int>(nth * size_.threads + role); }

  harness::shape size_;
  M map_;
};

/// Two keys; the state is the value of each, or `missing`. An argument is a key, and above its lowest bit a value,
/// which no other call has.
template <class M>
struct map_specification {
  static constexpr std::int64_t missing = -1;
  static constexpr std::string_view operations[] = {"get", "set", "erase", "update_if_greater"};
  enum : unsigned { get, set, erase, update_if_greater };

  static std::unique_ptr<M> create() { return std::make_unique<M>(); }
  static harness::model_state initial() { return {missing, missing}; }
  static std::int64_t argument(unsigned, unsigned nth) { return harness::choose(2) + 2 * nth; }

  static std::int64_t key(const harness::recorded& done) { return done.argument % 2; }

  static harness::outcome apply(M& map, unsigned operation, std::int64_t argument) {
    const int key = static_cast<int>(argument % 2);
    const int value = static_cast<int>(argument / 2);
    if (operation == get) return map.get(key, missing);
    if (operation == erase) return map.erase(key) ? 1 : 0;
    if (operation == update_if_greater) return map.update_if_greater(key, value) ? 1 : 0;
    map.set(key, value);
    return 0;
  }

  static bool step(harness::model_state& state, const harness::recorded& done) {
    std::int64_t& stored = state[static_cast<std::size_t>(done.argument % 2)];
    const std::int64_t value = done.argument / 2;
    const std::int64_t was = stored;
    if (done.operation == get) return done.result == was;
    if (done.operation == erase) {
      stored = missing;
      return done.result == (was != missing ? 1 : 0);
    }
    const bool sets = done.operation == set || value > (was == missing ? 0 : was);
    if (sets) stored = value;
    return done.operation == set || done.result == (sets ? 1 : 0);
  }
};

/// An argument of the specification: a key, and a value.
constexpr std::int64_t keyed(std::int64_t key, std::int64_t value = 0) {
  return key + 2 * value;
}

template <class M>
harness::program two_bids() {
  using of = map_specification<M>;
  return {.first = {{of::set, keyed(0, 1)}},
          .roles = {{{of::update_if_greater, keyed(0, 2)}}, {{of::update_if_greater, keyed(0, 3)}}},
          .last = {{of::get, keyed(0)}},
          .results = {0, 1, 2, 3}};
}

template <class M>
harness::program erase_meets_erase() {
  using of = map_specification<M>;
  return {.first = {{of::set, keyed(0, 1)}, {of::set, keyed(1, 1)}},
          .roles = {{{of::erase, keyed(0)}}, {{of::erase, keyed(0)}, {of::get, keyed(0)}}},
          .last = {{of::get, keyed(1)}},
          .results = {of::missing, 0, 1}};
}

template <template <class...> class Map>
void describe(harness::contract& made) {
  using M = Map<int, int>;
  constexpr bool has_get = requires(M& map, int key, int otherwise) {
    { map.get(key, otherwise) } -> std::same_as<int>;
  };
  constexpr bool has_set = requires(M& map, int key, int value) {
    { map.set(key, value) } -> std::same_as<void>;
  };
  constexpr bool has_erase = requires(M& map, int key) {
    { map.erase(key) } -> std::same_as<bool>;
  };
  constexpr bool has_update = requires(M& map, int key, int value) {
    { map.update_if_greater(key, value) } -> std::same_as<bool>;
  };
  constexpr bool has_size = requires(M& map) {
    { map.size() } -> std::same_as<std::size_t>;
  };
  static_assert(std::default_initializable<M>, "gauntlet: a map needs a public constructor without arguments");
  static_assert(!std::copy_constructible<M>, "gauntlet: a map must not be copyable; delete its copy constructor");
  static_assert(has_get, "gauntlet: kind map needs `Value get(const Key&, Value otherwise)`");
  static_assert(has_set, "gauntlet: kind map needs `void set(const Key&, Value)`");
  static_assert(has_erase, "gauntlet: kind map needs `bool erase(const Key&)`");
  static_assert(has_update, "gauntlet: kind map needs `bool update_if_greater(const Key&, Value)`");
  static_assert(has_size, "gauntlet: kind map needs `std::size_t size()`");

  if constexpr (std::default_initializable<M> && has_get && has_set && has_erase && has_update && has_size) {
    made.add<highest_bid_stays<M>>("highest_bid_stays", "update_if_greater() compares and sets as one.",
                                   {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<publication<M>>("publication", "What came before set() is visible to whoever gets the value.",
                             {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 20}});
    made.add<erased_once<M>>("erased_once", "Of those who erase a key one succeeds, and nobody sees it afterwards.",
                             {.model = {{2, 1}, {3, 1}, {2, 2}}, .native = {4, 20}});
    made.add<keys_are_kept<M>>("keys_are_kept", "Keys stay while the map grows under them.",
                               {.model = {{2, 1}, {2, 2}, {3, 1}}, .native = {4, 10}});
    harness::add_collision<M, map_specification<M>, &two_bids<M>>(
        made, "two_bids", "Of two values the greater stays, and the lesser is refused if it comes later.");
    harness::add_collision<M, map_specification<M>, &erase_meets_erase<M>>(
        made, "erase_meets_erase", "Of two that erase a key one has erased it.");
    made.add<harness::linearizability<M, map_specification<M>>>(
        "linearizability", "Each call takes effect at one point between call and return.",
        {.model = {{2, 2}, {3, 2}}, .native = {3, 4}});
  }
}

}  // namespace gauntlet::contracts
