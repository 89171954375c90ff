/* The kinds of task of a covenant for people: who may give which to whom, what goes with it, and when it is due. */
#include "cmd/covenant_words.h"
#include "policy/task.h"

enum { CELL_TASK, CELL_WHO, CELL_DOMAINS, CELL_WHEN, CELL_CONSENT, CELL_GROUNDS, CELL_CONTENT, CELL_TERM, CELL_COUNT };

static void words_term(const struct task_term *term, struct buf *out)
{
    buf_format(out, "%d %s", term->days, term->workdays ? "werkdagen" : "dagen");
}

static void words_content(const struct task_kind *kind, struct buf *out)
{
    buf_text(out, kind->naming == TASK_NAMING_KNOWN ? "wie het is, alleen als de uitvoerder die persoon al kent"
                                                    : "wie het is, verzegeld als de uitvoerder die persoon niet kent");
    for (unsigned i = 0; i < TASK_CONTENT_COUNT; i++) {
        if ((kind->content >> i & 1U) != 0) {
            buf_format(out, ", %s", task_content_word((enum task_content)i));
        }
    }
}

static void words_terms(const struct task_kind *kind, struct buf *out)
{
    words_term(&kind->term, out);
    if (kind->urgent_term.days != 0) {
        buf_text(out, "; als er gevaar dreigt ");
        words_term(&kind->urgent_term, out);
    }
    if (kind->reply_workdays != 0) {
        buf_format(out, "\nantwoord binnen %d werkdagen", kind->reply_workdays);
    }
}

static void words_task(const struct covenant_file *file, size_t index, const struct date *day,
                       struct buf cells[CELL_COUNT])
{
    struct matrix_row row;
    uint32_t askers = 0;
    uint32_t doers = 0;
    const struct task_kind *kind = matrix_task(file->covenant, index, day, &row, &askers, &doers);
    buf_format(&cells[CELL_TASK], "%s%s: %s", row.in_force ? "" : "STAAT UIT: ", kind->code, kind->text);
    words_kinds(file, askers, &cells[CELL_WHO]);
    buf_text(&cells[CELL_WHO], " (");
    words_roles(file, row.roles, &cells[CELL_WHO]);
    buf_text(&cells[CELL_WHO], ") aan ");
    words_kinds(file, doers, &cells[CELL_WHO]);
    words_domains(row.domains, &cells[CELL_DOMAINS]);
    matrix_conditions(&row, ";\n", &cells[CELL_WHEN]);
    words_consent(&row, &cells[CELL_CONSENT]);
    words_grounds(file, &row, "uitvoeren", &cells[CELL_GROUNDS]);
    words_content(kind, &cells[CELL_CONTENT]);
    words_terms(kind, &cells[CELL_TERM]);
}

void covenant_show_tasks(struct pen *pen, const struct covenant_file *file, const struct date *day)
{
    static const char *const columns[CELL_COUNT] = {
        [CELL_TASK] = "Opdracht",          [CELL_WHO] = "Wie aan wie",     [CELL_DOMAINS] = "Waarover",
        [CELL_WHEN] = "Alleen als",        [CELL_CONSENT] = "Toestemming", [CELL_GROUNDS] = "Wettelijke grond",
        [CELL_CONTENT] = "Wat er meegaat", [CELL_TERM] = "Binnen",
    };
    struct buf cells[CELL_COUNT];
    pen_heading(pen, 2, "Opdrachten");
    if (covenant_task_kind_count(file->covenant) == 0) {
        pen_text(pen, "Niemand geeft een ander een opdracht.");
        return;
    }
    pen_text(pen,
             "Wie een opdracht geeft, vertelt daarmee dat hij iemand kent. Daarom staat hier elke soort opdracht, en "
             "kan geen andere worden gegeven. Over wie afgeschermd is, kan er geen.");
    for (size_t i = 0; i < CELL_COUNT; i++) {
        buf_init(&cells[i], SHOW_TEXT_MAX);
    }
    pen_table(pen, "Welke opdrachten er zijn", columns, CELL_COUNT);
    for (size_t i = 0; i < covenant_task_kind_count(file->covenant); i++) {
        const char *texts[CELL_COUNT];
        words_task(file, i, day, cells);
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
