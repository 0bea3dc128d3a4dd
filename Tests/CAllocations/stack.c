#include "allocations.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

enum { SIZE = 1 << 20, PAINT = 0xA5 };

extern _Thread_local bool measures_stack;

struct job { void (*work)(void *); void *context; };

static void *run(void *argument) {
    struct job *job = argument;
    measures_stack = true;
    job->work(job->context);
    return NULL;
}

static void nothing(void *context) { (void)context; }

// From the lowest byte written to up to the end, with what the thread itself takes.
static unsigned long touched_by(struct job *job) {
    unsigned char *stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) return 0;
    memset(stack, PAINT, SIZE);
    unsigned long clean = SIZE;
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstack(&attributes, stack, SIZE) == 0 && pthread_create(&thread, &attributes, run, job) == 0) {
        pthread_join(thread, NULL);
        for (clean = 0; clean < SIZE && stack[clean] == PAINT; clean++) {}
    }
    pthread_attr_destroy(&attributes);
    munmap(stack, SIZE);
    return SIZE - clean;
}

unsigned long stack_of(void (*work)(void *), void *context) {
    allocations_are_counted();  // puts the hook in place
    struct job idle = {nothing, NULL}, job = {work, context};
    work(context);  // the first call also binds symbols and makes metadata
    unsigned long before = touched_by(&idle), after = touched_by(&job);
    return before == 0 || after < before ? 0 : after - before;
}
