/* One purpose of a covenant for people: who may get what from whom as a grid, on which terms as a table, and what never
 * comes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/covenant_words.h"

/* Rows of one rule that differ in the kinds alone. */
struct shown {
    struct matrix_row row;
    uint32_t askers;
    uint32_t givers;
};

struct chapter {
    const struct covenant_file *file;
    size_t purpose;
    const struct date *day;
    struct shown *rows; /* sorted by rule */
    size_t count;
    bool failed;
    uint32_t released; /* by any of them */
};

static uint32_t bit(size_t kind)
{
    return (uint32_t)1 << kind;
}

/* ---- the rows ---- */

static void keep(void *ctx, const struct matrix_row *row)
{
    struct chapter *c = ctx;
    struct shown *grown = mem_realloc(c->rows, (c->count + 1) * sizeof *c->rows);
    if (grown == NULL) {
        c->failed = true;
        return;
    }
    c->rows = grown;
    c->rows[c->count++] = (struct shown){*row, bit(row->asker), bit(row->giver)};
    c->released |= row->in_force ? row->categories : 0;
}

static int by_rule(const void *a, const void *b)
{
    const struct shown *left = a;
    const struct shown *right = b;
    const int rule = strcmp(left->row.rule, right->row.rule);
    const int asker = (int)left->row.asker - (int)right->row.asker;
    return rule != 0 ? rule : asker != 0 ? asker : (int)left->row.giver - (int)right->row.giver;
}

static bool same_terms(const struct shown *a, const struct shown *b)
{
    return strcmp(a->row.rule, b->row.rule) == 0 && a->row.roles == b->row.roles && a->row.domains == b->row.domains &&
           a->row.categories == b->row.categories;
}

/* Joins rows in which one side is the same: first those that give, then those that ask. */
static void join(struct chapter *c, bool givers)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct shown *found = NULL;
        for (size_t j = kept; j-- != 0 && found == NULL && strcmp(c->rows[j].row.rule, c->rows[i].row.rule) == 0;) {
            const bool side = givers ? c->rows[j].askers == c->rows[i].askers : c->rows[j].givers == c->rows[i].givers;
            found = side && same_terms(&c->rows[j], &c->rows[i]) ? &c->rows[j] : NULL;
        }
        if (found == NULL) {
            c->rows[kept++] = c->rows[i];
        } else {
            found->askers |= c->rows[i].askers;
            found->givers |= c->rows[i].givers;
        }
    }
    c->count = kept;
}

/* ---- grid ---- */

struct cell {
    uint32_t plain;   /* without consent */
    uint32_t consent; /* only with it */
    bool crisis;
};

static struct cell cell_of(const struct chapter *c, size_t asker, size_t giver)
{
    struct cell cell = {0};
    for (size_t i = 0; i < c->count; i++) {
        const struct shown *s = &c->rows[i];
        if ((s->askers & bit(asker)) == 0 || (s->givers & bit(giver)) == 0 || !s->row.in_force || s->row.feeds_set) {
            continue;
        }
        *(s->row.consent == MATRIX_NO_CONSENT ? &cell.plain : &cell.consent) |= s->row.categories;
        cell.crisis = cell.crisis || s->row.crisis;
    }
    cell.consent &= ~cell.plain;
    return cell;
}

static void words_cell(const struct cell *cell, bool html, struct buf *out)
{
    words_categories(cell->plain, out);
    if (cell->consent != 0) {
        buf_text(out, cell->plain != 0 ? "\n" : "");
        buf_text(out, "alleen met toestemming: ");
        words_categories(cell->consent, out);
    }
    if (cell->crisis) {
        buf_text(out, (cell->plain | cell->consent) != 0 ? "\n" : "");
        buf_text(out, "het crisisnummer");
    }
    if (out->len == 0 && html) {
        buf_text(out, "niets");
    }
}

/* The columns are the kinds that give anything at all for this purpose. */
static void show_grid(struct pen *pen, const struct chapter *c)
{
    const char *columns[COVENANT_KINDS_MAX + 1] = {"Wie vraagt"};
    size_t kinds[COVENANT_KINDS_MAX];
    struct buf texts[COVENANT_KINDS_MAX];
    uint32_t askers = 0;
    uint32_t givers = 0;
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++) {
        askers |= c->rows[i].row.in_force ? c->rows[i].askers : 0;
        givers |= c->rows[i].row.in_force ? c->rows[i].givers : 0;
    }
    for (size_t k = 0; k < matrix_kind_count(c->file->covenant); k++) {
        if ((givers & bit(k)) != 0) {
            buf_init(&texts[count], SHOW_TEXT_MAX);
            kinds[count++] = k;
            columns[count] = matrix_kind(c->file->covenant, k);
        }
    }
    pen_table(pen, "In het kort: wie krijgt wat van wie", columns, count + 1);
    for (size_t asker = 0; asker < matrix_kind_count(c->file->covenant); asker++) {
        const char *cells[COVENANT_KINDS_MAX + 1] = {matrix_kind(c->file->covenant, asker)};
        for (size_t i = 0; i < count; i++) {
            const struct cell cell = cell_of(c, asker, kinds[i]);
            words_cell(&cell, pen->html, &texts[i]);
            cells[i + 1] = words_end(&texts[i]);
        }
        if ((askers & bit(asker)) != 0) {
            pen_row(pen, cells);
        }
    }
    pen_table_end(pen);
    for (size_t i = 0; i < count; i++) {
        buf_free(&texts[i]);
    }
}

/* ---- terms ---- */

enum { CELL_WHO, CELL_WHAT, CELL_DOMAINS, CELL_WHEN, CELL_CONSENT, CELL_GROUNDS, CELL_AFTER, CELL_NOTE, CELL_COUNT };

static void words_what(const struct shown *s, struct buf *out)
{
    if (s->row.feeds_set) {
        buf_text(out,
                 s->row.signal ? "dat daar een zorgsignaal loopt (bestaan)" : "dat iemand daar bekend is (bestaan)");
        return;
    }
    words_categories(s->row.categories, out);
    if (s->row.crisis) {
        buf_text(out, s->row.categories != 0 ? ", " : "");
        buf_text(out, "het crisisnummer, of iemand nu bekend is of niet");
    }
}

static void words_terms(const struct chapter *c, const struct shown *s, struct buf cells[CELL_COUNT])
{
    const bool tells = s->row.categories != 0 && !s->row.feeds_set && !s->row.signal;
    buf_text(&cells[CELL_WHO], s->row.in_force ? "" : "STAAT UIT: ");
    words_kinds(c->file, s->askers, &cells[CELL_WHO]);
    if (s->row.feeds_set) {
        buf_text(&cells[CELL_WHO], " (de hele organisatie)");
    } else {
        buf_text(&cells[CELL_WHO], " (");
        words_roles(c->file, s->row.roles, &cells[CELL_WHO]);
        buf_text(&cells[CELL_WHO], ")");
    }
    buf_text(&cells[CELL_WHO], " krijgt van ");
    words_kinds(c->file, s->givers, &cells[CELL_WHO]);
    words_what(s, &cells[CELL_WHAT]);
    if (s->row.signal) {
        buf_text(&cells[CELL_DOMAINS], "een signaal gaat over geen leefgebied");
    } else {
        words_domains(s->row.domains, &cells[CELL_DOMAINS]);
    }
    matrix_conditions(&s->row, ";\n", &cells[CELL_WHEN]);
    if (tells) {
        buf_text(&cells[CELL_WHEN], ";\nhet bekend mag zijn dat iemand daar hulp krijgt (stap 1)");
    }
    if (s->row.shielded) {
        buf_text(&cells[CELL_WHEN],
                 "\nOOK AFGESCHERMDE GEGEVENS: dan alleen een centraal nummer, nooit een plaats of naam");
    }
    words_consent(&s->row, &cells[CELL_CONSENT]);
    words_grounds(c->file, &s->row, "geven", &cells[CELL_GROUNDS]);
    for (unsigned i = 0; i <= (unsigned)s->row.obligation && i < OBLIGATION_COUNT; i++) {
        buf_format(&cells[CELL_AFTER], "%s%s", i == 0 ? "" : "; ", words_obligation((enum obligation)i));
    }
    buf_format(&cells[CELL_NOTE], "%s\n(regel %s)", covenant_file_word(c->file, "regels", s->row.rule, "toelichting"),
               s->row.rule);
}

static bool any(const struct chapter *c, bool feeds_set)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->rows[i].row.feeds_set == feeds_set) {
            return true;
        }
    }
    return false;
}

static void show_terms(struct pen *pen, const struct chapter *c, bool feeds_set, const char *caption)
{
    static const char *const columns[CELL_COUNT] = {
        [CELL_WHO] = "Wie krijgt van wie", [CELL_WHAT] = "Wat",
        [CELL_DOMAINS] = "Waarover",       [CELL_WHEN] = "Alleen als",
        [CELL_CONSENT] = "Toestemming",    [CELL_GROUNDS] = "Wettelijke grond",
        [CELL_AFTER] = "Verplichting",     [CELL_NOTE] = "Uitleg",
    };
    struct buf cells[CELL_COUNT];
    if (!any(c, feeds_set)) {
        return;
    }
    for (size_t i = 0; i < CELL_COUNT; i++) {
        buf_init(&cells[i], SHOW_TEXT_MAX);
    }
    pen_table(pen, caption, columns, CELL_COUNT);
    for (size_t i = 0; i < c->count; i++) {
        const char *texts[CELL_COUNT];
        if (c->rows[i].row.feeds_set != feeds_set) {
            continue;
        }
        words_terms(c, &c->rows[i], cells);
        for (size_t k = 0; k < CELL_COUNT; k++) {
            texts[k] = words_end(&cells[k]);
        }
        pen_row(pen, texts);
    }
    pen_table_end(pen);
    for (size_t i = 0; i < CELL_COUNT; i++) {
        buf_free(&cells[i]);
    }
}

/* ---- what never comes out ---- */

struct denying {
    struct pen *pen;
    const struct chapter *chapter;
    struct buf line;
};

static void show_denial(void *ctx, const struct matrix_denial *denial)
{
    struct denying *d = ctx;
    const struct covenant_file *file = d->chapter->file;
    buf_text(&d->line, "VERBODEN: ");
    words_kinds(file, denial->askers, &d->line);
    if (!denial->all_roles) {
        buf_text(&d->line, " (");
        words_roles(file, denial->roles, &d->line);
        buf_text(&d->line, ")");
    }
    buf_text(&d->line, " krijgt nooit ");
    if (denial->all_categories) {
        buf_text(&d->line, "iets");
    } else {
        words_categories(denial->categories, &d->line);
    }
    buf_text(&d->line, " van ");
    words_kinds(file, denial->givers, &d->line);
    buf_text(&d->line, denial->all_domains ? "" : " over ");
    if (!denial->all_domains) {
        words_domains(denial->domains, &d->line);
    }
    buf_format(&d->line, ". %s (regel %s)", covenant_file_word(file, "regels", denial->rule, "toelichting"),
               denial->rule);
    pen_list_item(d->pen, words_end(&d->line));
}

static void show_never(struct pen *pen, const struct chapter *c)
{
    struct denying d = {.pen = pen, .chapter = c};
    const uint32_t never = ((1U << CATEGORY_COUNT) - 1) & ~c->released;
    bool shields = false;
    for (size_t i = 0; i < c->count; i++) {
        shields = shields || (c->rows[i].row.shielded && c->rows[i].row.in_force);
    }
    buf_init(&d.line, SHOW_TEXT_MAX);
    pen_heading(pen, 3, "Wat bij dit doel nooit naar buiten komt");
    pen_list_begin(pen);
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((never >> i & 1U) != 0) {
            buf_format(&d.line, "%s: %s", category_word((enum category)i), words_category((enum category)i));
            pen_list_item(pen, words_end(&d.line));
        }
    }
    pen_list_item(pen, shields ? "Afgeschermde gegevens, behalve bij de regels waar dat met hoofdletters bij staat."
                               : "Afgeschermde gegevens: geen enkele regel opent die.");
    matrix_denials(c->file->covenant, c->purpose, show_denial, &d);
    pen_list_end(pen);
    buf_free(&d.line);
}

/* ---- the chapter ---- */

static void words_quota(const struct purpose *purpose, struct buf *out)
{
    const struct {
        int most;
        const char *per;
    } quotas[] = {
        {purpose->per_day, "dag"}, {purpose->per_period, "periode van vier weken"}, {purpose->per_year, "jaar"}};
    const char *what = purpose->urgent ? " Laat een vrager bij een gever meer mensen nakijken dan dit, dan wordt dat "
                                         "gemeld; het houdt niets tegen: "
                                       : " Een vrager laat bij elke gever hoogstens zoveel mensen nakijken, opvulling "
                                         "meegeteld: ";
    bool first = true;
    for (size_t i = 0; i < COUNT_OF(quotas); i++) {
        if (quotas[i].most != 0) {
            buf_format(out, "%s%d per %s", first ? what : ", ", quotas[i].most, quotas[i].per);
            first = false;
        }
    }
    if (purpose->per_case != 0) {
        buf_format(out, "%s%d per periode voor elke zaak die de vrager zegt te hebben", first ? what : ", en ",
                   purpose->per_case);
        first = false;
    }
    buf_text(out, first ? "" : ".");
}

static void show_facts(struct pen *pen, const struct purpose *purpose)
{
    struct buf line;
    buf_init(&line, SHOW_TEXT_MAX);
    pen_text(pen, purpose->text);
    buf_format(&line, "Wie wat vroeg en kreeg, blijft %d maanden te lezen in het logboek.", purpose->retention_months);
    words_quota(purpose, &line);
    if (purpose->signal_days != 0) {
        buf_format(&line, " Een zorgsignaal loopt hoogstens %d dagen.", purpose->signal_days);
    }
    pen_text(pen, words_end(&line));
    if (purpose->urgent) {
        pen_notice(
            pen, "Dit is een doel voor spoed: toestemming is hier geen voorwaarde om gevonden te worden, een beperking "
                 "of bezwaar houdt niets tegen, en elke vraag wordt achteraf bekeken.");
    }
    buf_free(&line);
}

void covenant_show_purpose(struct pen *pen, const struct covenant_file *file, size_t purpose, const struct date *day)
{
    struct chapter c = {.file = file, .purpose = purpose, .day = day};
    const struct purpose *p = covenant_purpose_at(file->covenant, purpose);
    struct buf title;
    buf_init(&title, SHOW_TEXT_MAX);
    matrix_purpose_rows(file->covenant, purpose, day, keep, &c);
    buf_format(&title, "Doel: %s", p->code);
    pen_heading(pen, 2, words_end(&title));
    show_facts(pen, p);
    if (c.failed) {
        pen_notice(pen, "Er is te weinig geheugen om dit doel te tonen.");
    } else if (c.count == 0) {
        pen_notice(pen, "Bij dit doel krijgt niemand iets.");
    } else {
        qsort(c.rows, c.count, sizeof *c.rows, by_rule);
        join(&c, true);
        join(&c, false);
        show_grid(pen, &c);
        show_terms(pen, &c, true, "Stap 1: wie mag weten dat iemand ergens bekend is");
        show_terms(pen, &c, false, p->urgent ? "Wie krijgt wat bij een vraag" : "Stap 2: wie krijgt wat bij een vraag");
    }
    show_never(pen, &c);
    mem_free(c.rows);
    buf_free(&title);
}
