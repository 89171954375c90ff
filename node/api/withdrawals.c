/* In this order, whoever it is about: read and check -> wait for its turn -> the person -> was it here before? -> fact and
 * record, one commit -> receipt. No answer depends on whether he is known: what finds no room, or comes twice at once,
 * would otherwise tell it. */
#include "api/withdrawals.h"

#include <stdio.h>

#include "api/facts.h"
#include "base/mem.h"

static const struct json_field fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {WITHDRAWAL_PERSON, JSON_OBJECT, true, 1, 1},
    {"soort", JSON_TEXT, true, 1, CODE_MAX},
    {"door", JSON_TEXT, true, 1, CODE_MAX},
    {"ontvangers", JSON_ARRAY, true, 0, FACT_CODES_MAX},
    {"doelen", JSON_ARRAY, true, 0, FACT_CODES_MAX},
};

static const struct json_field person_fields[] = {{"bsn", JSON_TEXT, true, BSN_DIGITS, BSN_DIGITS}};

void withdrawal_name(struct json_writer *w, const struct bsn *person)
{
    json_begin_object(w, WITHDRAWAL_PERSON);
    json_put_slice(w, "bsn", bsn_digits(person));
    json_end_object(w);
}

void withdrawal_named(const struct json *message, struct bsn *person, struct fault_list *faults)
{
    const struct json *named = json_member(message, WITHDRAWAL_PERSON);
    if (named == NULL) {
        return; /* json_check of the message has said so */
    }
    const size_t before = faults->count;
    json_check(named, "/" WITHDRAWAL_PERSON, person_fields, COUNT_OF(person_fields), faults);
    if (faults->count == before && !bsn_parse(json_text_of(named, "bsn"), person)) {
        fault_list_add(faults, FAULT_INVALID, "/" WITHDRAWAL_PERSON "/bsn",
                       "geen geldig burgerservicenummer (elfproef)");
    }
}

enum { KEY_MAX = OIN_DIGITS + 1 + IDENT_TEXT_SIZE };

struct taking {
    struct call call;
    struct json *json;
    struct record record;
    uint8_t receipt[RECEIPT_BYTES]; /* the sender's */
    struct fact fact;
    char key[KEY_MAX]; /* of this message: a partner and the id that it gave it */
    bool known;
    struct ident fact_id; /* where it is written */
    bool fact_is_new;
    struct taking *behind;
    bool in_line;
    bool started;
};

/* ---- one at a time: what is read of a person is still so when it is written ---- */

static void look_up(struct taking *t);

static void give_turns(struct api *api)
{
    if (api->withdrawing) {
        return; /* from within the loop below */
    }
    api->withdrawing = true;
    while (api->withdrawals != NULL && !api->withdrawals->started) {
        api->withdrawals->started = true;
        look_up(api->withdrawals);
    }
    api->withdrawing = false;
}

static void line_up(struct taking *t)
{
    struct taking **end = &t->call.api->withdrawals;
    struct error err;
    size_t ahead = 0;
    for (; *end != NULL; end = &(*end)->behind) {
        ahead++;
    }
    if (ahead >= WITHDRAWALS_LINE_MAX) {
        (void)error_set(&err, FAULT_BUSY, "", "er wachten al %d intrekkingen", (int)WITHDRAWALS_LINE_MAX);
        call_fail(&t->call, &err);
        return;
    }
    t->in_line = true;
    *end = t;
    give_turns(t->call.api);
}

/* Only the first has a turn, so only the first ends. */
static void leave_line(struct taking *t)
{
    if (t->in_line) {
        t->call.api->withdrawals = t->behind;
        give_turns(t->call.api);
    }
}

static void clean(struct call *call)
{
    struct taking *t = (struct taking *)call;
    json_free(t->json);
    mem_wipe(&t->record, sizeof t->record);
    mem_wipe(&t->fact, sizeof t->fact);
    leave_line(t);
}

/* ---- where it goes ---- */

static bool same_codes(const struct fact_codes *a, const struct fact_codes *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        same = fact_codes_have(b, slice_text(a->items[i]));
    }
    return same;
}

/* A place of its own; that of the same thing, said before; or, when there are many already, that of one by the same kind of
 * giver about the same kind of consent, which from then on closes all: the strictest reading, and always within bounds. */
static void find_place(struct taking *t, const struct store_found *found)
{
    const struct ident *again = NULL;
    const struct ident *alike = NULL;
    size_t through = 0;
    for (size_t i = 0; i < found->child_count; i++) {
        struct fact other;
        struct error err;
        if (fact_decode(found->children[i].payload, &other, &err) != RESULT_OK) {
            continue;
        }
        /* Never before what was said already, whatever the clock does. */
        const int64_t last = other.changed_ms > other.recorded_ms ? other.changed_ms : other.recorded_ms;
        t->fact.changed_ms = last > t->fact.changed_ms ? last : t->fact.changed_ms;
        if (!oin_is_set(&other.via)) {
            mem_wipe(&other, sizeof other);
            continue;
        }
        through++;
        if (other.consent == t->fact.consent && other.as == t->fact.as) {
            alike = &found->children[i].id;
            if (oin_equal(&other.via, &t->fact.via) && same_codes(&other.recipients, &t->fact.recipients) &&
                same_codes(&other.purposes, &t->fact.purposes)) {
                again = alike;
            }
        }
        mem_wipe(&other, sizeof other);
    }
    const struct ident *place = again != NULL ? again : through >= FACTS_THROUGH_MAX ? alike : NULL;
    if (place != NULL && again == NULL) {
        t->fact.recipients.count = 0;
        t->fact.purposes.count = 0;
    }
    t->fact_is_new = place == NULL;
    t->fact_id = place != NULL ? *place : entropy_ident(t->call.api->entropy);
}

/* The answer, whole but for the receipt: it says the same of everybody. */
static size_t write_answer(struct buf *body)
{
    buf_text(body, "{\"ontvangstbewijs\":\"");
    const size_t at = body->len;
    buf_fill(body, '-', RECEIPT_TEXT);
    buf_text(body, "\"}");
    return at;
}

static enum result put_fact(struct taking *t, struct store_batch *batch, struct error *err)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    fact_encode(&t->fact, &payload);
    const struct store_write item = {.id = t->fact_id,
                                     .parent = t->record.subject,
                                     .keys = {slice_text(t->key)},
                                     .payload = buf_slice(&payload),
                                     .is_new = t->fact_is_new};
    const enum result result = buf_result(&payload, "", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_FACT, &item);
    }
    buf_wipe(&payload);
    return result;
}

static void committed(struct call *call)
{
    cooperation_touched(call->api, &((struct taking *)call)->record.subject);
}

static void save(struct taking *t, bool is_new)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct store_place place;
    const size_t receipt_at = write_answer(&t->call.body);
    t->record.outcome = !t->known ? OUTCOME_UNKNOWN : OUTCOME_DONE;
    if (call_log_exchange(&t->call, &batch, &t->record, slice_of(NULL, 0), slice_of(t->receipt, RECEIPT_BYTES), &place,
                          &err) != RESULT_OK) {
        call_unlogged(&t->call, &err);
    } else if (t->known && is_new && put_fact(t, batch, &err) != RESULT_OK) {
        call_drop(&t->call, batch);
        call_fail(&t->call, &err);
    } else {
        t->call.committed = t->known && is_new ? committed : NULL;
        call_commit_receipt(&t->call, batch, 200, &place, receipt_at);
    }
}

static void message_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct taking *t = ctx;
    if (failed != NULL) {
        call_fail(&t->call, failed);
    } else {
        save(t, found->item == NULL);
    }
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct taking *t = ctx;
    if (failed != NULL) {
        call_fail(&t->call, failed);
        return;
    }
    t->known = found->item != NULL;
    if (t->known) {
        t->record.subject = found->item->id;
        memset(&t->record.bsn, 0, sizeof t->record.bsn); /* known here: the own id says who */
        find_place(t, found);
    }
    store_find(t->call.api->door, STORE_FACT, STORE_KEY_A, slice_text(t->key), STORE_KIND_COUNT, message_found, t);
}

static void look_up(struct taking *t)
{
    t->fact.recorded_ms = clock_now(t->call.api->clock);
    t->fact.changed_ms = t->fact.recorded_ms;
    store_find(t->call.api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&t->record.bsn), STORE_FACT, person_found, t);
}

static void read_codes(const struct json *list, const char *where, bool (*known)(const void *ctx, struct slice code),
                       const void *ctx, struct fact_codes *out, struct fault_list *faults)
{
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        const struct slice code = json_text(item);
        if (!known(ctx, code) || fact_codes_have(out, code) ||
            !slice_copy_text(code, out->items[out->count], sizeof out->items[0])) {
            fault_list_add(faults, FAULT_INVALID, where, "hier hoort, een keer elk, wat het convenant kent");
            return;
        }
        out->count++;
    }
}

static void read_fact(struct taking *t, struct fault_list *faults)
{
    const struct fact_words words = fact_words_of(t->call.covenant);
    t->fact = (struct fact){.kind = FACT_CONSENT,
                            .state = STATE_WITHDRAWN,
                            .from = t->call.today,
                            .ended = t->call.today,
                            .via = t->record.peer};
    if (!consent_kind_parse(json_text_of(t->json, "soort"), &t->fact.consent)) {
        fault_list_add(faults, FAULT_INVALID, "/soort", "deze soort toestemming is niet bekend");
    }
    if (!consent_giver_parse(json_text_of(t->json, "door"), &t->fact.as)) {
        fault_list_add(faults, FAULT_INVALID, "/door", "deze spreker is niet bekend");
    }
    read_codes(json_member(t->json, "ontvangers"), "/ontvangers", words.recipient, words.ctx, &t->fact.recipients,
               faults);
    read_codes(json_member(t->json, "doelen"), "/doelen", words.purpose, words.ctx, &t->fact.purposes, faults);
}

static void read_all(struct taking *t, struct http_request *request, const struct party *sender,
                     struct fault_list *faults)
{
    struct error err;
    if (!ident_parse(http_request_header(request, "request-id"), &t->record.request_id)) {
        fault_list_add(faults, FAULT_INVALID, "request-id", "hier horen 32 hexadecimale cijfers");
    }
    t->json = call_json(&t->call, fields, COUNT_OF(fields), faults);
    if (faults->count == 0) {
        withdrawal_named(t->json, &t->record.bsn, faults);
        read_fact(t, faults);
    }
    if (faults->count == 0 && sender != NULL &&
        receipt_read(t->call.api, t->call.held, sender, json_text_of(t->json, "ontvangstbewijs"), "/ontvangstbewijs",
                     t->receipt, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
    if (faults->count == 0 && sender == NULL) {
        fault_list_add(faults, FAULT_FORBIDDEN, "", "uw organisatie is geen partij bij dit convenant");
    }
}

void withdrawals_take(struct http_request *request, void *ctx)
{
    struct taking *t = (struct taking *)call_begin(ctx, request, sizeof *t);
    struct fault_list faults = {0};
    struct error err;
    if (t == NULL) {
        return;
    }
    t->call.clean = clean;
    if (api_clock_wrong(t->call.api, &err)) {
        call_fail(&t->call, &err);
        return;
    }
    const struct cert_identity *peer = http_request_peer(request);
    t->record = call_record(&t->call, RECORD_TAKEN);
    t->record.peer = peer->oin;
    read_all(t, request, covenant_party(t->call.covenant, &peer->oin), &faults);
    if (faults.count != 0) {
        t->record.operation = RECORD_REFUSED;
        call_refuse(&t->call, &t->record, &faults);
        return;
    }
    (void)snprintf(t->key, sizeof t->key, "%s %s", peer->oin.digits, ident_text(&t->record.request_id).text);
    json_free(t->json); /* with the person's number in it */
    t->json = NULL;
    line_up(t);
}
