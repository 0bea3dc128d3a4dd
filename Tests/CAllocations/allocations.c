#include "allocations.h"

#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

// Set while the stack is measured: a backtrace is not the stack of the code that throws either.
_Thread_local bool measures_stack;

#ifdef SANITIZED
unsigned long allocations_of_thread(void) { return 0; }
bool allocations_are_counted(void) { return false; }
#else
// A program's own malloc stands in front of glibc's for everything linked to it; these are the ones behind.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Thread_local unsigned long count;

unsigned long allocations_of_thread(void) { return count; }

// Swift Testing keeps a backtrace of every error thrown, through this hook of the Swift runtime, in memory that it
// allocates: that is not the allocation of the code that throws.
typedef void (*WillThrow)(void *value, const void *type, const void *conformance);
extern _Atomic(WillThrow) _swift_willThrowTypedImpl;
static _Atomic(WillThrow) backtrace;

static void keep_backtrace(void *value, const void *type, const void *conformance) {
    if (measures_stack) return;
    unsigned long before = count;
    backtrace(value, type, conformance);
    count = before;
}

bool allocations_are_counted(void) {
    WillThrow hook = _swift_willThrowTypedImpl;
    if (hook && hook != keep_backtrace) {
        backtrace = hook;
        _swift_willThrowTypedImpl = keep_backtrace;
    }
    return true;
}

void *malloc(size_t size) { count++; return __libc_malloc(size); }
void *calloc(size_t number, size_t size) { count++; return __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { count++; return __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { count++; return __libc_memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    count++;
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : ENOMEM;
}
#endif
