/* The robot in real time: TCP with mutual TLS 1.3, a cycle of 1 ms, one thread. */
#ifndef PONS_SERVER_H
#define PONS_SERVER_H

#include "pons/kit.h"

/*
 * Listens at HOST:PORT (port 0 for any), prints where, and runs until the process ends. `keys` is a folder of `conform keys`
 * (authority.pem, robot.pem, robot.key), or NULL for links in clear. `state` is a file for what must survive a power cycle
 * (SAF-07), or NULL. Returns the exit status.
 */
int pons_serve(pons_robot *robot, const char *address, const char *keys, const char *state);

/* What was stored before power went: a latched stop, and the epoch. A file that is not there is a first boot; false where it
 * can't be read: then nobody knows what was latched, and the robot must not start. */
bool pons_state_load(const char *path, int *latch, uint64_t *epoch);

int64_t pons_monotonic_ns(void);
uint64_t pons_system_random(void *context);
void pons_sha256(const void *data, size_t size, uint8_t digest[32]);

#endif
