/* The robot in step with a tester on standard input: docs/robot-protocol.md shows every byte. */
#ifndef PONS_IN_STEP_H
#define PONS_IN_STEP_H

#include "pons/kit.h"

/* Answers until the tester closes its end; returns the exit status. `config` without random: the seed comes with START. */
int pons_run_in_step(const pons_config *config, const pons_manifest *manifest);

#endif
