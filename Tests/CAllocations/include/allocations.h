#pragma once
#include <stdbool.h>

/// Calls of malloc and its relatives by this thread so far.
unsigned long allocations_of_thread(void);

/// Whether they are counted: a sanitizer brings its own malloc, which nothing may stand in front of.
bool allocations_are_counted(void);

/// Bytes of stack that `work(context)` used, measured on a thread of its own whose stack was painted before; 0 if that
/// thread can't be made. At most one megabyte is there.
unsigned long stack_of(void (*work)(void *context), void *context);
