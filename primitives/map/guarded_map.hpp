#pragma once
/// A hash table behind a lock that its own methods take again (the SafeDict of the threading guide that examples/
/// follows): update_if_greater() is written with get() and set(), and still happens as one.
///
/// Promises
///   safety     every call takes effect at one point between its call and its return.
///   progress   blocking: a call waits for the one before it. Expected constant time, linear where the table grows.
///   fairness   that of Lock; none for gauntlet::recursive_mutex.
///   exceptions what Key's hash or comparison, a copy or an allocation throws leaves the map as it was, and unlocked.
///   lifetime   references into the map are never given out: get() copies.
///
/// Memory ordering: what a thread did before a call is visible to whoever makes a later one.
///
/// Key and Value are copied, moved, compared and destroyed with the lock held; they may use this map themselves, but
/// not change it.
///
/// Invariants
///   G1  a node is in the chain of its key's hash, modulo the number of chains, and no two nodes have equal keys.
///   G2  there are a power of two of chains, and at least as many as nodes.

#include <bit>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

/// @tparam Key hashed by std::hash, compared by == @tparam Value copyable; update_if_greater() needs < and Value()
/// @tparam Lock one that its holder may lock again
template <class Key, class Value, class Lock = recursive_mutex>
class guarded_map {
 public:
  guarded_map() : chains_(1) { chains_.front().set(nullptr); }
  guarded_map(const guarded_map&) = delete;
  guarded_map& operator=(const guarded_map&) = delete;
  ~guarded_map() {
    for (auto& chain : chains_)
      for (node* each = chain.get(); each != nullptr;) sync::destroy(std::exchange(each, each->next.get()));
  }

  /// @return a copy of the key's value, or `otherwise` if the map hasn't the key
  Value get(const Key& key, Value otherwise = Value()) const {
    const std::lock_guard guard(lock_);
    node* const found = place_of(key)->get();
    return found == nullptr ? std::move(otherwise) : found->value.get();
  }

  void set(const Key& key, Value value) {
    const std::lock_guard guard(lock_);
    link* place = place_of(key);
    if (node* const found = place->get()) return found->value.set(std::move(value));
    const std::size_t grown = size_.get() + 1;
    if (grown > chains_.size()) {
      spread(std::bit_ceil(grown));
      place = place_of(key);
    }
    place->set(sync::make<node>(key, std::move(value)));
    size_.set(grown);
  }

  /// @return whether the map had the key
  bool erase(const Key& key) {
    const std::lock_guard guard(lock_);
    link* const place = place_of(key);
    node* const found = place->get();
    if (found == nullptr) return false;
    place->set(found->next.get());
    size_.set(size_.get() - 1);
    sync::destroy(found);
    return true;
  }

  /// Sets the key's value if `value` is greater than it; a key that the map hasn't counts as Value().
  /// @return whether it did
  bool update_if_greater(const Key& key, Value value) {
    const std::lock_guard guard(lock_);
    if (!(get(key) < value)) return false;
    set(key, std::move(value));
    return true;
  }

  std::size_t size() const {
    const std::lock_guard guard(lock_);
    return size_.get();
  }

 private:
  struct node;
  using link = sync::var<node*>;
  struct node {
    node(const Key& named, Value first) : key(named), value(std::move(first)), next(nullptr) {}
    const Key key;
    sync::var<Value> value;
    link next;
  };

  static link& chain_of(std::vector<link>& chains, const Key& key) {
    return chains[std::hash<Key>()(key) & (chains.size() - 1)];
  }

  /// The link that points at the key's node, or the chain's last.
  link* place_of(const Key& key) const {
    link* place = &chain_of(chains_, key);
    for (node* each; (each = place->get()) != nullptr && !(each->key == key);) place = &each->next;
    return place;
  }

  /// Spreads the nodes over `count` chains.
  void spread(std::size_t count) {
    std::vector<std::pair<link*, node*>> moves;
    std::vector<link> chains(count);
    for (auto& chain : chains) chain.set(nullptr);
    // Whatever may throw comes before the first node moves.
    moves.reserve(size_.get());
    for (auto& chain : chains_)
      for (node* each = chain.get(); each != nullptr; each = each->next.get())
        moves.emplace_back(&chain_of(chains, each->key), each);
    for (const auto& [chain, moved] : moves) {
      moved->next.set(chain->get());
      chain->set(moved);
    }
    chains_.swap(chains);
  }

  mutable Lock lock_;
  // The rest is guarded by lock_.
  mutable std::vector<link> chains_;
  sync::var<std::size_t> size_{0};
};

}  // namespace gauntlet
