/* Short names for the schema's numbers, as the specification writes them. */
#ifndef PONS_NAMES_H
#define PONS_NAMES_H

#include "pons/v1/common.pb-c.h"
#include "pons/v1/safety.pb-c.h"
#include "pons/v1/session.pb-c.h"

#define PB(name) Pons__V1__##name
#define REASON(name) PONS__V1__REJECT_REASON__REJECT_REASON_##name
#define STATE(name) PONS__V1__SAFETY_STATE__SAFETY_STATE_##name
#define CAUSE(name) PONS__V1__CAUSE__CAUSE_##name
#define CATEGORY(name) PONS__V1__STOP_CATEGORY__STOP_CATEGORY_##name
#define HOLD(name) PONS__V1__STOP_HOLD__STOP_HOLD_##name
#define MODE(name) PONS__V1__OPERATING_MODE__OPERATING_MODE_##name
#define STABILITY(name) PONS__V1__STABILITY__STABILITY_##name
#define KIND(name) PONS__V1__STOP_KIND__STOP_KIND_##name
#define ROLE(name) PONS__V1__ROLE__ROLE_##name

enum { PONS_MS = 1000000 };
#define PONS_SECOND ((int64_t)1000 * PONS_MS)

/* How well the clock of a sender must be known, E_CLK of the small and the big brain (part TIM). */
#define PONS_SETPOINT_CLOCK_BOUND_NS ((int64_t)PONS_MS)
#define PONS_TASK_CLOCK_BOUND_NS (20 * (int64_t)PONS_MS)

#endif
