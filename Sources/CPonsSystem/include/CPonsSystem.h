// System calls that do not import into Swift: control messages, error queues, address lookups. Nothing else lives here.
#ifndef CPONSSYSTEM_H
#define CPONSSYSTEM_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PONS_TCP = 1, PONS_UDP = 2, PONS_UNIX = 3 };
// How much may wait in the kernel of what the link has not taken yet (LNK-12).
enum { PONS_UNSENT_BYTES = 4096 };
// How many bytes of datagrams may wait to be read; the kernel gives as much of it as its limits allow.
enum { PONS_WAITING_BYTES = 4 << 20 };

// Nanoseconds of CLOCK_MONOTONIC.
int64_t pons_monotonic_ns(void);

// Non-blocking sockets with kernel time stamps on what arrives, where the system has them. Negative: -errno, or -10000 - gai error.
int pons_listen(int kind, const char *host, const char *service);
// `may_pend`: whether a connection that is still being made then is good as well: what is sent waits, and one that can't be made
// has ended. `receive_bytes`: how much may wait in the kernel before it is read; 0 for as much as the system likes.
int pons_connect(int kind, const char *host, const char *service, int timeout_ms, int may_pend, int receive_bytes);
int pons_accept(int fd);
void pons_close(int fd);
// Port a listening socket got; negative on error.
int pons_bound_port(int fd);

// Returns bytes, 0 at the end of a stream, -errno otherwise. `kernel_ns` is CLOCK_MONOTONIC, 0 without a stamp.
// `address` receives up to 32 bytes that name the peer of a datagram; `address_length` their count.
ssize_t pons_receive(int fd, void *buffer, size_t size, int64_t *kernel_ns, uint8_t *address, size_t *address_length);
ssize_t pons_send(int fd, const void *buffer, size_t size, const uint8_t *address, size_t address_length);

// From now on there are stamps on what is sent too. They lie in an error queue, which wakes pons_wait until it is read and
// takes room from what arrives: only for who reads them. 0 where there are none: bytes are counted from when a link is made.
int pons_stamp_sends(int fd);
// Next send stamp from the error queue: 1 and `id` (datagram number, or offset of the last byte of a stream), else 0.
int pons_send_stamp(int fd, uint32_t *id, int64_t *kernel_ns);

// Waits for input (bit 0) or room to write (bit 1, asked by wants_write[i]) until `deadline_ns` of CLOCK_MONOTONIC.
int pons_wait(const int *fds, const uint8_t *wants_write, uint8_t *ready, int count, int64_t deadline_ns);

// A link over shared memory inside this computer: the socket of `pons_listen(PONS_UNIX, …)` hands it over. NULL with -errno in
// `error`. What is received was copied out of the memory; ends that break its rules have ended (0).
struct pons_shared;
struct pons_shared *pons_shared_accept(int listener, int *error);
struct pons_shared *pons_shared_connect(const char *path, int timeout_ms, int *error);
// To wait on: readable when there are bytes or room, or when the other end is gone.
int pons_shared_descriptor(const struct pons_shared *link);
ssize_t pons_shared_receive(struct pons_shared *link, void *buffer, size_t size);
ssize_t pons_shared_send(struct pons_shared *link, const void *buffer, size_t size);
void pons_shared_close(struct pons_shared *link);

// Takes SIGINT and SIGTERM as a request to stop; pons_stop_requested tells whether one came.
void pons_catch_stop_signals(void);
int pons_stop_requested(void);

// Text of an error of this header.
const char *pons_error_text(int error);
#endif
