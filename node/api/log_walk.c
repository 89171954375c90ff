/* In this order: how large is the log, how far the index -> (newest first: what is behind the index) -> rounds of: a month
 * and class of the index after the other, then the records that were found -> (oldest first: what is behind it) -> done. */
#include "api/log_walk.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "api/indexing.h"
#include "api/later.h"
#include "api/log.h"
#include "audit/index.h"
#include "base/mem.h"

enum {
    TURN_NS = 1000000,
    ROUND_LEADS = 1000, /* records that are found before they are opened */
    WALK_TEXT_MAX = 4096,
};

/* The key of the search index of a month and class. */
struct walk_class {
    struct seal_index_key key;
    bool derived, gone;
};

enum stage { STAGE_NEWEST, STAGE_INDEX, STAGE_LOOK };

struct walk {
    struct api *api;
    struct log_sought sought;
    size_t most;
    bool newest;
    log_walk_take *take;
    log_walk_done *done;
    void *ctx;
    enum index_term terms[2]; /* that lead */
    size_t term_count;
    enum stage stage;
    uint64_t low, high;           /* of the index */
    uint64_t tail_low, tail_high; /* behind it, where the walk goes there */
    struct walk_class *classes;   /* newest first */
    size_t class_count, class_at;
    /* Places in the order of the walk (rank below), the first of it first. */
    uint64_t leads[ROUND_LEADS + STORE_LIST_MAX];
    size_t lead_count, lead_at;
    uint64_t edge; /* past it leads are missing */
    size_t read, opened, given;
    bool looked, full, stop, over;
    uint64_t last; /* the record that was looked at last */
    struct log_walk_end end;
    bool failed;
    struct error err;
    struct buf text;
};

/* ---- what leads, and what answers ---- */

/* From what finds little to what finds much. */
static const enum index_term leading[] = {INDEX_OPERATION, INDEX_REQUEST, INDEX_CONSULT, INDEX_CASE,   INDEX_BSN,
                                          INDEX_SUBJECT,   INDEX_USER,    INDEX_PEER,    INDEX_PURPOSE};

static bool is_sought(const struct log_sought *sought, enum index_term term)
{
    return index_value(&sought->values, term, false).len != 0;
}

static size_t lead_terms(const struct log_sought *sought, enum index_term out[2])
{
    size_t i = 0;
    while (i < COUNT_OF(leading) && !is_sought(sought, leading[i])) {
        i++;
    }
    if (i == COUNT_OF(leading)) {
        return 0;
    }
    out[0] = leading[i];
    const bool both = out[0] == INDEX_BSN && is_sought(sought, INDEX_SUBJECT);
    out[1] = both ? INDEX_SUBJECT : out[0];
    return both ? 2 : 1;
}

bool log_sought_bounded(const struct log_sought *sought, struct fault_list *faults)
{
    enum index_term lead[2];
    const size_t count = lead_terms(sought, lead);
    const bool bounds = sought->from_ms > 0 && sought->end_ms != INT64_MAX;
    if (count == 0 && sought->values.operation != 0) {
        fault_list_add(faults, FAULT_INVALID, "/handeling", "noem hierbij ook iets anders; alleen te zoeken zijn %s",
                       index_operation_words());
        return false;
    }
    if (count == 0) {
        fault_list_add(faults, FAULT_INVALID, "",
                       "dit zou het hele logboek lezen: noem ook ten minste een van verzoek, raadpleging, zaak, bsn, "
                       "betrokkene, gebruiker, ketenpartner, doel en handeling; audit list bladert");
        return false;
    }
    if ((lead[0] == INDEX_PEER || lead[0] == INDEX_PURPOSE) &&
        (!bounds || sought->end_ms - sought->from_ms > LOG_SEARCH_DAYS * INT64_C(86400000))) {
        fault_list_add(faults, FAULT_INVALID, "/van",
                       "een ketenpartner of doel alleen vindt te veel: noem ook van en tot, hoogstens %d dagen uiteen",
                       (int)LOG_SEARCH_DAYS);
        return false;
    }
    return true;
}

static bool same(const struct record *sought, const struct record *r, enum index_term term)
{
    const struct slice value = index_value(sought, term, false);
    const struct slice second = index_value(r, term, true);
    return value.len == 0 || slice_equal(index_value(r, term, false), value) ||
           (second.len != 0 && slice_equal(second, value));
}

static bool visibly_answers(const struct log_sought *sought, const struct record *r)
{
    const enum record_operation operation = sought->values.operation;
    return r->time_ms >= sought->from_ms && r->time_ms < sought->end_ms &&
           (operation == 0 || operation == r->operation) && same(&sought->values, r, INDEX_REQUEST) &&
           same(&sought->values, r, INDEX_PEER) && same(&sought->values, r, INDEX_PURPOSE);
}

static bool answers(const struct log_sought *sought, const struct record *r)
{
    const struct record *values = &sought->values;
    const bool person = !sought->person || (is_sought(sought, INDEX_BSN) && same(values, r, INDEX_BSN)) ||
                        (is_sought(sought, INDEX_SUBJECT) && same(values, r, INDEX_SUBJECT));
    return person && (sought->any_outcome || sought->outcome == r->outcome) && same(values, r, INDEX_CASE) &&
           same(values, r, INDEX_USER) && same(values, r, INDEX_CONSULT);
}

/* ---- the end ---- */

static void finish(struct walk *w)
{
    struct api *api = w->api;
    w->end.next = !w->looked         ? (w->sought.oldest ? w->sought.after : w->sought.before)
                  : w->sought.oldest ? w->last + 1
                                     : w->last;
    w->end.more = !w->over;
    w->done(w->ctx, w->failed ? NULL : &w->end, w->failed ? &w->err : NULL);
    if (w->classes != NULL) {
        mem_wipe(w->classes, w->class_count * sizeof *w->classes);
    }
    mem_free(w->classes);
    buf_wipe(&w->text);
    mem_wipe(&w->sought, sizeof w->sought);
    mem_free(w);
    api->calls--;
}

static void fail(struct walk *w, const struct error *err)
{
    if (!w->failed) {
        w->failed = true;
        w->err = *err;
    }
}

/* ---- the records ---- */

static void give(struct walk *w, const struct store_leaf *leaf)
{
    struct record record;
    struct error err;
    enum log_seal seal = LOG_SEAL_WHOLE;
    w->opened++;
    buf_clear(&w->text);
    bool opens = audit_read(w->api->audit, leaf, &record, &w->text, &err) == RESULT_OK;
    if (!opens && audit_read(w->api->audit, leaf, &record, NULL, &err) == RESULT_OK) { /* its text is another's */
        opens = true;
        seal = LOG_SEAL_DAMAGED;
        buf_clear(&w->text);
    }
    if (opens && answers(&w->sought, &record)) {
        w->given++;
        w->stop = w->take(w->ctx, leaf, seal, &record, buf_slice(&w->text)) == LOG_WALK_STOP || w->stop;
    }
    mem_wipe(&record, sizeof record);
}

static void look_at(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct walk *w = ctx;
    struct record visible;
    struct error fault;
    if (err != NULL) {
        fail(w, err);
    } else if (count == 1 && leaves->sequence == w->last &&
               record_decode_visible(leaves->leaf, &visible, &fault) == RESULT_OK &&
               visibly_answers(&w->sought, &visible)) {
        give(w, leaves);
    }
}

static void look(struct walk *w, uint64_t sequence)
{
    w->looked = true;
    w->last = sequence;
    w->read++;
    store_log_read(w->api->door, sequence, 1, look_at, w);
    const size_t opened_most = w->sought.look != 0 ? w->sought.look : LOG_WALK_RECORDS;
    w->stop = w->stop || w->given >= w->most || w->opened >= opened_most || w->read >= LOG_WALK_RECORDS;
}

/* ---- the index ---- */

/* Lower is earlier in the walk; its own inverse. */
static uint64_t rank(const struct walk *w, uint64_t sequence)
{
    return w->sought.oldest ? sequence : UINT64_MAX - sequence;
}

static int lower_first(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Sorted, each once (a person has two words), no more than a round, and none past which others are missing. */
static void keep_first(struct walk *w)
{
    size_t kept = 0;
    qsort(w->leads, w->lead_count, sizeof *w->leads, lower_first);
    for (size_t i = 0; i < w->lead_count; i++) {
        if (kept == ROUND_LEADS || w->leads[i] > w->edge) {
            w->full = true;
            break;
        }
        if (kept == 0 || w->leads[kept - 1] != w->leads[i]) {
            w->leads[kept++] = w->leads[i];
        }
    }
    w->lead_count = kept;
}

static void take_leads(void *ctx, const uint64_t *sequences, size_t count, const struct error *err)
{
    struct walk *w = ctx;
    if (err != NULL) {
        fail(w, err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (sequences[i] >= w->low && sequences[i] < w->high) {
            w->leads[w->lead_count++] = rank(w, sequences[i]);
        }
    }
    if (count == STORE_LIST_MAX) {
        const uint64_t last = rank(w, sequences[count - 1]);
        w->edge = last < w->edge ? last : w->edge;
        w->full = true;
    }
    if (count != 0) {
        keep_first(w);
    }
}

static uint32_t month_of(int64_t time_ms)
{
    const struct date day = moment_date(time_ms);
    return (uint32_t)day.year * 100U + day.month;
}

/* A record's class has the month of its time. */
static bool is_within(const struct walk *w, uint32_t month)
{
    return (w->sought.from_ms <= 0 || month >= month_of(w->sought.from_ms)) &&
           (w->sought.end_ms == INT64_MAX || month <= month_of(w->sought.end_ms - 1));
}

static void search_class(struct walk *w, struct walk_class *class)
{
    struct error err;
    uint8_t hash[SEAL_HASH_SIZE];
    const struct seal_class which = class->key.class;
    if (!is_within(w, which.month)) {
        return;
    }
    if (!class->derived) {
        class->derived = true;
        if (seal_index_key(w->api->keyring, which, &class->key, &err) != RESULT_OK) {
            class->gone = true;
            if (err.fault != FAULT_NOT_FOUND) { /* destroyed: nothing of it can be found */
                fail(w, &err);
            }
        }
    }
    for (size_t i = 0; i < w->term_count && !class->gone; i++) {
        seal_index_hash(&class->key, (uint8_t)w->terms[i], index_value(&w->sought.values, w->terms[i], false), hash);
        if (w->sought.oldest) {
            store_index_find_from(w->api->door, which, hash, w->low, STORE_LIST_MAX, take_leads, w);
        } else {
            store_index_find(w->api->door, which, hash, w->high, STORE_LIST_MAX, take_leads, w);
        }
    }
}

/* ---- the turns ---- */

static void begin_round(struct walk *w)
{
    w->stage = STAGE_INDEX;
    w->class_at = 0;
    w->lead_count = w->lead_at = 0;
    w->edge = UINT64_MAX;
    w->full = false;
}

static bool has_tail(const struct walk *w)
{
    return w->tail_low < w->tail_high;
}

static void step_newest(struct walk *w)
{
    const bool index_next = !w->sought.oldest && w->term_count != 0 && w->low < w->high;
    if (has_tail(w)) {
        look(w, w->sought.oldest ? w->tail_low++ : --w->tail_high);
    }
    if (!has_tail(w)) {
        w->over = !index_next;
        begin_round(w);
    }
}

static void step_look(struct walk *w)
{
    if (w->lead_at < w->lead_count) {
        look(w, rank(w, w->leads[w->lead_at++]));
    }
    if (w->lead_at < w->lead_count) {
        return;
    }
    if (w->full && w->lead_count != 0) {
        w->low = w->sought.oldest ? w->last + 1 : w->low;
        w->high = w->sought.oldest ? w->high : w->last;
        begin_round(w);
    } else if (w->sought.oldest && has_tail(w)) {
        w->stage = STAGE_NEWEST;
    } else {
        w->over = true;
    }
}

static void step(struct walk *w)
{
    if (w->stage == STAGE_NEWEST) {
        step_newest(w);
    } else if (w->stage == STAGE_LOOK) {
        step_look(w);
    } else if (w->class_at < w->class_count && w->term_count != 0 && w->low < w->high) {
        search_class(w, &w->classes[w->class_at++]);
    } else {
        w->stage = STAGE_LOOK;
    }
}

static void turn(void *ctx)
{
    struct walk *w = ctx;
    struct error err;
    const uint64_t began_ns = uv_hrtime();
    do {
        step(w);
    } while (!w->over && !w->stop && !w->failed && uv_hrtime() - began_ns < TURN_NS);
    if (w->over || w->stop || w->failed) {
        finish(w);
    } else if (later(w->api->loop, turn, w, &err) != RESULT_OK) {
        fail(w, &err);
        finish(w);
    }
}

/* ---- the beginning ---- */

static void take_classes(void *ctx, const struct seal_class *classes, size_t count, const struct error *err)
{
    struct walk *w = ctx;
    if (err != NULL) {
        fail(w, err);
        return;
    }
    w->classes = mem_array(count + 1, sizeof *w->classes);
    if (w->classes == NULL) {
        struct error fault;
        (void)error_set(&fault, FAULT_NO_MEMORY, "", "geen geheugen");
        fail(w, &fault);
        return;
    }
    w->class_count = count;
    for (size_t i = 0; i < count; i++) {
        w->classes[i] = (struct walk_class){.key.class = classes[i]};
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct walk *w = ctx;
    if (err != NULL) {
        fail(w, err);
        return;
    }
    const struct log_sought *s = &w->sought;
    const uint64_t size = s->size != 0 ? least(s->size, tree->size) : tree->size;
    const uint64_t end = s->oldest ? size : least(s->before, size);
    const uint64_t from = s->oldest ? s->after : 0;
    const uint64_t watermark = least(indexing_watermark(w->api->indexing), tree->size);
    w->end.size = size;
    w->end.watermark = watermark;
    w->low = from;
    w->high = least(end, watermark);
    w->tail_low = from > watermark ? from : watermark;
    w->tail_high = w->newest ? end : w->tail_low;
}

static void begin(void *ctx)
{
    struct walk *w = ctx;
    store_log_head(w->api->door, take_size, w);
    if (!w->failed) {
        store_index_classes(w->api->door, take_classes, w);
    }
    begin_round(w);
    w->stage = !w->sought.oldest && has_tail(w) ? STAGE_NEWEST : STAGE_INDEX;
    if (w->failed || w->most == 0) {
        finish(w);
    } else {
        turn(w);
    }
}

void log_walk(struct api *api, const struct log_sought *sought, size_t most, bool newest, log_walk_take *take,
              log_walk_done *done, void *ctx)
{
    struct error err;
    struct walk *w = mem_zalloc(sizeof *w);
    if (w == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        done(ctx, NULL, &err);
        return;
    }
    w->api = api;
    w->sought = *sought;
    w->most = most;
    w->newest = newest;
    w->take = take;
    w->done = done;
    w->ctx = ctx;
    w->term_count = lead_terms(sought, w->terms);
    buf_init(&w->text, WALK_TEXT_MAX);
    api->calls++;
    if (later(api->loop, begin, w, &err) != RESULT_OK) {
        fail(w, &err);
        finish(w);
    }
}
