// Links between processes of one computer over shared memory: a ring of bytes each way in one anonymous file, an eventfd each
// way that wakes the reader (or a writer that waits for room), and the Unix socket over which all three were handed over; its
// end is the link's end. The other process can write anything into the file: nothing read from it is believed.
#define _GNU_SOURCE
#include "CPonsSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { RING_BYTES = 16384, VERSION = 1 };

struct ring {
    // Counted over all bytes ever written and read; on cache lines of their own.
    _Alignas(64) _Atomic uint32_t written;
    _Alignas(64) _Atomic uint32_t taken;
    // A writer found no room, and wants to be woken when there is some.
    _Alignas(64) _Atomic uint32_t is_full;
    _Alignas(64) uint8_t bytes[RING_BYTES];
};

struct file {
    struct ring to_robot, to_client;
};

struct pons_shared {
    struct file *file;
    struct ring *out, *in;
    int socket, memory, wake_self, wake_other, poll;
    // Own counters: the file's are only what the other end is told.
    uint32_t written, taken;
    int has_ended;
};

static void release(struct pons_shared *link) {
    if (link->file != MAP_FAILED) munmap(link->file, sizeof *link->file);
    int fds[] = {link->socket, link->memory, link->wake_self, link->wake_other, link->poll};
    for (int i = 0; i < 5; i++)
        if (fds[i] >= 0) close(fds[i]);
    free(link);
}

// The poll descriptor is readable when there are bytes or room, and when the other end is gone.
static int watch(struct pons_shared *link) {
    link->poll = epoll_create1(EPOLL_CLOEXEC);
    if (link->poll < 0) return -errno;
    int fds[] = {link->wake_self, link->socket};
    for (int i = 0; i < 2; i++) {
        struct epoll_event event = {.events = i ? EPOLLIN | EPOLLRDHUP : EPOLLIN, .data.fd = fds[i]};
        if (epoll_ctl(link->poll, EPOLL_CTL_ADD, fds[i], &event)) return -errno;
    }
    return 0;
}

static struct pons_shared *made(int socket) {
    struct pons_shared *link = calloc(1, sizeof *link);
    if (!link) return NULL;
    *link = (struct pons_shared){.file = MAP_FAILED, .socket = socket, .memory = -1, .wake_self = -1, .wake_other = -1, .poll = -1};
    return link;
}

static int map(struct pons_shared *link) {
    link->file = mmap(NULL, sizeof *link->file, PROT_READ | PROT_WRITE, MAP_SHARED, link->memory, 0);
    return link->file == MAP_FAILED ? -errno : 0;
}

static int hand_over(struct pons_shared *link) {
    uint8_t version = VERSION;
    struct iovec data = {&version, 1};
    union {
        char room[CMSG_SPACE(3 * sizeof(int))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    struct cmsghdr *item = CMSG_FIRSTHDR(&message);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(3 * sizeof(int));
    int fds[3] = {link->memory, link->wake_other, link->wake_self};
    memcpy(CMSG_DATA(item), fds, sizeof fds);
    return sendmsg(link->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -EIO;
}

static int build(struct pons_shared *link) {
    link->memory = memfd_create("pons-link", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (link->memory < 0 || ftruncate(link->memory, sizeof(struct file))) return -errno;
    // A file that shrinks under a reader would end its process.
    if (fcntl(link->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) return -errno;
    link->wake_self = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    link->wake_other = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (link->wake_self < 0 || link->wake_other < 0) return -errno;
    int error = map(link);
    if (error) return error;
    link->in = &link->file->to_robot;
    link->out = &link->file->to_client;
    error = watch(link);
    return error ? error : hand_over(link);
}

struct pons_shared *pons_shared_accept(int listener, int *error) {
    int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
        *error = -errno;
        return NULL;
    }
    struct pons_shared *link = made(socket);
    *error = link ? build(link) : -ENOMEM;
    if (!*error) return link;
    if (link) release(link); else close(socket);
    return NULL;
}

// What came over the socket: checked before it is mapped.
static int take_over(struct pons_shared *link, int timeout_ms) {
    struct pollfd item = {.fd = link->socket, .events = POLLIN};
    if (poll(&item, 1, timeout_ms) <= 0) return -ETIMEDOUT;
    uint8_t version = 0;
    struct iovec data = {&version, 1};
    union {
        char room[CMSG_SPACE(3 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    ssize_t count = recvmsg(link->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return -errno;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) return -EPROTO;
    int fds[3] = {-1, -1, -1};
    size_t handed = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(head), (handed > 3 ? 3 : handed) * sizeof(int));
    link->memory = fds[0];
    link->wake_self = fds[1];
    link->wake_other = fds[2];
    if (count != 1 || handed != 3 || message.msg_flags & MSG_CTRUNC || version != VERSION) return -EPROTO;
    struct stat status;
    int seals = fcntl(link->memory, F_GET_SEALS);
    if (fstat(link->memory, &status) || status.st_size != (off_t)sizeof(struct file)) return -EPROTO;
    if (seals < 0 || (seals & (F_SEAL_SHRINK | F_SEAL_GROW)) != (F_SEAL_SHRINK | F_SEAL_GROW)) return -EPROTO;
    return 0;
}

struct pons_shared *pons_shared_connect(const char *path, int timeout_ms, int *error) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        *error = -ENAMETOOLONG;
        return NULL;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        *error = -errno;
        return NULL;
    }
    struct pons_shared *link = made(fd);
    if (!link) {
        close(fd);
        *error = -ENOMEM;
        return NULL;
    }
    *error = connect(fd, (struct sockaddr *)&address, sizeof address) ? -errno : take_over(link, timeout_ms);
    if (!*error) *error = map(link);
    if (!*error) {
        link->in = &link->file->to_client;
        link->out = &link->file->to_robot;
        *error = watch(link);
    }
    if (!*error) return link;
    release(link);
    return NULL;
}

int pons_shared_descriptor(const struct pons_shared *link) { return link->poll; }
void pons_shared_close(struct pons_shared *link) { release(link); }

static void wake(int fd) {
    uint64_t one = 1;
    // A counter that is full has woken the other end already.
    if (write(fd, &one, sizeof one) < 0) return;
}

static int has_hung_up(struct pons_shared *link) {
    // Nothing is ever sent on the socket after the handing over: it is readable when it has ended.
    struct pollfd item = {.fd = link->socket, .events = POLLIN};
    return poll(&item, 1, 0) != 0;
}

ssize_t pons_shared_receive(struct pons_shared *link, void *buffer, size_t size) {
    if (link->has_ended) return 0;
    uint64_t count;
    if (read(link->wake_self, &count, sizeof count) < 0 && errno != EAGAIN) return 0;
    // Asked before the ring is looked at: what was written before the end is still read.
    int hung_up = has_hung_up(link);
    uint32_t available = atomic_load_explicit(&link->in->written, memory_order_acquire) - link->taken;
    if (available > RING_BYTES) {
        link->has_ended = 1;
        return 0;
    }
    if (!available) {
        link->has_ended = hung_up;
        return hung_up ? 0 : -EAGAIN;
    }
    size_t length = available < size ? available : size;
    size_t start = link->taken % RING_BYTES;
    size_t first = length < RING_BYTES - start ? length : RING_BYTES - start;
    memcpy(buffer, link->in->bytes + start, first);
    memcpy((uint8_t *)buffer + first, link->in->bytes, length - first);
    link->taken += (uint32_t)length;
    atomic_store_explicit(&link->in->taken, link->taken, memory_order_seq_cst);
    if (atomic_exchange_explicit(&link->in->is_full, 0, memory_order_seq_cst)) wake(link->wake_other);
    // What did not fit into the buffer wakes this end again.
    if (available > length) wake(link->wake_self);
    return (ssize_t)length;
}

static uint32_t room(struct pons_shared *link) {
    uint32_t waiting = link->written - atomic_load_explicit(&link->out->taken, memory_order_seq_cst);
    return waiting > RING_BYTES ? 0 : RING_BYTES - waiting;
}

ssize_t pons_shared_send(struct pons_shared *link, const void *buffer, size_t size) {
    if (link->has_ended || has_hung_up(link)) return -EPIPE;
    uint32_t free_bytes = room(link);
    if (free_bytes < size) {
        atomic_store_explicit(&link->out->is_full, 1, memory_order_seq_cst);
        // Room that was made meanwhile woke nobody.
        free_bytes = room(link);
    }
    if (!free_bytes) return -EAGAIN;
    size_t length = free_bytes < size ? free_bytes : size;
    size_t start = link->written % RING_BYTES;
    size_t first = length < RING_BYTES - start ? length : RING_BYTES - start;
    memcpy(link->out->bytes + start, buffer, first);
    memcpy(link->out->bytes, (const uint8_t *)buffer + first, length - first);
    link->written += (uint32_t)length;
    atomic_store_explicit(&link->out->written, link->written, memory_order_release);
    wake(link->wake_other);
    return (ssize_t)length;
}
