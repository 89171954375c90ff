/* The decoy is read without what belongs to him: as many reads, and fewer rows. */
#include "store/store.h"

#define store_get(door, kind, id, children, found, ctx)                                                                \
    store_get((door), (kind), (id), (ctx)->known ? (children) : STORE_KIND_COUNT, (found), (ctx))
