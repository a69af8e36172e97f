/// A volatile flag is no atomic one: a data race, told as one of volatile accesses.
// expect: data_race
// says: the volatile write by T1
// says: volatile orders no threads, std::atomic does

#include <thread>

int main() {
  volatile bool ready = false;
  std::thread other([&] { ready = true; });
  [[maybe_unused]] const bool seen = ready;
  other.join();
}
