/// Takes ThreadSanitizer's reports as data. tsan flavour only.
///
/// Compiled without -fsanitize=thread and without the standard library: the hook runs inside of the tool's runtime with
/// its locks held, where an instrumented access or a malloc would wait for ever. So it copies into a static object, and
/// the driver makes sense of that later.

#include <sanitizer/tsan_interface.h>

#include "stress/sanitizer.hpp"

namespace __sanitizer {

/// The runtime's own: called with each piece of what it prints.
void SetPrintfAndReportCallback(void (*listener)(const char*));

}  // namespace __sanitizer

namespace gauntlet::stress {

void abandon() noexcept;

namespace {

enum : int { empty, filling, full };

int state = empty;
sanitizer_report report;

int rehearsing = 0;
int rehearsed = 0;

/// Where the next piece of text goes.
unsigned printed = 0;

/// Which locks are held at an access is nowhere but in the text. One report is printed at a time.
void listen(const char* piece) {
  if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) != empty) return;
  while (*piece != 0 && printed + 1 < sizeof report.text) report.text[printed++] = *piece++;
  report.text[printed] = 0;
}

[[gnu::constructor]] void begin_listening() {
  __sanitizer::SetPrintfAndReportCallback(&listen);
}

void clear(void** frames) {
  for (int i = 0; i < sanitizer_stack::depth; ++i) frames[i] = nullptr;
}

sanitizer_stack* next(sanitizer_stack::kind what, int thread) {
  if (report.stacks == sanitizer_report::most) return nullptr;
  sanitizer_stack* const made = &report.stack[report.stacks++];
  *made = {};
  made->what = what;
  made->thread = thread;
  return made;
}

void copy_type(const char* type) {
  unsigned i = 0;
  for (; type[i] != 0 && i + 1 < sizeof report.type; ++i) report.type[i] = type[i];
  report.type[i] = 0;
}

void copy_accesses(void* from, int count) {
  for (int i = 0; i < count; ++i) {
    void* frames[sanitizer_stack::depth];
    clear(frames);
    int thread = 0, size = 0, write = 0, atomic = 0;
    void* address = nullptr;
    __tsan_get_report_mop(from, static_cast<unsigned long>(i), &thread, &address, &size, &write, &atomic, frames,
                          sanitizer_stack::depth);
    sanitizer_stack* const made = next(sanitizer_stack::kind::access, thread);
    if (made == nullptr) return;
    made->size = size;
    made->write = write != 0;
    made->atomic = atomic != 0;
    for (int j = 0; j < sanitizer_stack::depth; ++j) made->frames[j] = frames[j];
  }
}

/// Of a lock-order inversion, in pairs: where a lock was acquired, and where the one held then had been. Of other
/// reports, where it happened.
void copy_stacks(void* from, int count) {
  for (int i = 0; i < count; ++i) {
    sanitizer_stack* const made = next(sanitizer_stack::kind::lock, -1);
    if (made == nullptr) return;
    __tsan_get_report_stack(from, static_cast<unsigned long>(i), made->frames, sanitizer_stack::depth);
  }
}

void copy_locks(void* from, int count) {
  report.locks = 0;
  for (int i = 0; i < count && report.locks < sanitizer_report::most; ++i) {
    sanitizer_lock& made = report.lock[report.locks++];
    void *address = nullptr, *frames[1];
    int destroyed = 0;
    __tsan_get_report_mutex(from, static_cast<unsigned long>(i), &made.number, &address, &destroyed, frames, 1);
    made.address = address;
  }
}

void copy_threads(void* from, int count, int unique) {
  report.threads = report.edges = 0;
  for (int i = 0; i < count && report.threads < sanitizer_report::most; ++i) {
    unsigned long kernel = 0;
    int number = 0, running = 0, parent = 0;
    const char* name = nullptr;
    void* frames[sanitizer_stack::depth];
    clear(frames);
    __tsan_get_report_thread(from, static_cast<unsigned long>(i), &number, &kernel, &running, &name, &parent, frames,
                             sanitizer_stack::depth);
    report.thread[report.threads++] = {number, static_cast<int>(kernel)};
    // The main thread has none.
    sanitizer_stack* const made = frames[0] == nullptr ? nullptr : next(sanitizer_stack::kind::creation, number);
    if (made == nullptr) continue;
    for (int j = 0; j < sanitizer_stack::depth; ++j) made->frames[j] = frames[j];
  }
  for (int i = 0; i < unique && report.edges < sanitizer_report::most; ++i)
    __tsan_get_report_unique_tid(from, static_cast<unsigned long>(i), &report.edge_thread[report.edges++]);
}

void copy_allocations(void* from, int count) {
  for (int i = 0; i < count; ++i) {
    void* frames[sanitizer_stack::depth];
    clear(frames);
    const char* type = nullptr;
    void *address = nullptr, *start = nullptr;
    unsigned long size = 0;
    int thread = 0, descriptor = 0, suppressable = 0;
    __tsan_get_report_loc(from, static_cast<unsigned long>(i), &type, &address, &start, &size, &thread, &descriptor,
                          &suppressable, frames, sanitizer_stack::depth);
    if (frames[0] == nullptr) continue;
    sanitizer_stack* const made = next(sanitizer_stack::kind::allocation, thread);
    if (made == nullptr) return;
    made->size = static_cast<int>(size);
    for (int j = 0; j < sanitizer_stack::depth; ++j) made->frames[j] = frames[j];
  }
}

}  // namespace

const sanitizer_report* first_report() noexcept {
  return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == full ? &report : nullptr;
}

void forget_report() noexcept {
  __atomic_store_n(&state, empty, __ATOMIC_RELEASE);
}

void rehearse(bool on) noexcept {
  __atomic_store_n(&rehearsing, on ? 1 : 0, __ATOMIC_RELEASE);
}

bool reported() noexcept {
  return __atomic_load_n(&rehearsed, __ATOMIC_ACQUIRE) != 0;
}

double slowdown() noexcept {
  return 2;
}

}  // namespace gauntlet::stress

/// Exit status 201 is Boost.Test's for a failure, so that a race that no check saw end fails the cell too. The history
/// must reach back over a round; two stacks tell where each lock of an inversion was taken. What one check or attempt
/// found must be told again in the next.
extern "C" const char* __tsan_default_options() {
  return "exitcode=201:history_size=4:second_deadlock_stack=1:suppress_equal_stacks=0:atexit_sleep_ms=0:"
         "report_signal_unsafe=0";
}

namespace __tsan {

class ReportDesc;

/// Called before a report is printed and counted. @return whether it shall be neither
bool OnReport(const ReportDesc*, bool suppressed);
bool OnReport(const ReportDesc*, bool suppressed) {
  if (__atomic_load_n(&gauntlet::stress::rehearsing, __ATOMIC_ACQUIRE) == 0) {
    if (__atomic_load_n(&gauntlet::stress::state, __ATOMIC_ACQUIRE) == 0) gauntlet::stress::printed = 0;
    return suppressed;
  }
  __atomic_store_n(&gauntlet::stress::rehearsed, 1, __ATOMIC_RELEASE);
  return true;
}

}  // namespace __tsan

extern "C" void __tsan_on_report(void* from) {
  using namespace gauntlet::stress;
  int expected = empty;
  if (!__atomic_compare_exchange_n(&state, &expected, filling, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
  void* sleep[1];
  const char* type = nullptr;
  int count, stacks, accesses, locations, mutexes, threads, unique;
  __tsan_get_report_data(from, &type, &count, &stacks, &accesses, &locations, &mutexes, &threads, &unique, sleep, 1);
  report.stacks = 0;
  copy_type(type);
  copy_accesses(from, accesses);
  copy_stacks(from, stacks);
  copy_allocations(from, locations);
  copy_locks(from, mutexes);
  copy_threads(from, threads, unique);
  __atomic_store_n(&state, full, __ATOMIC_RELEASE);
  abandon();
}
