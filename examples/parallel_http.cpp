/// Twenty URLs fetched by five workers, some of which can't be had: missing, too slow, refused. Errors are collected,
/// and each request has a time-out of its own beside the one for all.
///
/// The server is this program's own, on 127.0.0.1, on a port that the system chooses.

#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "primitives/event/event.hpp"
#include "primitives/executor/thread_pool_executor.hpp"
#include "primitives/thread/thread.hpp"

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

/// Answers /item/… after a while, /slow/… when it is stopped, and all else with 404.
class server {
 public:
  server() : port_(http_.bind_to_any_port("127.0.0.1")) {
    if (port_ < 0) throw std::runtime_error("no port on 127.0.0.1 to serve on");
    http_.Get(R"(/item/(\d+))", [this](const httplib::Request& request, httplib::Response& response) {
      stopping_.wait_for(20ms);
      response.set_content("item " + request.matches[1].str(), "text/plain");
    });
    http_.Get(R"(/slow/.*)", [this](const httplib::Request&, httplib::Response&) { stopping_.wait_for(30s); });
    listener_.start();
    // stop() stops only what runs.
    while (!http_.is_running()) std::this_thread::yield();
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() {
    stopping_.set();
    http_.stop();
    listener_.join();
  }

  int port() const { return port_; }

 private:
  httplib::Server http_;
  int port_;
  gauntlet::event stopping_;
  gauntlet::thread listener_{[this] { http_.listen_after_bind(); }, {.name = "server"}};
};

/// A port that is taken, but that nobody listens at.
class deaf_port {
 public:
  deaf_port() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, plain, size) != 0 || ::getsockname(socket_, plain, &size) != 0)
      throw std::runtime_error("no port on 127.0.0.1 to leave deaf");
    number_ = ntohs(address.sin_port);
  }
  deaf_port(const deaf_port&) = delete;
  deaf_port& operator=(const deaf_port&) = delete;
  ~deaf_port() { ::close(socket_); }

  int number() const { return number_; }

 private:
  int socket_;
  int number_ = 0;
};

struct url {
  int port;
  std::string path;
};

struct response {
  std::string body;
  clock_type::duration elapsed;
};

/// @param patience for connecting, and for each piece of the answer
/// @throws std::runtime_error that says what went wrong
response fetch(const url& from, std::chrono::milliseconds patience) {
  const auto start = clock_type::now();
  httplib::Client client("127.0.0.1", from.port);
  client.set_connection_timeout(patience);
  client.set_read_timeout(patience);
  const httplib::Result answer = client.Get(from.path);
  if (answer.error() == httplib::Error::Connection) throw std::runtime_error("connection refused");
  if (answer.error() == httplib::Error::Read) throw std::runtime_error("no answer in time");
  if (!answer) throw std::runtime_error(httplib::to_string(answer.error()));
  if (answer->status != 200) throw std::runtime_error("status " + std::to_string(answer->status));
  return {answer->body, clock_type::now() - start};
}

struct outcome {
  std::map<std::string, response> results;
  /// What went wrong, by path.
  std::map<std::string, std::string> errors;
};

/// @param patience for each request @param total for all of them together
outcome fetch_all(const std::vector<url>& urls, int workers, std::chrono::milliseconds patience,
                  std::chrono::milliseconds total) {
  gauntlet::thread_pool_executor pool(workers);
  std::unordered_map<gauntlet::future<response>, std::string> path_of;
  for (const url& each : urls) path_of.emplace(pool.submit(fetch, each, patience), each.path);

  outcome all;
  try {
    for (const auto& done : gauntlet::as_completed_for(path_of | std::views::keys, total)) {
      const std::string path = path_of.extract(done).mapped();
      try {
        all.results.emplace(path, done.result());
      } catch (const std::exception& error) {
        all.errors.emplace(path, error.what());
      }
    }
  } catch (const gauntlet::timeout_error&) {
    for (const auto& [unfinished, path] : path_of) all.errors.emplace(path, "not done when all had to be");
    pool.shutdown(true, true);
  }
  return all;
}

double seconds(clock_type::duration time) {
  return std::chrono::duration<double>(time).count();
}

void print(const outcome& all, clock_type::duration elapsed) {
  clock_type::duration one_by_one{};
  for (const auto& [path, each] : all.results) one_by_one += each.elapsed;
  std::printf("fetched %zu, errors %zu\n", all.results.size(), all.errors.size());
  for (const auto& [path, error] : all.errors) std::printf("  %s: %s\n", path.c_str(), error.c_str());
  if (!all.results.empty()) std::printf("last: %s\n", all.results.rbegin()->second.body.c_str());
  std::printf("in %.2f s; those that were fetched, one by one, in %.2f s\n", seconds(elapsed), seconds(one_by_one));
}

}  // namespace

int main() {
  const server here;
  const deaf_port nobody;
  std::vector<url> urls;
  for (int i = 10; i < 25; ++i) urls.push_back({here.port(), "/item/" + std::to_string(i)});
  urls.push_back({here.port(), "/missing/1"});
  urls.push_back({here.port(), "/missing/2"});
  urls.push_back({here.port(), "/slow/1"});
  urls.push_back({nobody.number(), "/refused/1"});
  urls.push_back({nobody.number(), "/refused/2"});

  auto start = clock_type::now();
  print(fetch_all(urls, 5, 2s, 30s), clock_type::now() - start);

  // All of these would have time, but not all together.
  start = clock_type::now();
  print(fetch_all({{here.port(), "/slow/2"}, {here.port(), "/slow/3"}}, 5, 500ms, 50ms), clock_type::now() - start);
}
