#define _GNU_SOURCE
#include "CPonsSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t pons_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

// Kernel stamps are CLOCK_REALTIME; the difference is read anew each time because that clock may be stepped.
static int64_t to_monotonic(const struct timespec *stamp) {
    if (stamp->tv_sec == 0 && stamp->tv_nsec == 0) return 0;
    int64_t before = clock_ns(CLOCK_MONOTONIC);
    int64_t real = clock_ns(CLOCK_REALTIME);
    int64_t after = clock_ns(CLOCK_MONOTONIC);
    int64_t value = (int64_t)stamp->tv_sec * 1000000000 + stamp->tv_nsec - (real - (before + after) / 2);
    // A stamp in the future, or older than a second, tells that the clock was stepped in between.
    return value > after || value < after - 1000000000 ? 0 : value;
}

// A table of descriptors that grows stops a program of several threads until the kernel knows that none of them reads the old
// one: a second or two on a busy computer. It grows once, before anything has to be in time.
static void reserve_descriptors(void) {
    static atomic_flag is_done = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&is_done)) return;
    struct rlimit limit;
    int last = getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > 1024 ? 1023 : (int)limit.rlim_cur - 1;
    int any = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int high = fcntl(any, F_DUPFD_CLOEXEC, last);
    if (high >= 0) close(high);
    if (any >= 0) close(any);
}

static void prepare(int fd, int kind) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    int on = 1;
    if (kind == PONS_TCP) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // What the link can't take yet stays with the sender, who knows which of it is old.
        int unsent = PONS_UNSENT_BYTES;
        setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    }
    // Without a number of its own the kernel holds 200 KiB of datagrams: 30 ms of a robot's state, and then it drops them.
    int waiting = PONS_WAITING_BYTES;
    if (kind == PONS_UDP) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &waiting, sizeof waiting);
    int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    if (kind != PONS_UNIX) setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
}

int pons_stamp_sends(int fd) {
    struct pollfd item = {.fd = fd, .events = POLLOUT};
    if (poll(&item, 1, 0) <= 0) return 0;
    int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0;
}

// Before the connection is made: a window that was large once makes the other end wait for a large one.
static void limit_receive(int fd, int bytes) {
    if (bytes > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

static int open_unix(const char *path, int listens, int receive_bytes) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) return -errno;
    limit_receive(fd, receive_bytes);
    int failed = listens ? (unlink(path), bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 64))
                         : connect(fd, (struct sockaddr *)&address, sizeof address);
    if (failed) {
        int error = errno;
        close(fd);
        return -error;
    }
    prepare(fd, PONS_UNIX);
    return fd;
}

static int finish_connect(int fd, int timeout_ms) {
    struct pollfd item = {.fd = fd, .events = POLLOUT};
    if (poll(&item, 1, timeout_ms) <= 0) return ETIMEDOUT;
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

static int open_inet(int kind, const char *host, const char *service, int listens, int timeout_ms, int may_pend,
                     int receive_bytes) {
    struct addrinfo hints = {.ai_socktype = kind == PONS_UDP ? SOCK_DGRAM : SOCK_STREAM};
    if (listens) hints.ai_flags = AI_PASSIVE;
    struct addrinfo *list = NULL;
    int error = getaddrinfo(host, service, &hints, &list);
    if (error) return -10000 - (error < 0 ? -error : error);
    int result = -ECONNREFUSED;
    for (struct addrinfo *item = list; item; item = item->ai_next) {
        int fd = socket(item->ai_family, item->ai_socktype, item->ai_protocol);
        if (fd < 0) {
            result = -errno;
            continue;
        }
        int on = 1, failed;
        limit_receive(fd, receive_bytes);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (listens) {
            failed = bind(fd, item->ai_addr, item->ai_addrlen) || (kind == PONS_TCP && listen(fd, 64)) ? errno : 0;
        } else {
            fcntl(fd, F_SETFL, O_NONBLOCK);
            failed = connect(fd, item->ai_addr, item->ai_addrlen) ? errno : 0;
            if (failed == EINPROGRESS) failed = finish_connect(fd, timeout_ms);
            if (failed == ETIMEDOUT && may_pend) failed = 0;
        }
        if (!failed) {
            prepare(fd, kind);
            result = fd;
            break;
        }
        result = -failed;
        close(fd);
    }
    freeaddrinfo(list);
    return result;
}

int pons_listen(int kind, const char *host, const char *service) {
    signal(SIGPIPE, SIG_IGN);
    reserve_descriptors();
    return kind == PONS_UNIX ? open_unix(host, 1, 0) : open_inet(kind, host, service, 1, 0, 0, 0);
}

int pons_connect(int kind, const char *host, const char *service, int timeout_ms, int may_pend, int receive_bytes) {
    signal(SIGPIPE, SIG_IGN);
    reserve_descriptors();
    return kind == PONS_UNIX ? open_unix(host, 0, receive_bytes)
                             : open_inet(kind, host, service, 0, timeout_ms, may_pend, receive_bytes);
}

int pons_accept(int fd) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int peer = accept(fd, (struct sockaddr *)&address, &length);
    if (peer < 0) return -errno;
    prepare(peer, address.ss_family == AF_UNIX ? PONS_UNIX : PONS_TCP);
    return peer;
}

void pons_close(int fd) { close(fd); }

int pons_bound_port(int fd) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length)) return -errno;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

static int64_t stamp_of(struct msghdr *message) {
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
        if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPING) {
            struct scm_timestamping stamps;
            memcpy(&stamps, CMSG_DATA(item), sizeof stamps);
            return to_monotonic((const struct timespec *)&stamps.ts[0]);
        }
    }
    return 0;
}

ssize_t pons_receive(int fd, void *buffer, size_t size, int64_t *kernel_ns, uint8_t *address, size_t *address_length) {
    struct sockaddr_storage from;
    memset(&from, 0, sizeof from);
    struct iovec data = {buffer, size};
    char control[256];
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &data, .msg_iovlen = 1,
                             .msg_control = control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(fd, &message, MSG_DONTWAIT);
    if (count < 0) return -errno;
    *kernel_ns = stamp_of(&message);
    size_t length = message.msg_namelen > 32 ? 32 : message.msg_namelen;
    memcpy(address, &from, length);
    *address_length = length;
    return count;
}

ssize_t pons_send(int fd, const void *buffer, size_t size, const uint8_t *address, size_t address_length) {
    ssize_t count = sendto(fd, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL,
                           address_length ? (const struct sockaddr *)address : NULL, (socklen_t)address_length);
    return count < 0 ? -errno : count;
}

int pons_send_stamp(int fd, uint32_t *id, int64_t *kernel_ns) {
    char control[512];
    char scratch[1];
    struct iovec data = {scratch, sizeof scratch};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return 0;
    *kernel_ns = stamp_of(&message);
    *id = 0;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
        int is_error = (item->cmsg_level == SOL_IP && item->cmsg_type == IP_RECVERR) ||
                       (item->cmsg_level == SOL_IPV6 && item->cmsg_type == IPV6_RECVERR);
        if (!is_error) continue;
        struct sock_extended_err detail;
        memcpy(&detail, CMSG_DATA(item), sizeof detail);
        *id = detail.ee_data;
    }
    return 1;
}

int pons_wait(const int *fds, const uint8_t *wants_write, uint8_t *ready, int count, int64_t deadline_ns) {
    struct pollfd items[256];
    if (count > 256) count = 256;
    for (int i = 0; i < count; i++) {
        items[i] = (struct pollfd){.fd = fds[i], .events = (short)(POLLIN | (wants_write[i] ? POLLOUT : 0))};
        ready[i] = 0;
    }
    int64_t left = deadline_ns - pons_monotonic_ns();
    if (left < 0) left = 0;
    struct timespec timeout = {left / 1000000000, left % 1000000000};
    int found = ppoll(items, (nfds_t)count, &timeout, NULL);
    if (found < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        if (items[i].revents & (POLLIN | POLLHUP | POLLERR)) ready[i] |= 1;
        if (items[i].revents & POLLOUT) ready[i] |= 2;
    }
    return found;
}

static volatile sig_atomic_t stop_requested;

static void request_stop(int number) {
    (void)number;
    stop_requested = 1;
}

void pons_catch_stop_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = request_stop;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int pons_stop_requested(void) { return stop_requested; }

const char *pons_error_text(int error) {
    return error <= -10000 ? gai_strerror(-(-error - 10000)) : strerror(-error);
}
