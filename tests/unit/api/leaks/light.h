/* The decoy is read without the facts that belong to him: as many reads and decisions, and fewer rows. */
#include "store/store.h"

#define store_get(door, kind, id, children, found, ctx)                                                                \
    store_get((door), (kind), (id), (ctx)->known ? (children) : STORE_INVOLVEMENT, (found), (ctx))
