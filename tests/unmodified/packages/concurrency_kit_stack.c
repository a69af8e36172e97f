/* Concurrency Kit's stack: two threads, each pushes and pops; nothing is lost, nothing comes twice. */
// expect: complete
// with -DCK_USE_CC_BUILTINS=1 -DCK_MD_RMO suppressing volatile: *; function: ck_pr_md_*_ptr expect: complete

#include <assert.h>
#include <ck_stack.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

static ck_stack_t stack = CK_STACK_INITIALIZER;

struct node {
  ck_stack_entry_t link;
  int value;
};
static struct node nodes[2];
static int popped[2];

static void* push_and_pop(void* which) {
  const long mine = (long)which;
  nodes[mine].value = (int)mine + 1;
  ck_stack_push_upmc(&stack, &nodes[mine].link);
  const struct node* found = (const struct node*)ck_stack_pop_upmc(&stack);
  assert(found);
  popped[mine] = found->value;
  return NULL;
}

int main(void) {
  pthread_t threads[2];
  for (long i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, push_and_pop, (void*)i);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  printf("%d %d\n", popped[0], popped[1]);
  assert(popped[0] + popped[1] == 3);
  assert(CK_STACK_ISEMPTY(&stack));
}
