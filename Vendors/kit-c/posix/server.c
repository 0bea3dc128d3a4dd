#define _DEFAULT_SOURCE
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = PONS_MAX_LINKS, UNSENT = 4 << 20, KERNEL_UNSENT = 1024 };
#define INTRODUCTION_NS ((int64_t)5 * 1000000000)

typedef struct {
    int socket; /* -1 for none */
    SSL *tls;
    int link; /* of the robot; -1 until the other end has shown who it is */
    int64_t since_ns;
    uint8_t *unsent;
    size_t unsent_count;
} connection;

static connection connections[CONNECTIONS];
static SSL_CTX *context;

int64_t pons_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t pons_system_random(void *unused) {
    uint64_t value = 0;
    (void)unused;
    if (RAND_bytes((unsigned char *)&value, sizeof value) != 1) abort(); /* without entropy there is no session (LNK-02) */
    return value;
}

void pons_sha256(const void *data, size_t size, uint8_t digest[32]) { SHA256(data, size, digest); }

/* ---- Who is there --------------------------------------------------------------------------------------------------------- */

static uint16_t role_of(const char *uri, size_t length) {
    static const char *const names[] = {"observer", "controller", "operator", "service", "stop-only"};
    static const char prefix[] = "pons:role:";
    for (unsigned role = 1; role <= 5; role++) {
        char wanted[32];
        int size = snprintf(wanted, sizeof wanted, "%s%s", prefix, names[role - 1]);
        if ((size_t)size == length && memcmp(wanted, uri, length) == 0) return (uint16_t)(1u << role);
    }
    return 0;
}

/* What a certificate grants: names pons:role:… of its subject (part SEC). */
static pons_trust trust_of(SSL *tls) {
    pons_trust trust = {.protection = PONS_AUTHENTICATED, .has_roles = true, .valid_for_ns = 0};
    X509 *certificate = SSL_get1_peer_certificate(tls);
    if (!certificate) return trust;
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, trust.name, sizeof trust.name);
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate))) {
        int64_t left = (int64_t)days * 86400 + seconds;
        trust.valid_for_ns = left < 0 ? 0 : left > 1000000000 ? (int64_t)1000000000 * 1000000000 : left * 1000000000;
    }
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI) continue;
        const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
        trust.roles |= role_of((const char *)ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
    }
    GENERAL_NAMES_free(names);
    X509_free(certificate);
    return trust;
}

static SSL_CTX *robot_context(const char *keys) {
    char authority[4096], certificate[4096], key[4096];
    snprintf(authority, sizeof authority, "%s/authority.pem", keys);
    snprintf(certificate, sizeof certificate, "%s/robot.pem", keys);
    snprintf(key, sizeof key, "%s/robot.key", keys);
    SSL_CTX *made = SSL_CTX_new(TLS_server_method());
    if (!made) return NULL;
    SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_num_tickets(made, 0);
    SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_load_verify_locations(made, authority, NULL) == 1 && SSL_CTX_use_certificate_chain_file(made, certificate) == 1 &&
        SSL_CTX_use_PrivateKey_file(made, key, SSL_FILETYPE_PEM) == 1) {
        return made;
    }
    fprintf(stderr, "pons-robot: %s holds no keys of a robot (authority.pem, robot.pem, robot.key): %s; conform keys create makes them\n",
            keys, ERR_reason_error_string(ERR_peek_last_error()));
    SSL_CTX_free(made);
    return NULL;
}

/* ---- Connections ----------------------------------------------------------------------------------------------------------- */

static void end(pons_robot *robot, connection *c) {
    if (c->socket < 0) return;
    if (c->link >= 0) pons_link_closed(robot, c->link, pons_monotonic_ns());
    SSL_free(c->tls);
    close(c->socket);
    c->socket = c->link = -1;
    c->tls = NULL;
    c->unsent_count = 0;
}

/* A free place, or that of the stranger who came first: whoever opens links and says nothing keeps nobody out (LNK-14). */
static connection *place(pons_robot *robot) {
    connection *oldest = NULL;
    for (int i = 0; i < CONNECTIONS; i++) {
        connection *c = &connections[i];
        if (c->socket < 0) return c;
        if (c->link < 0 && (!oldest || c->since_ns < oldest->since_ns)) oldest = c;
    }
    if (oldest) end(robot, oldest);
    return oldest;
}

static void accept_one(pons_robot *robot, int listener) {
    int socket = accept(listener, NULL, NULL);
    if (socket < 0) return;
    int on = 1;
    fcntl(socket, F_SETFL, O_NONBLOCK);
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* What the link can't take yet stays with the robot, who knows which of it is old (LNK-12). */
    int unsent = KERNEL_UNSENT;
    setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    connection *c = place(robot);
    SSL *tls = context ? SSL_new(context) : NULL;
    if (!c || (context && !tls)) {
        SSL_free(tls);
        close(socket);
        return;
    }
    c->socket = socket;
    c->tls = tls;
    c->link = -1;
    c->since_ns = pons_monotonic_ns();
    if (tls) {
        SSL_set_fd(tls, socket);
        SSL_set_accept_state(tls);
    } else {
        pons_trust clear = {.protection = PONS_CLEAR, .valid_for_ns = -1};
        c->link = pons_link_opened(robot, &clear, c->since_ns);
        if (c->link < 0) end(robot, c);
    }
}

/* Whether there is more to come; false where the connection has ended. */
static bool wants_more(connection *c, int result) {
    if (!c->tls) return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    int why = SSL_get_error(c->tls, result);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static void read_from(pons_robot *robot, connection *c) {
    static uint8_t bytes[65536];
    if (c->tls && c->link < 0) {
        int result = SSL_do_handshake(c->tls);
        if (result != 1) {
            if (!wants_more(c, result)) end(robot, c);
            return;
        }
        pons_trust trust = trust_of(c->tls);
        c->link = pons_link_opened(robot, &trust, pons_monotonic_ns());
        if (c->link < 0) {
            end(robot, c);
            return;
        }
    }
    for (;;) {
        int count = c->tls ? SSL_read(c->tls, bytes, sizeof bytes) : (int)recv(c->socket, bytes, sizeof bytes, 0);
        if (count <= 0) {
            if (!wants_more(c, count)) end(robot, c);
            return;
        }
        pons_receive(robot, c->link, bytes, (size_t)count, pons_monotonic_ns());
    }
}

/* Proving who is there takes as long as a cycle: one stranger a cycle, in turn, and a flood of them holds up nobody but its own. */
static void hear_stranger(pons_robot *robot) {
    static int heard;
    for (int turn = 1; turn <= CONNECTIONS; turn++) {
        connection *c = &connections[(heard + turn) % CONNECTIONS];
        char byte;
        if (c->socket < 0 || c->link >= 0) continue;
        bool is_silent = recv(c->socket, &byte, 1, MSG_PEEK) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (is_silent && !SSL_want_write(c->tls)) continue;
        heard = (int)(c - connections);
        read_from(robot, c);
        return;
    }
}

static void write_to(pons_robot *robot, connection *c) {
    size_t sent = 0;
    while (sent < c->unsent_count) {
        size_t left = c->unsent_count - sent;
        int count = c->tls ? SSL_write(c->tls, c->unsent + sent, (int)left) : (int)send(c->socket, c->unsent + sent, left, MSG_NOSIGNAL);
        if (count <= 0) {
            if (!wants_more(c, count)) {
                end(robot, c);
                return;
            }
            break;
        }
        sent += (size_t)count;
    }
    memmove(c->unsent, c->unsent + sent, c->unsent_count - sent);
    c->unsent_count -= sent;
}

static void carry_out(pons_robot *robot, connection *c, int64_t now) {
    if (c->socket < 0) return;
    if (c->link < 0) {
        if (now - c->since_ns > INTRODUCTION_NS) end(robot, c);
        return;
    }
    pons_set_congestion(robot, c->link, c->unsent_count > 0);
    size_t count;
    while ((count = pons_take(robot, c->link, c->unsent + c->unsent_count, UNSENT - c->unsent_count)) > 0) c->unsent_count += count;
    bool is_full = c->unsent_count == UNSENT;
    write_to(robot, c);
    if (c->socket < 0) return;
    if (pons_take_close(robot, c->link)) {
        c->link = -1; /* the robot has given it up already */
        end(robot, c);
    } else if (is_full) {
        end(robot, c);
    }
}

/* ---- What survives a power cycle (SAF-07) ----------------------------------------------------------------------------------- */

bool pons_state_load(const char *path, int *latch, uint64_t *epoch) {
    unsigned long long stored = 0;
    FILE *file = fopen(path, "r");
    if (!file) return errno == ENOENT;
    bool is_good = fscanf(file, "pons-state 1 latch %d epoch %llu", latch, &stored) == 2;
    *epoch = stored;
    fclose(file);
    return is_good;
}

/* Written beside and renamed: half a file never takes the place of a whole one. */
static void state_store(const char *path, int latch, uint64_t epoch) {
    char beside[4096];
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *file = fopen(beside, "w");
    bool is_good = file && fprintf(file, "pons-state 1 latch %d epoch %llu\n", latch, (unsigned long long)epoch) > 0 &&
                   fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (file) is_good = fclose(file) == 0 && is_good;
    if (!is_good || rename(beside, path) != 0) fprintf(stderr, "pons-robot: %s can't be written: %s\n", path, strerror(errno));
}

/* ---- Running --------------------------------------------------------------------------------------------------------------- */

static int listen_at(const char *address) {
    char host[256];
    const char *colon = strrchr(address, ':');
    if (!colon || (size_t)(colon - address) >= sizeof host) {
        fprintf(stderr, "pons-robot: %s is no HOST:PORT\n", address);
        return -1;
    }
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = 0;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    int listener = -1, on = 1;
    if (getaddrinfo(host[0] ? host : NULL, colon + 1, &hints, &found) == 0) {
        listener = socket(found->ai_family, SOCK_STREAM, 0);
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(listener, found->ai_addr, found->ai_addrlen) != 0 || listen(listener, 64) != 0) {
            close(listener);
            listener = -1;
        }
        freeaddrinfo(found);
    }
    if (listener < 0) {
        fprintf(stderr, "pons-robot: can't listen at %s: %s\n", address, strerror(errno));
        return -1;
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    getsockname(listener, (struct sockaddr *)&bound, &size);
    unsigned port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                      : ((struct sockaddr_in *)&bound)->sin_port);
    printf("%s://%s:%u\n", context ? "tls" : "tcp", host[0] ? host : "127.0.0.1", port);
    fflush(stdout);
    return listener;
}

static void wait_for(int listener, int64_t until_ns) {
    struct pollfd ready[CONNECTIONS + 1] = {{.fd = listener, .events = POLLIN}};
    for (int i = 0; i < CONNECTIONS; i++) {
        bool has_unsent = connections[i].unsent_count > 0;
        ready[i + 1] = (struct pollfd){.fd = connections[i].socket, .events = (short)(POLLIN | (has_unsent ? POLLOUT : 0))};
    }
    int64_t left = until_ns - pons_monotonic_ns();
    struct timespec pause = {.tv_nsec = left > 0 ? (long)left : 0};
    if (poll(ready, CONNECTIONS + 1, 0) == 0 && left > 0) {
        /* poll() counts in milliseconds: sleep the rest in parts of a quarter. */
        if (pause.tv_nsec > 250000) pause.tv_nsec = 250000;
        nanosleep(&pause, NULL);
    }
}

int pons_serve(pons_robot *robot, const char *address, const char *keys, const char *state) {
    const int64_t period = 1000000;
    signal(SIGPIPE, SIG_IGN);
    if (keys && !(context = robot_context(keys))) return 1;
    for (int i = 0; i < CONNECTIONS; i++) {
        connections[i].socket = connections[i].link = -1;
        connections[i].unsent = malloc(UNSENT); /* at start, never later */
        if (!connections[i].unsent) return 1;
    }
    int listener = listen_at(address);
    if (listener < 0) return 1;
    for (int64_t next = pons_monotonic_ns() + period;;) {
        wait_for(listener, next);
        accept_one(robot, listener);
        for (int i = 0; i < CONNECTIONS; i++) {
            if (connections[i].socket >= 0 && connections[i].link >= 0) read_from(robot, &connections[i]);
        }
        hear_stranger(robot);
        int64_t now = pons_monotonic_ns();
        pons_poll(robot, now);
        int latch;
        uint64_t epoch;
        if (pons_take_latch(robot, &latch, &epoch) && state) state_store(state, latch, epoch); /* before anybody is told */
        for (int i = 0; i < CONNECTIONS; i++) carry_out(robot, &connections[i], now);
        if (now >= next) next = now - next > 100 * period ? now + period : next + period;
    }
}
