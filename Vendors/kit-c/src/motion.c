#include "motion.h"

#include <math.h>
#include <string.h>

#include "names.h"

bool pons_check_position(const pons_limits *limit, float target, const char *name, size_t index, pons_rejection *why) {
    float bound = NAN;
    if (!(target <= limit->hard_upper)) bound = limit->hard_upper;
    else if (!(target >= limit->hard_lower)) bound = limit->hard_lower;
    else if (target > limit->soft_upper) bound = limit->soft_upper;
    else if (target < limit->soft_lower) bound = limit->soft_lower;
    return isnan(bound) ? true : pons_reject_element(why, REASON(OUT_OF_RANGE), name, index, bound);
}

bool pons_check_symmetric(float value, float bound, const char *name, size_t index, pons_rejection *why) {
    if (fabsf(value) <= bound) return true;
    return pons_reject_element(why, REASON(OUT_OF_RANGE), name, index, copysignf(bound, value));
}

void pons_shaper_start(pons_shaper *s, const float *measured) {
    memcpy(s->position, measured, sizeof(float) * (size_t)s->count);
    memset(s->velocity, 0, sizeof s->velocity);
}

static void advance(pons_shaper *s, int i, float wanted, const pons_limits *limit, float share, float seconds) {
    float change = limit->acceleration * share * seconds;
    float step = wanted - s->velocity[i];
    s->velocity[i] += fmaxf(-change, fminf(change, step));
    s->position[i] = fmaxf(limit->hard_lower, fminf(limit->hard_upper, s->position[i] + s->velocity[i] * seconds));
}

void pons_shaper_follow(pons_shaper *s, const float *targets, const pons_limits *limits, float share, float seconds) {
    for (int i = 0; i < s->count; i++) {
        float distance = targets[i] - s->position[i];
        float way = fabsf(distance);
        float wanted = fminf(way / seconds, sqrtf(2 * limits[i].acceleration * share * way));
        advance(s, i, copysignf(fminf(wanted, limits[i].velocity * share), distance), &limits[i], share, seconds);
    }
}

void pons_shaper_decelerate(pons_shaper *s, const pons_limits *limits, float seconds) {
    for (int i = 0; i < s->count; i++) advance(s, i, 0, &limits[i], 1, seconds);
}

void pons_shaper_coast(pons_shaper *s, float seconds) {
    for (int i = 0; i < s->count; i++) s->position[i] += s->velocity[i] * seconds;
}

bool pons_shaper_is_still(const pons_shaper *s) {
    for (int i = 0; i < s->count; i++) {
        if (fabsf(s->velocity[i]) > 0.005f) return false;
    }
    return true;
}

/* ---- Chunks --------------------------------------------------------------------------------------------------------------- */

int64_t pons_chunk_first_step(const pons_chunk *c, int64_t now) {
    return now <= c->start_ns ? 0 : (now - c->start_ns + c->period_ns - 1) / c->period_ns;
}

static int64_t end_of(const pons_chunk *c) { return c->start_ns + c->horizon * c->period_ns; }

void pons_player_clear(pons_player *p) {
    p->running = p->next = -1;
    p->has_underrun = false;
}

void pons_player_restart(pons_player *p) {
    pons_player_clear(p);
    p->newest_id = 0;
}

pons_chunk *pons_player_slot(pons_player *p) { return &p->slots[p->running == 0 ? 1 : 0]; }

static void promote(pons_player *p, int64_t now) {
    if (p->next < 0 || p->running < 0) return;
    const pons_chunk *current = &p->slots[p->running], *successor = &p->slots[p->next];
    int64_t prefix = current->commit_prefix < current->horizon ? current->commit_prefix : current->horizon;
    int64_t committed = current->start_ns + prefix * current->period_ns;
    if (committed > end_of(current)) committed = end_of(current);
    if (now < (successor->start_ns > committed ? successor->start_ns : committed)) return;
    p->running = p->next;
    p->next = -1;
}

void pons_player_enqueue(pons_player *p, pons_chunk *chunk, int64_t now) {
    int slot = (int)(chunk - p->slots);
    if (chunk->id > p->newest_id) p->newest_id = chunk->id;
    p->has_underrun = false;
    if (p->running < 0) p->running = slot;
    else p->next = slot;
    promote(p, now);
}

const pons_chunk *pons_player_running(const pons_player *p) { return p->running < 0 ? NULL : &p->slots[p->running]; }

int32_t pons_player_depth(const pons_player *p, int64_t now) {
    const pons_chunk *chunk = p->next >= 0 ? &p->slots[p->next] : pons_player_running(p);
    if (!chunk) return 0;
    int64_t left = chunk->horizon - pons_chunk_first_step(chunk, now);
    return left > 0 ? (int32_t)left : 0;
}

bool pons_player_targets(pons_player *p, int64_t now, int joints, float *targets) {
    promote(p, now);
    const pons_chunk *chunk = pons_player_running(p);
    if (!chunk || now < chunk->start_ns) return false;
    if (now >= end_of(chunk)) {
        p->has_underrun = true;
        p->underrun_ns = end_of(chunk);
        p->running = -1;
        return false;
    }
    int64_t step = (now - chunk->start_ns) / chunk->period_ns;
    int64_t following = step + 1 < chunk->horizon ? step + 1 : chunk->horizon - 1;
    float share = (float)((now - chunk->start_ns) % chunk->period_ns) / (float)chunk->period_ns;
    for (int j = 0; j < joints; j++) {
        float from = chunk->positions[step * joints + j];
        targets[j] = from + share * (chunk->positions[following * joints + j] - from);
    }
    return true;
}

/* ---- The spinal layer ----------------------------------------------------------------------------------------------------- */

bool pons_guard_hold(pons_guard *g, pons_command *command, const pons_limits *limits, int count, float seconds) {
    bool is_running = command->permission == PONS_RUN || command->permission == PONS_DECELERATE;
    bool held = false;
    for (int i = 0; i < count; i++) {
        float fastest = limits[i].velocity * seconds * 1.05f;
        /* What the robot does by itself, standing up or going down, has no commanded targets. */
        if (!is_running || !g->was_running || !g->has_last) {
            g->allowance[i] = 2 * fastest;
            continue;
        }
        float way = fminf(g->allowance[i] + fastest, 2 * fastest);
        float lowest = fmaxf(fminf(limits[i].soft_lower, g->last[i]), g->last[i] - way);
        float highest = fminf(fmaxf(limits[i].soft_upper, g->last[i]), g->last[i] + way);
        float target = command->position[i];
        if (target >= lowest && target <= highest) {
            g->allowance[i] = way - fabsf(target - g->last[i]);
            continue;
        }
        /* What is not possible is not approached either. */
        g->allowance[i] = way;
        command->position[i] = g->last[i];
        command->velocity[i] = 0;
        held = true;
    }
    memcpy(g->last, command->position, sizeof g->last);
    g->has_last = true;
    g->was_running = is_running;
    return held;
}

void pons_standstill_observe(pons_standstill *s, bool sample) {
    if (sample == s->is_still) {
        s->run = 0;
    } else if (++s->run >= (sample ? 50 : 10)) {
        s->is_still = sample;
        s->run = 0;
    }
}
