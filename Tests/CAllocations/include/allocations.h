#pragma once
#include <stdbool.h>

/// Calls of malloc and its relatives by this thread so far.
unsigned long allocations_of_thread(void);

/// Whether they are counted: a sanitizer brings its own malloc, which nothing may stand in front of.
bool allocations_are_counted(void);
