/* `ketenbrug consult`: who is involved with these people? */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

enum { NAME_WIDTH = 32, INDENT = 4 };

static void write_request(const struct args *args, const struct bsn *people, size_t count, struct buf *out)
{
    static const char *const texts[] = {"doel", "grondslag", "rol", "zaak", "melding", "maatregel", "reden"};
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *value = args_value(args, texts[i]);
        if (value != NULL) {
            json_put_text(&w, texts[i], value);
        }
    }
    json_begin_array(&w, "betrokkenen");
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&w, NULL);
        json_put_slice(&w, "bsn", bsn_digits(&people[i]));
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static void print_contact(const char *label, const struct json *contact)
{
    if (contact == NULL) {
        return;
    }
    (void)printf("%*s%s", 2 * INDENT + NAME_WIDTH, "", label);
    table_cell(stdout, json_cstr(json_member(contact, "naam")), 24);
    table_cell(stdout, json_cstr(json_member(contact, "telefoon")), 14);
    table_cell(stdout, json_cstr(json_member(contact, "email")), 0);
    (void)printf("\n");
}

static void print_line(const char *label, const struct json *text)
{
    if (text != NULL) {
        (void)printf("%*s%s", 2 * INDENT + NAME_WIDTH, "", label);
        table_cell(stdout, json_cstr(text), 0);
        (void)printf("\n");
    }
}

static void print_involvement(const struct json *entry)
{
    static const char *const facts[][2] = {
        {"leefgebied", ""}, {"dienst", ", "}, {"fase", ", fase "}, {"sinds", ", sinds "}, {"status", ", status "},
    };
    (void)printf("%*s", 2 * INDENT + NAME_WIDTH, "");
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        const char *text = json_cstr(json_member(entry, facts[i][0]));
        if (text[0] != '\0') {
            (void)fputs(facts[i][1], stdout);
            table_cell(stdout, text, 0);
        }
    }
    (void)printf("\n");
    print_contact("contact:   ", json_member(entry, "contact"));
    print_contact("vervanger: ", json_member(entry, "vervanger"));
    print_line("bel centraal nummer ", json_member(entry, "centraalNummer"));
    print_line("let op: ", json_member(entry, "opmerking"));
}

static void print_partner(const struct json *partner, const char *verdict)
{
    (void)printf("%*s", INDENT, "");
    table_cell(stdout, json_cstr(json_member(partner, "naam")), NAME_WIDTH);
    (void)printf("%*s", INDENT, "");
    table_cell(stdout, verdict, 0);
    table_cell(stdout, json_cstr(json_member(partner, "crisisnummer")), 0);
    table_cell(stdout, json_cstr(json_member(partner, "toelichting")), 0);
    (void)printf("\n");
    for (const struct json *e = json_first(json_member(partner, "betrokkenheden")); e != NULL; e = json_next(e)) {
        print_involvement(e);
    }
}

/* Who is involved first; then who did not answer, which is something else than knowing nobody; then the others. */
static void print_person(const struct json *partners)
{
    static const char *const outcomes[][2] = {
        {"crisisnummer", "BEL BIJ ACUUT GEVAAR: "},
        {"betrokken", "BETROKKEN"},
        {"geen-antwoord", "GEEN ANTWOORD: "},
        {"geen-betrokkenheid-gedeeld", "geen betrokkenheid gedeeld"},
    };
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        for (const struct json *partner = json_first(partners); partner != NULL; partner = json_next(partner)) {
            if (slice_is(json_text_of(partner, "uitkomst"), outcomes[i][0])) {
                print_partner(partner, outcomes[i][1]);
            }
        }
    }
}

static void print_answer(const struct json *answer, const void *ctx)
{
    const struct bsn *people = ctx; /* in the order of the question */
    (void)printf("Raadpleging %s, doel %s, %s\n", json_cstr(json_member(answer, "raadpleging")),
                 json_cstr(json_member(answer, "doel")), json_cstr(json_member(answer, "tijd")));
    const char *review = json_cstr(json_member(answer, "toetsingUiterlijk"));
    if (review[0] != '\0') {
        (void)printf("Dit wordt achteraf getoetst, uiterlijk %s.\n", review);
    }
    size_t index = 0;
    const struct json *person = json_first(json_member(answer, "betrokkenen"));
    for (; person != NULL; person = json_next(person), index++) {
        /* The last three digits: enough for whoever typed the number, nothing for who looks over his shoulder. */
        (void)printf("\nPersoon %zu (bsn eindigt op %.3s)\n", index + 1,
                     (const char *)bsn_digits(&people[index]).ptr + 6);
        print_person(json_member(person, "ketenpartners"));
    }
}

static int ask(const struct args *args, const struct bsn *people, size_t count)
{
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    write_request(args, people, count, &body);
    const int code = desk_command(args, "POST", "/v1/raadplegingen", &body, print_answer, people);
    buf_wipe(&body);
    return code;
}

static int run(const struct args *args)
{
    struct bsn people[CONSULT_SUBJECTS_MAX];
    size_t count = 0;
    struct error err;
    if (people_from_input(people, COUNT_OF(people), &count, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    const int code = ask(args, people, count);
    mem_wipe(people, sizeof people);
    return code;
}

static const struct option_row options[] = {
    {"doel", "CODE", true, "waarvoor, zoals in het convenant: hulpafstemming"},
    {"grondslag", "CODE", true, "de wettelijke grondslag om te vragen, zoals in het convenant"},
    {"zaak", "NUMMER", false, "het zaaknummer; of:"},
    {"melding", "NUMMER", false, "het meldingsnummer (`report add`, of een nieuw bij een eerste contact); of:"},
    {"maatregel", "NUMMER", false, "het nummer van een maatregel die geldt (`order add`)"},
    {"reden", "TEKST", true, "waarom u dit nu vraagt; blijft bij uw eigen organisatie"},
    {"rol", "ROL", false, "in welke van uw rollen, als u er meer dan een hebt"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_consult = {
    .name = "consult",
    .summary = "vraagt ketenpartners wie er betrokken is; personen van de invoer, een bsn per regel",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug consult --doel hulpafstemming --grondslag wmo-5.1.1 --zaak Z-2026-0012 \\\n"
               "    --reden 'gezin meldt zich met schulden en een thuiszitter' < gezin.txt",
    .run = run,
};
