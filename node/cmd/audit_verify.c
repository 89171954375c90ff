/*
 * `ketenbrug audit verify`: the own log, recomputed from its leaves with nothing but the covenant's public keys; with
 * --ketenpartner a partner's log, held against what this node has of it.
 */
#include <stdio.h>
#include <string.h>

#include "api/witness.h"
#include "audit/verify.h"
#include "base/bytes.h"
#include "base/date.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/files.h"
#include "cmd/node.h"

enum { ENTRY_HEAD = 3, PENDING_MAX = 65536 };

/* ---- a partner's ---- */

static void print_check(const struct json *answer, const void *ctx)
{
    (void)ctx;
    const bool fine = json_bool(json_member(answer, "klopt"));
    (void)printf("%s: %s\n", json_cstr(json_member(answer, "naam")),
                 fine ? "het logboek klopt met wat hier ligt" : "HET LOGBOEK KLOPT NIET");
    (void)printf("  controlepunt          %s, %lld regels, medeondertekend door %lld getuigen (nodig %lld)\n",
                 json_cstr(json_member(answer, "oorsprong")), (long long)json_int(json_member(answer, "omvang")),
                 (long long)json_int(json_member(answer, "medeondertekend")),
                 (long long)json_int(json_member(answer, "nodig")));
    (void)printf("  volgt uit het vorige  %s\n", json_cstr(json_member(answer, "samenhang")));
    (void)printf("  ontvangstbewijzen     %lld gecontroleerd, %lld bewezen\n",
                 (long long)json_int(json_member(answer, "ontvangstbewijzen")),
                 (long long)json_int(json_member(answer, "bewezen")));
    for (const struct json *f = json_first(json_member(answer, "bevindingen")); f != NULL; f = json_next(f)) {
        const struct json *sequence = json_member(f, "regel");
        if (sequence != NULL) {
            (void)printf("  - bij onze regel %lld: %s\n", (long long)json_int(sequence),
                         json_cstr(json_member(f, "bevinding")));
        } else {
            (void)printf("  - %s\n", json_cstr(json_member(f, "bevinding")));
        }
    }
}

static enum result check_partner(struct desk *desk, const struct args *args, struct error *err)
{
    struct buf body;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    long long count = 0;
    TRY(args_number(args, "aantal", 1, LOG_CHECK_MAX, LOG_CHECK_STANDARD, &count, err));
    buf_init(&body, 256);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "ketenpartner", args_value(args, "ketenpartner"));
    json_put_int(&w, "aantal", count);
    json_end_object(&w);
    const enum result asked = desk_call(desk, "POST", "/v1/logboek/controles", &body, &answer, err);
    buf_free(&body);
    TRY(asked);
    if (args_flag(args, "json")) {
        desk_print_raw(desk);
    } else {
        print_check(answer, NULL);
    }
    ENSURE(json_bool(json_member(answer, "klopt")), err, FAULT_STORE, "logboek van de partner",
           "wat hier ligt en wat de partner toont, is niet hetzelfde");
    return RESULT_OK;
}

/* ---- the own ---- */

struct verification {
    struct log_verifier verifier;
    struct api_covenant held;
    struct buf pending; /* of an entry that came in part */
    uint64_t size;
    char root[2 * SHA256_SIZE + 1];
    /* the newest checkpoint */
    bool promised;
    struct checkpoint checkpoint;
    size_t cosignatures, witnesses;
    int64_t youngest_ms;
};

static const struct note_key *key_of(void *ctx, const struct oin *oin, const char **origin)
{
    struct verification *v = ctx;
    struct error err;
    const struct party_keys *keys = NULL;
    const struct party *party = covenant_party(v->held.covenant, oin);
    if (party == NULL || party_keys(&v->held, party, &keys, &err) != RESULT_OK) {
        return NULL;
    }
    *origin = party->log_origin;
    return &keys->log;
}

static bool take(void *ctx, struct slice piece)
{
    struct verification *v = ctx;
    buf_slice_in(&v->pending, piece);
    size_t at = 0;
    while (v->pending.len - at >= ENTRY_HEAD) {
        const uint8_t *entry = v->pending.ptr + at;
        const size_t receipt = bytes_get_u16(entry + 1);
        if (v->pending.len - at < ENTRY_HEAD + LOG_LEAF_BYTES + receipt) {
            break;
        }
        log_verify_leaf(&v->verifier, (enum log_seal)entry[0], entry + ENTRY_HEAD,
                        slice_of(entry + ENTRY_HEAD + LOG_LEAF_BYTES, receipt));
        at += ENTRY_HEAD + LOG_LEAF_BYTES + receipt;
    }
    buf_consume(&v->pending, at);
    return buf_ok(&v->pending);
}

static void count_witnesses(struct verification *v, const struct note *note, const struct party *self)
{
    const struct covenant *covenant = v->held.covenant;
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        const struct party_keys *keys = NULL;
        struct error err;
        uint64_t when = 0;
        if (!party->witness || party == self) {
            continue;
        }
        v->witnesses++;
        if (party_keys(&v->held, party, &keys, &err) == RESULT_OK &&
            note_verdict(note, &keys->witness, &when) == NOTE_HOLDS) {
            v->cosignatures++;
            v->youngest_ms = (int64_t)when * 1000 > v->youngest_ms ? (int64_t)when * 1000 : v->youngest_ms;
        }
    }
}

/* What was promised to others must be what stands here. */
static enum result read_checkpoint(struct desk *desk, struct verification *v, struct error *err)
{
    struct slice text;
    struct note note;
    struct error none;
    uint32_t generation = 0;
    if (desk_text(desk, "/v1/logboek/controlepunt", &text, &none) != RESULT_OK) {
        return RESULT_OK; /* none yet */
    }
    TRY(note_parse(text, &note, err));
    const struct party *self = witness_whose(&v->held, &note, &v->checkpoint, &generation);
    ENSURE(self != NULL, err, FAULT_STORE, "controlepunt",
           "het laatste controlepunt is niet ondertekend met de sleutel die het convenant noemt");
    count_witnesses(v, &note, self);
    v->promised = true;
    v->verifier.promised_size = v->checkpoint.size;
    v->verifier.promised_root = v->checkpoint.root;
    v->verifier.promised_holds = false;
    return RESULT_OK;
}

static enum result read_head(struct desk *desk, struct verification *v, struct error *err)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    TRY(desk_call(desk, "GET", "/v1/logboek/stand", NULL, &answer, err));
    v->size = (uint64_t)json_int(json_member(answer, "omvang"));
    ENSURE(slice_copy_text(json_text_of(answer, "wortel"), v->root, sizeof v->root), err, FAULT_STORE, "logboek",
           "onleesbare stand");
    return RESULT_OK;
}

static void print_json(const struct verification *v, const char *hex, bool same)
{
    (void)printf("{\"regels\":%llu,\"wortel\":\"%s\",\"boomKlopt\":%s,\"beschadigd\":%llu,\"sleutelVernietigd\":%llu,"
                 "\"sleutelOntbreekt\":%llu,"
                 "\"ontvangstbewijzen\":%llu,\"controlepunt\":%llu,\"controlepuntKlopt\":%s,\"medeondertekend\":%zu,"
                 "\"getuigen\":%zu}\n",
                 (unsigned long long)v->verifier.tree.size, hex, same ? "true" : "false",
                 (unsigned long long)v->verifier.damaged, (unsigned long long)v->verifier.destroyed,
                 (unsigned long long)v->verifier.lost, (unsigned long long)v->verifier.receipts,
                 (unsigned long long)(v->promised ? v->checkpoint.size : 0),
                 v->promised && v->verifier.promised_holds ? "true" : "false", v->cosignatures, v->witnesses);
}

static void print_text(const struct verification *v, const char *hex)
{
    (void)printf("Het logboek klopt: %llu regels, wortel %s\n", (unsigned long long)v->verifier.tree.size, hex);
    (void)printf("%llu ontvangstbewijzen van ketenpartners kloppen.\n", (unsigned long long)v->verifier.receipts);
    if (v->verifier.foreign != 0) {
        (void)printf("%llu ontvangstbewijzen zijn van partijen die dit convenant niet kent: niet nagegaan.\n",
                     (unsigned long long)v->verifier.foreign);
    }
    if (v->promised) {
        (void)printf("Controlepunt tot en met regel %llu, medeondertekend door %zu van %zu getuigen%s%s.\n",
                     (unsigned long long)v->checkpoint.size, v->cosignatures, v->witnesses,
                     v->cosignatures != 0 ? ", het laatst op " : "",
                     v->cosignatures != 0 ? moment_text(v->youngest_ms).text : "");
    } else {
        (void)printf("Er is nog geen controlepunt: getuigen hebben dit logboek nog niet gezien.\n");
    }
    if (v->verifier.destroyed != 0) {
        (void)printf("Van %llu regels is de bewaartermijn om: hun inhoud is vernietigd, hun plaats in de boom klopt.\n",
                     (unsigned long long)v->verifier.destroyed);
    }
}

static enum result judge(const struct verification *v, bool same, struct error *err)
{
    const struct log_verifier *r = &v->verifier;
    ENSURE(r->first_wrong < 0, err, FAULT_STORE, "logboek", "regel %lld %s", (long long)r->first_wrong, r->why);
    ENSURE(r->tree.size == v->size, err, FAULT_STORE, "logboek", "regel %llu ontbreekt",
           (unsigned long long)r->tree.size);
    ENSURE(same, err, FAULT_STORE, "logboek",
           "de wortel over %llu regels is een andere dan de vastgelegde: het logboek is herschreven",
           (unsigned long long)r->tree.size);
    ENSURE(!v->promised || r->promised_holds, err, FAULT_STORE, "controlepunt",
           "getuigen zagen over de eerste %llu regels een andere wortel: het logboek is herschreven",
           (unsigned long long)v->checkpoint.size);
    ENSURE(
        r->lost == 0, err, FAULT_STORE, "logboek",
        "de boom klopt, maar van %llu regels, vanaf regel %lld, is de sleutel weg zonder dat het logboek zegt dat hij "
        "vernietigd is",
        (unsigned long long)r->lost, (long long)r->first_lost);
    return RESULT_OK;
}

static enum result verify_with(struct desk *desk, struct verification *v, bool json, struct error *err)
{
    char path[64];
    char hex[2 * SHA256_SIZE + 1];
    struct sha256 root;
    const struct log_keys keys = {key_of, v};
    log_verify_begin(&v->verifier, &keys);
    TRY(read_head(desk, v, err));
    TRY(read_checkpoint(desk, v, err));
    (void)snprintf(path, sizeof path, "/v1/logboek/stroom?tot=%llu", (unsigned long long)v->size);
    TRY(desk_stream(desk, "GET", path, NULL, take, v, err));
    merkle_root(&v->verifier.tree, &root);
    hex_encode(slice_of(root.bytes, SHA256_SIZE), hex);
    const bool same = strcmp(hex, v->root) == 0;
    if (json) {
        print_json(v, hex, same);
    }
    TRY(judge(v, same, err));
    if (!json) {
        print_text(v, hex);
    }
    return RESULT_OK;
}

static enum result verify_own(struct desk *desk, const struct args *args, struct error *err)
{
    struct verification *v = mem_zalloc(sizeof *v);
    struct fault_list faults = {0};
    struct covenant *covenant = NULL;
    ENSURE(v != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    enum result result = node_read_covenant(desk_config(desk), &covenant, &faults);
    if (result == RESULT_OK) {
        v->held.covenant = covenant;
        buf_init(&v->pending, PENDING_MAX);
        result = verify_with(desk, v, args_flag(args, "json"), err);
        buf_free(&v->pending);
        party_keys_drop(&v->held);
        covenant_free(covenant);
    } else {
        *err = faults.items[0];
    }
    mem_free(v);
    return result;
}

static enum result verify(struct desk *desk, const struct args *args, struct error *err)
{
    return args_value(args, "ketenpartner") != NULL ? check_partner(desk, args, err) : verify_own(desk, args, err);
}

static int run(const struct args *args)
{
    return desk_session(args, verify);
}

static const struct option_row options[] = {
    {"ketenpartner", "OIN", false, "het logboek van deze partner, naast wat hier van hem ligt"},
    {"aantal", "AANTAL", false, "zoveel van zijn nieuwste ontvangstbewijzen (100)"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_verify = {
    .name = "audit verify",
    .summary = "rekent het hele logboek na, of dat van een partner, en noemt de eerste regel die niet klopt",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit verify --ketenpartner 00000099000000005000",
    .run = run,
};
