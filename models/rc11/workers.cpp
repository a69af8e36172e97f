#include "models/rc11/workers.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <stdexcept>

#include "models/rc11/explorer.hpp"

namespace gauntlet::rc11 {

/// In memory that all processes see.
struct workers::shared {
  std::atomic<int> free{0};
  std::atomic<unsigned> started{1};
  std::atomic<unsigned> finished{0};
  std::atomic<bool> stopped{false};
  std::atomic<bool> unfinished{false};
  std::atomic<bool> out_of_memory{false};
  std::atomic<std::uint64_t> complete{0};
  std::atomic<std::uint64_t> blocked{0};
  std::atomic<std::uint64_t> cut{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<double> explored{0};
  std::atomic<unsigned> events{0};
  std::atomic<unsigned> threads{0};
  std::atomic<unsigned> locations{0};
  std::atomic<bool> bounded{false};
  /// Written by who sets `bounded`. What it points at lies at the same address in all.
  site bound;
};

namespace {
void raise(std::atomic<unsigned>& most, unsigned to) {
  unsigned before = most.load();
  while (before < to && !most.compare_exchange_weak(before, to)) {
  }
}
}  // namespace

workers::workers(unsigned most) {
  void* const mapped = mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ends[2];
  if (mapped == MAP_FAILED || pipe(ends) != 0) throw std::bad_alloc();
  read_end_ = ends[0];
  write_end_ = ends[1];
  all_ = new (mapped) shared;
  all_->free = static_cast<int>(most) - 1;
}

workers::~workers() {
  close(read_end_);
  if (write_end_ != -1) close(write_end_);
  munmap(all_, sizeof(shared));
}

bool workers::wanted() const {
  return all_->free.load(std::memory_order_relaxed) > 0;
}

workers::side workers::divide() {
  if (all_->free.fetch_sub(1) <= 0) {
    all_->free.fetch_add(1);
    return side::alone;
  }
  all_->started.fetch_add(1);
  const pid_t child = fork();
  if (child == 0) {
    first_ = false;
    children_.clear();
    return side::new_one;
  }
  if (child > 0) {
    children_.push_back(child);
    return side::old_one;
  }
  // The system has no process left: it goes on with those that there are.
  all_->started.fetch_sub(1);
  return side::alone;
}

void workers::stop() {
  all_->stopped = true;
}

bool workers::stopped() const {
  return all_->stopped.load(std::memory_order_relaxed);
}

void workers::finish(statistics& found) {
  all_->complete += found.complete;
  all_->blocked += found.blocked;
  all_->cut += found.cut;
  all_->dropped += found.dropped;
  all_->explored += found.explored;
  raise(all_->events, found.events);
  raise(all_->threads, found.threads);
  raise(all_->locations, found.locations);
  if (!found.exhausted) all_->unfinished = true;
  if (found.out_of_memory) all_->out_of_memory = true;
  if (found.bound && !all_->bounded.exchange(true)) all_->bound = *found.bound;
  all_->finished.fetch_add(1);
  all_->free.fetch_add(1);
  if (!first_) _exit(0);
  close(std::exchange(write_end_, -1));
  char none = 0;
  while (read(read_end_, &none, 1) > 0) {
  }
  // Other processes' children are init's by now.
  for (const pid_t child : children_) waitpid(child, nullptr, 0);
  if (all_->finished != all_->started) throw std::runtime_error("rc11: a process of the search died");
  found.complete = all_->complete;
  found.blocked = all_->blocked;
  found.cut = all_->cut;
  found.dropped = all_->dropped;
  found.explored = all_->explored;
  found.events = all_->events;
  found.threads = all_->threads;
  found.locations = all_->locations;
  found.exhausted = !all_->unfinished;
  found.out_of_memory = all_->out_of_memory;
  if (all_->bounded) found.bound = all_->bound;
}

}  // namespace gauntlet::rc11
