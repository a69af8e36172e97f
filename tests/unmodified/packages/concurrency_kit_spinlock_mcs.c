/* Concurrency Kit's mcs lock: two threads, each locks twice; what it protects is not raced for.
   unlock() writes to the next node, whose address it read with no fence: that is ordered by the dependency, which C has
   no notion of. */
// expect: complete
// with -DCK_USE_CC_BUILTINS=1 -DCK_MD_RMO suppressing volatile: *; function: ck_pr_md_*_ptr expect: data_race

#include <assert.h>
#include <ck_spinlock.h>
#include <pthread.h>
#include <stddef.h>

static ck_spinlock_mcs_t lock;
static int count;

static void* add_twice(void* unused) {
  for (int i = 0; i < 2; ++i) {
    ck_spinlock_mcs_context_t mine;
    ck_spinlock_mcs_lock(&lock, &mine);
    ++count;
    ck_spinlock_mcs_unlock(&lock, &mine);
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, add_twice, NULL);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  assert(count == 4);
}
