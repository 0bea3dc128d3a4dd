/* The robot in real time: TCP with mutual TLS 1.3, a cycle of 1 ms, one thread. */
#ifndef PONS_SERVER_H
#define PONS_SERVER_H

#include "pons/kit.h"

/*
 * Listens at HOST:PORT (port 0 for any), prints where, and runs until the process ends. `keys` is a folder of `conform keys`
 * (authority.pem, robot.pem, robot.key), or NULL for links in clear. Returns the exit status.
 */
int pons_serve(pons_robot *robot, const char *address, const char *keys);

int64_t pons_monotonic_ns(void);
uint64_t pons_system_random(void *context);
void pons_sha256(const void *data, size_t size, uint8_t digest[32]);

#endif
