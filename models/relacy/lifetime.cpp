/// models/model.hpp on Relacy: threads that a scenario starts, and the heap.

#include "models/relacy/making.hpp"

namespace gauntlet::model {

namespace {
struct spawned_thread {
  void (*function)(void*);
  void* argument;
  rl::win_waitable_object* life;
};
spawned_thread the_spawned[relacy::most_threads];

void* run_spawned(void* started) {
  auto* const self = static_cast<spawned_thread*>(started);
  try {
    self->function(self->argument);
    current().end(thread_index());
  } catch (const std::exception& thrown) {
    harness::fail("assertion", std::string("an exception left a thread: ") + thrown.what());
  }
  return nullptr;
}
}  // namespace

unsigned thread_start(void (*function)(void*), void* argument, site at) {
  making made("starts a thread", nullptr, {}, no_order, at);
  auto& now = current();
  const unsigned total = static_cast<unsigned>(rl::ctx().get_thread_count());
  if (now.now != execution::phase::roles || now.role_count + now.spawned >= total) {
    now.broken = {"assertion", "the scenario starts more threads than shape::spawned says, or outside of thread()", at,
                  acting_thread()};
    rl::ctx().fail_test("", rl::test_result_user_assert_failed, info(at));
  }
  auto& slot = the_spawned[now.spawned++];
  slot = {function, argument, nullptr};
  slot.life = rl::ctx().create_thread(&run_spawned, &slot);
  made.done(now.spawned);
  return now.spawned - 1;
}

void thread_join(unsigned index, site at) {
  making made("joins a thread", nullptr, {}, no_order, at);
  the_spawned[index].life->wait(false, false, info(at));
  made.done(index + 1);
}

unsigned thread_index() noexcept {
  return static_cast<unsigned>(rl::thread_index());
}

unsigned thread_identity() noexcept {
  return thread_index();
}

void at_thread_end(void (*last)(void*, unsigned), void* object) {
  if (current().now == execution::phase::roles) current().at_end_of(thread_index(), last, object);
}

void forget(const void* object) noexcept {
  current().forget(object);
}

void* allocate(std::size_t size, std::size_t alignment, const std::type_info& type, site at) {
  making made("allocate", nullptr, {}, no_order, at);
  auto& now = current();
  // Half of the time storage comes back at once: only then can ABA show.
  const void* recycled = now.reusable(size, alignment);
  if (recycled != nullptr && rl::ctx().rand(2, rl::sched_type_mem_realloc) != 0) recycled = nullptr;
  void* const storage = now.allocate(size, alignment, type.name(), recycled);
  made = making("allocate", storage, {}, no_order, at);
  made.done(size);
  return storage;
}

void expect_alive(const void* storage, site at) noexcept {
  making made("destroy", storage, {}, no_order, at);
  current().destroys(acting_thread(), at);
  if (current().alive(storage)) return;
  current().broken = {"double_free", "destroyed twice, or never made", at, acting_thread()};
  rl::ctx().fail_test("", rl::test_result_double_free, info(at));
}

void release(void* storage, site at) noexcept {
  making made("free", storage, {}, no_order, at);
  current().release(storage);
  current().destroys(acting_thread(), {});
  made.done(0);
}

}  // namespace gauntlet::model
