/// What rc11 makes of a cell's ordinary data, of which the compiler tells: each fault is named with the member and the
/// lines, and what is right is clean.

#define BOOST_TEST_MODULE rc11_ordinary
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "harness/engine.hpp"
#include "primitives/mutex/spin_lock.hpp"
#include "primitives/sync.hpp"

namespace {

using namespace gauntlet;
using harness::shape;

template <class Scenario>
harness::result explored() {
  harness::contract made;
  made.add<Scenario>("tested", "", {.model = {{.threads = 2}}, .native = {.threads = 2}});
  harness::options how;
  how.primitive = "tested";
  how.engine = "rc11";
  how.seconds = 20;
  return harness::run(made.scenarios().front(), how);
}

/// @param lines of the two accesses, either of which may be the one that fails
template <class Scenario>
void expect_broken(const std::string& violation_class, const std::string& variable, unsigned one, unsigned other) {
  const harness::result found = explored<Scenario>();
  BOOST_REQUIRE(found.broken);
  const harness::violation& broken = *found.broken;
  BOOST_TEST(broken.violation_class == violation_class);
  BOOST_TEST(broken.message.find(variable) != broken.message.npos, broken.message << " lacks " << variable);
  BOOST_REQUIRE(broken.where);
  BOOST_TEST((broken.where->line == one || broken.where->line == other), broken.where->line);
  std::string steps;
  for (const auto& step : broken.trace)
    steps +=
        '\n' + step.operation + ' ' + step.variable + " in line " + std::to_string(step.where ? step.where->line : 0);
  for (const unsigned line : {one, other})
    BOOST_TEST(steps.find(" in line " + std::to_string(line)) != steps.npos, "no step in line " << line << steps);
}

template <class Scenario>
void expect_clean() {
  const harness::result found = explored<Scenario>();
  BOOST_TEST((found.outcome == harness::finding::clean), (found.broken ? found.broken->message : found.reason));
  BOOST_TEST((found.covered == harness::coverage::complete));
}

/// So that it is read.
void use(int value) {
  asm volatile("" : : "r"(value));
}

struct unlocked_look {
  static constexpr unsigned written = __LINE__ + 6;
  static constexpr unsigned read = __LINE__ + 7;
  explicit unlocked_look(shape) {}
  void thread(unsigned role) {
    if (role == 0) {
      const std::lock_guard guard(lock_);
      count_ = count_ + 1;
    } else {
      use(count_);
    }
  }
  spin_lock lock_;
  int count_ = 0;
};

struct unlocked_size {
  static constexpr unsigned written = __LINE__ + 6;
  static constexpr unsigned read = __LINE__ + 7;
  explicit unlocked_size(shape) {}
  void thread(unsigned role) {
    if (role == 0) {
      const std::lock_guard guard(lock_);
      items_.push_back(1);
    } else {
      use(static_cast<int>(items_.size()));
    }
  }
  spin_lock lock_;
  std::vector<int> items_;
};

/// Threads' own stacks are left out until another thread comes to one.
struct written_after_it_was_shown {
  static constexpr unsigned own = __LINE__ + 7;
  static constexpr unsigned others = __LINE__ + 9;
  explicit written_after_it_was_shown(shape) {}
  void thread(unsigned role) {
    if (role == 0) {
      int local = 1;
      shown_.store(&local, std::memory_order_release);
      local = 2;
      use(*shown_.load(std::memory_order_relaxed));
    } else if (const int* const other = shown_.load(std::memory_order_acquire)) {
      use(*other);
    }
  }
  sync::atomic<int*> shown_{nullptr};
};

struct node {
  int value = 0;
  int rank = 0;
};

struct used_after_delete {
  static constexpr unsigned freed = __LINE__ + 7;
  static constexpr unsigned read = __LINE__ + 9;
  explicit used_after_delete(shape) : only_(new node) {}
  ~used_after_delete() { delete (gone_ ? nullptr : only_); }
  void thread(unsigned role) {
    const std::lock_guard guard(lock_);
    if (role == 0) {
      delete only_;
      gone_ = true;
    } else if (gone_) {
      use(only_->rank);
    }
  }
  spin_lock lock_;
  bool gone_ = false;
  node* only_;
};

struct deleted_beside_a_read {
  static constexpr unsigned freed = __LINE__ + 5;
  static constexpr unsigned read = __LINE__ + 7;
  explicit deleted_beside_a_read(shape) : only_(new node) {}
  void thread(unsigned role) {
    if (role == 0) {
      delete only_;
      done_.store(true, std::memory_order_relaxed);
    } else {
      use(only_->rank);
    }
  }
  node* only_;
  sync::atomic<bool> done_{false};
};

struct deleted_twice {
  static constexpr unsigned freed = __LINE__ + 4;
  explicit deleted_twice(shape) : only_(new node) {}
  void thread(unsigned) {
    const std::lock_guard guard(lock_);
    delete only_;
  }
  spin_lock lock_;
  node* only_;
};

struct forgotten {
  static constexpr unsigned made = __LINE__ + 3;
  explicit forgotten(shape) {}
  void thread(unsigned role) {
    if (role == 0) last_ = new node;
  }
  node* last_ = nullptr;
};

struct beyond_the_end {
  static constexpr unsigned read = __LINE__ + 4;
  explicit beyond_the_end(shape) {}
  ~beyond_the_end() { delete[] items_; }
  void thread(unsigned role) {
    if (role == 0) use(items_[count_]);
  }
  std::size_t count_ = 3;
  int* items_ = new int[3]{1, 2, 3};
};

/// Whatever containers do under a lock, and what an exception carries: each thread's may lie where another's did.
struct locked_containers {
  struct refusal {
    explicit refusal(int of) : number(of) {}
    int number;
  };
  explicit locked_containers(shape) {}
  void thread(unsigned role) {
    const int own = static_cast<int>(role);
    try {
      const std::lock_guard guard(lock_);
      map_[own] = "as long as no small string is: " + std::to_string(own);
      deque_.push_back(own);
      if (own == 1) deque_.pop_front();
      throw refusal(own);
    } catch (const refusal& caught) {
      sync::check(caught.number == own, "another's");
    }
  }
  void after() { sync::check(map_.size() == 2 && deque_.size() == 1, "lost"); }
  spin_lock lock_;
  std::map<int, std::string> map_;
  std::deque<int> deque_;
};

/// On the heap and on a thread's stack, handed over and given back.
struct handed_over {
  explicit handed_over(shape) {}
  void thread(unsigned role) {
    if (role == 0) {
      node local;
      heap_ = std::make_unique<node>();
      shown_.store(&local, std::memory_order_release);
      sync::spin_until([&] { return done_.load(std::memory_order_acquire); });
      sync::check(std::exchange(local.value, 2) == 1 && heap_ == nullptr, "not given back");
    } else {
      sync::spin_until([&] { return shown_.load(std::memory_order_acquire) != nullptr; });
      shown_.load(std::memory_order_relaxed)->value = 1;
      heap_.reset();
      done_.store(true, std::memory_order_release);
    }
  }
  sync::atomic<node*> shown_{nullptr};
  sync::atomic<bool> done_{false};
  std::unique_ptr<node> heap_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_member_read_outside_of_the_lock_is_a_race) {
  expect_broken<unlocked_look>("data_race", "count_: ", unlocked_look::written, unlocked_look::read);
}

BOOST_AUTO_TEST_CASE(a_container_s_own_data_is_told_by_its_name) {
  expect_broken<unlocked_size>("data_race", "items_: ", unlocked_size::written, unlocked_size::read);
}

BOOST_AUTO_TEST_CASE(a_local_that_another_thread_reads_is_looked_at) {
  expect_broken<written_after_it_was_shown>("data_race", "", written_after_it_was_shown::own,
                                            written_after_it_was_shown::others);
}

BOOST_AUTO_TEST_CASE(what_is_used_after_its_delete_is_named) {
  expect_broken<used_after_delete>("use_after_free", "node#0.rank ", used_after_delete::freed, used_after_delete::read);
}

BOOST_AUTO_TEST_CASE(a_delete_beside_a_read_is_named) {
  expect_broken<deleted_beside_a_read>("use_after_free", "node#0.rank ", deleted_beside_a_read::freed,
                                       deleted_beside_a_read::read);
}

BOOST_AUTO_TEST_CASE(a_second_delete_is_a_double_free) {
  expect_broken<deleted_twice>("double_free", "a block of 8 bytes is deleted twice", deleted_twice::freed,
                               deleted_twice::freed);
}

BOOST_AUTO_TEST_CASE(what_is_never_deleted_is_a_leak) {
  const harness::result found = explored<forgotten>();
  BOOST_REQUIRE(found.broken);
  BOOST_TEST(found.broken->violation_class == "leak");
  BOOST_REQUIRE(found.broken->where);
  BOOST_TEST(found.broken->where->line == forgotten::made);
}

BOOST_AUTO_TEST_CASE(an_access_beyond_a_block_is_undefined) {
  expect_broken<beyond_the_end>("undefined", "an access goes 4 bytes beyond a block of 12 bytes", beyond_the_end::read,
                                beyond_the_end::read);
}

BOOST_AUTO_TEST_CASE(what_is_right_is_clean) {
  expect_clean<locked_containers>();
  expect_clean<handed_over>();
}
