#pragma once
/// guarded_map whose get() walks the list without the lock, since "it changes nothing".
///
///     A, in get(), has found the key's node
///     B erases the key, and frees the node
///     A reads the node's value           use after free
///
/// tsan and relacy must catch it, as a data race or as a use after free; asan may.

#include <cstddef>
#include <mutex>
#include <utility>

#include "primitives/recursive_mutex/recursive_mutex.hpp"
#include "primitives/sync.hpp"

namespace gauntlet {

template <class Key, class Value>
class guarded_map_unlocked_get {
 public:
  guarded_map_unlocked_get() = default;
  guarded_map_unlocked_get(const guarded_map_unlocked_get&) = delete;
  guarded_map_unlocked_get& operator=(const guarded_map_unlocked_get&) = delete;
  ~guarded_map_unlocked_get() {
    for (node* each = first_.get(); each != nullptr;) sync::destroy(std::exchange(each, each->next.get()));
  }

  // flaw: another thread may change the list, or free the node.
  Value get(const Key& key, Value otherwise = Value()) const {
    node* const found = place_of(key)->get();
    return found == nullptr ? std::move(otherwise) : found->value.get();
  }

  void set(const Key& key, Value value) {
    const std::lock_guard guard(lock_);
    link* const place = place_of(key);
    if (node* const found = place->get()) return found->value.set(std::move(value));
    place->set(sync::make<node>(key, std::move(value)));
  }

  bool erase(const Key& key) {
    const std::lock_guard guard(lock_);
    link* const place = place_of(key);
    node* const found = place->get();
    if (found == nullptr) return false;
    place->set(found->next.get());
    sync::destroy(found);
    return true;
  }

  bool update_if_greater(const Key& key, Value value) {
    const std::lock_guard guard(lock_);
    if (!(get(key) < value)) return false;
    set(key, std::move(value));
    return true;
  }

  std::size_t size() const {
    const std::lock_guard guard(lock_);
    std::size_t count = 0;
    for (node* each = first_.get(); each != nullptr; each = each->next.get()) ++count;
    return count;
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

  link* place_of(const Key& key) const {
    link* place = &first_;
    for (node* each; (each = place->get()) != nullptr && !(each->key == key);) place = &each->next;
    return place;
  }

  mutable recursive_mutex lock_;
  mutable link first_{nullptr};
};

}  // namespace gauntlet
