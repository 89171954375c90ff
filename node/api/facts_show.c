/* All there is about one person, and one statement with what came of it: which partners confirmed, who received data under
 * it. Both are looks that are recorded. */
#include "api/disclosures.h"
#include "api/facts_parts.h"
#include "api/outbox.h"
#include "base/mem.h"

struct look {
    struct call call;
    struct json *json;
    struct ident id;
    struct fact fact;
    struct json_writer writer;
};

static void clean(struct call *call)
{
    struct look *l = (struct look *)call;
    json_free(l->json);
    mem_wipe(&l->fact, sizeof l->fact);
}

static void finish(struct look *l, int status, enum record_outcome outcome)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct record record = call_refusal(&l->call); /* with whom it is about */
    record.operation = RECORD_READ;
    record.outcome = outcome;
    const enum result logged = call_log(&l->call, &batch, &record, slice_of(NULL, 0), &err);
    mem_wipe(&record, sizeof record);
    if (logged != RESULT_OK) {
        call_unlogged(&l->call, &err);
    } else {
        call_commit(&l->call, batch, status);
    }
}

/* ---- one person ---- */

static void put_name(struct json_writer *w, const struct subject *subject)
{
    json_put_text(w, "achternaam", subject->family_name);
    if (subject->given_names[0] != '\0') {
        json_put_text(w, "voornamen", subject->given_names);
    }
    if (date_is_set(&subject->birth)) {
        json_put_text(w, "geboortedatum", date_text(&subject->birth).text);
    }
}

/* What came with the person's registration counts as the rest does. */
static void put_registered(struct json_writer *w, const struct ident *subject_id, const struct subject *subject)
{
    for (size_t i = 0; i < subject->authority_count && i < AUTHORITIES_MAX; i++) {
        const struct authority *authority = &subject->authorities[i];
        const struct ident holder = dossier_holder(subject_id, authority);
        struct fact fact = {.kind = FACT_AUTHORITY,
                            .state = STATE_STANDS,
                            .authority = authority->kind,
                            .from = authority->since,
                            .until = authority->until};
        (void)slice_copy_text(slice_text(authority->holder), fact.name, sizeof fact.name);
        (void)slice_copy_text(slice_text(authority->evidence), fact.evidence, sizeof fact.evidence);
        fact_write(w, NULL, &holder, &fact);
        mem_wipe(&fact, sizeof fact);
    }
}

static void put_facts(struct json_writer *w, const struct dossier *dossier, const struct ident *subject_id)
{
    static const struct {
        enum fact_kind kind;
        const char *name;
    } lists[] = {{FACT_CONSENT, "toestemmingen"},       {FACT_AUTHORITY, "gezagsrelaties"},
                 {FACT_CAPABILITY, "wilsbekwaamheden"}, {FACT_EXTENDED_CARE, "verlengdeJeugdhulp"},
                 {FACT_OBJECTION, "bezwaren"},          {FACT_RESTRICTION, "beperkingen"},
                 {FACT_CORRECTION, "correcties"}};
    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        json_begin_array(w, lists[k].name);
        if (lists[k].kind == FACT_AUTHORITY) {
            put_registered(w, subject_id, dossier->subject);
        }
        for (size_t i = 0; i < dossier->count; i++) {
            if (dossier->facts[i].fact.kind == lists[k].kind) {
                fact_write(w, NULL, &dossier->facts[i].id, &dossier->facts[i].fact);
            }
        }
        json_end_array(w);
    }
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct look *l = ctx;
    struct subject subject;
    struct dossier dossier;
    struct error err;
    if (failed != NULL) {
        call_fail(&l->call, failed);
        return;
    }
    if (found->item == NULL) {
        const struct fault_list none = {
            .count = 1, .items = {{FAULT_NOT_FOUND, "/bsn", "deze persoon is hier niet geregistreerd"}}};
        json_problem(&l->call.body, &none);
        finish(l, 404, OUTCOME_UNKNOWN);
        return;
    }
    if (subject_decode(found->item->payload, &subject, &err) != RESULT_OK ||
        dossier_of(found, &subject, &dossier, &err) != RESULT_OK) {
        call_fail(&l->call, &err);
        return;
    }
    struct json_writer w = json_writer(&l->call.body);
    json_begin_object(&w, NULL);
    put_name(&w, &subject);
    put_facts(&w, &dossier, &found->item->id);
    json_end_object(&w);
    memset(&l->call.person, 0, sizeof l->call.person); /* known here: the own id says who */
    l->call.subject = found->item->id;
    dossier_close(&dossier);
    mem_wipe(&subject, sizeof subject);
    finish(l, 200, OUTCOME_RELEASED);
}

static void search(struct call *call)
{
    if (call_about_one(call)) {
        store_find(call->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&call->person), STORE_FACT, person_found,
                   call);
    }
}

/* ---- one statement ---- */

static void disclosed(void *ctx, const struct disclosure *all, size_t count, bool complete, const struct error *failed)
{
    struct look *l = ctx;
    struct json_writer *w = &l->writer;
    if (failed != NULL) {
        call_fail(&l->call, failed);
        return;
    }
    disclosures_write(w, l->call.covenant, all, count, complete);
    json_end_object(w);
    finish(l, 200, OUTCOME_RELEASED);
}

/* Who spoke: the name that stands with his authority. */
static void put_giver(struct look *l, const struct store_found *found, const struct subject *subject)
{
    for (size_t i = 0; i < subject->authority_count && i < AUTHORITIES_MAX; i++) {
        const struct ident holder = dossier_holder(&found->item->id, &subject->authorities[i]);
        if (ident_equal(&holder, &l->fact.giver)) {
            json_put_text(&l->writer, "gegevenDoor", subject->authorities[i].holder);
            return;
        }
    }
    for (size_t i = 0; i < found->child_count; i++) {
        struct fact authority;
        struct error err;
        if (ident_equal(&found->children[i].id, &l->fact.giver) &&
            fact_decode(found->children[i].payload, &authority, &err) == RESULT_OK) {
            json_put_text(&l->writer, "gegevenDoor", authority.name);
            mem_wipe(&authority, sizeof authority);
            return;
        }
    }
}

static void subject_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct look *l = ctx;
    struct subject subject;
    struct error err;
    if (failed != NULL) {
        call_fail(&l->call, failed);
        return;
    }
    if (found->item != NULL && subject_decode(found->item->payload, &subject, &err) == RESULT_OK) {
        put_name(&l->writer, &subject);
        put_giver(l, found, &subject);
        mem_wipe(&subject, sizeof subject);
    }
    disclosures_find(&l->call, &l->fact, disclosed, l);
}

static void fact_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct look *l = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&l->call, failed);
        return;
    }
    if (found->item == NULL) {
        call_refuse_with(&l->call, FAULT_NOT_FOUND, "/id", "dit is hier niet vastgelegd");
        return;
    }
    l->call.subject = found->item->parent;
    if (fact_decode(found->item->payload, &l->fact, &err) != RESULT_OK) {
        call_fail(&l->call, &err);
        return;
    }
    if (l->fact.kind != FACT_CONSENT) {
        call_refuse_with(&l->call, FAULT_NOT_FOUND, "/id", "dit is hier niet vastgelegd");
        return;
    }
    l->writer = json_writer(&l->call.body);
    json_begin_object(&l->writer, NULL);
    fact_write(&l->writer, "toestemming", &found->item->id, &l->fact);
    json_begin_array(&l->writer, "berichten");
    for (size_t i = 0; i < found->child_count; i++) {
        struct message message;
        if (message_decode(found->children[i].payload, &message, &err) == RESULT_OK) {
            message_show(&l->writer, l->call.covenant, &found->children[i].id, &message);
        }
    }
    json_end_array(&l->writer);
    store_get(l->call.api->door, STORE_SUBJECT, &l->call.subject, STORE_FACT, subject_found, l);
}

static void show(struct call *call)
{
    static const struct json_field fields[] = {{"id", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1}};
    struct look *l = (struct look *)call;
    struct fault_list faults = {0};
    l->json = call_json(call, fields, COUNT_OF(fields), &faults);
    if (faults.count == 0 && !ident_parse(json_text_of(l->json, "id"), &l->id)) {
        fault_list_add(&faults, FAULT_INVALID, "/id", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        return;
    }
    store_get(call->api->door, STORE_FACT, &l->id, STORE_MESSAGE, fact_found, l);
}

static void begin(struct http_request *request, void *ctx, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct look));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, (enum permission)(MAY_CONSENT | MAY_SETTLE), next);
    }
}

void consents_search(struct http_request *request, void *ctx)
{
    begin(request, ctx, search);
}

void consents_show(struct http_request *request, void *ctx)
{
    begin(request, ctx, show);
}
