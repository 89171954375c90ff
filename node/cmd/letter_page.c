#include "cmd/letter_page.h"

#include "base/attr.h"

enum { SHORT_MAX = 512 };

static const char *text_of(const struct json *object, const char *name)
{
    return json_cstr(json_member(object, name));
}

/* All texts of a list, each a paragraph. */
static void paragraphs(struct pen *pen, const struct json *list)
{
    for (const struct json *text = json_first(list); text != NULL; text = json_next(text)) {
        pen_text(pen, json_cstr(text));
    }
}

static void labelled(struct pen *pen, const char *label, const char *text)
{
    char line[SHORT_MAX];
    if (text[0] != '\0') {
        (void)snprintf(line, sizeof line, "%s: %s", label, text);
        pen_list_item(pen, line);
    }
}

static void head(struct pen *pen, const struct json *letter)
{
    pen_begin(pen, text_of(letter, "titel"));
    if (json_bool(json_member(letter, "concept"))) {
        pen_notice(pen, "CONCEPT, niet verstrekken");
    }
    pen_list_begin(pen);
    labelled(pen, "Voor", text_of(letter, "voor"));
    labelled(pen, "Over", text_of(letter, "over"));
    labelled(pen, "Van", text_of(letter, "organisatie"));
    labelled(pen, "Datum", text_of(letter, "datum"));
    labelled(pen, "Kenmerk", text_of(letter, "kenmerk"));
    pen_list_end(pen);
    paragraphs(pen, json_member(letter, "inleiding"));
}

static void row(struct pen *pen, const struct json *line)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%lld", (long long)json_int(json_member(line, "nr")));
    const char *const cells[] = {number,
                                 text_of(line, "wanneer"),
                                 text_of(line, "wie"),
                                 text_of(line, "wat"),
                                 text_of(line, "gegevens"),
                                 text_of(line, "waarvoor"),
                                 text_of(line, "grondslag"),
                                 text_of(line, "reden")};
    pen_row(pen, cells);
}

static bool has_reasons(const struct json *lines)
{
    for (const struct json *line = json_first(lines); line != NULL; line = json_next(line)) {
        if (json_member(line, "reden") != NULL) {
            return true;
        }
    }
    return false;
}

static void lines(struct pen *pen, const struct json *letter)
{
    static const char *const columns[] = {"Nummer",   "Wanneer",        "Wie",  "Wat die deed", "Wat is verteld",
                                          "Waarvoor", "Waarom dat mag", "Reden"};
    const struct json *all = json_member(letter, "regels");
    pen_heading(pen, 2, "Wie keek, en waarom");
    if (json_first(all) == NULL) {
        pen_text(pen, text_of(letter, "geenRegels"));
    } else {
        pen_table(pen, "Elke keer dat iemand keek", columns, COUNT_OF(columns) - (has_reasons(all) ? 0 : 1));
        for (const struct json *line = json_first(all); line != NULL; line = json_next(line)) {
            row(pen, line);
        }
        pen_table_end(pen);
    }
    paragraphs(pen, json_member(letter, "onleesbaar"));
    pen_text(pen, text_of(letter, "vasteZin"));
}

static void sets(struct pen *pen, const struct json *letter)
{
    static const char *const columns[] = {"Organisatie", "Waarvoor", "Sinds", "Tot"};
    const struct json *all = json_member(letter, "opzoeklijsten");
    if (json_first(all) == NULL) {
        return;
    }
    pen_heading(pen, 2, "In welke opzoeklijsten");
    pen_text(pen, "Met zo'n lijst ziet een organisatie of er hulp is. Zij ziet geen namen.");
    pen_table(pen, "Opzoeklijsten", columns, COUNT_OF(columns));
    for (const struct json *set = json_first(all); set != NULL; set = json_next(set)) {
        const char *const cells[] = {text_of(set, "organisatie"), text_of(set, "waarvoor"), text_of(set, "sinds"),
                                     text_of(set, "tot")};
        pen_row(pen, cells);
    }
    pen_table_end(pen);
    if (json_member(letter, "meerOpzoeklijsten") != NULL) {
        pen_text(pen, text_of(letter, "meerOpzoeklijsten"));
    }
}

static void contacts(struct pen *pen, const struct json *letter)
{
    static const char *const columns[] = {"Organisatie", "Waar u verder kunt vragen"};
    const struct json *all = json_member(letter, "navragen");
    if (json_first(all) == NULL) {
        return;
    }
    pen_heading(pen, 2, "Waar u meer kunt vragen");
    pen_table(pen, "Andere organisaties", columns, COUNT_OF(columns));
    for (const struct json *one = json_first(all); one != NULL; one = json_next(one)) {
        const char *const cells[] = {text_of(one, "organisatie"), text_of(one, "contact")};
        pen_row(pen, cells);
    }
    pen_table_end(pen);
}

static void foot(struct pen *pen, const struct json *letter)
{
    const struct json *proof = json_member(letter, "bewijs");
    char size[24];
    (void)snprintf(size, sizeof size, "%lld", (long long)json_int(json_member(proof, "omvang")));
    pen_heading(pen, 2, "Uw rechten");
    paragraphs(pen, json_member(letter, "rechten"));
    pen_heading(pen, 2, "Waaruit dit is gemaakt");
    pen_list_begin(pen);
    labelled(pen, "Logboek", text_of(proof, "logboek"));
    labelled(pen, "Aantal regels in dat logboek", size);
    labelled(pen, "Controlegetal van dat logboek", text_of(proof, "wortel"));
    pen_list_end(pen);
    pen_end(pen);
}

void letter_page(struct pen *pen, const struct json *letter)
{
    head(pen, letter);
    lines(pen, letter);
    sets(pen, letter);
    contacts(pen, letter);
    foot(pen, letter);
}
