#pragma once
/// Relacy without its user-facing macros: its component headers only. `relacy.hpp` would redefine some 150 names (new,
/// delete, assert, memory_order_acquire …). Standard headers come first: Relacy defines operators new and delete.

#include <setjmp.h>
#include <sys/times.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#pragma GCC system_header
#include <relacy/base.hpp>
//
#include <relacy/context.hpp>
//
#include <relacy/atomic.hpp>
#include <relacy/atomic_fence.hpp>
#include <relacy/backoff.hpp>
#include <relacy/context_base_impl.hpp>
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/event.hpp>
#include <relacy/stdlib/mutex.hpp>
#include <relacy/stdlib/semaphore.hpp>
#include <relacy/test_suite.hpp>
#include <relacy/thread_local.hpp>
#include <relacy/var.hpp>
#undef $
