#include "adapters/adapter.h"

#include "adapters/csv.h"
#include "base/attr.h"

static const struct adapter_kind *const kinds[] = {&adapter_csv};

const struct adapter_kind *adapter_named(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(kinds[i]->name, name) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

const char *adapter_names(void)
{
    return "csv";
}
