/* Concurrency Kit's stack with counted pointers swaps two words at once, and reads each by itself: RC11 knows nothing of
   accesses that overlap in part. */
// expect: undefined

#include <ck_stack.h>
#include <pthread.h>
#include <stddef.h>

static ck_stack_t stack __attribute__((aligned(16)));
static ck_stack_entry_t nodes[2];

static void* push_and_pop(void* mine) {
  ck_stack_push_mpmc(&stack, mine);
  ck_stack_pop_mpmc(&stack);
  return NULL;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, push_and_pop, &nodes[i]);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
}
