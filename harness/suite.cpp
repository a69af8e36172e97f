/// One Boost.Test case for each scenario of the cell's contract. Linked into the engines that explore scenarios.

#include <boost/test/unit_test.hpp>

#include "harness/cell.hpp"

namespace gauntlet::harness {
namespace {

std::string headline(const violation& broken) {
  std::string line = broken.violation_class + ": " + broken.message.substr(0, broken.message.find('\n'));
  if (broken.where) line += " (" + broken.where->file + ":" + std::to_string(broken.where->line) + ")";
  return line + "\nagain: make replay TOKEN=" + broken.replay;
}

void explore(const scenario& what) {
  result found = run(what, cell_options());
  hand_over(found);
  if (found.broken) BOOST_ERROR(headline(*found.broken));
}

/// Before main, as BOOST_AUTO_TEST_CASE does it. Describing a contract runs no primitive.
const bool registered = [] {
  static const contract made = cell_contract();
  for (const scenario& one : made.scenarios())
    if (explores(one))
      boost::unit_test::framework::master_test_suite().add(
          boost::unit_test::make_test_case([&one] { explore(one); }, one.name, __FILE__, __LINE__));
  return true;
}();

}  // namespace
}  // namespace gauntlet::harness
