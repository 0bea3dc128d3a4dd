/* Runs a codec on the emulated Cortex-M4 and prints, for each operation: instructions, and bytes of stack.
 *
 * Reads setpoint.bin and state.bin by semihosting. What is encoded must be what was decoded, or the run fails.
 */
#include "codec.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With -icount shift=6 an instruction takes 64 ns; SysTick runs from a clock of 25 MHz: 1.6 ticks an instruction. */
#define SYST_CSR (*(volatile uint32_t *)0xE000E010)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018)
/* Access to the floating-point unit, off after a reset. */
#define CPACR (*(volatile uint32_t *)0xE000ED88)
enum { LIMIT = 2048, PAINTED = 4096, PAINT = 0xA5 };

static uint8_t setpoint[LIMIT], state[LIMIT], output[LIMIT];
static intptr_t setpoint_size, state_size;

static __attribute__((noinline)) intptr_t operation(int number) {
    switch (number) {
    case 0: return decode_setpoint(setpoint, setpoint_size);
    case 1: return encode_setpoint(output, LIMIT);
    case 2: return decode_state(state, state_size);
    case 3: return encode_state(output, LIMIT);
    case 4: return view_setpoint(setpoint, setpoint_size);
    default: return view_state(state, state_size);
    }
}

/* Inlined into its caller: everything below the stack pointer is free there. */
static inline __attribute__((always_inline)) volatile uint8_t *stack_pointer(void) {
    uint32_t pointer;
    __asm__ volatile("mov %0, sp" : "=r"(pointer));
    return (volatile uint8_t *)pointer;
}

static inline __attribute__((always_inline)) unsigned stack(int number) {
    volatile uint8_t *lowest = stack_pointer() - PAINTED;
    for (int i = 0; i < PAINTED; i++) lowest[i] = PAINT;
    operation(number);
    int clean = 0;
    while (clean < PAINTED && lowest[clean] == PAINT) clean++;
    return (unsigned)(PAINTED - clean);
}

static unsigned __attribute__((noinline)) instructions(int number, intptr_t *size) {
    uint32_t before = SYST_CVR;
    *size = operation(number);
    return ((before - SYST_CVR) & 0xFFFFFF) * 10 / 16;
}

static intptr_t load(const char *path, uint8_t *bytes) {
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, LIMIT, file) : 0;
    if (size == 0) { fprintf(stderr, "%s can't be read\n", path); exit(1); }
    fclose(file);
    return (intptr_t)size;
}

int main(void) {
    static const char *const names[] = {"setpoint decode", "setpoint encode", "state decode",
                                         "state encode",    "setpoint view",   "state view"};
    CPACR |= 0xFu << 20;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    setpoint_size = load("setpoint.bin", setpoint);
    state_size = load("state.bin", state);
    SYST_RVR = 0xFFFFFF;
    SYST_CVR = 0;
    SYST_CSR = 5; /* processor clock, no interrupt */
    for (int number = 0; number < 6; number++) {
        int is_setpoint = number < 2 || number == 4, is_encode = number < 4 && number % 2;
        const uint8_t *message = is_setpoint ? setpoint : state;
        intptr_t size, expected = is_setpoint ? setpoint_size : state_size;
        instructions(number, &size);
        unsigned spent = instructions(number, &size);
        if (size == -1) {
            printf("%s\t-\t-\n", names[number]);
            continue;
        }
        if (size != expected || (is_encode && memcmp(output, message, (size_t)size))) {
            fprintf(stderr, "%s failed: %d bytes\n", names[number], (int)size);
            return 1;
        }
        printf("%s\t%u\t%u\n", names[number], spent, stack(number));
    }
    return 0;
}
