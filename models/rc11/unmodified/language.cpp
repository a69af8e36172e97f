/// What a C++ implementation asks its runtime for: function-local statics, thread_local variables, destructors at the
/// end, and what comes of exceptions that nobody catches.

#include <cxxabi.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <unordered_map>

#include "models/rc11/unmodified/atomics.hpp"
#include "models/rc11/unmodified/heap.hpp"
#include "models/rc11/unmodified/language.hpp"
#include "models/rc11/unmodified/modules.hpp"
#include "models/rc11/unmodified/threads.hpp"
#include "models/rc11/unmodified/watchdog.hpp"

namespace gauntlet::rc11::unmodified {

namespace {

/// What is called when the program ends; what of that was asked for before the first execution.
std::vector<thread_state::ending> last_things;
std::vector<thread_state::ending> of_startup;

/// A thread_local variable, as the compiler describes it with -femulated-tls.
struct emulated {
  std::size_t size;
  std::size_t alignment;
  std::uintptr_t number;
  const void* initial;
};
std::unordered_map<const emulated*, std::size_t> locals;
std::vector<const emulated*> described;

void* new_local(const emulated& it, const void* where) {
  void* const made = storage.allocate(it.size, it.alignment, heap::made_by::runtime, where);
  if (it.initial != nullptr)
    std::memcpy(made, it.initial, it.size);
  else
    std::memset(made, 0, it.size);
  return made;
}

[[noreturn]] void terminated() {
  const outside ordinary;
  std::string what =
      "std::terminate was called: by a joinable thread's destructor, a noexcept function, or the program itself";
  if (const auto caught = std::current_exception()) {
    try {
      std::rethrow_exception(caught);
    } catch (const std::exception& it) {
      what = std::string("nobody caught ") + abi::__cxa_current_exception_type()->name() + ": " + it.what();
    } catch (...) {
      what = std::string("nobody caught ") + abi::__cxa_current_exception_type()->name();
    }
  }
  if (engine != nullptr) engine->fail("assertion", what, at(innermost_place()));
  std::abort();
}

}  // namespace

void begin_language() {
  last_things = of_startup;
}

void end_of_startup() {
  of_startup = last_things;
  std::set_terminate(&terminated);
}

void do_last_things() {
  while (!last_things.empty()) {
    const auto last = last_things.back();
    last_things.pop_back();
    last.function(last.argument);
  }
}

}  // namespace gauntlet::rc11::unmodified

using namespace gauntlet::rc11;
using namespace gauntlet::rc11::unmodified;

// ---- Function-local statics. The compiler looks at the first byte itself, atomically: it says that all is done. The
// word after it is a lock.

namespace {
constexpr unsigned whole_word = ~0U;
std::uint32_t* lock_of(abi::__guard* guard) {
  return reinterpret_cast<std::uint32_t*>(guard) + 1;
}
}  // namespace

GAUNTLET_ENTRY int __cxa_guard_acquire(abi::__guard* guard) {
  auto* const done = reinterpret_cast<std::uint8_t*>(guard);
  if (!is_explored(guard)) return *done == 0;
  const void* const where = GAUNTLET_CALLER;
  await_modify(lock_of(guard), 4, operation::add_unless, whole_word, 1, order::acquire, where);
  if (load(done, 1, order::acquire, where) == 0) return 1;
  store(lock_of(guard), 4, 0, order::release, where);
  return 0;
}
GAUNTLET_ENTRY void __cxa_guard_release(abi::__guard* guard) noexcept {
  auto* const done = reinterpret_cast<std::uint8_t*>(guard);
  if (!is_explored(guard)) {
    *done = 1;
    return;
  }
  store(done, 1, 1, order::release, GAUNTLET_CALLER);
  store(lock_of(guard), 4, 0, order::release, GAUNTLET_CALLER);
}
GAUNTLET_ENTRY void __cxa_guard_abort(abi::__guard* guard) noexcept {
  if (is_explored(guard)) store(lock_of(guard), 4, 0, order::release, GAUNTLET_CALLER);
}

// ---- thread_local variables

GAUNTLET_ENTRY void* __emutls_get_address(emulated* it) {
  const void* const where = GAUNTLET_CALLER;
  // Before the first execution there is one thread, whose variables each execution's first thread has anew.
  auto& mine = inside() ? threads.mine().locals : threads[0].locals;
  if (it->number != 0 && it->number <= mine.size() && mine[it->number - 1] != nullptr) return mine[it->number - 1];
  const outside ordinary;
  if (it->number == 0) {
    // Restored with the program's variables: known all the same.
    const auto [known, is_new] = locals.try_emplace(it, described.size());
    if (is_new) described.push_back(it);
    it->number = known->second + 1;
  }
  if (mine.size() < it->number) mine.resize(it->number);
  auto& made = mine[it->number - 1];
  if (made == nullptr) made = new_local(*it, where);
  return made;
}

GAUNTLET_ENTRY int __cxa_thread_atexit(void (*destroy)(void*), void* object, void*) noexcept {
  const bool of_thread = inside();
  const outside ordinary;
  if (of_thread)
    threads.mine().endings.push_back({destroy, object});
  else
    last_things.push_back({destroy, object});
  return 0;
}

// ---- The standard streams: their buffers are the library's, and outlive the execution.

GAUNTLET_ENTRY bool sync_with_stdio(bool whether) __asm__("_ZNSt8ios_base15sync_with_stdioEb");
GAUNTLET_ENTRY bool sync_with_stdio(bool whether) {
  static const auto real = reinterpret_cast<bool (*)(bool)>(next("_ZNSt8ios_base15sync_with_stdioEb"));
  const outside ordinary;
  return real(whether);
}

// ---- The end

GAUNTLET_ENTRY int __cxa_atexit(void (*function)(void*), void* argument, void* library) {
  if (!inside() && !(storage.starting() && is_programs(GAUNTLET_CALLER))) {
    static const auto real = reinterpret_cast<int (*)(void (*)(void*), void*, void*)>(next("__cxa_atexit"));
    return real(function, argument, library);
  }
  const outside ordinary;
  last_things.push_back({function, argument});
  return 0;
}

GAUNTLET_ENTRY void abort() {
  if (inside()) engine->fail("assertion", "abort was called", at(GAUNTLET_CALLER));
  static const auto real = reinterpret_cast<void (*)()>(next("abort"));
  real();
  __builtin_unreachable();
}
GAUNTLET_ENTRY void __assert_fail(const char* what, const char* file, unsigned line, const char* function) noexcept {
  if (inside()) {
    const outside ordinary;
    engine->fail("assertion", std::string("assertion failed: ") + what, at(GAUNTLET_CALLER));
  }
  static const auto real = reinterpret_cast<decltype(&::__assert_fail)>(next("__assert_fail"));
  real(what, file, line, function);
  __builtin_unreachable();
}
