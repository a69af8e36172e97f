/* Userspace RCU's wait-free-enqueue queue: two threads enqueue, the first to be done dequeues; each node comes out. */
// expect: data_race
// suppressing volatile: * expect: complete
// with -DBLOCKING suppressing volatile: * expect: complete

#define _LGPL_SOURCE
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <urcu/wfcqueue.h>

struct node {
  struct cds_wfcq_node link;
  int value;
};

static struct cds_wfcq_head head;
static struct cds_wfcq_tail tail;
static struct node nodes[2];
static int sum;

static void dequeue(void) {
#ifdef BLOCKING
  struct cds_wfcq_node* found = cds_wfcq_dequeue_blocking(&head, &tail);
#else
  cds_wfcq_dequeue_lock(&head, &tail);
  struct cds_wfcq_node* found = __cds_wfcq_dequeue_nonblocking(&head, &tail);
  cds_wfcq_dequeue_unlock(&head, &tail);
  if (found == CDS_WFCQ_WOULDBLOCK) return;
#endif
  const int value = found ? ((const struct node*)found)->value : 0;
  printf("%d ", value);
  sum += value;
}

static void* enqueue(void* which) {
  struct node* mine = &nodes[(long)which];
  mine->value = (int)(long)which + 1;
  cds_wfcq_node_init(&mine->link);
  cds_wfcq_enqueue(&head, &tail, &mine->link);
  return NULL;
}

static void* enqueue_and_dequeue(void* which) {
  enqueue(which);
  dequeue();
  return NULL;
}

int main(void) {
  cds_wfcq_init(&head, &tail);
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, enqueue, (void*)0);
  pthread_create(&threads[1], NULL, enqueue_and_dequeue, (void*)1);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2; ++i) dequeue();
  printf("\n");
  assert(sum == 3);
  cds_wfcq_destroy(&head, &tail);
}
