/* A new letter, in this order: what is asked -> not too many drafts -> who is it, and may he have it -> where he stands and
 * stood -> how large is the log -> its lines -> stored with a record of it. */
#include <stdio.h>
#include <string.h>

#include "api/facts.h"
#include "api/letters_parts.h"
#include "api/matters.h"
#include "api/past_place.h"
#include "api/sharing_places.h"
#include "audit/retention.h"
#include "base/mem.h"

enum { TEXT_MAX = 1024, IDENTITY_MIN = 10, MINUTE_MS = 60000 };

static const struct json_field fields[] = {
    {"bsn", JSON_TEXT, true, BSN_DIGITS, BSN_DIGITS},
    {"voor", JSON_OBJECT, false, 1, 1},
    {"identiteit", JSON_TEXT, true, IDENTITY_MIN, FACT_TEXT_MAX},
    {"leeftijdGezien", JSON_BOOL, false, 0, 0},
    {"van", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

static const struct json_field for_fields[] = {
    {"gezagsrelatie", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
};

static const struct ident nobody;

/* ---- stored ---- */

static void made(struct letters_call *c)
{
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "overzicht %s: opgesteld; identiteit: %s", ident_text(&c->id).text,
                   c->letter.identity);
    letters_write(c);
    letters_commit(c, RECORD_LETTER, text, SAVE_LETTER, 201);
    mem_wipe(text, sizeof text);
}

static void size_got(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct letters_call *c = ctx;
    if (err != NULL) {
        call_fail(&c->call, err);
        return;
    }
    c->letter.size = tree->size;
    letters_make(c, made);
}

/* ---- in whose sets ---- */

static void add_place(struct letters_call *c, const struct oin *requester, const char *purpose, int64_t since_ms,
                      int64_t until_ms)
{
    const struct covenant *covenant = c->call.covenant;
    if (!letter_tells_place(covenant, api_self(c->call.api, covenant), requester, purpose)) {
        return; /* nor does it count: that there are more would tell of it */
    }
    if (c->letter.place_count == LETTER_SETS_MAX) {
        c->letter.places_left_out = true;
        c->places_more = false;
        return;
    }
    struct letter_place *place = &c->letter.places[c->letter.place_count++];
    *place = (struct letter_place){.requester = *requester,
                                   .since_ms = since_ms / MINUTE_MS * MINUTE_MS,
                                   .until_ms = until_ms / MINUTE_MS * MINUTE_MS};
    (void)slice_copy_text(slice_text(purpose), place->purpose, sizeof place->purpose);
}

static void take_place(void *ctx, const struct sharing_place *place)
{
    add_place(ctx, place->requester, place->purpose, place->began_ms, 0);
}

static void take_past(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct letters_call *c = ctx;
    c->places_more = err == NULL && more && count != 0;
    c->letter.places_left_out = c->letter.places_left_out || err != NULL;
    for (size_t i = 0; err == NULL && i < count; i++) {
        struct past_place place;
        struct error fault;
        c->place_after = items[i].ordinal;
        if (past_place_decode(items[i].payload, &place, &fault) == RESULT_OK) {
            add_place(c, &place.requester, place.purpose, place.began_ms, place.ended_ms);
        } else {
            log_error(c->call.api->log, LOG_ERROR, "plaats-onleesbaar", &fault);
        }
    }
}

static void find_places(struct letters_call *c)
{
    struct api *api = c->call.api;
    if (ident_equal(&c->letter.subject, &nobody)) {
        return;
    }
    if (api->sharing != NULL) {
        sharing_places(api->sharing, &c->letter.subject, take_place, c);
    }
    do {
        store_list_children(api->door, STORE_PAST_PLACE, &c->letter.subject, c->place_after, STORE_LIST_MAX, take_past,
                            c);
    } while (c->places_more);
}

/* ---- who is it, and may he have it ---- */

static void name_holder(struct letters_call *c, const struct ident *subject_id, const struct dossier *dossier)
{
    const struct subject *subject = dossier->subject;
    for (size_t i = 0; i < subject->authority_count && i < AUTHORITIES_MAX; i++) {
        const struct ident holder = dossier_holder(subject_id, &subject->authorities[i]);
        if (ident_equal(&holder, &c->letter.holder)) {
            (void)slice_copy_text(slice_text(subject->authorities[i].holder), c->letter.holder_name,
                                  sizeof c->letter.holder_name);
        }
    }
    for (size_t i = 0; i < dossier->count; i++) {
        if (ident_equal(&dossier->facts[i].id, &c->letter.holder)) {
            (void)slice_copy_text(slice_text(dossier->facts[i].fact.name), c->letter.holder_name,
                                  sizeof c->letter.holder_name);
        }
    }
}

static void name_all(struct letters_call *c, const struct ident *subject_id, const struct dossier *dossier)
{
    const struct subject *subject = dossier->subject;
    (void)snprintf(c->letter.name, sizeof c->letter.name, "%s%s%s", subject->given_names,
                   subject->given_names[0] != '\0' ? " " : "", subject->family_name);
    c->letter.subject = *subject_id;
    memset(&c->letter.bsn, 0, sizeof c->letter.bsn); /* known here: the own id says who */
    if (!ident_equal(&c->letter.holder, &nobody)) {
        name_holder(c, subject_id, dossier);
    }
}

enum result letters_judge(struct letters_call *c, const struct store_found *found, struct error *err)
{
    struct subject subject;
    struct dossier dossier;
    struct letter *letter = &c->letter;
    if (found->item == NULL) {
        return letter_may(NULL, &letter->holder, letter->age_seen, &c->call.today, &letter->youth, err);
    }
    TRY(subject_decode(found->item->payload, &subject, err));
    enum result result = dossier_of(found, &subject, &dossier, err);
    if (result == RESULT_OK) {
        result = letter_may(&dossier, &letter->holder, letter->age_seen, &c->call.today, &letter->youth, err);
        if (result == RESULT_OK && c->version == 0) {
            name_all(c, &found->item->id, &dossier);
        }
        dossier_close(&dossier);
    }
    mem_wipe(&subject, sizeof subject);
    return result;
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct letters_call *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->call, failed);
        return;
    }
    if (letters_judge(c, found, &err) != RESULT_OK) {
        letters_refuse(c, &err);
        return;
    }
    c->call.subject = c->letter.subject;
    c->call.person = c->letter.bsn;
    find_places(c);
    store_log_head(c->call.api->door, size_got, c);
}

/* ---- how many drafts there are ---- */

static void count_draft(struct letters_call *c, const struct ident *id, const struct letter *letter)
{
    (void)id;
    c->drafts += letter->state == LETTER_DRAFT;
}

static void counted(struct letters_call *c)
{
    struct error err;
    if (c->drafts >= LETTERS_OPEN_MAX) {
        (void)error_set(&err, FAULT_CONFLICT, "", "er zijn al %d concepten: geef er eerst vrij, of trek er in",
                        LETTERS_OPEN_MAX);
        letters_refuse(c, &err);
        return;
    }
    store_find(c->call.api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&c->letter.bsn), STORE_FACT, person_found, c);
}

/* ---- what is asked ---- */

/* Nothing before it can be read by anybody: so this day says nothing about the person. */
static struct date first_day(const struct letters_call *c)
{
    struct audit_class class;
    uint32_t month = (uint32_t)c->call.today.year * 100U + c->call.today.month;
    for (size_t at = 0; audit_next_class(c->call.api->audit, &at, &class);) {
        if (class.state == AUDIT_KEY_PRESENT && class.class.month < month) {
            month = class.class.month;
        }
    }
    return (struct date){(int16_t)(month / 100), (uint8_t)(month % 100), 1};
}

static void read_period(struct letters_call *c, struct fault_list *faults)
{
    struct letter *letter = &c->letter;
    const struct date first = first_day(c);
    letter->from = matters_read_day(c->json, "van", &first, faults);
    letter->until = matters_read_day(c->json, "tot", &c->call.today, faults);
    if (faults->count == 0 && date_compare(&letter->until, &c->call.today) > 0) {
        fault_list_add(faults, FAULT_INVALID, "/tot", "deze dag is nog niet geweest");
    } else if (faults->count == 0 && date_compare(&letter->from, &letter->until) > 0) {
        fault_list_add(faults, FAULT_INVALID, "/tot", "ligt voor van");
    }
}

static void read_request(struct letters_call *c, struct fault_list *faults)
{
    struct letter *letter = &c->letter;
    c->json = call_json(&c->call, fields, COUNT_OF(fields), faults);
    const struct slice bsn = json_text_of(c->json, "bsn");
    const struct json *holder = json_member(c->json, "voor");
    if (bsn.len != 0 && !bsn_parse(bsn, &letter->bsn)) {
        fault_list_add(faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (elfproef)");
    }
    if (holder != NULL && json_kind(holder) == JSON_OBJECT) {
        json_check(holder, "/voor", for_fields, COUNT_OF(for_fields), faults);
        if (faults->count == 0 && !ident_parse(json_text_of(holder, "gezagsrelatie"), &letter->holder)) {
            fault_list_add(faults, FAULT_INVALID, "/voor/gezagsrelatie", "hier horen 32 hexadecimale cijfers");
        }
    }
    (void)slice_copy_text(json_text_of(c->json, "identiteit"), letter->identity, sizeof letter->identity);
    letter->age_seen = json_bool(json_member(c->json, "leeftijdGezien"));
    read_period(c, faults);
}

void letters_draft(struct call *call)
{
    struct letters_call *c = (struct letters_call *)call;
    struct fault_list faults = {0};
    struct error err;
    if (api_clock_wrong(call->api, &err)) {
        call_fail(call, &err);
        return;
    }
    read_request(c, &faults);
    call->person = c->letter.bsn;
    if (faults.count != 0) {
        letters_refuse_faults(c, &faults);
        return;
    }
    c->id = entropy_ident(call->api->entropy);
    c->letter.drafted_ms = clock_now(call->api->clock);
    memcpy(c->letter.officer, call->caller.name, sizeof c->letter.officer);
    memcpy(c->letter.covenant, covenant_digest(call->covenant)->bytes, sizeof c->letter.covenant);
    letters_each(c, count_draft, counted);
}
