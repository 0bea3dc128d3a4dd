/* Reads lines "MESSAGE HEX" and says for each whether the bytes are that message, or why not. See scripts/check-kits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "names.h"
#include "pons_schema.h"

int main(void) {
    static char line[1 << 18], name[128];
    static unsigned char bytes[1 << 17];
    while (fgets(line, sizeof line, stdin)) {
        int start = 0;
        if (sscanf(line, "%127s %n", name, &start) != 1) continue;
        size_t count = 0;
        unsigned byte;
        for (const char *hex = line + start; sscanf(hex, "%2x", &byte) == 1; hex += 2) bytes[count++] = (unsigned char)byte;
        const pons_table *table = NULL;
        for (size_t i = 0; i < pons_message_count; i++) {
            if (strcmp(pons_messages[i]->name, name) == 0) table = pons_messages[i];
        }
        pons_rejection why;
        if (!table) puts("UNKNOWN");
        else if (pons_check(table, bytes, count, 0, &why)) puts("ACCEPT");
        else {
            const ProtobufCEnumValue *reason = protobuf_c_enum_descriptor_get_value(&pons__v1__reject_reason__descriptor, why.reason);
            puts(reason ? reason->name + strlen("REJECT_REASON_") : "?");
        }
    }
    return 0;
}
