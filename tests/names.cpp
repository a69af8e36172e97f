/// Names for addresses, from this test program's own debug information.

#include "harness/names.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <typeinfo>
#include <vector>

#include "primitives/sync.hpp"

namespace names_test {

namespace sync = gauntlet::sync;

struct cell {
  sync::atomic<unsigned> sequence{0};
  sync::var<int> item{0};
};

struct base {
  int inherited = 0;
};

template <class T, std::size_t size>
struct ring : base {
  sync::atomic<T> head_{};
  cell cells_[size];
  std::array<cell, 2> pair_;
  std::vector<cell> more_{3};
  std::unique_ptr<cell> one_ = std::make_unique<cell>();
};

BOOST_AUTO_TEST_CASE(members_elements_and_what_they_own_have_names) {
  const ring<unsigned long, 4> object;
  gauntlet::harness::names names;
  names.add(&object, typeid(object).name(), "ring.");
  BOOST_TEST(names.of(&object.inherited) == "ring.inherited");
  BOOST_TEST(names.of(&object.head_) == "ring.head_");
  BOOST_TEST(names.of(&object.cells_[2].sequence) == "ring.cells_[2].sequence");
  BOOST_TEST(names.of(&object.cells_[3].item) == "ring.cells_[3].item");
  BOOST_TEST(names.of(&object.pair_[1].item) == "ring.pair_[1].item");
  BOOST_TEST(names.of(&object.more_[1].item) == "ring.more_[1].item");
  BOOST_TEST(names.of(&object.one_->sequence) == "ring.one_.sequence");
  BOOST_TEST(names.of(reinterpret_cast<const char*>(&object.cells_[0].item) + 2) == "ring.cells_[0].item");
}

BOOST_AUTO_TEST_CASE(unknown_addresses_have_none) {
  const int elsewhere = 0;
  gauntlet::harness::names names;
  BOOST_TEST(names.of(&elsewhere) == "");
  names.add(&elsewhere, "no such type", "x.");
  BOOST_TEST(names.of(&elsewhere) == "");
}

BOOST_AUTO_TEST_CASE(a_dangling_pointer_is_no_name_and_no_crash) {
  struct owner {
    std::unique_ptr<cell> gone;
  };
  owner object;
  object.gone.reset(reinterpret_cast<cell*>(0x1000));
  gauntlet::harness::names names;
  names.add(&object, typeid(object).name(), "");
  BOOST_TEST(names.of(&object.gone) == "");
  std::ignore = object.gone.release();
}

BOOST_AUTO_TEST_CASE(types_are_told_without_noise) {
  BOOST_TEST(gauntlet::harness::readable_type(typeid(ring<unsigned, 2>).name()) == "ring");
  BOOST_TEST(gauntlet::harness::readable_type(typeid(std::vector<cell>::value_type).name()) == "cell");
}

}  // namespace names_test
