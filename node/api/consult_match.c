/* Whose sets and which values are here, and who is in those sets: all of it at home, no partner hears of it. */
#include "api/blocks.h"
#include "api/consult_parts.h"
#include "api/match_values.h"
#include "api/outbox.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { MINUTE_MS = 60000 };

bool consult_is_held(const struct ask *ask)
{
    const struct consult *c = ask->consult;
    const struct purpose *purpose = covenant_purpose(ask->held->covenant, c->request.purpose);
    return purpose != NULL && !purpose->urgent &&
           outbox_holds(c->call.api->outbox, &ask->partner->oin, &c->request.subjects[ask->subject]);
}

/* ---- what is here ---- */

/* MATCH_PEER, and why: the set is not here or too old because the partner cannot be reached, which is what helps to know. */
static enum match_outcome look_for_set(const struct consult *c, const struct party *partner, struct lookup_set *set,
                                       enum peer_outcome_kind *why)
{
    const struct lookups *lookups = c->call.api->lookups;
    if (blocks_partner(c->call.api, &partner->oin)) {
        return MATCH_BLOCKED;
    }
    const enum lookup_state state = lookups_state(lookups, &partner->oin, c->request.purpose, set);
    if (state == LOOKUP_READY) {
        return MATCH_OPEN;
    }
    *why = lookups_unreached(lookups, &partner->oin, c->request.purpose);
    if (*why != PEER_ANSWERED) {
        return MATCH_PEER;
    }
    return state == LOOKUP_STALE ? MATCH_STALE : MATCH_NO_SET;
}

/* A value of which the partner was never asked, and that is in his set by now, is evaluated once more: a question that no
 * batch went before would tell him that it was tested earlier, when the person was not in his set. */
static void take_value(struct ask *ask)
{
    const struct consult *c = ask->consult;
    const struct match_values *values = c->values[ask->subject];
    const struct match_key key = match_key_of(ask->set.epoch, &ask->set.key);
    const struct match_kept *kept = values != NULL ? match_values_find(values, &ask->partner->oin, &key) : NULL;
    if (kept == NULL || (!kept->asked && lookups_test(c->call.api->lookups, &ask->partner->oin, c->request.purpose,
                                                      &ask->set, kept->value.fingerprint))) {
        return;
    }
    ask->value = kept->value;
    ask->has_value = true;
    ask->was_asked = kept->asked;
}

void consult_match_prepare(struct consult *c)
{
    struct api *api = c->call.api;
    for (size_t s = 0; s < c->request.subject_count; s++) {
        c->values[s] = match_values_read(api, &c->request.subjects[s], c->request.purpose);
    }
    for (size_t p = 0; p < c->partner_count; p++) {
        const struct party *partner = c->asks[p].partner;
        struct lookup_set set = {.epoch = 0};
        enum peer_outcome_kind why = PEER_ANSWERED;
        const enum match_outcome outcome = look_for_set(c, partner, &set, &why);
        if (outcome != MATCH_OPEN) {
            log_event(
                api->log, LOG_WARNING, "ketenpartner-zonder-antwoord", LOG_TEXT("oin", partner->oin.digits),
                LOG_TEXT("oorzaak", outcome == MATCH_PEER ? peer_outcome_slug(why) : match_outcome_slug(outcome)));
        }
        for (size_t i = p; i < c->ask_count; i += c->partner_count) {
            c->asks[i].match = outcome;
            c->asks[i].outcome = outcome == MATCH_PEER ? why : c->asks[i].outcome;
            c->asks[i].set = set;
            c->asks[i].is_held = consult_is_held(&c->asks[i]);
            if (outcome == MATCH_OPEN) {
                take_value(&c->asks[i]);
            }
        }
    }
}

/* ---- the test ---- */

/* Against the set as it is now; but who came into it while others were evaluated, and was not evaluated himself, is a hit
 * of the next consult: see take_value. */
static void test(struct ask *ask)
{
    const struct consult *c = ask->consult;
    struct lookups *lookups = c->call.api->lookups;
    const struct oin *partner = &ask->partner->oin;
    struct lookup_set set = {.epoch = 0};
    enum peer_outcome_kind why = PEER_ANSWERED;
    const enum match_outcome now = look_for_set(c, ask->partner, &set, &why);
    const bool may_ask = ask->evaluated || ask->was_asked;
    if (now != MATCH_OPEN || set.epoch != ask->set.epoch || memcmp(&set.key, &ask->set.key, sizeof set.key) != 0) {
        ask->match = now != MATCH_OPEN ? now : MATCH_TURNED; /* while it was being evaluated */
        ask->outcome = now == MATCH_PEER ? why : ask->outcome;
        return;
    }
    ask->set = may_ask ? set : ask->set;
    ask->tested = true;
    ask->hit = may_ask && lookups_test(lookups, partner, c->request.purpose, &set, ask->value.fingerprint);
    lookups_count(lookups, partner, c->request.purpose, LOOKUP_TESTED);
    if (ask->evaluated) {
        lookups_count(lookups, partner, c->request.purpose, LOOKUP_USED);
    }
    if (ask->hit) {
        lookups_count(lookups, partner, c->request.purpose, LOOKUP_HIT);
    }
}

void consult_match_test(struct consult *c)
{
    c->ended = !consult_matter_stands(c);
    for (size_t i = 0; i < c->ask_count && !c->ended; i++) {
        struct ask *ask = &c->asks[i];
        ask->is_held = consult_is_held(ask);
        if (ask->match == MATCH_OPEN && ask->has_value && !ask->is_held) {
            test(ask);
        }
    }
}

/* ---- what is written of it ---- */

static void put_number(struct buf *out, uint64_t number)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, number);
    buf_bytes(out, bytes, sizeof bytes);
}

/* In which set somebody was tested. */
enum { SET_TEXT_MAX = OIN_DIGITS + 1 + CODE_MAX + 8 + 8 + SHA256_SIZE + VOPRF_ELEMENT };

static void put_set(const struct ask *ask, struct buf *out)
{
    const struct slice purpose = ask->consult->request.purpose;
    buf_bytes(out, ask->partner->oin.digits, OIN_DIGITS);
    buf_byte(out, (uint8_t)purpose.len);
    buf_bytes(out, purpose.ptr, purpose.len);
    put_number(out, ask->set.epoch);
    put_number(out, ask->set.version);
    buf_bytes(out, ask->set.root.bytes, SHA256_SIZE);
    buf_bytes(out, ask->set.key.bytes, VOPRF_ELEMENT);
}

/* The own log holds in which versions of whose sets a person was tested: record.h has the form. */
static enum result attach_sets(const struct consult *c, size_t subject, struct record *r, struct error *err)
{
    struct sha256 digest;
    struct buf sets;
    buf_init(&sets, c->partner_count * SET_TEXT_MAX);
    for (size_t i = subject * c->partner_count; i < (subject + 1) * c->partner_count; i++) {
        if (c->asks[i].tested) {
            put_set(&c->asks[i], &sets);
        }
    }
    const enum result result = buf_result(&sets, "logboek", err);
    if (result == RESULT_OK && sets.len != 0) {
        sha256_of(buf_slice(&sets), &digest);
        memcpy(r->attachment, digest.bytes, sizeof r->attachment);
    }
    buf_free(&sets);
    return result;
}

static struct store_batch *record_test(struct consult *c, size_t subject, struct store_batch *batch)
{
    struct error err;
    struct record r = consult_record(c, c->call.covenant, RECORD_TESTED);
    r.bsn = c->request.subjects[subject];
    r.outcome = OUTCOME_DONE;
    for (size_t i = subject * c->partner_count; i < (subject + 1) * c->partner_count; i++) {
        r.inputs += c->asks[i].tested;
        r.entries += c->asks[i].hit;
    }
    /* The reason is kept once, with the first. */
    const struct slice text = subject == 0 ? c->request.reason : slice_of(NULL, 0);
    if (attach_sets(c, subject, &r, &err) != RESULT_OK) {
        call_drop(&c->call, batch);
        call_fail(&c->call, &err);
        return NULL;
    }
    const enum result result = call_log(&c->call, &batch, &r, text, &err);
    mem_wipe(&r, sizeof r);
    if (result != RESULT_OK) {
        call_unlogged(&c->call, &err);
        return NULL;
    }
    return batch;
}

/* Only what was tested with is kept, and only while what it stands on does. */
static enum result keep_values(struct consult *c, size_t subject, struct store_batch *batch, struct error *err)
{
    struct api *api = c->call.api;
    struct match_values *values = c->values[subject];
    struct match_stand matter = {.is_order = c->request.order_number.len != 0};
    const struct slice number = matter.is_order ? c->request.order_number : c->request.report_number;
    for (size_t i = subject * c->partner_count; i < (subject + 1) * c->partner_count; i++) {
        const struct ask *ask = &c->asks[i];
        if (ask->evaluated && ask->tested) {
            const struct match_kept one = {.provider = ask->partner->oin,
                                           .key = match_key_of(ask->set.epoch, &ask->set.key),
                                           .minute = (uint32_t)(clock_now(api->clock) / MINUTE_MS),
                                           .value = ask->value};
            TRY(match_values_put(values, &one, err));
        }
    }
    if (values->count == 0) {
        return RESULT_OK;
    }
    (void)slice_copy_text(number, matter.number, sizeof matter.number);
    match_values_stand(values, number.len != 0 ? &matter : NULL, clock_now(api->clock),
                       lookups_values_ms(api->lookups));
    return match_values_write(api, values, &c->request.subjects[subject], batch, err);
}

struct store_batch *consult_match_record(struct consult *c, struct store_batch *batch)
{
    struct error err;
    for (size_t s = 0; s < c->request.subject_count; s++) {
        batch = record_test(c, s, batch);
        if (batch == NULL) {
            return NULL;
        }
        if (!c->ended && c->values[s] != NULL && keep_values(c, s, batch, &err) != RESULT_OK) {
            call_drop(&c->call, batch);
            call_fail(&c->call, &err);
            return NULL;
        }
    }
    return batch;
}

/* For the first time, that is; what is kept may have gone meanwhile. */
static bool is_first_answer(const struct ask *ask)
{
    return ask->hit && !ask->was_asked && ask->outcome == PEER_ANSWERED && ask->status == 200;
}

static enum result keep_answered(struct consult *c, size_t subject, struct store_batch *batch, struct error *err)
{
    struct api *api = c->call.api;
    const struct bsn *person = &c->request.subjects[subject];
    struct match_values *values = match_values_read(api, person, c->request.purpose);
    ENSURE(values != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    for (size_t i = subject * c->partner_count; i < (subject + 1) * c->partner_count; i++) {
        const struct ask *ask = &c->asks[i];
        if (is_first_answer(ask)) {
            const struct match_key key = match_key_of(ask->set.epoch, &ask->set.key);
            match_values_asked(values, &ask->partner->oin, &key);
        }
    }
    const enum result result = values->changed ? match_values_write(api, values, person, batch, err) : RESULT_OK;
    match_values_free(values);
    return result;
}

enum result consult_match_answered(struct consult *c, struct store_batch *batch, struct error *err)
{
    for (size_t s = 0; s < c->request.subject_count; s++) {
        bool any = false;
        for (size_t i = s * c->partner_count; i < (s + 1) * c->partner_count && !any; i++) {
            any = is_first_answer(&c->asks[i]);
        }
        if (any) {
            TRY(keep_answered(c, s, batch, err));
        }
    }
    return RESULT_OK;
}

void consult_match_free(struct consult *c)
{
    for (size_t s = 0; s < CONSULT_SUBJECTS_MAX; s++) {
        match_values_free(c->values[s]);
    }
}
