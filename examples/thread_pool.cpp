/// Five pages fetched by three workers: as they come, then in order.

#include <chrono>
#include <cstdio>
#include <exception>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "primitives/executor/thread_pool_executor.hpp"

namespace {

using namespace std::chrono_literals;

/// The sleep stands for the network.
std::string fetch(const std::string& url) {
  std::this_thread::sleep_for(2ms);
  if (url == "page/4") throw std::runtime_error("404 Not Found");
  return "content of " + url;
}

}  // namespace

int main() {
  gauntlet::thread_pool_executor pool(3);

  const std::vector<std::string> urls{"page/1", "page/2", "page/3", "page/4", "page/5"};
  std::unordered_map<gauntlet::future<std::string>, std::string> url_of;
  for (const auto& url : urls) url_of.emplace(pool.submit(fetch, url), url);
  for (const auto& done : gauntlet::as_completed(url_of | std::views::keys)) {
    try {
      std::printf("%s\n", done.result().c_str());
    } catch (const std::exception& error) {
      std::printf("error fetching %s: %s\n", url_of[done].c_str(), error.what());
    }
  }

  // In the order of the arguments, whoever is done first. The first error ends it.
  try {
    for (const std::string& content : pool.map(fetch, urls)) std::printf("in order: %s\n", content.c_str());
  } catch (const std::exception& error) {
    std::printf("then: %s\n", error.what());
  }
}
