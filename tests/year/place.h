/*
 * place.h - the store and keys in the folder of a node that does not run, as tests/region/region.sh makes it: MAP/gegevens
 * and MAP/sleutels.
 *
 * Ownership: year_place_open/year_place_close; closing what did not open is fine. Thread: one; the loop is its own.
 * Faults:    of keyring and store.
 */
#ifndef KETENBRUG_YEAR_PLACE_H
#define KETENBRUG_YEAR_PLACE_H

#include <uv.h>

#include "store/store.h"

enum { YEAR_PATH_SIZE = 512 };

struct year_place {
    char data[YEAR_PATH_SIZE], keys[YEAR_PATH_SIZE];
    struct keyring *keyring;
    struct store *store;
    struct store_door *door;
    uv_loop_t loop;
    bool has_loop;
};

/* Keys are made when there are none. */
MUST_USE enum result year_place_open(struct year_place *place, const char *folder, struct error *err);
void year_place_close(struct year_place *place);

#endif
