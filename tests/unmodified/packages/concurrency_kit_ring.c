/* Concurrency Kit's ring: one producer, one consumer; what is dequeued is what was enqueued, in its order. */
// expect: complete
// every iteration: 9
// with -DCK_USE_CC_BUILTINS=1 -DCK_MD_RMO suppressing volatile: * expect: complete
// with -DCK_USE_CC_BUILTINS=1 expect: data_race

#include <assert.h>
#include <ck_ring.h>
#include <pthread.h>
#include <stdio.h>

static ck_ring_t ring;
static ck_ring_buffer_t buffer[4];
static int values[2];
static int next = 0;

static void* producer(void* unused) {
  for (int i = 0; i < 2; ++i) {
    values[i] = i + 1;
    assert(ck_ring_enqueue_spsc(&ring, buffer, &values[i]));
  }
  return unused;
}

static void dequeue(void) {
  void* found;
  if (ck_ring_dequeue_spsc(&ring, buffer, &found)) assert(*(int*)found == ++next);
}

static void* consumer(void* unused) {
  for (int i = 0; i < 2; ++i) dequeue();
  return unused;
}

int main(void) {
  ck_ring_init(&ring, 4);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, producer, NULL);
  pthread_create(&threads[1], NULL, consumer, NULL);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  printf("%d\n", next);
  for (int i = 0; i < 2; ++i) dequeue();
  assert(next == 2);
}
