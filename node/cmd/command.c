#include "cmd/command.h"

#include <stdio.h>

int command_fail(const struct error *err)
{
    (void)fprintf(stderr, "ketenbrug: %s%s%s\n", err->where, err->where[0] != '\0' ? ": " : "", err->what);
    return err->fault == FAULT_USAGE ? EXIT_USAGE : EXIT_REFUSED;
}
