#include "harness/tally.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace gauntlet::harness {

tally::tally(const scenario& what)
    : what_(&what), counts_(what.allowed.size()), forbidden_(what.allowed.empty() ? 0 : what.allowed[0].values.size()) {
  if (what.allowed.empty()) throw std::logic_error("the scenario " + what.name + " allows no outcome");
}

bool tally::count(void* instance) {
  const std::span<const std::int64_t> seen = what_->outcome(instance);
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (std::ranges::equal(what_->allowed[i].values, seen)) {
      ++counts_[i];
      return true;
    }
  forbidden_size_ = std::min(seen.size(), forbidden_.size());
  std::copy_n(seen.begin(), forbidden_size_, forbidden_.begin());
  return false;
}

void tally::fail() const {
  std::string all;
  for (const prospect& one : what_->allowed) all += "\n  " + what_->words(one.values);
  harness::fail("assertion", "came to " + what_->words(forbidden()) + ", which is not allowed; what is:" + all, {});
}

void tally::add(const tally& other) {
  std::ranges::transform(counts_, other.counts_, counts_.begin(), std::plus());
  forbidden_ = other.forbidden_;
  forbidden_size_ = other.forbidden_size_;
}

void tally::clear() {
  std::ranges::fill(counts_, 0);
  forbidden_size_ = 0;
}

std::vector<counted> tally::counts() const {
  std::vector<counted> all;
  if (forbidden_size_ > 0) all.push_back({what_->words(forbidden()), 1, grade::forbidden});
  for (std::size_t i = 0; i < counts_.size(); ++i)
    all.push_back({what_->words(what_->allowed[i].values), counts_[i],
                   what_->allowed[i].interesting ? grade::interesting : grade::allowed});
  return all;
}

}  // namespace gauntlet::harness
