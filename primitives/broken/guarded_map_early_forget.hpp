#pragma once
/// guarded_map, as a list, that remembers the node that it found last, and whose erase() forgets that in one critical
/// section, and frees the node in another.
///
///     A, in erase(), forgets what was found last, and unlocks
///     B, in get(), finds the node of A's key, and remembers it
///     A frees the node
///     B, in get(), looks at what it remembers                        use after free
///
/// Each access has the lock, so nothing races; and nodes are ordinary data, made with `new`. rc11 must catch the use
/// after free, by the accesses that the compiler tells of; asan may.

#include <cstddef>
#include <mutex>
#include <utility>

#include "primitives/mutex/spin_lock.hpp"

namespace gauntlet {

template <class Key, class Value>
class guarded_map_early_forget {
 public:
  guarded_map_early_forget() = default;
  guarded_map_early_forget(const guarded_map_early_forget&) = delete;
  guarded_map_early_forget& operator=(const guarded_map_early_forget&) = delete;
  ~guarded_map_early_forget() {
    while (first_ != nullptr) delete std::exchange(first_, first_->next);
  }

  Value get(const Key& key, Value otherwise = Value()) const {
    const std::lock_guard guard(lock_);
    const node* const found = find(key);
    return found == nullptr ? std::move(otherwise) : found->value;
  }

  void set(const Key& key, Value value) {
    const std::lock_guard guard(lock_);
    put(key, std::move(value));
  }

  bool erase(const Key& key) {
    {
      const std::lock_guard guard(lock_);
      last_ = nullptr;
    }
    // flaw: another thread may find the node, and remember it, before it is gone.
    const std::lock_guard guard(lock_);
    node** place = &first_;
    while (*place != nullptr && !((*place)->key == key)) place = &(*place)->next;
    node* const found = *place;
    if (found == nullptr) return false;
    *place = found->next;
    delete found;
    return true;
  }

  bool update_if_greater(const Key& key, Value value) {
    const std::lock_guard guard(lock_);
    const node* const found = find(key);
    if (!((found == nullptr ? Value() : found->value) < value)) return false;
    put(key, std::move(value));
    return true;
  }

  std::size_t size() const {
    const std::lock_guard guard(lock_);
    std::size_t count = 0;
    for (const node* each = first_; each != nullptr; each = each->next) ++count;
    return count;
  }

 private:
  struct node {
    Key key;
    Value value;
    node* next;
  };

  node* find(const Key& key) const {
    if (last_ != nullptr && last_->key == key) return last_;
    for (node* each = first_; each != nullptr; each = each->next)
      if (each->key == key) return last_ = each;
    return nullptr;
  }

  void put(const Key& key, Value value) {
    if (node* const found = find(key))
      found->value = std::move(value);
    else
      first_ = new node{key, std::move(value), first_};
  }

  mutable spin_lock lock_;
  node* first_ = nullptr;
  mutable node* last_ = nullptr;
};

}  // namespace gauntlet
