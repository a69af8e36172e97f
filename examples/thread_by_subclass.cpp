/// A thread with data of its own: a subclass that overrides run(), and keeps the result.

#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "primitives/thread/thread.hpp"

namespace {

class download : public gauntlet::thread {
 public:
  explicit download(std::string file) : file_(std::move(file)) {}
  download(const download&) = delete;
  download& operator=(const download&) = delete;
  /// run() uses file_ and content_, so it must be over before they are gone.
  ~download() override {
    if (ident() != 0) join();
  }

  /// Once the thread was joined.
  const std::string& content() const { return content_; }

 protected:
  void run() override {
    std::printf("fetching %s\n", file_.c_str());
    content_ = "content of " + file_;
  }

 private:
  std::string file_;
  std::string content_;
};

}  // namespace

int main() {
  std::array<download, 2> downloads{download("one.txt"), download("two.txt")};
  for (download& each : downloads) each.start();
  for (download& each : downloads) each.join();
  for (const download& each : downloads) std::printf("got: %s\n", each.content().c_str());
}
