/*
 * The provider's half of a consult: question in, decision, record, uniform answer out.
 *
 * Every question that can be read gets status 200 and an answer of the same size class, whether the ask key is nobody's, or
 * that of somebody who is withheld, shielded, or not helped any more; and the same steps are taken for each. Behind a key
 * that is nobody's stands a decoy, somebody who is in a set of whomever: his data are read, weighed and decided upon like
 * those of any other, and nothing of that goes anywhere. What is not told is written too, aside. Which decoy it is goes with
 * the key, so that asking twice does not tell it either. What is left in the time is what a person's own data take, and a
 * decoy's are as likely any other's: tests/unit/api/test_uniform.c and tests/bench/timing_classes.c.
 */
#include "api/consult_answer.h"

#include <string.h>

#include "api/api.h"
#include "api/blocks.h"
#include "api/consult_wire.h"
#include "api/decision_inputs.h"
#include "api/facts.h"
#include "api/set_access.h"
#include "api/sharing.h"
#include "base/bytes.h"
#include "base/mem.h"

struct answering {
    struct call call;
    struct json *json;
    struct question question;
    const struct party *requester;
    struct record record;
    uint8_t receipt[RECEIPT_BYTES]; /* the asker's */
    bool known;                     /* else the decision is on a decoy */
    struct buf entries;             /* JSON array of what is released */
    struct buf unsaid;              /* one entry that is not */
};

static void clean(struct call *call)
{
    struct answering *a = (struct answering *)call;
    json_free(a->json);
    buf_wipe(&a->entries);
    buf_wipe(&a->unsaid);
    mem_wipe(&a->question.subject, sizeof a->question.subject);
    mem_wipe(&a->record, sizeof a->record);
}

static void copy_code(struct slice from, char *to, size_t size)
{
    const size_t len = from.len < size ? from.len : size - 1;
    memcpy(to, from.ptr, len);
    to[len] = '\0';
}

/* From here on the record holds the question's words. */
static void fill_record(struct answering *a)
{
    struct record *r = &a->record;
    const struct purpose *purpose = covenant_purpose(a->call.covenant, a->question.purpose);
    r->class.class = purpose != NULL ? (uint8_t)purpose->retention_class : 0;
    copy_code(a->question.purpose, r->purpose, sizeof r->purpose);
    copy_code(a->question.basis, r->basis, sizeof r->basis);
    copy_code(a->question.role, r->role, sizeof r->role);
    copy_code(a->question.user_pseudonym, r->user, sizeof r->user);
    const bool is_order = a->question.order_pseudonym.len != 0;
    copy_code(is_order ? a->question.order_pseudonym : a->question.case_pseudonym, r->case_number,
              sizeof r->case_number);
    copy_code(a->question.report_pseudonym, r->report_number, sizeof r->report_number);
    a->question = (struct question){
        .subject = a->question.subject,
        .purpose = slice_text(r->purpose),
        .basis = slice_text(r->basis),
        .role = slice_text(r->role),
        .user_pseudonym = slice_text(r->user),
        .case_pseudonym = slice_text(is_order ? "" : r->case_number),
        .order_pseudonym = slice_text(is_order ? r->case_number : ""),
        .report_pseudonym = slice_text(r->report_number),
        .report_open = a->question.report_open,
    };
    json_free(a->json);
    a->json = NULL;
}

/* What no longer fits the largest answer stays behind: an answer of another status would tell that he is known here. */
static void release(struct answering *a, struct json_writer *w, const struct involvement *involvement,
                    const struct policy_decision *decision)
{
    const size_t before = a->entries.len;
    const struct json_writer so_far = *w;
    answer_entry(w, involvement, decision, api_self(a->call.api, a->call.covenant)->central_phone);
    if (a->record.entries == INVOLVEMENTS_PER_SUBJECT_MAX || a->entries.len + 1 > ANSWER_ENTRIES_MAX) {
        a->entries.len = before;
        *w = so_far;
        log_event(a->call.api->log, LOG_ERROR, "antwoord-ingekort", LOG_NUMBER("bytes", before));
        return;
    }
    a->record.categories |= decision->categories;
    a->record.entries++;
    for (size_t i = 0; i < decision->rule_count && i < DECISION_RULES_MAX; i++) {
        record_add_rule(&a->record, decision->rules[i]);
    }
}

/* The same work, for nobody to see. */
static void withhold(struct answering *a, const struct involvement *involvement)
{
    static const struct policy_decision all = {.categories = UINT32_MAX};
    struct json_writer w = json_writer(&a->unsaid);
    buf_clear(&a->unsaid);
    answer_entry(&w, involvement, &all, api_self(a->call.api, a->call.covenant)->central_phone);
}

static void decide_one(struct answering *a, struct json_writer *w, const struct policy_request *request,
                       const struct policy_subject *subject, struct slice payload)
{
    struct involvement involvement;
    struct policy_decision decision;
    struct error err;
    if (involvement_decode(payload, &involvement, &err) != RESULT_OK) {
        log_error(a->call.api->log, LOG_ERROR, "betrokkenheid-onleesbaar", &err);
        return;
    }
    const bool active = involvement_active(&involvement, &a->call.today);
    const struct policy_record record = {slice_text(life_domain_word(involvement.life_domain)),
                                         involvement.sensitivity == SENSITIVITY_SHIELDED, false};
    *(record.shielded ? &a->record.shielded : &a->record.domains) |=
        active ? LIFE_DOMAIN_BIT(involvement.life_domain) : 0;
    policy_may_answer(a->call.covenant, request, subject, &record, &decision);
    if (a->known && active && decision.permit && decision.categories != 0) {
        release(a, w, &involvement, &decision);
    } else {
        withhold(a, &involvement);
    }
    mem_wipe(&involvement, sizeof involvement);
}

static enum result weigh(const struct answering *a, const struct store_found *found, const struct subject *subject,
                         struct policy_subject *facts, struct error *err)
{
    struct dossier dossier;
    enum result result = dossier_of(found, subject, &dossier, err);
    if (result == RESULT_OK) {
        result =
            dossier_weigh(&dossier, a->call.covenant, a->requester, a->question.purpose, &a->call.today, facts, err);
        dossier_close(&dossier);
    }
    return result;
}

static void decide_each(struct answering *a, const struct store_found *found, const struct policy_subject *facts,
                        struct json_writer *w)
{
    const struct policy_request request = {
        .requester = a->requester,
        .provider = api_self(a->call.api, a->call.covenant),
        .purpose = a->question.purpose,
        .basis = a->question.basis,
        .role = a->question.role,
        .has_case = a->question.case_pseudonym.len != 0 || a->question.order_pseudonym.len != 0,
        .has_report = a->question.report_pseudonym.len != 0,
        .report_open = a->question.report_open,
        .order_in_force = a->question.order_pseudonym.len != 0,
        .today = a->call.today,
    };
    for (size_t i = 0; i < found->child_count; i++) {
        if (found->children[i].kind == STORE_INVOLVEMENT) {
            decide_one(a, w, &request, facts, found->children[i].payload);
        }
    }
    record_inputs_from(&a->record, &request, facts);
}

static enum result decide(struct answering *a, const struct store_found *found, struct json_writer *w,
                          struct error *err)
{
    struct subject subject;
    struct policy_subject facts;
    if (found->item == NULL) {
        a->known = false;
        return RESULT_OK;
    }
    a->record.subject = found->item->id;
    a->record.outcome = OUTCOME_WITHHELD;
    if (subject_decode(found->item->payload, &subject, err) != RESULT_OK) {
        log_error(a->call.api->log, LOG_ERROR, "betrokkene-onleesbaar", err);
        return RESULT_OK;
    }
    const enum result result = weigh(a, found, &subject, &facts, err);
    if (result == RESULT_OK) {
        decide_each(a, found, &facts, w);
        a->record.outcome = a->record.entries != 0 ? OUTCOME_RELEASED : OUTCOME_WITHHELD;
    }
    mem_wipe(&subject, sizeof subject);
    return result;
}

/* Of a decoy nothing stays: the record is that of a key which is nobody's. */
static enum result decide_or_pretend(struct answering *a, const struct store_found *found, struct json_writer *w,
                                     struct error *err)
{
    struct record nobody = a->record;
    nobody.outcome = OUTCOME_UNKNOWN;
    TRY(decide(a, found, w, err));
    a->record = a->known ? a->record : nobody;
    return RESULT_OK;
}

/* Our own failure, in the same words whoever was asked about. */
static void cannot_answer(struct answering *a, const struct error *why)
{
    struct error err;
    log_error(a->call.api->log, LOG_ERROR, "raadpleging-niet-beantwoord", why);
    (void)error_set(&err, FAULT_STORE, "", "deze vraag kan nu niet worden beantwoord");
    call_fail(&a->call, &err);
}

/* Now, and not only when the question came in: what somebody revoked or blocked meanwhile holds no more. */
static bool agreed(const struct answering *a)
{
    return api_still_agreed(a->call.api, a->call.held, &a->record.peer) &&
           !blocks_partner(a->call.api, &a->record.peer);
}

static void refuse_stranger(struct answering *a)
{
    struct error err;
    if (blocks_partner(a->call.api, &a->record.peer)) {
        (void)error_set(&err, FAULT_FORBIDDEN, "ketenpartner", "%s", blocks_partner_text);
    } else {
        (void)error_set(&err, FAULT_FORBIDDEN, "convenant",
                        "tussen uw organisatie en deze is geen convenant van kracht");
    }
    a->record.operation = RECORD_REFUSED;
    call_refuse_error(&a->call, &a->record, &err);
}

static void looked_up(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct answering *a = ctx;
    struct error err;
    struct store_batch *batch = NULL;
    struct store_place place;
    size_t receipt_at = 0;
    struct json_writer w = json_writer(&a->entries);
    if (failed != NULL) {
        cannot_answer(a, failed);
        return;
    }
    if (!agreed(a)) {
        refuse_stranger(a);
        return;
    }
    json_begin_array(&w, NULL);
    if (decide_or_pretend(a, found, &w, &err) != RESULT_OK) {
        cannot_answer(a, &err);
        return;
    }
    json_end_array(&w);
    if (answer_write(buf_slice(&a->entries), &a->call.body, &receipt_at, &err) != RESULT_OK ||
        buf_result(&a->entries, "antwoord", &err) != RESULT_OK) {
        cannot_answer(a, &err);
    } else if (call_log_exchange(&a->call, &batch, &a->record, slice_of(NULL, 0), slice_of(a->receipt, RECEIPT_BYTES),
                                 &place, &err) != RESULT_OK) {
        call_unlogged(&a->call, &err);
    } else {
        call_commit_receipt(&a->call, batch, 200, &place, receipt_at);
    }
}

/* What the covenant does not know at all is a fault of the question, the same for every person. */
static void check_words(const struct answering *a, struct fault_list *faults)
{
    struct error err;
    if (covenant_purpose(a->call.covenant, a->question.purpose) == NULL) {
        fault_list_add(faults, FAULT_INVALID, "/doel", "dit doel staat niet in het convenant");
    }
    if (covenant_basis(a->call.covenant, a->question.basis) == NULL) {
        fault_list_add(faults, FAULT_INVALID, "/grondslag", "deze grondslag staat niet in het convenant");
    }
    if (!covenant_role(a->call.covenant, a->question.role)) {
        fault_list_add(faults, FAULT_INVALID, "/rol", "deze rol staat niet in het convenant");
    }
    if (faults->count == 0 &&
        set_epoch_serves(a->call.api, a->question.subject.epoch, "/" NAMING_FIELD "/periode", &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
}

/* Which decoy: a number that stays with this key and that only this node can reckon. */
static uint64_t pick_of(const struct answering *a, const struct match_scope *scope)
{
    uint8_t text[OIN_DIGITS + 4 + ASK_KEY_BYTES + CODE_MAX];
    uint8_t hash[SEAL_HASH_SIZE];
    const size_t fixed = OIN_DIGITS + 4 + ASK_KEY_BYTES;
    memcpy(text, scope->requester.digits, OIN_DIGITS);
    bytes_put_u32(text + OIN_DIGITS, scope->epoch);
    memcpy(text + OIN_DIGITS + 4, a->question.subject.key.bytes, ASK_KEY_BYTES);
    memcpy(text + fixed, scope->purpose.ptr, scope->purpose.len);
    seal_hash(a->call.api->keyring, SEAL_PSEUDONYM, slice_text("lokpersoon"),
              slice_of(text, fixed + scope->purpose.len), hash);
    return bytes_get_u64(hash);
}

/* The person behind the ask key, or the decoy; nobody, when nobody is in any set. */
static struct ident whom(struct answering *a, const struct match_scope *scope)
{
    struct ident ids[2] = {{{0}}, {{0}}};
    (void)sharing_decoy(a->call.api->sharing, pick_of(a, scope), &ids[0]);
    a->known = sharing_find(a->call.api->sharing, scope, &a->question.subject.key, &ids[1]);
    return ids[a->known];
}

void consult_answer(struct http_request *request, void *ctx)
{
    struct answering *a = (struct answering *)call_begin(ctx, request, sizeof *a);
    if (a == NULL) {
        return;
    }
    struct error err;
    struct fault_list faults;
    faults.count = 0; /* not the items: they are large, and there is almost always none */
    a->call.clean = clean;
    buf_init(&a->entries, PEER_ANSWER_MAX);
    buf_init(&a->unsaid, PEER_ANSWER_MAX);
    if (api_clock_wrong(a->call.api, &err)) {
        call_fail(&a->call, &err);
        return;
    }
    a->record = call_record(&a->call, RECORD_ANSWERED);
    const struct cert_identity *peer = http_request_peer(request);
    a->record.peer = peer->oin;
    a->requester = covenant_party(a->call.covenant, &peer->oin);
    if (!ident_parse(http_request_header(request, "request-id"), &a->record.request_id)) {
        fault_list_add(&faults, FAULT_INVALID, "request-id", "hier horen 32 hexadecimale cijfers");
    }
    if (json_parse(http_request_body(request), &a->json, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
    } else {
        question_read(a->json, &a->question, &faults);
    }
    if (faults.count == 0) {
        check_words(a, &faults);
    }
    if (faults.count == 0 && a->requester != NULL &&
        receipt_read(a->call.api, a->call.held, a->requester, a->question.receipt, "/ontvangstbewijs", a->receipt,
                     &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
    }
    if (faults.count == 1 && faults.items[0].fault == FAULT_NO_MEMORY) {
        cannot_answer(a, &faults.items[0]);
        return;
    }
    if (a->requester == NULL || !agreed(a)) {
        refuse_stranger(a);
        return;
    }
    if (faults.count != 0) {
        a->record.operation = RECORD_REFUSED;
        call_refuse(&a->call, &a->record, &faults);
        return;
    }
    fill_record(a);
    const struct match_scope scope = {.provider = a->call.api->own_oin,
                                      .requester = a->record.peer,
                                      .purpose = a->question.purpose,
                                      .epoch = a->question.subject.epoch};
    if (!sharing_answers(a->call.api->sharing, &scope)) { /* for this asker and purpose, whoever is asked about */
        (void)error_set(&err, FAULT_BUSY, "koppeling", "de opzoekset voor dit doel wordt nog gemaakt");
        cannot_answer(a, &err);
        return;
    }
    const struct ident subject = whom(a, &scope);
    store_get(a->call.api->door, STORE_SUBJECT, &subject, STORE_ALL_CHILDREN, looked_up, a);
}
