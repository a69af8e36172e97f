/// Writes a cell's `started` and `finished` records as Boost.Test runs its test cases.

#include <unistd.h>

#include <boost/cstdlib.hpp>
#include <boost/test/execution_monitor.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/test/unit_test_log_formatter.hpp>
#include <iostream>
#include <sstream>
#include <utility>

#include "harness/cell.hpp"
#include "harness/records.hpp"

namespace gauntlet::harness {
namespace {

namespace unit_test = boost::unit_test;

/// What Boost.Test logged as an error of the running test case.
struct failure {
  position where;
  std::string message;
};

std::vector<failure> failures;
std::optional<result> handed_over;

position place(unit_test::const_string file, std::size_t line) {
  const std::string path(file.begin(), file.end());
  return at({.file = path.c_str(), .function = "", .line = static_cast<unsigned>(line)});
}

/// Collects error messages: observers are told that an assertion failed, but not which.
class collector : public unit_test::unit_test_log_formatter {
 public:
  collector() { set_log_level(unit_test::log_all_errors); }

  void log_start(std::ostream&, unit_test::counter_t) override {}
  void log_finish(std::ostream&) override {}
  void log_build_info(std::ostream&, bool) override {}
  void test_unit_start(std::ostream&, const unit_test::test_unit&) override {}
  void test_unit_finish(std::ostream&, const unit_test::test_unit&, unsigned long) override {}
  void test_unit_skipped(std::ostream&, const unit_test::test_unit&, unit_test::const_string) override {}
  void entry_context_start(std::ostream&, unit_test::log_level) override {}
  void log_entry_context(std::ostream&, unit_test::log_level, unit_test::const_string) override {}
  void entry_context_finish(std::ostream&, unit_test::log_level) override {}

  void log_exception_start(std::ostream&, const unit_test::log_checkpoint_data& last,
                           const boost::execution_exception& thrown) override {
    const auto what = thrown.what();
    failures.push_back({place(last.m_file_name, last.m_line_num),
                        "an exception left the test: " + std::string(what.begin(), what.end())});
  }
  void log_exception_finish(std::ostream&) override {}

  void log_entry_start(std::ostream&, const unit_test::log_entry_data& entry, log_entry_types type) override {
    collecting_ = type == BOOST_UTL_ET_ERROR || type == BOOST_UTL_ET_FATAL_ERROR;
    if (collecting_)
      failures.push_back({at({entry.m_file_name.c_str(), "", static_cast<unsigned>(entry.m_line_num)}), ""});
  }
  void log_entry_value(std::ostream&, unit_test::const_string value) override {
    if (collecting_) failures.back().message.append(value.begin(), value.end());
  }
  void log_entry_finish(std::ostream&) override { collecting_ = false; }

 private:
  bool collecting_ = false;
};

violation as_violation(const std::string& check) {
  violation made{.violation_class = "assertion",
                 .message = "the test failed and said nothing",
                 .where = {},
                 .trace = {},
                 .stacks = {},
                 .replay = "",
                 .text = ""};
  const options& how = cell_options();
  made.replay = to_string({how.primitive, how.engine, check, {}, 0, 0});
  if (failures.empty()) return made;
  made.where = failures.front().where;
  made.where->function = check;
  made.message.clear();
  for (const failure& one : failures)
    made.message +=
        (made.message.empty() ? "" : "\n") + one.where.file + ":" + std::to_string(one.where.line) + ": " + one.message;
  return made;
}

class recorder : public unit_test::test_observer {
 public:
  void test_finish() override { records::done(); }

  void test_unit_start(const unit_test::test_unit& unit) override {
    if (unit.p_type != unit_test::TUT_CASE) return;
    failures.clear();
    handed_over.reset();
    records::started(unit.p_name.get());
  }

  void test_unit_finish(const unit_test::test_unit& unit, unsigned long microseconds) override {
    if (unit.p_type != unit_test::TUT_CASE) return;
    if (handed_over) return finish(*handed_over);
    result made{.check = unit.p_name.get(), .bounds = {}, .explored = 1, .unit = "runs", .broken = {}, .reason = ""};
    made.seconds = static_cast<double>(microseconds) / 1e6;
    made.seed = cell_options().seed;
    const bool passed = unit_test::results_collector.results(unit.p_id).passed();
    made.outcome = passed ? finding::clean : finding::violated;
    if (!passed) made.broken = as_violation(made.check);
    records::finished(made);
  }

  /// Whoever reads the records goes on with the other checks in a process of its own.
  static void finish(const result& found) {
    records::finished(found);
    if (!found.last || cell_options().records.empty()) return;
    std::cout << std::flush;
    _exit(found.broken ? boost::exit_test_failure : boost::exit_success);
  }

  /// For a test case whose precondition did not hold. One that the command line left out leaves no record.
  void test_unit_skipped(const unit_test::test_unit& unit, unit_test::const_string why) override {
    if (unit.p_type != unit_test::TUT_CASE || !unit.is_enabled()) return;
    result made{
        .check = unit.p_name.get(), .bounds = {}, .unit = "runs", .broken = {}, .reason{why.begin(), why.end()}};
    made.seed = cell_options().seed;
    records::started(made.check);
    records::finished(made);
  }

  /// Boost.Test's results collector has 3, and finishing goes from high to low.
  int priority() override { return 1; }
};

}  // namespace

void hand_over(result found) {
  handed_over = std::move(found);
}

void observe_test_cases() {
  static recorder observer;
  unit_test::framework::register_observer(observer);
  unit_test::unit_test_log.add_formatter(new collector);
}

}  // namespace gauntlet::harness
