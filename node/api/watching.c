/* Beginning: cursor -> people -> exceptions -> the window's first record -> the window read back, without findings.
 * Following, a step: leaves -> opened on a worker thread -> judged, some a turn -> kept, with the cursor. */
#include "api/watching.h"

#include <string.h>

#include <uv.h>

#include "api/later.h"
#include "api/watching_parts.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { SEALED_MAX = 4194304, CURSOR_BYTES = 8 };
_Static_assert((int)WATCH_STEP_RECORDS <= (int)STORE_LIST_MAX, "a step is one read");

static const char cursor_name[] = "bewaking";

static void begin(struct watching *w);
static void read_leaves(struct watching *w);

/* ---- a step's end ---- */

/* Whoever waits for an answer goes first: beside them it takes so many steps, and the next are for a tick. */
static bool may_go_on(const struct watching *w)
{
    return w->api->calls == 0 || watching_hurries(w) || w->steps < WATCH_STEPS_BUSY;
}

static void go_on(void *ctx)
{
    struct watching *w = ctx;
    w->api->calls--;
    if (!w->under_way && !w->stopped) {
        begin(w);
    }
}

void watching_end(struct watching *w, const struct error *err)
{
    struct error fault;
    w->under_way = false;
    w->api->calls--;
    if (err != NULL) {
        log_error(w->api->log, LOG_ERROR, "bewaking-loopt-niet-bij", err);
    }
    watching_tell_rounds(w, err != NULL);
    if (err == NULL && !w->head && !w->stopped && may_go_on(w) && later(w->api->loop, go_on, w, &fault) == RESULT_OK) {
        w->api->calls++;
    }
}

void watching_begin_anew(struct watching *w)
{
    log_watch_free(w->core);
    w->core = NULL;
    w->phase = WATCHING_BEGINS;
    w->at = w->cursor;
    w->hit_count = 0;
    w->failed = false;
}

static void forget_step(struct watching *w)
{
    mem_wipe(w->opened, w->opened_count * sizeof *w->opened);
    buf_wipe(&w->texts);
    buf_init(&w->texts, SEALED_MAX);
    w->opened_count = 0;
}

static void end_anew(struct watching *w, const struct error *err)
{
    const struct error why = *err;
    forget_step(w); /* the next one begins with room for all that it opens */
    watching_begin_anew(w);
    watching_end(w, &why);
}

/* ---- judging ---- */

static struct slice piece_of(const struct buf *buf, size_t at, size_t len)
{
    return len != 0 ? slice_of(buf->ptr + at, len) : slice_of(NULL, 0);
}

static void judge_on(void *ctx);

static void judge_one(struct watching *w, const struct watching_known *known)
{
    const struct watching_opened *opened = &w->opened[w->opened_at];
    const struct slice text = piece_of(&w->texts, opened->text_at, opened->text_len);
    struct watch_look look;
    if (!watch_look_of(known, &opened->record, opened->sequence, text, &look)) {
        return;
    }
    const enum result result = w->phase == WATCHING_FOLLOWS ? log_watch_take(w->core, &look, watching_hit, w, &w->err)
                                                            : log_watch_learn(w->core, &look, &w->err);
    w->failed = w->failed || result != RESULT_OK;
}

static void person_known(void *ctx, const struct watching_known *known, const struct error *err)
{
    struct watching *w = ctx;
    if (err != NULL) {
        w->failed = true;
        w->err = *err;
    } else {
        judge_one(w, known);
    }
    w->opened_at++;
    if (!w->sync) {
        judge_on(w);
    }
}

static void judged(struct watching *w)
{
    forget_step(w);
    if (w->failed) {
        end_anew(w, &w->err); /* looks of this step are in the core, in part */
        return;
    }
    w->at += w->read;
    if (w->phase == WATCHING_FOLLOWS) {
        watching_keep(w);
        return;
    }
    w->phase = w->at >= w->cursor ? WATCHING_FOLLOWS : w->phase;
    watching_end(w, NULL);
}

static void judge_on(void *ctx)
{
    struct watching *w = ctx;
    const uint64_t began_ns = uv_hrtime();
    while (w->opened_at < w->opened_count && !w->failed) {
        const size_t at = w->opened_at;
        if (uv_hrtime() - began_ns > WATCHING_TURN_NS) {
            if (later(w->api->loop, judge_on, w, &w->err) != RESULT_OK) {
                end_anew(w, &w->err);
            }
            return;
        }
        w->sync = true; /* when it is answered at once, this loop goes on */
        watch_people_find(w->people, &w->opened[at].record, person_known, w);
        w->sync = false;
        if (w->opened_at == at) {
            return; /* answered later */
        }
    }
    judged(w);
}

/* ---- opening ---- */

/* A text that was swapped or damaged does not hide the look itself. */
static enum result open_one(struct watching *w, const struct store_leaf *leaf, struct watching_opened *opened)
{
    opened->sequence = leaf->sequence;
    opened->text_at = w->texts.len;
    opened->text_len = 0;
    enum result result = audit_read(w->api->audit, leaf, &opened->record, &w->texts, &w->err);
    if (result == RESULT_OK) {
        opened->text_len = w->texts.len - opened->text_at;
    } else if (w->err.fault == FAULT_STORE) {
        result = audit_read(w->api->audit, leaf, &opened->record, NULL, &w->err);
    }
    return result;
}

/* On a worker thread. Stops at what may be better the next time; passes over what opens to nobody. */
static void open_leaves(void *ctx)
{
    struct watching *w = ctx;
    for (w->read = 0; w->read < w->leaf_count; w->read++) {
        const struct watching_leaf *leaf = &w->leaves[w->read];
        struct watching_opened *opened = &w->opened[w->opened_count];
        const struct store_leaf stored = {.sequence = leaf->sequence,
                                          .leaf = leaf->leaf,
                                          .sealed_text = piece_of(&w->sealed, leaf->text_at, leaf->text_len)};
        if (record_decode_visible(leaf->leaf, &opened->record, &w->err) != RESULT_OK ||
            !watching_wants(opened->record.operation)) {
            continue;
        }
        if (open_one(w, &stored, opened) == RESULT_OK) {
            w->opened_count++;
        } else if (w->err.fault != FAULT_NOT_FOUND && w->err.fault != FAULT_STORE && w->err.fault != FAULT_INVALID) {
            break;
        }
    }
    buf_wipe(&w->sealed);
    buf_init(&w->sealed, SEALED_MAX);
}

static void leaves_opened(void *ctx)
{
    struct watching *w = ctx;
    if (w->read == 0) {
        forget_step(w);
        watching_end(w, &w->err);
        return;
    }
    w->head = false;
    w->opened_at = 0;
    judge_on(w);
}

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct watching *w = ctx;
    const uint64_t until = w->phase == WATCHING_LEARNS ? w->cursor : UINT64_MAX;
    w->leaf_count = 0;
    if (err != NULL) {
        watching_end(w, err);
        return;
    }
    /* A hole is a log that was tampered with: nothing behind it is said to be watched. */
    while (w->leaf_count < count && leaves[w->leaf_count].sequence == w->at + w->leaf_count &&
           leaves[w->leaf_count].sequence < until) {
        struct watching_leaf *leaf = &w->leaves[w->leaf_count];
        leaf->sequence = leaves[w->leaf_count].sequence;
        memcpy(leaf->leaf, leaves[w->leaf_count].leaf, LOG_LEAF_BYTES);
        leaf->text_at = w->sealed.len;
        leaf->text_len = leaves[w->leaf_count].sealed_text.len;
        buf_slice_in(&w->sealed, leaves[w->leaf_count].sealed_text);
        w->leaf_count++;
    }
    if (w->leaf_count == 0) {
        w->head = true;
        log_watch_settle(w->core, clock_now(w->api->clock), watching_hit, w);
        watching_keep(w);
        return;
    }
    struct error fault;
    enum result result = buf_result(&w->sealed, "bewaking", &fault);
    if (result == RESULT_OK) {
        result = aside(w->api->loop, open_leaves, leaves_opened, w, &fault);
    }
    if (result != RESULT_OK) {
        buf_wipe(&w->sealed);
        buf_init(&w->sealed, SEALED_MAX);
        watching_end(w, &fault);
    }
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct watching *w = ctx;
    w->size = err == NULL ? tree->size : w->size;
}

static void read_leaves(struct watching *w)
{
    store_log_head(w->api->door, take_size, w);
    store_log_read(w->api->door, w->at, WATCH_STEP_RECORDS, take_leaves, w);
}

/* ---- beginning ---- */

static void seek(struct watching *w);

/* The window begins at the first record that is young enough; a clock that ran back makes it begin somewhat elsewhere. */
static void take_middle(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct watching *w = ctx;
    struct record record;
    struct error fault;
    const uint64_t middle = w->low + (w->high - w->low) / 2;
    if (err != NULL) {
        watching_end(w, err);
        return;
    }
    if (count != 0 && record_decode_visible(leaves[0].leaf, &record, &fault) == RESULT_OK &&
        record.time_ms < w->since_ms) {
        w->low = middle + 1;
    } else {
        w->high = middle;
    }
    seek(w);
}

static void seek(struct watching *w)
{
    if (w->low < w->high) {
        store_log_read(w->api->door, w->low + (w->high - w->low) / 2, 1, take_middle, w);
        return;
    }
    w->at = w->low;
    w->phase = w->at < w->cursor ? WATCHING_LEARNS : WATCHING_FOLLOWS;
    w->head = false;
    watching_end(w, NULL);
}

static void take_last(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct watching *w = ctx;
    struct record record;
    struct error fault;
    if (err == NULL && (count == 0 || record_decode_visible(leaves[0].leaf, &record, &fault) != RESULT_OK)) {
        (void)error_set(&fault, FAULT_STORE, "bewaking", "het logboek is korter dan wat al bekeken was");
        err = &fault;
    }
    if (err != NULL) {
        end_anew(w, err);
        return;
    }
    w->since_ms = record.time_ms - log_watch_back_ms(&w->limits);
    w->low = w->cursor > WATCH_BACK_RECORDS ? w->cursor - WATCH_BACK_RECORDS : 0;
    w->high = w->cursor;
    seek(w);
}

static void begin_window(struct watching *w)
{
    if (w->cursor == 0) {
        w->low = w->high = 0;
        seek(w);
    } else {
        store_log_read(w->api->door, w->cursor - 1, 1, take_last, w);
    }
}

static void exceptions_read(void *ctx, const struct finding *all, size_t count, const struct error *err)
{
    struct watching *w = ctx;
    struct watch_exception exceptions[EXCEPTIONS_MAX];
    if (err != NULL) {
        watching_end(w, err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        exceptions[i] = (struct watch_exception){(enum finding_rule)all[i].rule, all[i].key, all[i].except_until};
    }
    log_watch_except(w->core, exceptions, count);
    if (w->phase == WATCHING_BEGINS) {
        begin_window(w);
    } else {
        read_leaves(w);
    }
}

static void go_on_with_exceptions(struct watching *w)
{
    const bool known = w->phase != WATCHING_BEGINS && w->looks == w->api->findings.looks;
    w->looks = w->api->findings.looks;
    if (known) {
        read_leaves(w);
    } else {
        findings_exceptions(w->api, exceptions_read, w);
    }
}

static void people_read(void *ctx, const struct error *err)
{
    struct watching *w = ctx;
    if (err != NULL) {
        watching_end(w, err);
    } else {
        go_on_with_exceptions(w);
    }
}

static void begin(struct watching *w)
{
    struct error err;
    w->under_way = true;
    w->steps++;
    w->api->calls++;
    if (w->anew && w->hit_count == 0) {
        watching_begin_anew(w);
        w->anew = false;
    }
    if (w->core == NULL && log_watch_new(&w->limits, &w->core, &err) != RESULT_OK) {
        watching_end(w, &err);
    } else if (w->hit_count != 0) {
        watching_keep(w); /* could not be kept before */
    } else if (watch_people_stale(w->people)) {
        watch_people_read(w->people, people_read, w);
    } else {
        go_on_with_exceptions(w);
    }
}

void watching_tick(struct watching *watching)
{
    watching_tell_rounds(watching, false);
    watching->steps = 0;
    if (!watching->under_way && !watching->stopped) {
        begin(watching);
    }
}

/* ---- life ---- */

struct reading {
    struct watching *w;
    struct error *err;
    bool failed;
};

static void take_cursor(void *ctx, struct slice value, const struct error *err)
{
    struct reading *r = ctx;
    r->failed = err != NULL;
    if (r->failed) {
        *r->err = *err;
    } else if (value.len == CURSOR_BYTES) {
        r->w->cursor = bytes_get_u64(value.ptr);
    }
}

enum result watching_open(struct api *api, const struct watch_limits *limits, struct watching **out, struct error *err)
{
    struct watching *w = mem_zalloc(sizeof *w);
    ENSURE(w != NULL, err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
    w->api = api;
    w->limits = *limits;
    buf_init(&w->sealed, SEALED_MAX);
    buf_init(&w->texts, SEALED_MAX);
    seal_derived_key(api->keyring, SEAL_WATCH, w->key);
    w->people = watch_people_new(api, w->key);
    w->leaves = mem_array(WATCH_STEP_RECORDS, sizeof *w->leaves);
    w->opened = mem_array(WATCH_STEP_RECORDS, sizeof *w->opened);
    struct error why;
    struct reading reading = {w, err != NULL ? err : &why, false};
    if (w->people == NULL || w->leaves == NULL || w->opened == NULL) {
        (void)error_set(reading.err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
        reading.failed = true;
    } else {
        store_get_value(api->door, cursor_name, take_cursor, &reading); /* answered at once */
    }
    if (reading.failed) {
        watching_close(w);
        return RESULT_FAILED;
    }
    w->at = w->cursor;
    *out = w;
    return RESULT_OK;
}

/* With a longer term than before, what lies before the window must be read back. */
void watching_set_limits(struct watching *watching, const struct watch_limits *limits)
{
    const bool longer = log_watch_back_ms(limits) > log_watch_back_ms(&watching->limits);
    watching->limits = *limits;
    if (watching->core != NULL) {
        log_watch_set_limits(watching->core, limits);
    }
    watching->anew = watching->anew || longer;
}

void watching_stop(struct watching *watching)
{
    if (watching != NULL) {
        watching->stopped = true;
        watching_tell_rounds(watching, true);
    }
}

void watching_close(struct watching *watching)
{
    if (watching != NULL) {
        log_watch_free(watching->core);
        watch_people_free(watching->people);
        mem_free(watching->leaves);
        mem_free(watching->opened);
        mem_free(watching->hits);
        buf_wipe(&watching->sealed);
        buf_wipe(&watching->texts);
        mem_wipe(watching, sizeof *watching);
        mem_free(watching);
    }
}

uint64_t watching_cursor(const struct watching *watching)
{
    return watching->cursor;
}
