/* The step that ends or settles a fact: its id -> the fact -> may it go there? -> fact, messages and record, one commit. */
#include <stdio.h>
#include <string.h>

#include "api/facts_parts.h"
#include "base/mem.h"
#include "base/utf8.h"

static const struct json_field step_fields[] = {
    {"id", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"toelichting", JSON_TEXT, true, 1, FACT_TEXT_MAX},
    {"ketenpartners", JSON_ARRAY, false, 0, OUTBOX_PARTNERS_MAX}, /* of a withdrawal */
    {"uitkomst", JSON_TEXT, true, 1, CODE_MAX},                   /* of what is settled: left out of other steps */
};

static void receivers_found(void *ctx, const struct disclosure *all, size_t count, bool complete,
                            const struct error *failed)
{
    struct fact_change *c = ctx;
    if (failed != NULL) {
        call_fail(&c->call, failed);
        return;
    }
    c->received = mem_array(count + 1, sizeof *c->received);
    if (c->received == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(&c->call, &err);
        return;
    }
    if (count != 0) {
        memcpy(c->received, all, count * sizeof *all);
    }
    c->received_count = count;
    c->received_all = complete;
    facts_save(c, 200);
}

/* Whoever received what was wrong is to hear of it (AVG art. 19): the answer says who they are. */
static void save_with_receivers(struct fact_change *c)
{
    c->anything = (struct fact){.kind = FACT_CONSENT, .state = STATE_GIVEN};
    disclosures_find(&c->call, &c->anything, receivers_found, c);
}

static void subject_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct fact_change *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->call, failed);
        return;
    }
    if (found->item == NULL || subject_decode(found->item->payload, &c->subject, &err) != RESULT_OK) {
        call_refuse_with(&c->call, FAULT_NOT_FOUND, "/id", "van wie dit is, is hier niet meer te vinden");
        return;
    }
    struct dossier dossier;
    if (dossier_of(found, &c->subject, &dossier, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
        return;
    }
    c->fact.changed_ms = dossier_moment(&dossier, clock_now(c->call.api->clock), false);
    dossier_close(&dossier);
    c->call.person = c->subject.bsn;
    if (c->partner_count != 0 && !bsn_is_set(&c->subject.bsn)) {
        call_refuse_with(&c->call, FAULT_CONFLICT, "/ketenpartners",
                         "deze persoon heeft geen burgerservicenummer: bericht de ketenpartners zelf");
        return;
    }
    c->stored = true;
    if (c->kind == FACT_CORRECTION && c->step == STATE_HONOURED) {
        save_with_receivers(c);
    } else {
        facts_save(c, 200);
    }
}

/* Said twice: the answer says so, and nothing changes. */
static void refuse_step(struct fact_change *c)
{
    char what[FAULT_WHAT_MAX];
    if (c->fact.state == c->step) {
        (void)snprintf(what, sizeof what, "dit is al %s op %s; er verandert niets", fact_state_word(c->fact.state),
                       date_text(&c->fact.ended).text);
    } else {
        (void)snprintf(what, sizeof what, "wat %s is, kan niet %s worden; er verandert niets",
                       fact_state_word(c->fact.state), fact_state_word(c->step));
    }
    call_refuse_with(&c->call, FAULT_CONFLICT, "/id", what);
}

static void fact_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct fact_change *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->call, failed);
        return;
    }
    if (found->item == NULL) {
        call_refuse_with(&c->call, FAULT_NOT_FOUND, "/id", "dit is hier niet vastgelegd");
        return;
    }
    c->call.subject = found->item->parent;
    if (fact_decode(found->item->payload, &c->fact, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
    } else if (c->fact.kind != c->kind) {
        call_refuse_with(&c->call, FAULT_NOT_FOUND, "/id", "dit is hier niet vastgelegd");
    } else if (!fact_may_become(c->kind, c->fact.state, c->step)) {
        refuse_step(c);
    } else {
        c->version = found->item->version;
        c->fact.state = c->step;
        c->fact.ended = c->call.today;
        (void)slice_copy_text(json_text_of(c->json, "toelichting"), c->fact.ending, sizeof c->fact.ending);
        store_get(c->call.api->door, STORE_SUBJECT, &c->call.subject, STORE_FACT, subject_found, c);
    }
}

static size_t fields_of(const struct fact_change *c, struct json_field fields[COUNT_OF(step_fields)])
{
    size_t count = 0;
    fields[count++] = step_fields[0];
    fields[count++] = step_fields[1];
    if (c->kind == FACT_CONSENT) {
        fields[count++] = step_fields[2];
    }
    if (c->step == FACT_STATE_COUNT) {
        fields[count++] = step_fields[3];
    }
    return count;
}

static void step(struct call *call)
{
    struct fact_change *c = (struct fact_change *)call;
    struct json_field fields[COUNT_OF(step_fields)];
    struct fault_list faults = {0};
    const size_t count = fields_of(c, fields);
    c->json = call_json(call, fields, count, &faults);
    const struct slice word = json_text_of(c->json, "uitkomst");
    const struct slice text = json_text_of(c->json, "toelichting");
    if (faults.count == 0 && !ident_parse(json_text_of(c->json, "id"), &c->id)) {
        fault_list_add(&faults, FAULT_INVALID, "/id", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count == 0 && c->step == FACT_STATE_COUNT &&
        (!fact_state_parse(word, &c->step) || !fact_may_become(c->kind, STATE_OPEN, c->step))) {
        fault_list_add(&faults, FAULT_INVALID, "/uitkomst", "toegestaan is gehonoreerd of afgewezen");
    }
    if (faults.count == 0 && !utf8_printable(text)) {
        fault_list_add(&faults, FAULT_INVALID, "/toelichting", "tekst zonder stuurtekens");
    }
    if (faults.count == 0) {
        facts_read_partners(c, &faults);
    }
    if (faults.count != 0) {
        facts_refuse(c, &faults);
    } else {
        store_get(call->api->door, STORE_FACT, &c->id, STORE_KIND_COUNT, fact_found, c);
    }
}

void consents_withdraw(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_CONSENT, STATE_WITHDRAWN, MAY_CONSENT | MAY_SETTLE, step);
}

void authorities_end(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_AUTHORITY, STATE_ENDED, MAY_CONSENT, step);
}

void extended_care_end(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_EXTENDED_CARE, STATE_ENDED, MAY_CONSENT, step);
}

void objections_settle(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_OBJECTION, FACT_STATE_COUNT, MAY_SETTLE, step);
}

void restrictions_lift(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_RESTRICTION, STATE_LIFTED, MAY_SETTLE, step);
}

void corrections_settle(struct http_request *request, void *ctx)
{
    facts_begin(request, ctx, FACT_CORRECTION, FACT_STATE_COUNT, MAY_SETTLE, step);
}
