/*
 * contend.h - somebody else writes a row just before each of the next commits, as a round does: what was read for them is out
 * of date by then. The test is linked with --wrap=store_commit.
 *
 * Does:      puts the other's batch into the store's queue first, so that it always wins.
 * Does not:  wait for anything. Thread: the loop's.
 */
#ifndef KETENBRUG_TESTS_CONTEND_H
#define KETENBRUG_TESTS_CONTEND_H

#include "unit/unit.h"

#include "store/store.h"

static struct {
    unsigned left;                                            /* commits that this happens to still */
    unsigned met;                                             /* those that it happened to */
    void (*rewrite)(struct store_batch *batch, void *of_row); /* the row as it is, once more: another version */
    void *of_row;
} contend;

#define REAL(name) __real_##name /* NOLINT(bugprone-reserved-identifier): the names that --wrap takes */
#define WRAP(name) __wrap_##name /* NOLINT(bugprone-reserved-identifier) */

void REAL(store_commit)(struct store_door *door, struct store_batch *batch, store_done *done, void *ctx);
void WRAP(store_commit)(struct store_door *door, struct store_batch *batch, store_done *done, void *ctx);

static void contended(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)ctx;
    (void)committed;
    assert_null(err);
}

void WRAP(store_commit)(struct store_door *door, struct store_batch *batch, store_done *done, void *ctx)
{
    if (contend.left != 0) {
        struct store_batch *other = store_batch_new(door);
        assert_non_null(other);
        contend.left--;
        contend.met++;
        contend.rewrite(other, contend.of_row);
        REAL(store_commit)(door, other, contended, NULL);
    }
    REAL(store_commit)(door, batch, done, ctx);
}

static inline void contend_for(unsigned commits, void (*rewrite)(struct store_batch *batch, void *of_row), void *of_row)
{
    contend.left = commits;
    contend.met = 0;
    contend.rewrite = rewrite;
    contend.of_row = of_row;
}

#endif
