/// A volatile flag is no atomic one: a data race, told as one of volatile accesses.
// expect: data_race at here
// says: volatile

#include <thread>

int main() {
  volatile bool ready = false;
  std::thread other([&] { ready = true; });
  while (!ready) {  // here
  }
  other.join();
}
