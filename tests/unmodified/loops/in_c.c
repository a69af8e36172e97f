#include "tests/unmodified/loops/in_c.h"

int c_guarded;
static unsigned held;

void c_lock(void) {
  for (;;) {
    unsigned before = 1;
    __asm__ __volatile__("xchgl %0, %1" : "+r"(before), "+m"(held) : : "memory");
    if (before == 0) return;
    __asm__ __volatile__("pause");
  }
}

void c_unlock(void) {
  __asm__ __volatile__("movl %1, %0" : "=m"(held) : "ri"(0) : "memory");
}
