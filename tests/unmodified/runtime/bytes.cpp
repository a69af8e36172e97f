/// Plain memory and atomic objects under an unmodified program; see tests/test_unmodified_runtime.py.

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>
#include <thread>

#include "tests/unmodified/runtime/cases.hpp"

namespace {

alignas(16) std::array<unsigned char, 64> bytes{};
std::atomic<int> flag{0};
volatile int sink = 0;

template <class T>
T& as(std::size_t offset) {
  return *reinterpret_cast<T*>(&bytes[offset]);
}

template <class One, class Other>
void both(One one, Other other) {
  std::thread first(one);
  std::thread second(other);
  first.join();
  second.join();
}

void same_byte() {
  both([] { as<std::uint32_t>(4) = 1; }, [] { sink = as<std::uint8_t>(7); });
}
void neighbours() {
  both([] { as<std::uint32_t>(4) = 1; }, [] { as<std::uint8_t>(3) = as<std::uint8_t>(8); });
}
void across_a_granule() {
  both([] { as<std::uint8_t>(8) = 1; }, [] { std::memset(&bytes[5], 2, 4); });
}
void copy_of_what_is_written() {
  both([] { as<std::uint16_t>(40) = 1; },
       [] {
         std::array<unsigned char, 64> copy;
         std::memcpy(copy.data(), bytes.data(), sizeof copy);
         sink = copy[static_cast<unsigned>(sink) + 1];
       });
}
/// The earlier access's extent is kept when a part of it is looked at again.
void divided_later() {
  as<std::uint64_t>(8) = 1;
  both([] { sink = static_cast<int>(as<std::uint64_t>(8)); },
       [] {
         sink = as<std::uint8_t>(15);
         as<std::uint8_t>(14) = 2;
       });
}
void readers_only() {
  as<std::uint64_t>(8) = 1;
  both([] { sink = as<std::uint8_t>(9); }, [] { check(as<std::uint64_t>(8) == 1); });
}
void plain_against_atomic() {
  both([] { flag.store(1, std::memory_order_relaxed); }, [] { sink = *reinterpret_cast<int*>(&flag); });
}
void plain_read_against_atomic_read() {
  both([] { flag.load(std::memory_order_relaxed); }, [] { check(*reinterpret_cast<int*>(&flag) == 0); });
}
void plain_write_against_atomic_read() {
  both([] { flag.load(std::memory_order_relaxed); }, [] { *reinterpret_cast<int*>(&flag) = 0; });
}
void late_initialisation() {
  static std::atomic<std::atomic<int>*> published;
  both([] { published.store(new (bytes.data()) std::atomic<int>(5), std::memory_order_relaxed); },
       [] {
         if (auto* const it = published.load(std::memory_order_relaxed)) it->load(std::memory_order_relaxed);
       });
}
void one_object_after_another() {
  auto* const first = new (bytes.data()) std::atomic<int>(5);
  both([=] { first->fetch_add(1); }, [=] { first->fetch_add(1); });
  check(*reinterpret_cast<int*>(bytes.data()) == 7);
  auto* const second = new (bytes.data()) std::atomic<long>(9);
  both([=] { check(second->load() == 9 || second->load() == 8); }, [=] { second->store(8); });
  std::memset(bytes.data(), 0, 8);
  check(second->load(std::memory_order_relaxed) == 0);
}
void overlapping_atomics() {
  auto* const whole = new (bytes.data()) std::atomic<std::uint64_t>(0);
  auto* const part = reinterpret_cast<std::atomic<std::uint32_t>*>(whole);
  both([=] { whole->store(1); }, [=] { part->store(2); });
}
void sixteen_bytes() {
  __extension__ using wide = unsigned __int128;
  auto& it = as<wide>(16);
  both([&] { __atomic_fetch_add(&it, (wide{1} << 64U) + 1, __ATOMIC_RELAXED); },
       [&] { __atomic_fetch_add(&it, (wide{1} << 64U) + 1, __ATOMIC_RELAXED); });
  check(__atomic_load_n(&it, __ATOMIC_RELAXED) == (wide{2} << 64U) + 2);
}
void all_operations() {
  std::uint8_t one = 0b1100;
  check(__atomic_fetch_nand(&one, 0b1010, __ATOMIC_RELAXED) == 0b1100 && one == 0b11110111);
  std::uint16_t two = 7;
  check(__atomic_exchange_n(&two, 9, __ATOMIC_RELAXED) == 7 && __atomic_fetch_sub(&two, 10, __ATOMIC_RELAXED) == 9);
  check(__atomic_load_n(&two, __ATOMIC_RELAXED) == 0xffff);
  std::atomic<std::uint64_t> eight{6};
  check((eight.fetch_or(1) == 6) && eight.fetch_and(5) == 7 && eight.fetch_xor(1) == 5 && eight == 4);
  std::uint64_t expected = 3;
  check(!eight.compare_exchange_strong(expected, 8) && expected == 4 && eight.compare_exchange_strong(expected, 8));
  check(eight == 8);
}
void fences() {
  static int data = 0;
  both(
      [] {
        data = 1;
        std::atomic_thread_fence(std::memory_order_release);
        flag.store(1, std::memory_order_relaxed);
      },
      [] {
        if (flag.load(std::memory_order_relaxed) == 0) return;
        std::atomic_thread_fence(std::memory_order_acquire);
        check(data == 1);
      });
}

const named_case all[] = {{"same_byte", same_byte},
                          {"neighbours", neighbours},
                          {"across_a_granule", across_a_granule},
                          {"copy_of_what_is_written", copy_of_what_is_written},
                          {"divided_later", divided_later},
                          {"readers_only", readers_only},
                          {"plain_against_atomic", plain_against_atomic},
                          {"plain_read_against_atomic_read", plain_read_against_atomic_read},
                          {"plain_write_against_atomic_read", plain_write_against_atomic_read},
                          {"late_initialisation", late_initialisation},
                          {"one_object_after_another", one_object_after_another},
                          {"overlapping_atomics", overlapping_atomics},
                          {"sixteen_bytes", sixteen_bytes},
                          {"all_operations", all_operations},
                          {"fences", fences}};

}  // namespace

int main(int count, char** words) {
  return run_case(all, count, words);
}
