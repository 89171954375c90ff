/* A shown record as JSON. */
#include <stdlib.h>
#include <string.h>

#include "api/book.h"
#include "api/checkpoints.h"
#include "api/indexing.h"
#include "api/log_show_parts.h"
#include "base/encode.h"
#include "policy/consent.h"
#include "policy/words.h"

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

/* How far others can rely on it. */
static const char *proof_word(const struct showing *s, const struct checkpoints_standing *standing)
{
    const bool covered = s->sequence < s->checkpoint.size;
    if (s->seal == LOG_SEAL_DAMAGED || (covered && !s->included)) {
        return "beschadigd";
    }
    if (!covered) {
        return "wacht-op-controlepunt";
    }
    return standing->needed != 0 && s->sequence < standing->size ? "bewezen" : "ondertekend";
}

static void put_own_proof(struct json_writer *w, const struct showing *s)
{
    const struct checkpoints_standing standing = checkpoints_standing(s->call.api->checkpoints);
    struct ident id;
    char hex[2 * SHA256_SIZE + 1];
    hex_encode(slice_of(s->leaf_hash.bytes, SHA256_SIZE), hex);
    log_record_id(&s->call.api->identity, s->sequence, &id);
    json_begin_object(w, "bewijs");
    json_put_text(w, "stand", proof_word(s, &standing));
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

/* ---- what belongs with it ---- */

/* Under the covenant that decided, where the book still has it. */
static void put_explanation(struct json_writer *w, const struct showing *s)
{
    const struct record *r = &s->shown;
    const struct covenant *decided = book_that_decided(s->call.api, r);
    const struct covenant *covenant = decided != NULL ? decided : s->call.covenant;
    const struct purpose *purpose = covenant_purpose(covenant, slice_text(r->purpose));
    const struct basis *basis = covenant_basis(covenant, slice_text(r->basis));
    if (purpose == NULL && basis == NULL) {
        return;
    }
    json_begin_object(w, "uitleg");
    if (purpose != NULL) {
        json_put_text(w, "doel", purpose->text);
        json_put_bool(w, "spoed", purpose->urgent);
    }
    if (basis != NULL) {
        json_put_text(w, "grondslag", basis->text);
        json_put_text(w, "artikel", basis->article);
    }
    json_put_bool(w, "convenantVanToen", decided != NULL);
    json_end_object(w);
}

static int lower_first(const void *a, const void *b)
{
    const uint64_t x = ((const struct sibling *)a)->sequence;
    const uint64_t y = ((const struct sibling *)b)->sequence;
    return x < y ? -1 : x > y ? 1 : 0;
}

static void put_siblings(struct json_writer *w, struct showing *s)
{
    qsort(s->siblings, s->sibling_count, sizeof *s->siblings, lower_first);
    json_begin_array(w, "samenhang");
    for (size_t i = 0; i < s->sibling_count; i++) {
        const struct sibling *sibling = &s->siblings[i];
        json_begin_object(w, NULL);
        json_put_int(w, "volgnummer", (int64_t)sibling->sequence);
        json_put_text(w, "handeling", record_operation_word(sibling->operation));
        json_put_text(w, "tijd", moment_text(sibling->time_ms).text);
        if (sibling->outcome != OUTCOME_NONE) {
            json_put_text(w, "uitkomst", record_outcome_word(sibling->outcome));
        }
        json_end_object(w);
    }
    json_end_array(w);
    json_put_bool(w, "samenhangVolledig", !s->more_siblings);
}

static void put_other(struct json_writer *w, const struct showing *s)
{
    static const struct ident none;
    json_begin_object(w, "andereKant");
    json_put_text(w, "stand", log_other_word(s->other.stand));
    if (!ident_equal(&s->other.record_id, &none)) {
        json_put_text(w, "kenmerk", ident_text(&s->other.record_id).text);
    }
    if (s->other.operation != 0) {
        json_put_text(w, "handeling", record_operation_word(s->other.operation));
        json_put_text(w, "tijd", moment_text(s->other.time_ms).text);
    }
    json_end_object(w);
}

/* ---- all of it ---- */

void log_show_write(struct showing *s, const struct store_leaf *leaf)
{
    struct json_writer w = json_writer(&s->call.body);
    json_begin_object(&w, NULL);
    log_put_leaf(&s->call, &w, "regel", leaf);
    if (s->seal == LOG_SEAL_WHOLE) {
        put_decision(&w, &s->call, &s->shown);
        put_explanation(&w, s);
    }
    if (s->reason.len != 0) {
        json_put_slice(&w, "reden", buf_slice(&s->reason));
    }
    put_siblings(&w, s);
    put_own_proof(&w, s);
    if (oin_is_set(&s->shown.peer)) {
        put_receipt(&w, s, &s->shown, leaf->receipt);
    }
    if (s->wants_other) {
        put_other(&w, s);
    }
    json_put_int(&w, "doorzoekbaar", (int64_t)indexing_watermark(s->call.api->indexing));
    json_put_int(&w, "omvang", (int64_t)s->size);
    json_end_object(&w);
}
