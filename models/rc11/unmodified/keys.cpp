/// pthread's keys: a value for each thread, destroyed at its end.

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/threads.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

/// The C library's own keys are smaller.
constexpr pthread_key_t first_key = 1U << 20U;

struct key {
  void (*destroy)(void*);
  bool alive;
};
std::vector<key> keys;
/// So many were made before the first execution, and outlive each.
std::size_t lasting = 0;

}  // namespace

void destroy_specific(thread_state& it) {
  // As often as values may bring back values.
  for (unsigned round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; ++round) {
    bool any = false;
    for (std::size_t i = 0; i < it.specific.size(); ++i) {
      void* const value = std::exchange(it.specific[i], nullptr);
      if (value == nullptr || !keys[i].alive || keys[i].destroy == nullptr) continue;
      any = true;
      keys[i].destroy(value);
    }
    if (!any) return;
  }
}

void forget_keys() {
  keys.resize(lasting);
}

}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11::unmodified;

GAUNTLET_ENTRY int pthread_key_create(pthread_key_t* it, void (*destroy)(void*)) {
  if (!is_programs_or_standard(GAUNTLET_CALLER)) return GAUNTLET_REAL(pthread_key_create, it, destroy);
  const bool of_execution = inside();
  const outside ordinary;
  *it = first_key + static_cast<pthread_key_t>(keys.size());
  keys.push_back({destroy, true});
  if (!of_execution) lasting = keys.size();
  return 0;
}
GAUNTLET_ENTRY int pthread_key_delete(pthread_key_t it) {
  if (it < first_key) return GAUNTLET_REAL(pthread_key_delete, it);
  if (it - first_key >= keys.size() || !keys[it - first_key].alive) return EINVAL;
  keys[it - first_key].alive = false;
  return 0;
}
GAUNTLET_ENTRY void* pthread_getspecific(pthread_key_t it) {
  if (it < first_key) return GAUNTLET_REAL(pthread_getspecific, it);
  const auto& mine = threads.mine().specific;
  return it - first_key < mine.size() ? mine[it - first_key] : nullptr;
}
GAUNTLET_ENTRY int pthread_setspecific(pthread_key_t it, const void* value) {
  if (it < first_key) return GAUNTLET_REAL(pthread_setspecific, it, value);
  if (it - first_key >= keys.size() || !keys[it - first_key].alive) return EINVAL;
  const outside ordinary;
  auto& mine = threads.mine().specific;
  if (mine.size() < keys.size()) mine.resize(keys.size());
  mine[it - first_key] = const_cast<void*>(value);
  return 0;
}
