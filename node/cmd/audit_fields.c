/* `ketenbrug audit fields`: where the fields of the standards stand in a record. */
#include <stdio.h>

#include "audit/fields.h"
#include "cmd/command.h"
#include "cmd/table.h"

static int run_fields(const struct args *args)
{
    (void)args;
    for (size_t i = 0; i < audit_field_count; i++) {
        const struct audit_field *row = &audit_fields[i];
        table_cell(stdout, row->standard, 9);
        table_cell(stdout, row->field, 29);
        table_cell(stdout, row->place[0] != '\0' ? row->place : "-", row->how[0] != '\0' ? 26 : 0);
        (void)printf("%s\n", row->how);
    }
    return EXIT_FINE;
}

const struct command command_audit_fields = {
    .name = "audit fields",
    .summary = "toont waar velden van Logboek Dataverwerkingen en NEN 7513 in een regel staan",
    .example = "ketenbrug audit fields",
    .run = run_fields,
};
