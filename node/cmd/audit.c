/* `ketenbrug audit list | verify`: read the log, and recompute its tree. */
#include <stdio.h>
#include <string.h>

#include "audit/record.h"
#include "base/mem.h"
#include "base/merkle.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { LIST_STANDARD = 20, LIST_MAX = 200, VERIFY_PAGE = 500, CELL_MAX = 256, PSEUDONYM_SHOWN = 8 };

struct head {
    uint64_t size;
    char root[2 * SHA256_SIZE + 1];
};

static enum result get_head(struct desk *desk, struct head *out, struct error *err)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    TRY(desk_call(desk, "GET", "/v1/logboek/stand", NULL, &answer, err));
    out->size = (uint64_t)json_int(json_member(answer, "omvang"));
    ENSURE(slice_copy_text(json_text_of(answer, "wortel"), out->root, sizeof out->root), err, FAULT_STORE, "logboek",
           "onleesbare stand");
    return RESULT_OK;
}

/* ---- list ---- */

struct column {
    const char *name;  /* in the answer */
    const char *title; /* on screen */
    int width;
    int shown; /* characters of an identifier that are enough in a table; 0: all */
};

static const struct column columns[] = {
    {"tijd", "tijd", 22, 0},           {"verzoek", "verzoek", 10, 8},
    {"handeling", "handeling", 23, 0}, {"ketenpartnerNaam", "ketenpartner", 31, 0},
    {"doel", "doel", 16, 0},           {"uitkomst", "uitkomst", 29, 0},
    {"gebruiker", "gebruiker", 14, 0}, {"bsn", "bsn", 0, 0},
};

static void print_titles(void)
{
    (void)printf("  regel  ");
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        table_cell(stdout, columns[i].title, columns[i].width);
    }
    (void)printf("\n");
}

static void print_row(const struct json *row)
{
    (void)printf("%7lld  ", (long long)json_int(json_member(row, "volgnummer")));
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        char text[CELL_MAX];
        (void)slice_copy_text(json_text_of(row, columns[i].name), text, sizeof text);
        if (strcmp(columns[i].name, "uitkomst") == 0 && !json_bool(json_member(row, "leesbaar"))) {
            (void)slice_copy_text(json_text_of(row, "gesloten"), text, sizeof text);
        }
        /* A partner's user is a pseudonym of 32 digits: its start is enough in a table. */
        const int shown = strlen(text) == IDENT_TEXT_SIZE - 1 ? PSEUDONYM_SHOWN : columns[i].shown;
        if (shown != 0 && strlen(text) > (size_t)shown) {
            text[shown] = '\0';
        }
        table_cell(stdout, text, columns[i].width);
    }
    (void)printf("\n");
}

static enum result list(struct desk *desk, const struct args *args, struct error *err)
{
    long long from = 0;
    long long count = 0;
    struct head head;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    char path[96];
    TRY(args_number(args, "aantal", 1, LIST_MAX, LIST_STANDARD, &count, err));
    TRY(get_head(desk, &head, err));
    const long long last = (long long)head.size > count ? (long long)head.size - count : 0;
    TRY(args_number(args, "vanaf", 0, INT64_MAX, last, &from, err));
    (void)snprintf(path, sizeof path, "/v1/logboek?vanaf=%lld&aantal=%lld", from, count);
    TRY(desk_call(desk, "GET", path, NULL, &answer, err));
    if (args_flag(args, "json")) {
        desk_print_raw(desk);
        return RESULT_OK;
    }
    print_titles();
    for (const struct json *row = json_first(json_member(answer, "regels")); row != NULL; row = json_next(row)) {
        print_row(row);
    }
    return RESULT_OK;
}

/* ---- verify ---- */

struct verification {
    struct merkle_frontier tree;
    uint64_t damaged;    /* records whose sealed part does not belong to the visible one */
    uint64_t unreadable; /* key destroyed: their readable life ended */
    uint64_t lost;       /* key gone, and the log does not say that it was destroyed */
    int64_t first_wrong; /* -1: none */
    int64_t first_lost;
};

static void count_seal(struct slice seal, struct verification *v)
{
    if (slice_is(seal, "sleutel-vernietigd")) {
        v->unreadable++;
    } else if (slice_is(seal, "sleutel-ontbreekt")) {
        v->first_lost = v->lost++ == 0 ? (int64_t)v->tree.size : v->first_lost;
    } else if (!slice_is(seal, "heel")) {
        v->first_wrong = v->damaged++ == 0 ? (int64_t)v->tree.size : v->first_wrong;
    }
}

static enum result verify_leaf(const struct json *leaf, struct verification *v, struct error *err)
{
    struct buf bytes;
    struct sha256 hash;
    buf_init(&bytes, LOG_LEAF_BYTES);
    const bool decoded = base64_decode(json_text_of(leaf, "blad"), &bytes) && buf_ok(&bytes);
    const bool next = json_int(json_member(leaf, "volgnummer")) == (int64_t)v->tree.size;
    merkle_leaf_hash(buf_slice(&bytes), &hash);
    buf_free(&bytes);
    ENSURE(decoded && next, err, FAULT_STORE, "logboek", "na regel %llu ontbreekt een regel of is er een onleesbaar",
           (unsigned long long)v->tree.size);
    count_seal(json_text_of(leaf, "gesloten"), v);
    merkle_append(&v->tree, &hash);
    return RESULT_OK;
}

static enum result verify_page(struct desk *desk, uint64_t end, struct verification *v, struct error *err)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    char path[96];
    const uint64_t left = end - v->tree.size;
    (void)snprintf(path, sizeof path, "/v1/logboek/bladeren?vanaf=%llu&aantal=%llu", (unsigned long long)v->tree.size,
                   (unsigned long long)(left < VERIFY_PAGE ? left : VERIFY_PAGE));
    TRY(desk_call(desk, "GET", path, NULL, &answer, err));
    const uint64_t before = v->tree.size;
    for (const struct json *leaf = json_first(json_member(answer, "bladeren")); leaf != NULL; leaf = json_next(leaf)) {
        TRY(verify_leaf(leaf, v, err));
    }
    ENSURE(v->tree.size > before, err, FAULT_STORE, "logboek", "regel %llu ontbreekt", (unsigned long long)before);
    return RESULT_OK;
}

static enum result verify(struct desk *desk, const struct args *args, struct error *err)
{
    struct head head;
    struct verification v = {.first_wrong = -1, .first_lost = -1};
    struct sha256 root;
    char hex[2 * SHA256_SIZE + 1];
    TRY(get_head(desk, &head, err));
    merkle_init(&v.tree);
    while (v.tree.size < head.size) {
        TRY(verify_page(desk, head.size, &v, err));
    }
    merkle_root(&v.tree, &root);
    hex_encode(slice_of(root.bytes, SHA256_SIZE), hex);
    const bool same = strcmp(hex, head.root) == 0;
    if (args_flag(args, "json")) {
        (void)printf(
            "{\"regels\":%llu,\"wortel\":\"%s\",\"boomKlopt\":%s,\"beschadigd\":%llu,\"sleutelVernietigd\":%llu,"
            "\"sleutelOntbreekt\":%llu}\n",
            (unsigned long long)v.tree.size, hex, same ? "true" : "false", (unsigned long long)v.damaged,
            (unsigned long long)v.unreadable, (unsigned long long)v.lost);
    }
    ENSURE(v.first_wrong < 0, err, FAULT_STORE, "logboek",
           "regel %lld is veranderd: zichtbaar en gesloten deel horen niet bij elkaar", (long long)v.first_wrong);
    ENSURE(same, err, FAULT_STORE, "logboek",
           "de wortel over %llu regels is een andere dan de vastgelegde: het logboek is herschreven",
           (unsigned long long)v.tree.size);
    ENSURE(
        v.lost == 0, err, FAULT_STORE, "logboek",
        "de boom klopt, maar van %llu regels, vanaf regel %lld, is de sleutel weg zonder dat het logboek zegt dat hij "
        "vernietigd is",
        (unsigned long long)v.lost, (long long)v.first_lost);
    if (!args_flag(args, "json")) {
        (void)printf("Het logboek klopt: %llu regels, wortel %s\n", (unsigned long long)v.tree.size, hex);
        if (v.unreadable != 0) {
            (void)printf(
                "Van %llu regels is de bewaartermijn om: hun inhoud is vernietigd, hun plaats in de boom klopt.\n",
                (unsigned long long)v.unreadable);
        }
    }
    return RESULT_OK;
}

static int run_with(const struct args *args,
                    enum result (*work)(struct desk *desk, const struct args *args, struct error *err))
{
    struct error err;
    struct desk *desk = NULL;
    enum result result = desk_open(args, &desk, &err);
    if (result == RESULT_OK) {
        result = work(desk, args, &err);
    }
    desk_close(desk);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static int run_list(const struct args *args)
{
    return run_with(args, list);
}

static int run_verify(const struct args *args)
{
    return run_with(args, verify);
}

static const struct option_row list_options[] = {
    {"vanaf", "NUMMER", false, "eerste regel; zonder deze optie de laatste regels"},
    {"aantal", "AANTAL", false, "1 tot en met 200 (20)"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row verify_options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_audit_list = {
    .name = "audit list",
    .summary = "toont regels van het logboek (privacybeheerder, FG); deze inzage wordt zelf vastgelegd",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug audit list --aantal 50",
    .run = run_list,
};

const struct command command_audit_verify = {
    .name = "audit verify",
    .summary = "rekent de boom over het hele logboek na en noemt de eerste regel die niet klopt",
    .options = verify_options,
    .option_count = COUNT_OF(verify_options),
    .example = "ketenbrug audit verify",
    .run = run_verify,
};
