#pragma once
/// A permit for the length of a scope, whatever way it is left: to a semaphore what std::lock_guard is to a lock, and
/// what Python writes as `with semaphore:`.

namespace gauntlet {

/// @tparam S a semaphore
template <class S>
class [[nodiscard]] permit {
 public:
  /// Takes a permit; waits until there is one. @param from outlives this object
  explicit permit(S& from) : from_(from) { from_.acquire(); }
  permit(const permit&) = delete;
  permit& operator=(const permit&) = delete;
  /// Gives it back. There must be room for it: an error of release() ends the program here.
  ~permit() { from_.release(); }

 private:
  S& from_;
};

}  // namespace gauntlet
