/// Threads, locks and the end of an unmodified program; see tests/test_unmodified_runtime.py.

#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <thread>

#include "tests/unmodified/runtime/cases.hpp"

namespace {

using namespace std::chrono_literals;

std::mutex mutex;
std::mutex other_mutex;
std::condition_variable condition;
int shared = 0;

template <class One, class Other>
void both(One one, Other other) {
  std::thread first(one);
  std::thread second(other);
  first.join();
  second.join();
}

void increment() {
  const std::lock_guard guard(mutex);
  ++shared;
}
void guarded() {
  both(increment, increment);
  check(shared == 2);
}
void unlocked_by_another() {
  mutex.lock();
  std::thread([] { mutex.unlock(); }).join();
}
void destroyed_while_held() {
  pthread_mutex_t it;
  pthread_mutex_init(&it, nullptr);
  pthread_mutex_lock(&it);
  pthread_mutex_destroy(&it);
}
void waits_without_its_mutex() {
  pthread_cond_t it = PTHREAD_COND_INITIALIZER;
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_wait(&it, &lock);
}
void in_two_orders() {
  both(
      [] {
        const std::scoped_lock one(mutex);
        const std::scoped_lock two(other_mutex);
      },
      [] {
        const std::scoped_lock one(other_mutex);
        const std::scoped_lock two(mutex);
      });
}
void locked_twice() {
  mutex.lock();
  mutex.lock();
}
void notified_before() {
  both(
      [] {
        std::unique_lock lock(mutex);
        condition.wait(lock);
      },
      [] { condition.notify_one(); });
}
void waits_for_a_predicate() {
  both(
      [] {
        std::unique_lock lock(mutex);
        condition.wait(lock, [] { return shared == 1; });
      },
      [] {
        increment();
        condition.notify_one();
      });
}
void times_out() {
  both(
      [] {
        std::unique_lock lock(mutex);
        const auto until = std::chrono::steady_clock::now() + 1s;
        if (!condition.wait_until(lock, until, [] { return shared == 1; })) {
          check(std::chrono::steady_clock::now() >= until);
          check(shared == 0);
        }
      },
      [] {
        increment();
        condition.notify_all();
      });
}
void kinds_of_mutexes() {
  std::recursive_mutex twice;
  twice.lock();
  twice.lock();
  std::thread([&] { check(!twice.try_lock()); }).join();
  twice.unlock();
  twice.unlock();
  pthread_mutexattr_t how;
  pthread_mutexattr_init(&how);
  pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t strict;
  pthread_mutex_init(&strict, &how);
  check(pthread_mutex_unlock(&strict) == EPERM && pthread_mutex_lock(&strict) == 0);
  check(pthread_mutex_lock(&strict) == EDEADLK && pthread_mutex_unlock(&strict) == 0);
  pthread_mutex_destroy(&strict);
  std::timed_mutex timed;
  timed.lock();
  std::thread([&] { check(!timed.try_lock_for(1ms)); }).join();
  timed.unlock();
}
void readers_and_a_writer() {
  std::shared_mutex it;
  int value = 0;
  std::thread reader([&] {
    const std::shared_lock lock(it);
    check(value == 0 || value == 2);
  });
  {
    const std::unique_lock lock(it);
    value = 1;
    value = 2;
  }
  reader.join();
}
void others() {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 2);
  pthread_spinlock_t spin;
  pthread_spin_init(&spin, 0);
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  int value = 0;
  int last = 0;
  const auto meet = [&] {
    pthread_spin_lock(&spin);
    ++value;
    pthread_spin_unlock(&spin);
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) ++last;
    check(value == 2);
    sem_post(&semaphore);
  };
  std::thread one(meet);
  std::thread two(meet);
  sem_wait(&semaphore);
  sem_wait(&semaphore);
  check(last == 1 && sem_trywait(&semaphore) == -1 && errno == EAGAIN);
  one.join();
  two.join();
  pthread_spin_destroy(&spin);
  pthread_barrier_destroy(&barrier);
  sem_destroy(&semaphore);
}

std::atomic<int> destroyed{0};
struct counted {
  ~counted() { destroyed.fetch_add(1, std::memory_order_relaxed); }
};
void of_each_thread() {
  static pthread_key_t key;
  pthread_key_create(&key, [](void* it) { destroyed.fetch_add(*static_cast<int*>(it)); });
  static int ten = 10;
  thread_local int own = 5;
  const auto use = [] {
    thread_local counted mine;
    (void)&mine;
    check(own == 5);
    own = 6;
    pthread_setspecific(key, &ten);
  };
  both(use, use);
  check(destroyed == 22 && own == 5);
}
void leaves_in_the_midst() {
  pthread_t it;
  pthread_create(
      &it, nullptr,
      [](void*) -> void* {
        const counted mine;
        pthread_exit(&shared);
      },
      nullptr);
  void* result = nullptr;
  pthread_join(it, &result);
  check(result == &shared && destroyed == 1);
}
void joined_twice() {
  pthread_t it;
  pthread_create(&it, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  pthread_join(it, nullptr);
  pthread_join(it, nullptr);
}
void nobody_catches() {
  std::thread([] { throw std::runtime_error("out of cheese"); }).join();
}
void aborts() {
  std::thread([] { std::abort(); }).join();
}
void exits_with_3() {
  std::thread([] { std::exit(3); }).join();
}
void exits() {
  std::thread([] { std::exit(0); }).join();
}
void a_daemon_waits() {
  std::thread([] {
    std::unique_lock lock(mutex);
    condition.wait(lock, [] { return false; });
  }).detach();
}
void dereferences_null() {
  std::thread([] {
    int* volatile nowhere = nullptr;
    *nowhere = 1;
  }).join();
}
int deeper(volatile char* above) {
  volatile char frame[4096];
  frame[0] = *above;
  return deeper(frame) + frame[1];
}
void uses_up_its_stack() {
  char nothing = 0;
  shared = deeper(&nothing);
}
void detached_after_it_was_joined() {
  std::thread one([] {});
  const pthread_t handle = one.native_handle();
  one.join();
  pthread_detach(handle);
}
void joins_nobody() {
  pthread_join(pthread_self() + 7, nullptr);
}
void joinable_when_destroyed() {
  std::thread one([] {});
}
void locked_when_destroyed_before() {
  pthread_mutex_t it = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_destroy(&it);
  pthread_mutex_lock(&it);
}
void notified_when_destroyed_before() {
  pthread_cond_t it = PTHREAD_COND_INITIALIZER;
  pthread_cond_destroy(&it);
  pthread_cond_signal(&it);
}
void barrier_after_its_life() {
  pthread_barrier_t it;
  pthread_barrier_init(&it, nullptr, 1);
  pthread_barrier_destroy(&it);
  pthread_barrier_wait(&it);
}
struct mailbox {
  std::mutex mutex;
  std::condition_variable condition;
  bool full = false;
};
/// Who waits deletes it: a notification has to be made while it can't yet.
void delivers_to(void (*deliver)(mailbox&)) {
  auto* const it = new mailbox;
  std::thread receiver([=] {
    {
      std::unique_lock lock(it->mutex);
      it->condition.wait(lock, [&] { return it->full; });
    }
    delete it;
  });
  deliver(*it);
  receiver.join();
}
void notifies_what_is_gone() {
  delivers_to([](mailbox& it) {
    it.mutex.lock();
    it.full = true;
    it.mutex.unlock();
    it.condition.notify_one();
  });
}
void notifies_under_the_lock() {
  delivers_to([](mailbox& it) {
    const std::lock_guard guard(it.mutex);
    it.full = true;
    it.condition.notify_one();
  });
}
void does_something_else() {
  static std::atomic<int> one{0};
  static std::atomic<int> two{0};
  both(
      [] {
        // The environment is the process's: the next execution finds what this one left.
        const char* const before = std::getenv("BEFORE");
        (before == nullptr ? one : two).store(1);
        setenv("BEFORE", "was here", 1);
      },
      [] { one.load(), two.load(); });
}

const named_case all[] = {{"guarded", guarded},
                          {"unlocked_by_another", unlocked_by_another},
                          {"destroyed_while_held", destroyed_while_held},
                          {"waits_without_its_mutex", waits_without_its_mutex},
                          {"in_two_orders", in_two_orders},
                          {"locked_twice", locked_twice},
                          {"notified_before", notified_before},
                          {"waits_for_a_predicate", waits_for_a_predicate},
                          {"times_out", times_out},
                          {"kinds_of_mutexes", kinds_of_mutexes},
                          {"readers_and_a_writer", readers_and_a_writer},
                          {"others", others},
                          {"of_each_thread", of_each_thread},
                          {"leaves_in_the_midst", leaves_in_the_midst},
                          {"joined_twice", joined_twice},
                          {"nobody_catches", nobody_catches},
                          {"aborts", aborts},
                          {"exits_with_3", exits_with_3},
                          {"exits", exits},
                          {"a_daemon_waits", a_daemon_waits},
                          {"dereferences_null", dereferences_null},
                          {"uses_up_its_stack", uses_up_its_stack},
                          {"detached_after_it_was_joined", detached_after_it_was_joined},
                          {"joins_nobody", joins_nobody},
                          {"joinable_when_destroyed", joinable_when_destroyed},
                          {"locked_when_destroyed_before", locked_when_destroyed_before},
                          {"notified_when_destroyed_before", notified_when_destroyed_before},
                          {"barrier_after_its_life", barrier_after_its_life},
                          {"notifies_what_is_gone", notifies_what_is_gone},
                          {"notifies_under_the_lock", notifies_under_the_lock},
                          {"does_something_else", does_something_else}};

}  // namespace

int main(int count, char** words) {
  return run_case(all, count, words);
}
