/// A snapshot's API on real threads.

#include <atomic>
#include <cstdint>
#include <latch>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/behaviour.hpp"
#include GAUNTLET_HEADER

namespace {

using gauntlet::harness::crew;
using snapshot = GAUNTLET_TYPE;
using values = std::vector<std::uint32_t>;

BOOST_AUTO_TEST_CASE(neither_copied_nor_moved) {
  BOOST_TEST(!std::is_copy_constructible_v<snapshot>);
  BOOST_TEST(!std::is_copy_assignable_v<snapshot>);
  BOOST_TEST(!std::is_move_constructible_v<snapshot>);
}

BOOST_AUTO_TEST_CASE(begins_with_zeros) {
  BOOST_TEST(snapshot(3).read() == (values{0, 0, 0}), boost::test_tools::per_element());
  BOOST_TEST(std::as_const(*std::make_unique<snapshot>(1)).read().size() == 1U);
  BOOST_TEST(snapshot(0).read().size() == 0U);
}

BOOST_AUTO_TEST_CASE(read_gives_what_was_written_last) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  snapshot tested(3);
  tested.write(1, 7);
  BOOST_TEST(tested.read() == (values{0, 7, 0}), boost::test_tools::per_element());
  tested.write(0, most);
  tested.write(1, 0);
  tested.write(2, 1);
  BOOST_TEST(tested.read() == (values{most, 0, 1}), boost::test_tools::per_element());
  tested.write(2, 1);
  BOOST_TEST(tested.read() == (values{most, 0, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_component_that_is_none_is_refused) {
  snapshot tested(2);
  BOOST_CHECK_THROW(tested.write(2, 1), std::out_of_range);
  BOOST_CHECK_THROW(tested.write(std::numeric_limits<std::size_t>::max(), 1), std::out_of_range);
  BOOST_TEST(tested.read() == (values{0, 0}), boost::test_tools::per_element());
}

/// One thread moves 1 from component to component, out of the first one's plenty: what is read adds up, or one is under
/// way.
BOOST_AUTO_TEST_CASE(what_is_read_adds_up) {
  constexpr std::uint32_t plenty = 10'000;
  snapshot tested(3);
  tested.write(0, plenty);
  std::latch start(3);
  std::atomic<bool> over{false};
  std::atomic<unsigned> astray{0};
  crew everybody(3, [&](unsigned member) {
    start.arrive_and_wait();
    if (member == 0) {
      for (std::uint32_t moved = 1; moved <= plenty; ++moved) {
        tested.write(0, plenty - moved);
        tested.write(1 + moved % 2, (moved + 1) / 2);
      }
      over = true;
      return;
    }
    while (!over) {
      const auto seen = tested.read();
      if (const auto sum = seen[0] + seen[1] + seen[2]; sum != plenty && sum != plenty - 1) ++astray;
    }
  });
  everybody.wait();
  BOOST_TEST(astray == 0U);
  BOOST_TEST(tested.read() == (values{0, plenty / 2, plenty / 2}), boost::test_tools::per_element());
}

}  // namespace
