/* Concurrency Kit's fas lock: two threads, each locks twice; what it protects is not raced for. */
// expect: complete
// with -DCK_USE_CC_BUILTINS=1 -DCK_MD_RMO suppressing volatile: *; function: ck_pr_md_*_ptr expect: complete

#include <assert.h>
#include <ck_spinlock.h>
#include <pthread.h>
#include <stddef.h>

static ck_spinlock_fas_t lock = CK_SPINLOCK_FAS_INITIALIZER;
static int count;

static void* add_twice(void* unused) {
  for (int i = 0; i < 2; ++i) {
    ck_spinlock_fas_lock(&lock);
    ++count;
    ck_spinlock_fas_unlock(&lock);
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, add_twice, NULL);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  assert(count == 4);
}
