/* Concurrency Kit's operations of two words at once, and of one that no atomic of C has: what a counted pointer needs. */
// expect: complete
// with -DNOT_ATOMIC expect: assertion

#include <assert.h>
#include <ck_pr.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

static uint64_t pair[2] __attribute__((aligned(16)));
static uint64_t number = 1;

/* Adds to both, and looks that they are alike. */
static void* add(void* unused) {
  uint64_t seen[2];
  uint64_t next[2];
  ck_pr_load_64_2(pair, seen);
  do {
    assert(seen[0] == seen[1]);
    next[0] = seen[0] + 1;
    next[1] = seen[1] + 1;
  } while (!ck_pr_cas_64_2_value(pair, seen, next, seen));
#ifdef NOT_ATOMIC
  ck_pr_store_64(&number, -ck_pr_load_64(&number));
#else
  ck_pr_neg_64(&number);
#endif
  return unused;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, add, NULL);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  uint64_t expected[2] = {2, 2};
  uint64_t none[2] = {0, 0};
  assert(!ck_pr_cas_64_2(pair, none, expected));
  assert(ck_pr_cas_64_2(pair, expected, none));
  assert(pair[0] == 0 && pair[1] == 0);
  assert(number == 1);
  assert(!ck_pr_neg_64_is_zero(&number) && number == (uint64_t)-1);
}
