// An end of a shared-memory link that breaks its rules; for tests of the other end.
#ifndef CINTRUDER_H
#define CINTRUDER_H
#include <stdint.h>

// Takes a link over at `path`, says that so many bytes were written without writing any, wakes the robot, and returns the
// socket to close; -1 where no link was handed over.
int intrude(const char *path, uint32_t written);

// Answers whoever connects at `path` with `count` descriptors of files that are no link, and returns; -1 where it can't.
int pretend(const char *path, int count);
#endif
