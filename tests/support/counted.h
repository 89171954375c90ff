/*
 * counted.h - what the loop's thread did, counted where calls cross from one file of the program to another.
 *
 * The linker puts these counters between (--wrap, see tests/CMakeLists.txt: a program that includes counted.c's object is
 * linked with `counted_options`), so that the program that is shipped has none and is measured as it is.
 * Thread: each counts for itself; read and set on the thread that works. What the store's writer does for a group of
 * commits is not the loop's, and the same for any one leaf.
 */
#ifndef KETENBRUG_TESTS_COUNTED_H
#define KETENBRUG_TESTS_COUNTED_H

#include <stdint.h>

#define COUNTED_TABLE(X)                                                                                               \
    X(COUNTED_STORE_READS, "lezingen van de opslag")                                                                   \
    X(COUNTED_STORE_COMMITS, "vastleggingen")                                                                          \
    X(COUNTED_STORE_LEAVES, "regels")                                                                                  \
    X(COUNTED_SQL_STEPS, "stappen van SQLite")                                                                         \
    X(COUNTED_OPENED, "geopende zegels")                                                                               \
    X(COUNTED_OPENED_BYTES, "bytes daarvan")                                                                           \
    X(COUNTED_SEALED, "gezette zegels")                                                                                \
    X(COUNTED_SEALED_BYTES, "bytes daarvan")                                                                           \
    X(COUNTED_KEYED_HASHES, "hashes met sleutel")                                                                      \
    X(COUNTED_SHA256, "SHA-256")                                                                                       \
    X(COUNTED_SIGNATURES, "handtekeningen")                                                                            \
    X(COUNTED_SIGNATURES_CHECKED, "gecontroleerde handtekeningen")                                                     \
    X(COUNTED_KEYS_LOOKED_UP, "opgezochte zoeksleutels")                                                               \
    X(COUNTED_DECOYS, "lokpersonen")                                                                                   \
    X(COUNTED_DECISIONS, "beslissingen")                                                                               \
    X(COUNTED_ENTRIES_WRITTEN, "geschreven betrokkenheden")                                                            \
    X(COUNTED_ALLOCATIONS, "stukken geheugen")                                                                         \
    X(COUNTED_BYTES_OUT, "bytes naar buiten")

enum counted {
#define X(what, word) what,
    COUNTED_TABLE(X)
#undef X
        COUNTED_COUNT
};

struct counts {
    uint64_t of[COUNTED_COUNT];
};

const char *counted_word(enum counted what);
void counted_begin(void);                           /* from nought */
void counted_add(enum counted what, uint64_t more); /* for what no wrapper sees, such as bytes out */
struct counts counted_so_far(void);

#endif
