#define _GNU_SOURCE
#include "CIntruder.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int at(const char *path, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    strncpy(address->sun_path, path, sizeof address->sun_path - 1);
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

int intrude(const char *path, uint32_t written) {
    struct sockaddr_un address;
    int fd = at(path, &address);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) return -1;
    uint8_t version;
    struct iovec data = {&version, 1};
    char control[CMSG_SPACE(3 * sizeof(int))] __attribute__((aligned(8)));
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, 0) != 1) return -1;
    int fds[3];
    memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fds);
    struct stat status;
    fstat(fds[0], &status);
    void *memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
    if (memory == MAP_FAILED) return -1;
    // The counter of what was written to the robot stands first.
    memcpy(memory, &written, sizeof written);
    uint64_t one = 1;
    if (write(fds[2], &one, sizeof one) < 0) return -1;
    munmap(memory, (size_t)status.st_size);
    for (int i = 0; i < 3; i++) close(fds[i]);
    return fd;
}

int pretend(const char *path, int count) {
    struct sockaddr_un address;
    int fd = at(path, &address);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1)) return -1;
    int peer = accept(fd, NULL, NULL);
    uint8_t version = 1;
    struct iovec data = {&version, 1};
    char control[CMSG_SPACE(3 * sizeof(int))] __attribute__((aligned(8)));
    memset(control, 0, sizeof control);
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    int fds[3];
    for (int i = 0; i < 3; i++) fds[i] = memfd_create("no link", 0);
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(item), fds, (size_t)count * sizeof(int));
    }
    ssize_t sent = sendmsg(peer, &message, 0);
    for (int i = 0; i < 3; i++) close(fds[i]);
    close(peer);
    close(fd);
    return sent == 1 ? 0 : -1;
}
