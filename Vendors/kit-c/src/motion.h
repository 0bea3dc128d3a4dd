/* From targets to motion: limits, the shaper, action chunks, the last check before the actuators, standstill. */
#ifndef PONS_MOTION_H
#define PONS_MOTION_H

#include "check.h"
#include "pons/kit.h"

enum { PONS_MAX_HORIZON = 100 };

/* Of one joint, in its unit and per second; single precision as setpoints are sent. */
typedef struct {
    float hard_lower, hard_upper, soft_lower, soft_upper, velocity, acceleration, effort, stiffness, damping, bump, lag;
    float temperature; /* Celsius; infinite where none is declared */
    int64_t lag_ns;
} pons_limits;

bool pons_check_position(const pons_limits *limit, float target, const char *name, size_t index, pons_rejection *why);
bool pons_check_symmetric(float value, float bound, const char *name, size_t index, pons_rejection *why);

/* Turns targets into motion within velocity and acceleration limits: no step reaches an actuator. */
typedef struct {
    int count;
    float position[PONS_MAX_JOINTS], velocity[PONS_MAX_JOINTS];
} pons_shaper;

void pons_shaper_start(pons_shaper *s, const float *measured);
/* `share` of velocity and acceleration. Never faster than can still be stopped at the target. */
void pons_shaper_follow(pons_shaper *s, const float *targets, const pons_limits *limits, float share, float seconds);
void pons_shaper_decelerate(pons_shaper *s, const pons_limits *limits, float seconds);
void pons_shaper_coast(pons_shaper *s, float seconds);
bool pons_shaper_is_still(const pons_shaper *s);

typedef struct {
    uint64_t id;
    int64_t start_ns, period_ns;
    int32_t horizon, commit_prefix;
    float positions[PONS_MAX_HORIZON * PONS_MAX_JOINTS];
} pons_chunk;

int64_t pons_chunk_first_step(const pons_chunk *c, int64_t now);

/* Plays chunks on their own time grid: a step whose time has passed is never shifted to later (CMD-12). */
typedef struct {
    pons_chunk slots[2];
    int running, next; /* slot, or -1 */
    uint64_t newest_id;
    bool has_underrun;
    int64_t underrun_ns; /* when the last chunk ran out without a successor */
} pons_player;

void pons_player_clear(pons_player *p);
void pons_player_restart(pons_player *p);
/* The slot to fill for a chunk to be queued; it replaces one that waits. */
pons_chunk *pons_player_slot(pons_player *p);
/* The slot that was filled takes over at its own start, never inside the committed prefix of the running one (CMD-14). */
void pons_player_enqueue(pons_player *p, pons_chunk *chunk, int64_t now);
int32_t pons_player_depth(const pons_player *p, int64_t now);
bool pons_player_targets(pons_player *p, int64_t now, int joints, float *targets);
const pons_chunk *pons_player_running(const pons_player *p);

/* The last check before the actuators: way and speed of every joint, whoever asks (MOT-13). */
typedef struct {
    bool has_last, was_running;
    float last[PONS_MAX_JOINTS], allowance[PONS_MAX_JOINTS];
} pons_guard;

/* Holds joints whose target of this cycle is beyond the limits where they are; whether there was one. */
bool pons_guard_hold(pons_guard *g, pons_command *command, const pons_limits *limits, int count, float seconds);

/* Debounced: a slow turn at the end of a swing is not standstill (50 ms), one noisy sample no motion (10 ms). */
typedef struct {
    bool is_still;
    int run;
} pons_standstill;

void pons_standstill_observe(pons_standstill *s, bool sample);

#endif
