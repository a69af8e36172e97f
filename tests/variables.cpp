/// Names for addresses of things that nobody prepared, from this test program's own debug information.

#include "harness/variables.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <mutex>

namespace variables_test {

using gauntlet::harness::allocated;
using gauntlet::harness::frames;
using gauntlet::harness::variables;

struct node {
  node* next = nullptr;
  int value = 0;
};

struct queue {
  std::atomic<node*> head_{nullptr};
  std::mutex lock_;
  bool closed_ = false;
};

queue shared;
int counters[3];

int& counted() {
  static int so_far = 0;
  return so_far;
}

std::string name(const variables& all, const void* address) {
  const auto* const found = all.at(address);
  return found == nullptr ? "" : found->name;
}

BOOST_AUTO_TEST_CASE(globals_and_statics_have_names) {
  frames read;
  const variables all(read);
  BOOST_TEST(name(all, &shared.head_) == "shared.head_");
  BOOST_TEST(name(all, &shared.closed_) == "shared.closed_");
  BOOST_TEST(name(all, &shared.lock_) == "shared.lock_");
  BOOST_TEST(name(all, &counters[2]) == "counters[2]");
  BOOST_TEST(name(all, &counted()) == "so_far");
  BOOST_TEST((all.at(&shared.closed_)->kind == gauntlet::harness::reading::boolean));
  BOOST_TEST((all.at(&shared.head_)->kind == gauntlet::harness::reading::pointer));
  const int local = 0;
  BOOST_TEST(name(all, &local) == "");
}

[[gnu::noinline]] void ask(variables& all) {
  // This function's caller: whose frame pointer lies at this one's frame.
  all.add_call(__builtin_return_address(0), *static_cast<void**>(__builtin_frame_address(0)));
}

BOOST_AUTO_TEST_CASE(locals_of_a_call_that_is_under_way_have_names) {
  frames read;
  variables all(read);
  queue own;
  own.closed_ = true;
  ask(all);
  BOOST_TEST(name(all, &own.closed_) == "own.closed_");
}

[[gnu::noinline]] const void* here() {
  return __builtin_return_address(0);
}

BOOST_AUTO_TEST_CASE(pieces_of_the_heap_are_named_after_what_the_source_makes) {
  frames read;
  variables all(read);
  std::unique_ptr<node> first, second;
  // clang-format off
  const void* where = (first.reset(new node), here());
  // clang-format on
  all.add_block({first.get(), sizeof(node), {where}});
  second = std::make_unique<node>();
  all.add_block({second.get(), sizeof(node), {where}});
  BOOST_TEST(name(all, &first->next) == "node#0.next");
  BOOST_TEST(name(all, &second->value) == "node#1.value");
  BOOST_TEST(all.block_name(second.get()) == "node#1");
}

BOOST_AUTO_TEST_CASE(pieces_of_unknown_type_are_named_by_who_asked_for_them) {
  frames read;
  variables all(read);
  const char piece[24] = {};
  all.add_block({piece, sizeof piece, {here()}});
  const std::string told = name(all, piece + 16);
  BOOST_TEST(told.starts_with("+16 of the 24 bytes allocated at tests/variables.cpp:"));
  BOOST_TEST(all.block_name(piece) == "block#0");
  BOOST_TEST(name(all, piece + 24) == "");
}

BOOST_AUTO_TEST_CASE(a_call_s_frame_says_where_and_in_what) {
  frames read;
  const void* const where = here();
  const auto all = read.of(where);
  BOOST_REQUIRE(!all.empty());
  BOOST_TEST(all.front().file == "tests/variables.cpp");
  BOOST_TEST(all.front().line == __LINE__ - 4U);
  BOOST_TEST(all.front().function.find("a_call_s_frame_says_where_and_in_what") != std::string::npos);
  BOOST_TEST(read.of(static_cast<const void*>(nullptr)).empty());
}

}  // namespace variables_test
