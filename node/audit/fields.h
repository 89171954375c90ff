/*
 * fields.h - where the fields of two standards stand in a record: Logboek Dataverwerkingen (LDV, Logius) and NEN 7513.
 *
 * `place` is where the answer of GET /v1/logboek/regels/{id} has it; empty: it follows, as `how` says. A record is written
 * when a processing ends, in one go; what lasts (asking a partner) has a record at its start and one at its end.
 * Thread: any; constants.
 */
#ifndef KETENBRUG_AUDIT_FIELDS_H
#define KETENBRUG_AUDIT_FIELDS_H

#include <stddef.h>

/* standard, field, place in the answer, how it follows or what to know */
#define LOG_FIELD_TABLE(X)                                                                                             \
    X("LDV", "trace_id", "regel/verzoek", "dezelfde bij beide organisaties")                                           \
    X("LDV", "operation_id", "bewijs/kenmerk", "het versleutelde volgnummer")                                          \
    X("LDV", "parent_operation_id", "ontvangstbewijs/kenmerk", "de regel van de ander; bij de vrager de raadpleging")  \
    X("LDV", "status", "regel/uitkomst", "met regel/fout bij een weigering")                                           \
    X("LDV", "name", "regel/handeling", "")                                                                            \
    X("LDV", "start_time", "", "tijd van de regel gevraagd met hetzelfde verzoek; anders de eigen tijd")               \
    X("LDV", "end_time", "regel/tijd", "")                                                                             \
    X("LDV", "processing_activity_id", "regel/doel", "het doel in het convenant van besluit/convenant")                \
    X("LDV", "data_subject_id", "regel/betrokkene", "eigen kenmerk, of het nummer van wie hier niet bekend is")        \
    X("LDV", "foreign_operation.processor", "regel/ketenpartner", "")                                                  \
    X("NEN7513", "gebeurteniscode", "regel/handeling", "")                                                             \
    X("NEN7513", "datum en tijdstip", "regel/tijd", "UTC")                                                             \
    X("NEN7513", "gebruiker", "regel/gebruiker", "bij de bevraagde het pseudoniem dat de vrager voor hem kiest")       \
    X("NEN7513", "rol gebruiker", "regel/rol", "")                                                                     \
    X("NEN7513", "organisatie", "regel/ketenpartner", "de ander; de eigen organisatie is die van het logboek")         \
    X("NEN7513", "doel", "regel/doel", "")                                                                             \
    X("NEN7513", "grondslag", "regel/grondslag", "")                                                                   \
    X("NEN7513", "zaak", "regel/zaak", "of regel/melding")                                                             \
    X("NEN7513", "clientnummer", "regel/betrokkene", "")                                                               \
    X("NEN7513", "aard van de gegevens", "regel/categorieen", "verstrekte categorieen")                                \
    X("NEN7513", "autorisatieprotocol", "regel/regels", "de regels van besluit/convenant die dit toestonden")          \
    X("NEN7513", "resultaat", "regel/uitkomst", "")                                                                    \
    X("NEN7513", "logbron", "bewijs/kenmerk", "in het logboek van dit knooppunt")                                      \
    X("besluit", "rol, grondslag, doel", "regel/rol", "met regel/grondslag en regel/doel")                             \
    X("besluit", "zaak of melding", "besluit/heeftZaak", "en besluit/heeftMelding")                                    \
    X("besluit", "leeftijd", "besluit/leeftijd", "ontbreekt: onbekend")                                                \
    X("besluit", "woongemeente", "besluit/gemeente", "ontbreekt: onbekend")                                            \
    X("besluit", "leefgebieden", "besluit/leefgebieden", "van de gewogen betrokkenheden; afgeschermde apart")          \
    X("besluit", "gevoeligheid", "besluit/afgeschermd", "")                                                            \
    X("besluit", "toestemming", "besluit/opheffenGeheimhouding",                                                       \
      "en besluit/avgGrond, besluit/instemming; ontbreken: niet vastgelegd")                                           \
    X("besluit", "aantekening", "besluit/ouderOneens", "")                                                             \
    X("besluit", "beperking of bezwaar", "besluit/beperkt", "")                                                        \
    X("besluit", "verlengde jeugdhulp", "besluit/verlengdeJeugdhulp", "met besluit/leeftijd het regime van die dag")   \
    X("besluit", "lopende melding, maatregel", "besluit/meldingOpen",                                                  \
      "en besluit/maatregel: zoals de vrager verklaart")                                                               \
    X("besluit", "convenant", "besluit/convenant", "de eerste acht bytes van zijn SHA-256")                            \
    X("besluit", "datum", "regel/tijd", "")

struct audit_field {
    const char *standard;
    const char *field;
    const char *place;
    const char *how;
};

extern const struct audit_field audit_fields[];
extern const size_t audit_field_count;

#endif
