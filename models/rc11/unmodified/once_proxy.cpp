/// std::call_once hands its callable over in thread-local variables of the C++ library's. A program that is compiled
/// with emulated thread-local storage looks for them in these.

namespace std {
// As <mutex> declares them.
[[gnu::visibility("default")]] __thread void* __once_callable;
[[gnu::visibility("default")]] __thread void (*__once_call)();
}  // namespace std

extern "C" [[gnu::visibility("default")]] void __once_proxy() {
  std::__once_call();
}
