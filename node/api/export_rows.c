/* The pieces of an export: rows with what proves them, and at the end what is in it. */
#include <stdio.h>
#include <string.h>

#include "api/checkpoints.h"
#include "api/export_parts.h"
#include "base/mem.h"
#include "policy/consent.h"
#include "policy/words.h"

enum {
    WORDS_MAX = 512,
    BASE64_MAX = 2 * LOG_LEAF_BYTES,
    PSEUDONYM_BYTES = 8,
    PSEUDONYM_TEXT = 2 + 2 * PSEUDONYM_BYTES + 1
};
_Static_assert((int)EXPORT_CONSENTS == (int)CONSENT_KIND_COUNT, "a column for each kind of consent");

static const char proofs_file[] = "bewijs.jsonl";

static const char *file_name(const struct exporting *x, enum export_part part)
{
    static const char *const names[] = {[EXPORT_PROOFS] = proofs_file,
                                        [EXPORT_CHECKPOINT] = "controlepunt.txt",
                                        [EXPORT_CONTENTS] = "inhoud.json",
                                        [EXPORT_SIGNATURE] = "ondertekening.txt"};
    return part == EXPORT_ROWS ? export_form_file(x->form) : names[part];
}

static void put_piece(struct exporting *x, enum export_part part, struct slice bytes)
{
    if (bytes.len != 0) {
        buf_format(&x->ready, "%s %zu\n", file_name(x, part), bytes.len);
        buf_slice_in(&x->ready, bytes);
        sha256_add(&x->files[part].digest, bytes);
        x->files[part].bytes += bytes.len;
    }
}

/* ---- what is known beside a record ---- */

static void category_words(uint32_t mask, char out[WORDS_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((mask & CATEGORY_BIT(i)) != 0 && used < WORDS_MAX) {
            used += (size_t)snprintf(out + used, WORDS_MAX - used, "%s%s", used != 0 ? " " : "",
                                     category_word((enum category)i));
        }
    }
}

static void domain_words(uint32_t mask, char out[WORDS_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < LIFE_DOMAIN_COUNT; i++) {
        if ((mask & LIFE_DOMAIN_BIT(i)) != 0 && used < WORDS_MAX) {
            used += (size_t)snprintf(out + used, WORDS_MAX - used, "%s%s", used != 0 ? " " : "",
                                     life_domain_word((enum life_domain)i));
        }
    }
}

struct words {
    char categories[WORDS_MAX], domains[WORDS_MAX], shielded[WORDS_MAX], opened[EXPORT_CONSENTS][WORDS_MAX];
    char subject[IDENT_TEXT_SIZE];
    char other_id[IDENT_TEXT_SIZE];
    char id[IDENT_TEXT_SIZE];
};

static void put_words(const struct record *r, struct export_record *e, struct words *words)
{
    const bool opened = r->operation == RECORD_ANSWERED && (r->inputs & RECORD_INPUT_KNOWN) != 0;
    category_words(r->categories, words->categories);
    domain_words(r->domains, words->domains);
    domain_words(r->shielded, words->shielded);
    for (unsigned kind = 0; kind < EXPORT_CONSENTS; kind++) {
        category_words(opened ? RECORD_INPUT_OPENED(r->inputs, kind) : 0, words->opened[kind]);
        e->opened[kind] = words->opened[kind];
    }
    e->categories = words->categories;
    e->domains = words->domains;
    e->shielded = words->shielded;
}

/* A number is told to whom can open the record anyway; to others it is a word by which they can join the records of this
 * export alone. */
static void put_subject(const struct exporting *x, const struct record *r, struct export_record *e, struct words *words)
{
    static const struct ident none;
    e->subject = words->subject;
    if (bsn_is_set(&r->bsn) && x->keys) {
        (void)slice_copy_text(bsn_digits(&r->bsn), words->subject, sizeof words->subject);
        e->subject_kind = "bsn";
    } else if (bsn_is_set(&r->bsn)) {
        uint8_t hash[SEAL_HASH_SIZE];
        char hex[2 * PSEUDONYM_BYTES + 1];
        seal_hash(x->call.api->keyring, SEAL_PSEUDONYM, slice_of(x->nonce.bytes, sizeof x->nonce.bytes),
                  bsn_digits(&r->bsn), hash);
        hex_encode(slice_of(hash, PSEUDONYM_BYTES), hex);
        (void)snprintf(words->subject, sizeof words->subject, "p-%s", hex);
        e->subject_kind = "pseudoniem";
    } else if (!ident_equal(&r->subject, &none)) {
        memcpy(words->subject, ident_text(&r->subject).text, sizeof words->subject);
        e->subject_kind = "kenmerk";
    }
}

static struct export_begun *begun_of(struct exporting *x, const struct ident *request)
{
    return &x->begun[((unsigned)request->bytes[0] << 8U | request->bytes[1]) % EXPORT_BEGUN];
}

/* The start of an exchange comes before its end, and is remembered. */
static int64_t begin_of(struct exporting *x, const struct record *r)
{
    struct export_begun *begun = begun_of(x, &r->request_id);
    if (r->operation == RECORD_ASKED || r->operation == RECORD_EVALUATION_ASKED) {
        *begun = (struct export_begun){r->request_id, r->time_ms};
    } else if ((r->operation == RECORD_RECEIVED || r->operation == RECORD_EVALUATION_RECEIVED) &&
               ident_equal(&begun->request, &r->request_id) && begun->time_ms != 0 && begun->time_ms < r->time_ms) {
        return begun->time_ms;
    }
    return r->time_ms;
}

static void put_row(struct exporting *x, const struct store_leaf *leaf, enum log_seal seal, const struct record *r,
                    struct slice text, struct words *words)
{
    const struct api *api = x->call.api;
    const struct party *peer = oin_is_set(&r->peer) ? covenant_party(x->call.covenant, &r->peer) : NULL;
    const struct party *self = api_self(api, x->call.covenant);
    struct receipt receipt;
    struct error err;
    struct export_record e = {.sequence = leaf->sequence,
                              .seal = seal,
                              .record = r,
                              .begin_ms = begin_of(x, r),
                              .origin = x->checkpoint.origin,
                              .id = words->id,
                              .other_id = words->other_id,
                              .subject_kind = "",
                              .own_oin = api->own_oin.digits,
                              .own_name = self != NULL ? self->name : "",
                              .peer_name = peer != NULL ? peer->name : "",
                              .peer_url = peer != NULL ? peer->url : "",
                              .text = text};
    if (leaf->receipt.len != 0 && receipt_parse(leaf->receipt, &receipt, &err) == RESULT_OK) {
        memcpy(words->other_id, ident_text(&receipt.promise.record_id).text, sizeof words->other_id);
    }
    put_words(r, &e, words);
    put_subject(x, r, &e, words);
    if (x->in_group == 0) {
        export_open(x->form, x->checkpoint.origin, &x->rows);
    }
    export_row(x->form, x->in_group == 0, &e, &x->rows);
}

/* ---- what proves it ---- */

static void put_base64(struct json_writer *w, const char *name, const uint8_t *bytes, size_t len)
{
    struct buf text;
    buf_init(&text, BASE64_MAX);
    base64_encode(slice_of(bytes, len), &text);
    json_put_slice(w, name, buf_slice(&text));
    buf_free(&text);
}

static void put_key(const struct exporting *x, struct json_writer *w, const uint8_t *leaf, struct seal_class class)
{
    uint8_t key[SEAL_KEY_SIZE];
    char hex[2 * SEAL_KEY_SIZE + 1];
    struct error err;
    if (seal_record_key(x->call.api->keyring, class, leaf + LOG_VISIBLE_BYTES, key, &err) == RESULT_OK) {
        hex_encode(slice_of(key, sizeof key), hex);
        json_put_text(w, "sleutel", hex);
    }
    mem_wipe(key, sizeof key);
    mem_wipe(hex, sizeof hex);
}

struct proving {
    struct exporting *x;
    const uint8_t *leaf;
    uint64_t sequence;
    struct json_writer w;
};

static void put_path(void *ctx, const struct merkle_proof *proof, const struct error *err)
{
    struct proving *p = ctx;
    struct sha256 hash;
    merkle_leaf_hash(slice_of(p->leaf, LOG_LEAF_BYTES), &hash);
    /* What does not prove it is not given out as proof of it. */
    p->x->proven =
        err == NULL && merkle_inclusion_holds(p->sequence, p->x->checkpoint.size, &hash, proof, &p->x->checkpoint.root);
    if (!p->x->proven) {
        if (err != NULL) {
            p->x->err = *err;
        } else {
            (void)error_set(&p->x->err, FAULT_STORE, "logboek", "regel %llu past niet bij het controlepunt",
                            (unsigned long long)p->sequence);
        }
        return;
    }
    json_begin_array(&p->w, "pad");
    for (size_t i = 0; i < proof->count; i++) {
        put_base64(&p->w, NULL, proof->hashes[i].bytes, SHA256_SIZE);
    }
    json_end_array(&p->w);
}

static bool put_proof(struct exporting *x, const struct store_leaf *leaf, struct seal_class class, const char *id)
{
    struct proving p = {x, leaf->leaf, leaf->sequence, json_writer(&x->evidence)};
    json_begin_object(&p.w, NULL);
    json_put_int(&p.w, "volgnummer", (int64_t)leaf->sequence);
    json_put_text(&p.w, "kenmerk", id);
    put_base64(&p.w, "blad", leaf->leaf, LOG_LEAF_BYTES);
    if (leaf->receipt.len == RECEIPT_BYTES) {
        char text[RECEIPT_TEXT + 1];
        receipt_write(leaf->receipt.ptr, text);
        json_put_slice(&p.w, "ontvangstbewijs", slice_of(text, RECEIPT_TEXT));
    }
    if (x->keys) {
        put_key(x, &p.w, leaf->leaf, class);
    }
    store_log_inclusion(x->call.api->door, leaf->sequence, x->checkpoint.size, put_path, &p);
    json_end_object(&p.w);
    buf_text(&x->evidence, "\n");
    return x->proven;
}

bool export_take(struct exporting *x, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                 struct slice text)
{
    struct words words = {.subject = ""};
    struct ident id;
    log_record_id(&x->call.api->identity, leaf->sequence, &id);
    memcpy(words.id, ident_text(&id).text, sizeof words.id);
    const bool proven = !x->proofs || put_proof(x, leaf, record->class, words.id);
    if (proven) {
        put_row(x, leaf, seal, record, text, &words);
        x->in_group++;
        x->taken++;
    }
    mem_wipe(&words, sizeof words);
    return proven;
}

void export_end_group(struct exporting *x)
{
    if (x->in_group != 0) {
        export_close(x->form, &x->rows);
    }
    put_piece(x, EXPORT_ROWS, buf_slice(&x->rows));
    put_piece(x, EXPORT_PROOFS, buf_slice(&x->evidence));
    x->broken = x->broken || !buf_ok(&x->rows) || !buf_ok(&x->evidence) || !buf_ok(&x->ready);
    buf_clear(&x->rows);
    buf_clear(&x->evidence);
    x->in_group = 0;
}

/* ---- the beginning and the end ---- */

void export_begin(struct exporting *x)
{
    for (unsigned part = 0; part < EXPORT_PART_COUNT; part++) {
        sha256_begin(&x->files[part].digest);
    }
    put_piece(x, EXPORT_CHECKPOINT, buf_slice(&x->note));
    /* Files that may stay empty are there all the same. */
    buf_format(&x->ready, "%s 0\n", file_name(x, EXPORT_ROWS));
    if (x->proofs) {
        buf_format(&x->ready, "%s 0\n", file_name(x, EXPORT_PROOFS));
    }
    export_head(x->form, &x->rows);
}

static void put_witnesses(const struct exporting *x, struct json_writer *w)
{
    const struct api *api = x->call.api;
    json_begin_array(w, "getuigen");
    for (size_t i = 0; i < covenant_party_count(x->call.covenant); i++) {
        const struct party *party = covenant_party_at(x->call.covenant, i);
        if (party->witness && !oin_equal(&party->oin, &api->own_oin)) {
            json_begin_object(w, NULL);
            json_put_text(w, "oin", party->oin.digits);
            json_put_text(w, "naam", party->name);
            json_put_text(w, "sleutel", party->witness_key);
            json_end_object(w);
        }
    }
    json_end_array(w);
    json_put_int(w, "nodig", (int64_t)checkpoints_needed(api));
}

static void put_files(struct exporting *x, struct json_writer *w)
{
    json_begin_array(w, "bestanden");
    for (unsigned part = 0; part < EXPORT_CONTENTS; part++) {
        struct sha256 digest;
        char hex[2 * SHA256_SIZE + 1];
        sha256_end(&x->files[part].digest, &digest);
        hex_encode(slice_of(digest.bytes, SHA256_SIZE), hex);
        if (part == EXPORT_PROOFS && !x->proofs) {
            continue;
        }
        json_begin_object(w, NULL);
        json_put_text(w, "naam", file_name(x, (enum export_part)part));
        json_put_int(w, "bytes", (int64_t)x->files[part].bytes);
        json_put_text(w, "sha256", hex);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_contents(struct exporting *x, struct buf *out)
{
    const struct api *api = x->call.api;
    struct ident id;
    struct json_writer w = json_writer(out);
    log_record_id(&api->identity, x->record.index, &id);
    json_begin_object(&w, NULL);
    json_put_text(&w, "vorm", export_form_word(x->form));
    json_put_text(&w, "gemaakt", moment_text(clock_now(api->clock)).text);
    json_put_text(&w, "uitvoer", ident_text(&id).text);
    json_put_text(&w, "oorsprong", x->checkpoint.origin);
    json_put_text(&w, "sleutel", log_key_text(&api->identity.checkpoints).text);
    put_witnesses(x, &w);
    export_put_filters(x, &w);
    json_put_int(&w, "controlepunt", (int64_t)x->checkpoint.size);
    json_put_int(&w, "totOmvang", (int64_t)x->size);
    json_put_int(&w, "omvang", (int64_t)x->log_size);
    json_put_int(&w, "nietInControlepunt", (int64_t)(x->log_size - x->checkpoint.size));
    json_put_int(&w, "aantal", (int64_t)x->taken);
    json_put_bool(&w, "bewijs", x->proofs);
    json_put_bool(&w, "sleutels", x->keys);
    json_put_bool(&w, "redenBewezen", false);
    put_files(x, &w);
    json_end_object(&w);
    buf_text(out, "\n");
}

/* The log's own word, in the form of a signed note, that this is what it gave. */
static bool sign_contents(const struct exporting *x, struct slice contents, struct buf *out)
{
    struct sha256 digest;
    char hex[2 * SHA256_SIZE + 1];
    struct buf text;
    struct error err;
    buf_init(&text, NOTE_BYTES_MAX);
    sha256_of(contents, &digest);
    hex_encode(slice_of(digest.bytes, SHA256_SIZE), hex);
    buf_format(&text, "ketenbrug/uitvoer/v1\n%s\n%s\n", x->checkpoint.origin, hex);
    buf_slice_in(out, buf_slice(&text));
    buf_text(out, "\n");
    const bool done = note_sign(&x->call.api->identity.checkpoints, buf_slice(&text), 0, out, &err) == RESULT_OK;
    buf_free(&text);
    return done && buf_ok(out);
}

void export_finish(struct exporting *x)
{
    struct buf contents;
    struct buf signature;
    buf_init(&contents, EXPORT_GROUP_MAX);
    buf_init(&signature, NOTE_BYTES_MAX);
    write_contents(x, &contents);
    if (buf_ok(&contents) && sign_contents(x, buf_slice(&contents), &signature)) {
        put_piece(x, EXPORT_CONTENTS, buf_slice(&contents));
        put_piece(x, EXPORT_SIGNATURE, buf_slice(&signature));
    } else {
        x->broken = true;
    }
    buf_free(&contents);
    buf_free(&signature);
    x->ended = true;
}
