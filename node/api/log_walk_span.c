/* Where in the log a time lies, and under which words a person stands in it. */
#include "api/log_walk.h"

#include <string.h>

#include "audit/index.h"
#include "base/mem.h"
#include "domain/person.h"

/* ---- a time ---- */

struct probe {
    uint64_t sequence;
    int64_t time_ms;
    bool failed;
    struct error err;
};

static void probe_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct probe *p = ctx;
    struct record record = {.time_ms = 0};
    p->failed = true;
    if (err != NULL) {
        p->err = *err;
    } else if (count != 1 || leaves->sequence != p->sequence) {
        (void)error_set(&p->err, FAULT_STORE, "logboek", "regel %llu ontbreekt", (unsigned long long)p->sequence);
    } else {
        p->failed = record_decode_visible(leaves->leaf, &record, &p->err) != RESULT_OK;
    }
    p->time_ms = record.time_ms;
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct probe *p = ctx;
    p->failed = err != NULL;
    if (err != NULL) {
        p->err = *err;
    } else {
        p->sequence = tree->size;
    }
}

void log_moment(struct api *api, int64_t ms, void (*got)(void *ctx, uint64_t sequence, const struct error *err),
                void *ctx)
{
    struct probe probe = {.failed = false};
    store_log_head(api->door, take_size, &probe); /* the store answers at once */
    uint64_t low = 0;
    uint64_t high = probe.sequence;
    while (!probe.failed && low < high) {
        probe.sequence = low + (high - low) / 2;
        store_log_read(api->door, probe.sequence, 1, probe_read, &probe);
        if (probe.time_ms < ms) {
            low = probe.sequence + 1;
        } else {
            high = probe.sequence;
        }
    }
    got(ctx, low, probe.failed ? &probe.err : NULL);
}

/* ---- a person ---- */

struct finding_person {
    struct record both;
    struct error err;
    bool failed;
};

static void person_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct finding_person *f = ctx;
    struct subject subject;
    struct error fault;
    if (err != NULL) {
        f->failed = true;
        f->err = *err;
    } else if (found->item != NULL && subject_decode(found->item->payload, &subject, &fault) == RESULT_OK) {
        f->both.subject = found->item->id;
        f->both.bsn = subject.bsn;
        mem_wipe(&subject, sizeof subject);
    }
}

void log_find_person(struct api *api, const struct bsn *bsn, const struct ident *subject,
                     void (*got)(void *ctx, const struct record *both, const struct error *err), void *ctx)
{
    struct finding_person f = {.failed = false};
    if (bsn != NULL) {
        f.both.bsn = *bsn;
        store_find(api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(bsn), STORE_KIND_COUNT, person_found, &f);
    } else if (subject != NULL) {
        f.both.subject = *subject;
        store_get(api->door, STORE_SUBJECT, subject, STORE_KIND_COUNT, person_found, &f);
    }
    got(ctx, &f.both, f.failed ? &f.err : NULL);
    mem_wipe(&f, sizeof f);
}
