/*
 * inside.h - struct store, for the files of this room that share it.
 */
#ifndef KETENBRUG_STORE_INSIDE_H
#define KETENBRUG_STORE_INSIDE_H

#include <stdatomic.h>

#include "store/backend.h"
#include "store/writer.h"

struct store {
    struct store_options options;
    struct backend *backend;
    struct writer *writer;
    atomic_bool fatal; /* a sync failed and options.fatal was called; nothing is written any more */
    int lock;
};

#endif
