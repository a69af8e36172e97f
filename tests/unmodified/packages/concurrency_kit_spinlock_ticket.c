/* Concurrency Kit's ticket lock: two threads, each locks twice; what it protects is not raced for. */
// expect: undefined

#include <assert.h>
#include <ck_spinlock.h>
#include <pthread.h>
#include <stddef.h>

static ck_spinlock_ticket_t lock = CK_SPINLOCK_TICKET_INITIALIZER;
static int count;

static void* add_twice(void* unused) {
  for (int i = 0; i < 2; ++i) {
    ck_spinlock_ticket_lock(&lock);
    ++count;
    ck_spinlock_ticket_unlock(&lock);
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, add_twice, NULL);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  assert(count == 4);
}
