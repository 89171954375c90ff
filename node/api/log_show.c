/* One record: what it says, what the decision was made from, and what proves it on either side. */
#include <string.h>

#include "api/api.h"
#include "api/checkpoints.h"
#include "api/indexing.h"
#include "api/log.h"
#include "api/log_search.h"
#include "api/query.h"
#include "audit/checkpoint.h"
#include "base/encode.h"
#include "base/mem.h"
#include "policy/consent.h"
#include "policy/words.h"

struct showing {
    struct call call;
    uint64_t sequence;
    uint64_t size; /* of the log */
    struct sha256 leaf_hash;
    struct checkpoint checkpoint; /* the own latest; size 0: none */
    bool included;
};

/* ---- what the decision was made from ---- */

static void put_domains(struct json_writer *w, const char *name, uint32_t mask)
{
    json_begin_array(w, name);
    for (unsigned i = 0; i < LIFE_DOMAIN_COUNT; i++) {
        if ((mask & LIFE_DOMAIN_BIT(i)) != 0) {
            json_put_text(w, NULL, life_domain_word((enum life_domain)i));
        }
    }
    json_end_array(w);
}

static void put_words(struct json_writer *w, const char *name, uint32_t categories)
{
    json_begin_array(w, name);
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((categories & CATEGORY_BIT(i)) != 0) {
            json_put_text(w, NULL, category_word((enum category)i));
        }
    }
    json_end_array(w);
}

/* A record from before these were kept has none of them, which is not the same as "no". */
static void put_inputs(struct json_writer *w, const struct record *r)
{
    const uint32_t inputs = r->inputs;
    static const char *const consents[CONSENT_KIND_COUNT] = {
        [CONSENT_SECRECY] = "opheffenGeheimhouding",
        [CONSENT_GROUND] = "avgGrond",
        [CONSENT_PLAN] = "instemming",
    };
    if ((inputs & RECORD_INPUT_KNOWN) == 0) {
        return;
    }
    for (unsigned kind = 0; r->operation == RECORD_ANSWERED && kind < CONSENT_KIND_COUNT; kind++) {
        put_words(w, consents[kind], RECORD_INPUT_OPENED(inputs, kind));
    }
    if (r->operation == RECORD_ANSWERED) { /* who asks knows nothing of these */
        json_put_bool(w, "ouderOneens", (inputs & RECORD_INPUT_DISAGREES) != 0);
        json_put_bool(w, "beperkt", (inputs & RECORD_INPUT_RESTRICTED) != 0);
        json_put_bool(w, "verlengdeJeugdhulp", (inputs & RECORD_INPUT_EXTENDED_CARE) != 0);
    }
    json_put_bool(w, "meldingOpen", (inputs & RECORD_INPUT_REPORT_OPEN) != 0);
    json_put_bool(w, "maatregel", (inputs & RECORD_INPUT_ORDER) != 0);
}

static void put_decision(struct json_writer *w, const struct call *call, const struct record *r)
{
    static const struct ident none;
    static const uint8_t zeros[sizeof r->covenant];
    char hex[2 * sizeof r->covenant + 1];
    json_begin_object(w, "besluit");
    json_put_bool(w, "heeftZaak", r->case_number[0] != '\0');
    json_put_bool(w, "heeftMelding", r->report_number[0] != '\0');
    if (memcmp(r->covenant, zeros, sizeof zeros) != 0) {
        hex_encode(slice_of(r->covenant, sizeof r->covenant), hex);
        json_put_text(w, "convenant", hex);
        json_put_bool(w, "convenantVanNu",
                      memcmp(r->covenant, covenant_digest(call->covenant)->bytes, sizeof r->covenant) == 0);
    }
    if (r->municipality[0] != '\0') {
        json_put_text(w, "gemeente", r->municipality);
    }
    if (r->age != 255) {
        json_put_int(w, "leeftijd", r->age);
    }
    put_domains(w, "leefgebieden", r->domains);
    put_domains(w, "afgeschermd", r->shielded);
    put_inputs(w, r);
    if (r->operation == RECORD_TESTED) {
        json_put_int(w, "opzoeksets", r->inputs);
    }
    json_put_int(w, "aantal", r->entries);
    if (!ident_equal(&r->consult, &none)) {
        json_put_text(w, "raadpleging", ident_text(&r->consult).text);
    }
    json_end_object(w);
}

/* ---- what proves it ---- */

static void put_own_proof(struct json_writer *w, const struct showing *s)
{
    const struct checkpoints_standing standing = checkpoints_standing(s->call.api->checkpoints);
    struct ident id;
    char hex[2 * SHA256_SIZE + 1];
    hex_encode(slice_of(s->leaf_hash.bytes, SHA256_SIZE), hex);
    log_record_id(&s->call.api->identity, s->sequence, &id);
    json_begin_object(w, "bewijs");
    json_put_text(w, "kenmerk", ident_text(&id).text);
    json_put_text(w, "hash", hex);
    json_put_int(w, "controlepunt", (int64_t)s->checkpoint.size);
    json_put_bool(w, "ingesloten", s->included);
    json_put_int(w, "medeondertekend", s->checkpoint.size != 0 ? (int64_t)standing.cosignatures : 0);
    json_put_int(w, "nodig", (int64_t)standing.needed);
    json_end_object(w);
}

/* The other side's receipt beside this record: is it the one that the record is about, and did that log sign it? */
static void put_receipt(struct json_writer *w, struct showing *s, const struct record *r, struct slice bytes)
{
    struct receipt receipt;
    struct sha256 digest;
    struct error err;
    const struct party_keys *keys = NULL;
    const struct party *party = covenant_party(s->call.covenant, &r->peer);
    json_begin_object(w, "ontvangstbewijs");
    json_put_bool(w, "aanwezig", bytes.len != 0);
    if (bytes.len != 0) {
        sha256_of(bytes, &digest);
        const bool its_own = memcmp(digest.bytes, r->attachment, SHA256_SIZE) == 0;
        const bool parsed = receipt_parse(bytes, &receipt, &err) == RESULT_OK;
        const bool known = party != NULL && party_keys(s->call.held, party, &keys, &err) == RESULT_OK;
        json_put_bool(w, "hoortBijRegel", its_own);
        json_put_bool(w, "ondertekend",
                      parsed && known &&
                          receipt_holds(&receipt, party->log_origin, &keys->log, &s->call.api->receipts_seen));
        if (parsed) {
            json_put_text(w, "kenmerk", ident_text(&receipt.promise.record_id).text);
            json_put_text(w, "ingeslotenVoor", moment_text(receipt.before_ms).text);
        }
    }
    json_end_object(w);
}

static void take_proof(void *ctx, const struct merkle_proof *proof, const struct error *err)
{
    struct showing *s = ctx;
    s->included = err == NULL &&
                  merkle_inclusion_holds(s->sequence, s->checkpoint.size, &s->leaf_hash, proof, &s->checkpoint.root);
}

static void prove(struct showing *s)
{
    struct note note;
    struct error err;
    const struct slice latest = checkpoints_latest(s->call.api->checkpoints);
    if (latest.len == 0 || note_parse(latest, &note, &err) != RESULT_OK ||
        checkpoint_parse(note.text, &s->checkpoint, &err) != RESULT_OK) {
        s->checkpoint.size = 0;
    } else if (s->sequence < s->checkpoint.size) {
        store_log_inclusion(s->call.api->door, s->sequence, s->checkpoint.size, take_proof, s);
    }
}

/* ---- the answer ---- */

static void not_here(struct call *call)
{
    struct error err;
    struct record record = call_refusal(call);
    (void)error_set(&err, FAULT_NOT_FOUND, "", "zo'n regel staat niet in het logboek");
    call_refuse_error(call, &record, &err);
}

static void write_answer(struct showing *s, const struct store_leaf *leaf, struct record *record)
{
    struct error err;
    struct json_writer w = json_writer(&s->call.body);
    const bool readable = audit_read(s->call.api->audit, leaf, record, NULL, &err) == RESULT_OK;
    json_begin_object(&w, NULL);
    log_put_leaf(&s->call, &w, "regel", leaf);
    if (readable) {
        put_decision(&w, &s->call, record);
    } else if (record_decode_visible(leaf->leaf, record, &err) != RESULT_OK) {
        *record = (struct record){0};
    }
    put_own_proof(&w, s);
    if (oin_is_set(&record->peer)) {
        put_receipt(&w, s, record, leaf->receipt);
    }
    json_put_int(&w, "doorzoekbaar", (int64_t)indexing_watermark(s->call.api->indexing));
    json_put_int(&w, "omvang", (int64_t)s->size);
    json_end_object(&w);
}

static void leaf_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    struct showing *s = ctx;
    struct record shown = {.age = 255};
    struct store_batch *batch = NULL;
    struct error err;
    if (failed != NULL) {
        call_fail(&s->call, failed);
        return;
    }
    if (count != 1 || leaves->sequence != s->sequence) {
        not_here(&s->call);
        return;
    }
    merkle_leaf_hash(slice_of(leaves->leaf, LOG_LEAF_BYTES), &s->leaf_hash);
    prove(s);
    write_answer(s, leaves, &shown);
    struct record record = call_record(&s->call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = 1;
    record.subject = shown.subject;
    record.bsn = shown.bsn;
    if (call_log(&s->call, &batch, &record, slice_of(NULL, 0), &err) != RESULT_OK) {
        call_unlogged(&s->call, &err);
    } else {
        call_commit(&s->call, batch, 200);
    }
    mem_wipe(&shown, sizeof shown);
    mem_wipe(&record, sizeof record);
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct showing *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->size = tree->size;
    store_log_read(s->call.api->door, s->sequence, 1, leaf_read, s);
}

static void show(struct call *call)
{
    struct showing *s = (struct showing *)call;
    const struct slice text = http_request_parameter(call->request);
    const int64_t number = query_digits(text);
    if (number < 0) {
        call_refuse_with(call, FAULT_INVALID, "regels", "hier hoort het volgnummer van een regel");
        return;
    }
    s->sequence = (uint64_t)number;
    store_log_head(call->api->door, take_size, s);
}

void log_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct showing));
    if (call != NULL) {
        call_require(call, MAY_READ_LOG, show);
    }
}
