#include "in_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { START = 1, OPENED, CLOSED, BYTES, ADVANCE, CONGESTED };
enum { HEAD = 8, VERSION = 1, LONGEST = 1 << 21 };

typedef struct {
    pons_robot *robot;
    uint32_t tester[PONS_MAX_LINKS]; /* the tester's number of each link; 0 for none */
    uint8_t *answer;
    size_t answer_size, answer_capacity;
    uint64_t random;
} stage;

static uint64_t little(const uint8_t *p, unsigned width) {
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++) value |= (uint64_t)p[i] << (8 * i);
    return value;
}

static void put(uint8_t *p, uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; i++) p[i] = (uint8_t)(value >> (8 * i));
}

/* SplitMix64: the run is the seed's. */
static uint64_t next_random(void *context) {
    uint64_t z = ((stage *)context)->random += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

static uint8_t *reserve(stage *s, size_t size) {
    if (s->answer_size + size > s->answer_capacity) {
        s->answer_capacity = 2 * (s->answer_size + size);
        s->answer = realloc(s->answer, s->answer_capacity);
        if (!s->answer) {
            fputs("robot: out of memory\n", stderr);
            exit(1);
        }
    }
    return s->answer + s->answer_size;
}

static void note_action(stage *s, uint8_t what, uint32_t link, const uint8_t *bytes, size_t count) {
    uint8_t *to = reserve(s, 9 + count);
    to[0] = what;
    put(to + 1, link, 4);
    put(to + 5, count, 4);
    if (count) memcpy(to + 9, bytes, count);
    s->answer_size += 9 + count;
}

static void collect(stage *s) {
    static uint8_t bytes[1 << 18];
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        if (!s->tester[link]) continue;
        size_t count;
        while ((count = pons_take(s->robot, link, bytes, sizeof bytes)) > 0) note_action(s, 1, s->tester[link], bytes, count);
        if (!pons_take_close(s->robot, link)) continue;
        note_action(s, 2, s->tester[link], NULL, 0);
        s->tester[link] = 0;
    }
}

static int link_of(const stage *s, uint32_t tester) {
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        if (s->tester[link] == tester) return link;
    }
    return -1;
}

static void opened(stage *s, const uint8_t *q, size_t count, int64_t now) {
    uint32_t tester = (uint32_t)little(q, 4);
    pons_trust trust = {.protection = (pons_protection)q[4], .has_roles = q[5] != 0, .roles = (uint16_t)little(q + 6, 2),
                        .valid_for_ns = (int64_t)little(q + 8, 8)};
    size_t length = (size_t)little(q + 16, 4);
    if (length > count - 20) length = count - 20;
    if (length >= sizeof trust.name) length = sizeof trust.name - 1;
    memcpy(trust.name, q + 20, length);
    int link = pons_link_opened(s->robot, &trust, now);
    if (link < 0) note_action(s, 2, tester, NULL, 0);
    else s->tester[link] = tester;
}

static bool take(stage *s, const pons_config *config, const pons_manifest *manifest, pons_simulated_body **body, unsigned kind,
                 const uint8_t *q, size_t count) {
    int64_t now = (int64_t)little(q, 8);
    if (kind == START) {
        pons_config own = *config;
        pons_robot_free(s->robot);
        if (*body) {
            pons_simulated_body_free(*body);
            *body = pons_simulated_body_make(manifest);
            own.body = pons_simulated_body_interface(*body);
        }
        s->random = little(q + 8, 8);
        memset(s->tester, 0, sizeof s->tester);
        own.random = next_random;
        own.random_context = s;
        s->robot = pons_robot_start(&own, manifest, now);
        return s->robot != NULL;
    }
    if (!s->robot) return false;
    if (kind == ADVANCE) {
        pons_poll(s->robot, now);
        return true;
    }
    int link = link_of(s, (uint32_t)little(q + 8, 4));
    if (kind == OPENED) {
        opened(s, q + 8, count - 8, now);
    } else if (kind == BYTES && link >= 0) {
        pons_receive(s->robot, link, q + 12, count - 12, now);
    } else if (kind == CLOSED && link >= 0) {
        pons_link_closed(s->robot, link, now);
        s->tester[link] = 0;
    } else if (kind == CONGESTED && link >= 0) {
        pons_set_congestion(s->robot, link, q[12] != 0);
    }
    return kind >= OPENED && kind <= CONGESTED;
}

int pons_run_in_step(const pons_config *config, const pons_manifest *manifest) {
    static const size_t shortest[] = {0, 16, 28, 12, 12, 8, 13};
    static uint8_t question[LONGEST];
    uint8_t head[HEAD];
    stage s = {0};
    pons_simulated_body *body = config->body.context ? NULL : pons_simulated_body_make(manifest);
    while (fread(head, 1, HEAD, stdin) == HEAD) {
        size_t length = (size_t)little(head, 4);
        unsigned kind = (unsigned)little(head + 4, 2);
        if (little(head + 6, 2) != VERSION || kind < START || kind > CONGESTED || length > LONGEST || length < shortest[kind] ||
            fread(question, 1, length, stdin) != length) {
            fprintf(stderr, "robot: no question of version %d of the robot protocol\n", VERSION);
            return 1;
        }
        s.answer_size = 0;
        reserve(&s, HEAD);
        s.answer_size = HEAD;
        if (!take(&s, config, manifest, &body, kind, question, length)) {
            fputs("robot: the first question must be START\n", stderr);
            return 1;
        }
        collect(&s);
        memcpy(s.answer, head, HEAD);
        put(s.answer, s.answer_size - HEAD, 4);
        fwrite(s.answer, 1, s.answer_size, stdout);
        fflush(stdout);
    }
    pons_robot_free(s.robot);
    pons_simulated_body_free(body);
    free(s.answer);
    return 0;
}
