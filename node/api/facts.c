/* Recording a fact: the number and the fact -> who is that, here? -> may he say so? -> fact, messages and record, one
 * commit. */
#include "api/facts.h"

#include <stdio.h>

#include "api/facts_parts.h"
#include "api/outbox.h"
#include "api/withdrawals.h"
#include "base/mem.h"

/* ---- shared with the other files ---- */

static void clean(struct call *call)
{
    struct fact_change *c = (struct fact_change *)call;
    json_free(c->json);
    mem_free(c->received);
    mem_wipe(&c->fact, sizeof c->fact);
    mem_wipe(&c->subject, sizeof c->subject);
}

void facts_begin(struct http_request *request, void *ctx, enum fact_kind kind, enum fact_state step,
                 unsigned permission, void (*next)(struct call *call))
{
    struct fact_change *c = (struct fact_change *)call_begin(ctx, request, sizeof *c);
    if (c != NULL) {
        c->call.clean = clean;
        c->kind = kind;
        c->step = step;
        call_require(&c->call, (enum permission)permission, next);
    }
}

void facts_refuse(struct fact_change *change, const struct fault_list *faults)
{
    struct record record = call_refusal(&change->call);
    call_refuse(&change->call, &record, faults);
    mem_wipe(&record, sizeof record);
}

enum result dossier_of(const struct store_found *found, const struct subject *subject, struct dossier *out,
                       struct error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < found->child_count; i++) {
        count += found->children[i].kind == STORE_FACT;
    }
    TRY(dossier_open(subject, &found->item->id, count, out, err));
    for (size_t i = 0; i < found->child_count; i++) {
        if (found->children[i].kind == STORE_FACT) {
            dossier_add(out, &found->children[i].id, found->children[i].payload);
        }
    }
    dossier_ready(out);
    return RESULT_OK;
}

static bool knows_recipient(const void *ctx, struct slice code)
{
    const struct covenant *covenant = ctx;
    struct oin oin;
    if (oin_parse(code, &oin)) {
        return covenant_party(covenant, &oin) != NULL;
    }
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        if (slice_is(code, covenant_party_at(covenant, i)->kind)) {
            return true;
        }
    }
    return false;
}

static bool knows_purpose(const void *ctx, struct slice code)
{
    return covenant_purpose(ctx, code) != NULL;
}

struct fact_words fact_words_of(const struct covenant *covenant)
{
    return (struct fact_words){knows_recipient, knows_purpose, covenant};
}

void facts_read_partners(struct fact_change *change, struct fault_list *faults)
{
    const struct json *list = json_member(change->json, "ketenpartners");
    if (list == NULL || json_kind(list) != JSON_ARRAY || json_size(list) > OUTBOX_PARTNERS_MAX) {
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        struct oin *partner = &change->partners[change->partner_count];
        bool twice = false;
        if (!oin_parse(json_text(item), partner) || covenant_party(change->call.covenant, partner) == NULL ||
            oin_equal(partner, &change->call.api->own_oin)) {
            fault_list_add(faults, FAULT_INVALID, "/ketenpartners",
                           "hier hoort het OIN van een andere partij bij het convenant");
            return;
        }
        for (size_t i = 0; i < change->partner_count; i++) {
            twice = twice || oin_equal(&change->partners[i], partner);
        }
        change->partner_count += !twice;
    }
}

/* A message names the person by number: only to who may use it for something that the withdrawal is about. */
static bool may_name(const struct fact_change *c, const struct oin *partner)
{
    const struct covenant *covenant = c->call.covenant;
    const struct party *party = covenant_party(covenant, partner);
    bool may = false;
    for (size_t i = 0; i < covenant_purpose_count(covenant) && party != NULL && !may; i++) {
        const struct purpose *purpose = covenant_purpose_at(covenant, i);
        const bool meant = c->fact.purposes.count == 0 || fact_codes_have(&c->fact.purposes, slice_text(purpose->code));
        may = meant && covenant_party_bsn(covenant, party, purpose, &c->call.today);
    }
    return may;
}

static enum result put_messages(struct fact_change *c, struct store_batch *batch, struct json_writer *w,
                                struct error *err)
{
    struct buf body;
    enum result result = RESULT_OK;
    buf_init(&body, OUTBOX_BODY_MAX);
    struct json_writer b = json_writer(&body);
    json_begin_object(&b, NULL);
    withdrawal_name(&b, &c->call.person);
    fact_write_scope(&b, &c->fact);
    json_end_object(&b);
    json_begin_array(w, "berichten");
    for (size_t i = 0; i < c->partner_count && result == RESULT_OK; i++) {
        struct ident id;
        if (!may_name(c, &c->partners[i])) {
            result = error_set(err, FAULT_INVALID, "/ketenpartners",
                               "%s mag het burgerservicenummer hiervoor niet gebruiken: vertel het zonder bericht",
                               c->partners[i].digits);
            break;
        }
        struct message message = {.kind = MESSAGE_WITHDRAWAL,
                                  .partner = c->partners[i],
                                  .subject = c->call.subject,
                                  .person = c->call.person,
                                  .body = buf_slice(&body)};
        result = buf_result(&body, "berichten", err);
        if (result == RESULT_OK) {
            result = outbox_put(c->call.api->outbox, batch, &message, c->stored ? &c->id : NULL, &id, err);
        }
        if (result == RESULT_OK) {
            message_show(w, c->call.covenant, &id, &message);
        }
        mem_wipe(&message, sizeof message);
    }
    json_end_array(w);
    buf_wipe(&body);
    return result;
}

static enum result put_fact(struct fact_change *c, struct store_batch *batch, struct error *err)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    fact_encode(&c->fact, &payload);
    const struct store_write item = {
        .id = c->id, .parent = c->call.subject, .payload = buf_slice(&payload), .version = c->version};
    const enum result result = buf_result(&payload, "", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_FACT, &item);
    }
    buf_wipe(&payload);
    return result;
}

static void committed(struct call *call)
{
    cooperation_touched(call->api, &call->subject);
}

void facts_save(struct fact_change *c, int status)
{
    struct error err;
    char text[96];
    struct store_batch *batch = NULL;
    struct record record = call_refusal(&c->call); /* with whom it is about */
    record.operation = RECORD_CHANGED;
    record.outcome = OUTCOME_DONE;
    if (c->stored) {
        memset(&record.bsn, 0, sizeof record.bsn); /* known here: the own id says who */
        record.subject = c->call.subject;
    }
    (void)snprintf(text, sizeof text, "%s %s %s", fact_kind_word(c->kind), fact_state_word(c->fact.state),
                   ident_text(&c->id).text);
    const enum result logged = call_log(&c->call, &batch, &record, slice_text(text), &err);
    mem_wipe(&record, sizeof record);
    if (logged != RESULT_OK) {
        call_unlogged(&c->call, &err);
        return;
    }
    struct json_writer w = json_writer(&c->call.body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "id", ident_text(&c->id).text);
    json_put_text(&w, "uitkomst", fact_state_word(c->fact.state));
    enum result result = c->stored ? put_fact(c, batch, &err) : RESULT_OK;
    if (result == RESULT_OK) {
        result = put_messages(c, batch, &w, &err);
    }
    if (c->received != NULL) {
        disclosures_write(&w, c->call.covenant, c->received, c->received_count, c->received_all);
    }
    json_end_object(&w);
    if (result != RESULT_OK) {
        call_drop(&c->call, batch);
        buf_clear(&c->call.body);
        call_refuse_with(&c->call, err.fault, err.where, err.what);
        return;
    }
    c->call.committed = c->stored ? committed : NULL;
    call_commit(&c->call, batch, status);
}

/* ---- recording ---- */

/* May he say so? A refusal is told in the words of the covenant's reading. */
static bool may_speak(const struct fact_change *c, const struct dossier *dossier, struct error *err)
{
    const struct policy_person person = dossier_person(dossier);
    const struct policy_authority *authority = dossier_authority(dossier, &c->fact.giver);
    const char *why = NULL;
    if (c->fact.as != GIVER_SUBJECT && (authority == NULL || authority->as != c->fact.as)) {
        (void)error_set(err, FAULT_FORBIDDEN, "/toestemming/gezagsrelatie",
                        "dit gezag is bij deze persoon niet vastgelegd, of niet als %s",
                        consent_giver_word(c->fact.as));
        return false;
    }
    if (!policy_consent_may_speak(c->call.covenant, &person, c->fact.consent, c->fact.as, &c->fact.giver,
                                  &c->call.today, &why)) {
        (void)error_set(err, FAULT_FORBIDDEN, "/toestemming/door", "%s", why);
        return false;
    }
    return true;
}

/* What partners passed on has room of its own: they cannot take this person's. */
static bool has_room(const struct fact_change *c, const struct dossier *dossier, struct error *err)
{
    size_t here = dossier->unreadable;
    for (size_t i = 0; i < dossier->count; i++) {
        here += !oin_is_set(&dossier->facts[i].fact.via);
    }
    const bool withdrawal = c->fact.state == STATE_WITHDRAWN;
    const size_t most = FACTS_PER_SUBJECT_MAX + (withdrawal ? FACTS_WITHDRAWN_MAX : 0);
    if (here >= most) {
        (void)error_set(err, FAULT_CONFLICT, "/bsn", "over deze persoon zijn al %zu feiten vastgelegd", most);
        return false;
    }
    return true;
}

/* Of whom nothing is registered here, nothing can be recorded; that he withdraws elsewhere can be passed on. */
static void pass_on(struct fact_change *c)
{
    struct dossier nobody = {.subject = &c->subject};
    struct error err;
    if (c->kind != FACT_CONSENT || c->fact.state != STATE_WITHDRAWN || c->partner_count == 0) {
        call_refuse_with(&c->call, FAULT_NOT_FOUND, "/bsn", "deze persoon is hier niet geregistreerd");
    } else if (!may_speak(c, &nobody, &err)) {
        call_refuse_with(&c->call, err.fault, err.where, err.what);
    } else {
        facts_save(c, 201);
    }
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct fact_change *c = ctx;
    struct dossier dossier = {0};
    struct error err;
    if (failed != NULL) {
        call_fail(&c->call, failed);
        return;
    }
    if (found->item == NULL) {
        pass_on(c);
        return;
    }
    if (subject_decode(found->item->payload, &c->subject, &err) != RESULT_OK ||
        dossier_of(found, &c->subject, &dossier, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
        return;
    }
    c->fact.recorded_ms = dossier_moment(&dossier, clock_now(c->call.api->clock), c->fact.state == STATE_GIVEN);
    c->fact.changed_ms = c->fact.recorded_ms;
    const bool fine = has_room(c, &dossier, &err) && (c->kind != FACT_CONSENT || may_speak(c, &dossier, &err));
    dossier_close(&dossier);
    if (!fine) {
        call_refuse_with(&c->call, err.fault, err.where, err.what);
        return;
    }
    c->call.subject = found->item->id;
    c->stored = true;
    facts_save(c, 201);
}

static void add(struct call *call)
{
    struct fact_change *c = (struct fact_change *)call;
    struct fault_list faults = {0};
    const char *word = fact_kind_word(c->kind);
    const struct json_field fields[] = {
        {"bsn", JSON_TEXT, true, BSN_DIGITS, BSN_DIGITS},
        {word, JSON_OBJECT, true, 1, INT64_MAX},
        {"ketenpartners", JSON_ARRAY, false, 0, OUTBOX_PARTNERS_MAX},
    };
    char pointer[64];
    (void)snprintf(pointer, sizeof pointer, "/%s", word);
    c->json = call_json(call, fields, c->kind == FACT_CONSENT ? COUNT_OF(fields) : COUNT_OF(fields) - 1, &faults);
    if (faults.count == 0) {
        const struct fact_words words = fact_words_of(call->covenant);
        fact_read(json_member(c->json, word), c->kind, pointer, &call->today, &words, &c->fact, &faults);
        facts_read_partners(c, &faults);
    }
    if (json_text_of(c->json, "bsn").len == BSN_DIGITS && !bsn_parse(json_text_of(c->json, "bsn"), &call->person)) {
        fault_list_add(&faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (elfproef)");
    }
    if (c->partner_count != 0 && c->fact.state != STATE_WITHDRAWN) {
        fault_list_add(&faults, FAULT_INVALID, "/ketenpartners", "alleen een intrekking gaat naar ketenpartners");
    }
    if (faults.count != 0) {
        facts_refuse(c, &faults);
        return;
    }
    c->id = entropy_ident(call->api->entropy);
    store_find(call->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&call->person), STORE_FACT, person_found, c);
}

enum { PERSON_ASKS = MAY_CONSENT | MAY_SETTLE };

void consents_add(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_CONSENT, FACT_STATE_COUNT, MAY_CONSENT, add);
}

void authorities_add(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_AUTHORITY, FACT_STATE_COUNT, MAY_CONSENT, add);
}

void capabilities_add(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_CAPABILITY, FACT_STATE_COUNT, MAY_CONSENT, add);
}

void extended_care_add(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_EXTENDED_CARE, FACT_STATE_COUNT, MAY_CONSENT, add);
}

void objections_add(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_OBJECTION, FACT_STATE_COUNT, PERSON_ASKS, add);
}

void restrictions_add(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_RESTRICTION, FACT_STATE_COUNT, PERSON_ASKS, add);
}

void corrections_add(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_CORRECTION, FACT_STATE_COUNT, PERSON_ASKS, add);
}
