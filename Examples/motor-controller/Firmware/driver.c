/* Runs the controller over a file of frames, on the emulated processor, and counts instructions.
 *
 * input.bin:  int64 time in ns, uint32 length, the frame; then the next one
 * answers.bin: int32 reject reason or 0, uint32 length, a frame of the state; for each of them
 * Both files are little-endian and reached by semihosting.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pons_start(int64_t now);
int32_t pons_receive(const uint8_t *frame, intptr_t count, int64_t now);
void pons_tick(int64_t now);
intptr_t pons_state(uint8_t *storage, intptr_t count, int64_t now);
int32_t pons_decode_setpoint(const uint8_t *payload, intptr_t count);
int32_t pons_decode_state(const uint8_t *payload, intptr_t count);
intptr_t pons_encode_state(uint8_t *storage, intptr_t count);

/* With -icount shift=6 an instruction takes 64 ns; SysTick runs from a clock of 25 MHz: 1.6 ticks an instruction. */
#define SYST_CSR (*(volatile uint32_t *)0xE000E010)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018)
/* Access to the floating-point unit, off after a reset. */
#define CPACR (*(volatile uint32_t *)0xE000ED88)
enum { INPUT_LIMIT = 2048 };

static uint32_t ticks(void) { return SYST_CVR; }
static unsigned instructions(uint32_t before) { return ((before - ticks()) & 0xFFFFFF) * 10 / 16; }

/* The codec alone, without frame and checks: 48 bytes of header, 4 of check sequence. */
static void codec(const uint8_t *setpoint, uint32_t setpoint_size, uint8_t *state, uint32_t state_size) {
    static uint8_t encoded[INPUT_LIMIT];
    unsigned spent[3] = {0};
    for (int round = 0; round < 2; round++) {
        uint32_t before = ticks();
        int32_t failed = pons_decode_setpoint(setpoint + 48, (intptr_t)setpoint_size - 52);
        spent[0] = instructions(before);
        before = ticks();
        failed |= pons_decode_state(state + 48, (intptr_t)state_size - 52);
        spent[1] = instructions(before);
        before = ticks();
        intptr_t size = pons_encode_state(encoded, sizeof encoded);
        spent[2] = instructions(before);
        if (failed || size != (intptr_t)state_size - 52) return;
    }
    printf("codec alone: setpoint decode %u, state decode %u, state encode %u instructions\n", spent[0], spent[1], spent[2]);
}

static void fail(const char *what) {
    fprintf(stderr, "motor controller: %s\n", what);
    exit(1);
}

int main(void) {
    CPACR |= 0xFu << 20;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    static uint8_t frame[INPUT_LIMIT], answer[INPUT_LIMIT], accepted[INPUT_LIMIT];
    uint32_t accepted_size = 0, count = 0;
    FILE *input = fopen("input.bin", "rb"), *output = fopen("answers.bin", "wb");
    if (!input || !output) fail("input.bin can't be read, or answers.bin not written, in the working folder");
    SYST_RVR = 0xFFFFFF;
    SYST_CVR = 0;
    SYST_CSR = 5; /* processor clock, no interrupt */
    pons_start(0);

    struct { int64_t now; uint32_t length; } __attribute__((packed)) head;
    unsigned frames = 0, receive = 0, tick = 0, state = 0;
    while (fread(&head, sizeof head, 1, input) == 1) {
        if (head.length > INPUT_LIMIT || fread(frame, 1, head.length, input) != head.length) fail("input.bin is cut short");
        uint32_t before = ticks();
        int32_t reason = pons_receive(frame, (intptr_t)head.length, head.now);
        unsigned spent = instructions(before);
        if (reason == 0 && spent > receive) receive = spent;
        if (reason == 0) memcpy(accepted, frame, accepted_size = head.length);

        before = ticks();
        pons_tick(head.now);
        spent = instructions(before);
        if (spent > tick) tick = spent;

        before = ticks();
        count = (uint32_t)pons_state(answer, sizeof answer, head.now);
        spent = instructions(before);
        if (spent > state) state = spent;

        if (fwrite(&reason, sizeof reason, 1, output) != 1 || fwrite(&count, sizeof count, 1, output) != 1
            || fwrite(answer, 1, count, output) != count)
            fail("answers.bin can't be written");
        frames++;
    }
    if (fclose(output) != 0) fail("answers.bin can't be written");
    printf("frames %u, instructions at most: receive %u, tick %u, state %u\n", frames, receive, tick, state);
    if (accepted_size) codec(accepted, accepted_size, answer, count);
    return 0;
}
