#include "models/litmus/catalogue.hpp"

#include <iterator>
#include <sstream>

#include "models/litmus/families/causality.hpp"
#include "models/litmus/families/coherence.hpp"
#include "models/litmus/families/independent_reads.hpp"
#include "models/litmus/families/load_buffering.hpp"
#include "models/litmus/families/message_passing.hpp"
#include "models/litmus/families/plain_data.hpp"
#include "models/litmus/families/read_modify_writes.hpp"
#include "models/litmus/families/release_sequences.hpp"
#include "models/litmus/families/store_buffering.hpp"
#include "models/litmus/families/store_order.hpp"

namespace gauntlet::litmus {

std::vector<test> catalogue() {
  std::vector<test> out;
  for (const auto family : {&store_buffering, &load_buffering, &coherence, &message_passing, &causality,
                            &independent_reads, &store_order, &read_modify_writes, &release_sequences, &plain_data}) {
    const auto tests = family();
    out.insert(out.end(), tests.begin(), tests.end());
  }
  return out;
}

std::set<std::string> listed(const test& of) {
  std::istringstream in{std::string(of.outcomes)};
  return {std::istream_iterator<std::string>(in), {}};
}

}  // namespace gauntlet::litmus
