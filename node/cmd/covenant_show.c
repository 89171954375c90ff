/* `ketenbrug covenant show`: who may get what from whom for which purpose, for people who read no code. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/covenant_file.h"
#include "cmd/covenant_words.h"
#include "cmd/pen.h"
#include "policy/matrix.h"

/* In this order: what it is -> how to read it -> who takes part -> per purpose -> tasks -> consent -> grounds -> words. */

static void show_heading(struct pen *pen, const struct covenant_file *file, const struct date *day)
{
    const struct covenant *covenant = file->covenant;
    const struct date first = matrix_first_day(covenant);
    const struct date last = covenant_last_day(covenant);
    struct buf line;
    buf_init(&line, SHOW_TEXT_MAX);
    buf_format(&line, "%s, versie %s: wie mag wat weten", covenant_name(covenant), covenant_version(covenant));
    pen_begin(pen, words_end(&line));
    buf_format(&line, "Geldig van %s tot en met %s. Dit overzicht is gemaakt voor %s%s.", date_text(&first).text,
               date_text(&last).text, date_text(day).text,
               covenant_in_force(covenant, day) ? "" : "; op die dag geldt het convenant niet");
    pen_text(pen, words_end(&line));
    if (covenant_is_sample(covenant)) {
        pen_notice(pen,
                   "Dit is een voorbeeld met verzonnen organisaties. Het geldt niet voor echte mensen, en een jurist "
                   "moet de wetsartikelen nog vaststellen.");
    }
    buf_format(&line, "Risico's onderzocht (DPIA): %s", json_cstr(json_member(file->document, "dpia")));
    pen_text(pen, words_end(&line));
    buf_format(&line, "Wie waarvoor verantwoordelijk is: %s",
               json_cstr(json_member(file->document, "verwerkingsverantwoordelijkheid")));
    pen_text(pen, words_end(&line));
    buf_format(&line, "Kenmerk van dit convenant: %s",
               covenant_hash(covenant) != NULL ? covenant_hash(covenant) : "geen");
    pen_text(pen, words_end(&line));
    buf_free(&line);
}

static void show_reading(struct pen *pen)
{
    static const char *const points[] = {
        "Wie iets wil weten, noemt altijd een doel, een wettelijke grond en een zaak of melding. Elk doel heeft "
        "hieronder "
        "een eigen hoofdstuk.",
        "Wat er niet staat, mag niet. Staat een organisatie niet bij een doel, dan krijgt zij daar niets.",
        "Een verbod gaat altijd voor. De tabellen laten zien wat er overblijft als de verboden eraf zijn.",
        "Dat de een iets mag vragen, zegt niets over de andere kant op.",
        "Wat niet gegeven mag worden, ziet er voor de vrager hetzelfde uit als: niet bekend.",
        "Dossiers, verslagen, diagnoses en bedragen gaan nooit mee: daar is in dit systeem geen plaats voor.",
        "Het gaat in twee stappen. Stap 1: mag de vrager weten dat iemand ergens bekend is? Alleen dan staat die "
        "persoon, onherkenbaar, in een lijst die de gever voor deze vrager maakt. De vrager kijkt daar zelf in. Staat "
        "iemand er niet in, dan wordt er niets gevraagd, en de gever komt niet te weten om wie het ging. Stap 2: wat "
        "mag er op deze vraag worden verteld?",
        "Bij een zorgsignaal en bij een opdracht vraagt niemand iets. Een zorgsignaal brengt alleen wie dezelfde zorg "
        "heeft "
        "met elkaar in contact. Een opdracht vertelt de ander om wie het gaat. Ook dat mag alleen zoals het hier "
        "staat.",
        "Elke vraag en elk antwoord wordt vastgelegd, ook een leeg antwoord.",
    };
    pen_heading(pen, 2, "Zo leest u dit overzicht");
    pen_list_begin(pen);
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        pen_list_item(pen, points[i]);
    }
    pen_list_end(pen);
}

/* What a party says of itself, and others may hold it to. */
static void words_size(const struct party *party, struct buf *out)
{
    if (party->clients != 0) {
        buf_format(out, "kent hoogstens %d mensen", party->clients);
    }
    if (party->open_cases != 0) {
        buf_format(out, "%swerkt aan %d zaken tegelijk", out->len != 0 ? "\n" : "", party->open_cases);
    }
}

static void show_parties(struct pen *pen, const struct covenant_file *file)
{
    static const char *const columns[] = {"Organisatie", "Soort", "Deelname", "Grond voor BSN", "Omvang", "Telefoon"};
    static const char *const levels[] = {"", "1: vragen aan enkele partners", "2: vragen aan veel partners",
                                         "3: ook opdrachten geven", "4: ook samen een plan maken"};
    struct buf kind;
    struct buf size;
    struct buf phones;
    buf_init(&kind, SHOW_TEXT_MAX);
    buf_init(&size, SHOW_TEXT_MAX);
    buf_init(&phones, SHOW_TEXT_MAX);
    pen_heading(pen, 2, "Wie doet er mee");
    pen_table(pen, "Organisaties in dit convenant", columns, COUNT_OF(columns));
    for (size_t i = 0; i < covenant_party_count(file->covenant); i++) {
        const struct party *party = covenant_party_at(file->covenant, i);
        const struct basis *bsn =
            party->bsn_ground != NULL ? covenant_basis(file->covenant, slice_text(party->bsn_ground)) : NULL;
        buf_format(&kind, "%s: %s", party->kind, covenant_file_word(file, "soorten", party->kind, "omschrijving"));
        buf_format(&phones, "%s%s%s%s%s", party->crisis_phone != NULL ? "crisis: " : "",
                   party->crisis_phone != NULL ? party->crisis_phone : "",
                   party->crisis_phone != NULL && party->central_phone != NULL ? "\n" : "",
                   party->central_phone != NULL ? "centraal (afgeschermd): " : "",
                   party->central_phone != NULL ? party->central_phone : "");
        words_size(party, &size);
        const char *article = bsn != NULL ? covenant_file_word(file, "grondslagen", bsn->code, "artikel") : "";
        const char *ground = bsn == NULL ? "geen: vraagt en antwoordt niet over personen" : bsn->text;
        const char *cells[] = {party->name,
                               words_end(&kind),
                               party->level <= 4 ? levels[party->level] : "",
                               article[0] != '\0' ? article : ground,
                               words_end(&size),
                               words_end(&phones)};
        pen_row(pen, cells);
    }
    pen_table_end(pen);
    buf_free(&kind);
    buf_free(&size);
    buf_free(&phones);
}

/* ---- consent ---- */

static void show_ages(struct pen *pen, bool youth_alone)
{
    static const char *const columns[] = {"Leeftijd", "Geheimhouding", "AVG, uitdrukkelijk", "Instemming plan"};
    const char *rows[][COUNT_OF(columns)] = {
        {"jonger dan 12", "alle ouders met gezag, of de voogd", "alle ouders met gezag, of de voogd",
         "alle ouders met gezag, of de voogd"},
        {"12 tot en met 15",
         youth_alone
             ? "de jongere zelf, als die het kan overzien. Is een ouder met gezag het er niet mee eens, dan staat "
               "dat bij het antwoord. Kan de jongere het niet overzien: alle ouders met gezag, of de voogd"
             : "de jongere zelf en alle ouders met gezag (of de voogd), samen. Kan de jongere het niet overzien: "
               "alle ouders met gezag, of de voogd",
         "alle ouders met gezag, of de voogd", "de jongere zelf en alle ouders met gezag (of de voogd), samen"},
        {"16 of 17", "de jongere zelf. Kan die het niet overzien: alle ouders met gezag, of de voogd",
         "de jongere zelf", "de jongere zelf"},
        {"18 of ouder", "de betrokkene zelf. Kan die het niet overzien: de curator, anders de mentor, anders niemand",
         "de betrokkene zelf; anders de curator of de mentor", "de betrokkene zelf; anders de curator of de mentor"},
    };
    pen_table(pen, "Wie toestemming geeft, naar leeftijd", columns, COUNT_OF(columns));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        pen_row(pen, rows[i]);
    }
    pen_table_end(pen);
}

static void show_consent(struct pen *pen, const struct covenant *covenant)
{
    const struct consent_terms *terms = covenant_consent_terms(covenant);
    struct buf line;
    buf_init(&line, SHOW_TEXT_MAX);
    pen_heading(pen, 2, "Toestemming: van wie, en hoe lang");
    pen_text(pen,
             "In de tabellen hierboven staat bij elke regel of toestemming nodig is. Toestemming komt erbij: zonder "
             "regel en zonder wettelijke grond helpt toestemming niet.");
    pen_list_begin(pen);
    pen_list_item(pen, "Geheimhouding: toestemming die de geheimhouding opheft, zodat een hulpverlener mag spreken.");
    pen_list_item(pen, "AVG, uitdrukkelijk: toestemming als grond voor het verstrekken zelf.");
    pen_list_item(pen, "Instemming plan: instemming met het gezamenlijke plan.");
    pen_list_end(pen);
    show_ages(pen, terms->youth_alone);
    pen_list_begin(pen);
    buf_format(&line, "Toestemming geldt hoogstens %d maanden.", terms->months_at_most);
    pen_list_item(pen, words_end(&line));
    pen_list_item(
        pen, "Zegt een van hen nee, of trekt een van hen de toestemming in, dan geldt zij niet meer. Dat werkt bij "
             "de eerstvolgende vraag.");
    pen_list_item(pen, "Is niet bekend hoe oud iemand is of wie het gezag heeft, dan geldt de strengste uitleg.");
    pen_list_item(pen, "Is de verwerking beperkt of loopt er een bezwaar, dan komt er niets uit, behalve bij spoed.");
    pen_list_end(pen);
    buf_free(&line);
}

/* ---- grounds and words ---- */

static void show_bases(struct pen *pen, const struct covenant_file *file, const struct date *day)
{
    static const char *const columns[] = {"Grond", "Wat er staat", "Soort grond", "Geldt nu"};
    struct buf text;
    struct buf sort;
    buf_init(&text, SHOW_TEXT_MAX);
    buf_init(&sort, SHOW_TEXT_MAX);
    pen_heading(pen, 2, "Wettelijke gronden");
    pen_table(pen, "De gronden waarop de regels rusten", columns, COUNT_OF(columns));
    for (size_t i = 0; i < matrix_basis_count(file->covenant); i++) {
        const struct basis *basis = matrix_basis(file->covenant, i);
        const char *article = covenant_file_word(file, "grondslagen", basis->code, "artikel");
        buf_format(&text, "%s%s%s", article, article[0] != '\0' ? "\n" : "", basis->text);
        words_ground(basis, &sort);
        const char *cells[] = {basis->code, words_end(&text), words_end(&sort), words_in_force(basis, day)};
        pen_row(pen, cells);
    }
    pen_table_end(pen);
    buf_free(&text);
    buf_free(&sort);
}

static void show_list(struct pen *pen, const struct covenant_file *file, const char *list, const char *caption)
{
    static const char *const columns[] = {"Woord", "Betekenis"};
    pen_table(pen, caption, columns, COUNT_OF(columns));
    const struct json *items = json_member(file->document, list);
    for (const struct json *item = json_first(items); item != NULL; item = json_next(item)) {
        const char *cells[] = {json_cstr(json_member(item, "code")), json_cstr(json_member(item, "omschrijving"))};
        pen_row(pen, cells);
    }
    pen_table_end(pen);
}

static void show_words(struct pen *pen, const struct covenant_file *file)
{
    static const char *const columns[] = {"Woord", "Betekenis"};
    pen_heading(pen, 2, "Woorden");
    pen_table(pen, "Wat eruit kan komen", columns, COUNT_OF(columns));
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        const char *cells[] = {category_word((enum category)i), words_category((enum category)i)};
        pen_row(pen, cells);
    }
    pen_table_end(pen);
    pen_table(pen, "Waar de ontvanger zich aan houdt", columns, COUNT_OF(columns));
    for (unsigned i = 0; i < OBLIGATION_COUNT; i++) {
        const char *cells[] = {obligation_word((enum obligation)i), words_obligation((enum obligation)i)};
        pen_row(pen, cells);
    }
    pen_table_end(pen);
    show_list(pen, file, "soorten", "Soorten organisaties");
    show_list(pen, file, "rollen", "Rollen van medewerkers");
}

static void show(struct pen *pen, const struct covenant_file *file, const struct date *day)
{
    const struct regulation *regulation = covenant_regulation(file->covenant);
    struct buf line;
    buf_init(&line, SHOW_TEXT_MAX);
    show_heading(pen, file, day);
    show_reading(pen);
    show_parties(pen, file);
    for (size_t i = 0; i < covenant_purpose_count(file->covenant); i++) {
        covenant_show_purpose(pen, file, i, day);
    }
    covenant_show_tasks(pen, file, day);
    show_consent(pen, file->covenant);
    show_bases(pen, file, day);
    pen_heading(pen, 2, "Het privacyreglement");
    buf_format(&line,
               "Elke gebruiker aanvaardt het reglement (versie %s) voor de eerste vraag, en een nieuwe versie binnen "
               "%d dagen.",
               regulation->version != NULL ? regulation->version : "", regulation->days);
    pen_text(pen, words_end(&line));
    pen_text(pen, regulation->text != NULL ? regulation->text : "");
    pen_heading(pen, 2, "Wat mensen te zien krijgen");
    pen_text(pen, covenant_names_staff(file->covenant)
                      ? "Wie vraagt wie naar zijn gegevens keek, ziet ook de namen van eigen medewerkers."
                      : "Wie vraagt wie naar zijn gegevens keek, ziet geen namen van medewerkers.");
    show_words(pen, file);
    pen_end(pen);
    buf_free(&line);
}

static int run(const struct args *args)
{
    struct covenant_file file;
    struct date day;
    struct error err;
    struct pen pen = {.out = stdout, .html = args_flag(args, "html")};
    if (covenant_day(args, &day, &err) != RESULT_OK || covenant_file_of(args, &file, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    show(&pen, &file, &day);
    covenant_file_free(&file);
    return EXIT_FINE;
}

static const struct option_row options[] = {
    {"html", NULL, false, "als bladzijde voor een browser of printer, die op zichzelf staat"},
    {"dag", "JJJJ-MM-DD", false, "voor deze dag; anders vandaag"},
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_covenant_show = {
    .name = "covenant show",
    .summary =
        "toont in gewone taal wie wat mag weten, van wie, voor welk doel; zonder bestand: wat hier van kracht is",
    .free_words = "[BESTAND]",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug covenant show --html convenant.json > convenant.html",
    .run = run,
};
