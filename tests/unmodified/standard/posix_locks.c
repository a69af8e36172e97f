/* POSIX: a read-write lock, a semaphore and a spin lock protect a number each; a barrier orders what is read after. */
// expect: complete

#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int written, counted, spun;

static void* work(void* unused) {
  sem_wait(&semaphore);
  ++counted;
  sem_post(&semaphore);
  pthread_spin_lock(&spin);
  ++spun;
  pthread_spin_unlock(&spin);
  pthread_rwlock_wrlock(&lock);
  ++written;
  pthread_rwlock_unlock(&lock);
  pthread_barrier_wait(&barrier);
  pthread_rwlock_rdlock(&lock);
  assert(written == 2 && counted == 2 && spun == 2);
  pthread_rwlock_unlock(&lock);
  return unused;
}

int main(void) {
  sem_init(&semaphore, 0, 1);
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_t other;
  pthread_create(&other, NULL, work, NULL);
  work(NULL);
  pthread_join(other, NULL);
  pthread_barrier_destroy(&barrier);
  pthread_spin_destroy(&spin);
  sem_destroy(&semaphore);
}
