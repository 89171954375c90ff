/* small.h - a covenant of three kinds, two roles and two purposes, with whatever rules a test gives it. */
#ifndef KETENBRUG_TESTS_POLICY_SMALL_H
#define KETENBRUG_TESTS_POLICY_SMALL_H

#include "unit/policy/help.h"

#define SMALL_A "00000099000000001000"
#define SMALL_B "00000099000000002000"
#define SMALL_C "00000099000000003000"

#define SMALL_PARTY(oin, kind)                                                                                         \
    "{\"oin\":\"" oin "\",\"naam\":\"" kind "\",\"soort\":\"" kind "\",\"knooppunt\":\"https://" kind                  \
    ".example\",\"niveau\":1,\"bsnGrondslag\":\"wet\",\"werkgebied\":[\"9901\"],\"fgContact\":\"x\"," LOG_OF(oin) "}"

#define SMALL_HEAD                                                                                                     \
    "{\"naam\":\"Klein\",\"versie\":\"1\",\"geldigheid\":{\"van\":\"2026-01-01\",\"tot\":\"2026-12-31\"},"             \
    "\"dpia\":\"x\",\"verwerkingsverantwoordelijkheid\":\"x\","                                                        \
    "\"soorten\":[{\"code\":\"a\",\"omschrijving\":\"A\"},{\"code\":\"b\",\"omschrijving\":\"B\"},"                    \
    "{\"code\":\"c\",\"omschrijving\":\"C\"}],"                                                                        \
    "\"rollen\":[{\"code\":\"r1\",\"omschrijving\":\"R1\"},{\"code\":\"r2\",\"omschrijving\":\"R2\"}],"                \
    "\"doelen\":[{\"code\":\"hulp\",\"omschrijving\":\"h\",\"bewaartermijnMaanden\":12,\"bewaarklasse\":1},"           \
    "{\"code\":\"nood\",\"omschrijving\":\"n\",\"bewaartermijnMaanden\":12,\"bewaarklasse\":2,\"spoed\":true}],"       \
    "\"grondslagen\":[{\"code\":\"wet\",\"tekst\":\"Wet\",\"artikel\":\"1\",\"avg6\":\"e\"},"                          \
    "{\"code\":\"later\",\"tekst\":\"Later\",\"artikel\":\"2\",\"avg6\":\"e\",\"vanaf\":\"2026-07-01\"}],"             \
    "\"toestemming\":{\"bekwaamVanaf12\":\"jeugdige\",\"maandenHoogstens\":24},"                                       \
    "\"reglement\":{\"versie\":\"1\",\"tekst\":\"Reglement\",\"dagen\":14},"                                           \
    "\"partijen\":[" SMALL_PARTY(SMALL_A, "a") "," SMALL_PARTY(SMALL_B, "b") "," SMALL_PARTY(SMALL_C,                  \
                                                                                             "c") "],\"getuigen\":[],"

/* A rule that permits; `roles`, `domains`, `categories` and `conditions` are what stands between the brackets. */
#define PERMIT(id, asker, roles, giver, domains, categories, conditions)                                               \
    "{\"id\":\"" id "\",\"doel\":\"hulp\",\"vrager\":{\"soorten\":[" asker "],\"rollen\":[" roles "]},"                \
    "\"gever\":{\"soorten\":[" giver "]},\"leefgebieden\":[" domains "],\"categorieen\":[" categories "],"             \
    "\"grondslagVragen\":\"wet\",\"grondslagGeven\":\"wet\",\"voorwaarden\":{" conditions "}}"
#define FEED(id, asker, giver, domains, conditions)                                                                    \
    "{\"id\":\"" id "\",\"doel\":\"hulp\",\"vrager\":{\"soorten\":[" asker "]},\"opzoekset\":true,"                    \
    "\"gever\":{\"soorten\":[" giver "]},\"leefgebieden\":[" domains "],\"categorieen\":[\"bestaan\"],"                \
    "\"grondslagVragen\":\"wet\",\"grondslagGeven\":\"wet\",\"voorwaarden\":{" conditions "}}"
#define FORBID(id, asker, giver, more)                                                                                 \
    "{\"id\":\"" id "\",\"doel\":\"hulp\",\"vrager\":{\"soorten\":[" asker "]},\"gever\":{\"soorten\":[" giver         \
    "]}" more ",\"verbod\":true}"
#define CASE "\"zaakOfMelding\":true"

static inline struct covenant *small(const char *rules)
{
    char *text = mem_alloc(COVENANT_BYTES_MAX);
    assert_non_null(text);
    (void)snprintf(text, COVENANT_BYTES_MAX, SMALL_HEAD "\"regels\":[%s]}", rules);
    struct covenant *covenant = parse(text);
    mem_free(text);
    return covenant;
}

#endif
