/* `ketenbrug covenant diff`: two covenants in terms of who gains or loses what. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/covenant_file.h"
#include "cmd/covenant_words.h"
#include "policy/diff.h"

struct told {
    struct pen pen;
    struct json_writer json;
    size_t access, facts;
    struct buf line;
    bool cut;
};

static void put_roles(const struct diff_change *change, struct buf *out)
{
    if (change->whole_organisation) {
        buf_text(out, "de hele organisatie");
    }
    for (size_t i = 0; i < change->role_count; i++) {
        buf_format(out, "%s%s", i == 0 ? "" : ", ", change->roles[i]);
    }
}

/* On which terms, one line for each way; without the rule's id, which may differ where nothing does. */
static void put_ways(const struct matrix_row *const *rows, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        buf_text(out, i == 0 ? "" : "\nof: ");
        matrix_conditions(rows[i], "; ", out);
        buf_text(out, ". Toestemming: ");
        words_consent(rows[i], out);
        buf_format(out, ". Grond: %s / %s%s%s. Verplichting: %s. Regel %s",
                   rows[i]->ask != NULL ? rows[i]->ask->code : "", rows[i]->give != NULL ? rows[i]->give->code : "",
                   rows[i]->lift != NULL ? " / " : "", rows[i]->lift != NULL ? rows[i]->lift->code : "",
                   obligation_word(rows[i]->obligation), rows[i]->rule);
        buf_text(out, rows[i]->shielded ? ". Ook afgeschermde gegevens" : "");
    }
}

static void show_change(void *ctx, const struct diff_change *change)
{
    static const char *const columns[] = {"Wie van wie", "Wat", "Waarover", "Was", "Wordt"};
    static const char *const signs[] = {
        [DIFF_GAINED] = "ERBIJ",      [DIFF_LOST] = "ERAF",    [DIFF_WIDER] = "RUIMER",
        [DIFF_NARROWER] = "STRENGER", [DIFF_OTHER] = "ANDERS",
    };
    struct told *t = ctx;
    struct buf cells[COUNT_OF(columns)];
    const char *texts[COUNT_OF(columns)];
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        buf_init(&cells[i], SHOW_TEXT_MAX);
    }
    if (t->access++ == 0) {
        pen_table(&t->pen, "Wie krijgt iets erbij, raakt iets kwijt, of krijgt het op andere voorwaarden", columns,
                  COUNT_OF(columns));
    }
    buf_format(&cells[0], "%s, doel %s: %s (", signs[change->kind], change->purpose, change->asker);
    put_roles(change, &cells[0]);
    buf_format(&cells[0], ") van %s", change->giver);
    words_categories(change->categories, &cells[1]);
    buf_text(&cells[1], change->categories == 0 ? "het crisisnummer" : "");
    words_domains(change->domains, &cells[2]);
    put_ways(change->before, change->before_count, &cells[3]);
    put_ways(change->after, change->after_count, &cells[4]);
    buf_text(&cells[3], change->before_count == 0 ? "niets" : "");
    buf_text(&cells[4], change->after_count == 0 ? "niets" : "");
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        texts[i] = words_end(&cells[i]);
    }
    t->pen.columns = columns;
    t->pen.column_count = COUNT_OF(columns);
    pen_row(&t->pen, texts);
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        buf_free(&cells[i]);
    }
}

static void show_fact(void *ctx, const struct diff_fact *fact)
{
    struct told *t = ctx;
    if (t->facts++ == 0) {
        pen_heading(&t->pen, 2, "Wat er verder verandert");
        pen_list_begin(&t->pen);
    }
    buf_format(&t->line, "%s%s%s", fact->section, fact->code[0] != '\0' ? " " : "", fact->code);
    if (fact->field[0] == '\0') {
        buf_format(&t->line, "%s: %s%s", fact->before[0] == '\0' ? " komt erbij" : " vervalt", fact->before,
                   fact->after);
    } else {
        buf_format(&t->line, ", %s: was %s, wordt %s", fact->field, fact->before[0] != '\0' ? fact->before : "niets",
                   fact->after[0] != '\0' ? fact->after : "niets");
    }
    pen_list_item(&t->pen, words_end(&t->line));
}

/* ---- JSON: out as it comes, so that what is held is one change ---- */

static void print_piece(struct told *t)
{
    (void)fwrite(t->json.out->ptr, 1, t->json.out->len, stdout);
    t->cut = t->cut || !buf_ok(t->json.out);
    buf_clear(t->json.out);
}

static void put_rows(struct told *t, const char *name, const struct matrix_row *const *rows, size_t count)
{
    json_begin_array(&t->json, name);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&t->json, NULL);
        json_put_text(&t->json, "regel", rows[i]->rule);
        matrix_conditions(rows[i], "; ", &t->line);
        json_put_text(&t->json, "voorwaarden", words_end(&t->line));
        if (rows[i]->consent != MATRIX_NO_CONSENT) {
            json_put_text(&t->json, "toestemming", consent_kind_word((enum consent_kind)rows[i]->consent));
        }
        json_put_text(&t->json, "grondslagVragen", rows[i]->ask != NULL ? rows[i]->ask->code : "");
        json_put_text(&t->json, "grondslagGeven", rows[i]->give != NULL ? rows[i]->give->code : "");
        if (rows[i]->lift != NULL) {
            json_put_text(&t->json, "opheffingGeheimhouding", rows[i]->lift->code);
        }
        json_put_bool(&t->json, "afgeschermd", rows[i]->shielded);
        json_put_text(&t->json, "verplichting", obligation_word(rows[i]->obligation));
        json_end_object(&t->json);
    }
    json_end_array(&t->json);
}

static void json_change(void *ctx, const struct diff_change *change)
{
    struct told *t = ctx;
    t->access++;
    json_begin_object(&t->json, NULL);
    json_put_text(&t->json, "verschil", diff_word(change->kind));
    json_put_text(&t->json, "doel", change->purpose);
    json_put_text(&t->json, "vrager", change->asker);
    json_put_bool(&t->json, "heleOrganisatie", change->whole_organisation);
    json_begin_array(&t->json, "rollen");
    for (size_t i = 0; i < change->role_count; i++) {
        json_put_text(&t->json, NULL, change->roles[i]);
    }
    json_end_array(&t->json);
    json_put_text(&t->json, "gever", change->giver);
    json_begin_array(&t->json, "leefgebieden");
    for (unsigned i = 0; i < LIFE_DOMAIN_COUNT; i++) {
        if ((change->domains >> i & 1U) != 0) {
            json_put_text(&t->json, NULL, life_domain_word((enum life_domain)i));
        }
    }
    json_end_array(&t->json);
    json_begin_array(&t->json, "categorieen");
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((change->categories >> i & 1U) != 0) {
            json_put_text(&t->json, NULL, category_word((enum category)i));
        }
    }
    json_end_array(&t->json);
    put_rows(t, "voor", change->before, change->before_count);
    put_rows(t, "na", change->after, change->after_count);
    json_end_object(&t->json);
    print_piece(t);
}

static void json_fact(void *ctx, const struct diff_fact *fact)
{
    struct told *t = ctx;
    t->facts++;
    json_begin_object(&t->json, NULL);
    json_put_text(&t->json, "lijst", fact->section);
    json_put_text(&t->json, "code", fact->code);
    json_put_text(&t->json, "veld", fact->field);
    json_put_text(&t->json, "voor", fact->before);
    json_put_text(&t->json, "na", fact->after);
    json_end_object(&t->json);
    print_piece(t);
}

/* ---- the command ---- */

static enum result print_text(const struct covenant *old, const struct covenant *new, struct error *err)
{
    struct told t = {.pen = {.out = stdout}};
    buf_init(&t.line, SHOW_TEXT_MAX);
    buf_format(&t.line, "Van %s versie %s naar %s versie %s", covenant_name(old), covenant_version(old),
               covenant_name(new), covenant_version(new));
    pen_begin(&t.pen, words_end(&t.line));
    const enum result result = diff_access(old, new, show_change, &t, err);
    if (result == RESULT_OK) {
        if (t.access == 0) {
            pen_text(&t.pen, "Niemand krijgt iets erbij, en niemand raakt iets kwijt.");
        }
        diff_facts(old, new, show_fact, &t);
        if (t.facts == 0) {
            pen_text(&t.pen, "Verder verandert er niets.");
        }
    }
    buf_free(&t.line);
    return result;
}

static enum result print_json(const struct covenant *old, const struct covenant *new, struct error *err)
{
    struct buf out;
    struct told t = {0};
    buf_init(&out, DIFF_JSON_MAX);
    buf_init(&t.line, SHOW_TEXT_MAX);
    t.json = json_writer(&out);
    json_begin_object(&t.json, NULL);
    json_put_text(&t.json, "oud", covenant_hash(old));
    json_put_text(&t.json, "nieuw", covenant_hash(new));
    json_begin_array(&t.json, "toegang");
    enum result result = diff_access(old, new, json_change, &t, err);
    json_end_array(&t.json);
    json_begin_array(&t.json, "feiten");
    diff_facts(old, new, json_fact, &t);
    json_end_array(&t.json);
    json_put_bool(&t.json, "gelijk", t.access + t.facts == 0);
    json_end_object(&t.json);
    print_piece(&t);
    (void)printf("\n");
    if (result == RESULT_OK && t.cut) {
        result = error_set(err, FAULT_NO_MEMORY, "verschil", "geen geheugen");
    }
    buf_free(&out);
    buf_free(&t.line);
    return result;
}

static int run(const struct args *args)
{
    struct covenant_file old = {0};
    struct covenant_file new = {0};
    struct error err;
    if (args->free_count != 2) {
        (void)error_set(&err, FAULT_USAGE, "OUD NIEUW", "hier horen twee bestanden: het oude en het nieuwe convenant");
        return command_fail(&err);
    }
    enum result result = covenant_file_read(args->free_words[0], &old, &err);
    if (result == RESULT_OK) {
        result = covenant_file_read(args->free_words[1], &new, &err);
    }
    if (result == RESULT_OK) {
        result = args_flag(args, "json") ? print_json(old.covenant, new.covenant, &err)
                                         : print_text(old.covenant, new.covenant, &err);
    }
    covenant_file_free(&old);
    covenant_file_free(&new);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {OPTION_JSON};

const struct command command_covenant_diff = {
    .name = "covenant diff",
    .summary = "vergelijkt twee convenanten: wie krijgt iets erbij, wie raakt iets kwijt",
    .free_words = "OUD NIEUW",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug covenant diff convenant.json ontwerp.json",
    .run = run,
};
