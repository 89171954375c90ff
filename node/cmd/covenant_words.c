#include "cmd/covenant_words.h"

#include <string.h>

#include "base/mem.h"

const char *words_end(struct buf *buf)
{
    static const char cut[] = "...";
    if (!buf_ok(buf)) {
        buf_clear(buf);
        buf_text(buf, cut);
    }
    buf_byte(buf, '\0');
    const char *text = buf_ok(buf) ? (const char *)buf->ptr : cut;
    buf_clear(buf); /* the bytes stay until the next append */
    return text;
}

const char *words_category(enum category category)
{
    static const char *const texts[CATEGORY_COUNT] = {
        [CATEGORY_EXISTENCE] = "dat de organisatie deze persoon helpt, op welk leefgebied en sinds wanneer",
        [CATEGORY_CONTACT] = "wie de vrager kan bellen of mailen, en wie diegene vervangt",
        [CATEGORY_SERVICE] = "welke hulp het is",
        [CATEGORY_PHASE] = "hoe ver de hulp is",
        [CATEGORY_STATUS] = "hoe het ermee staat, en wanneer het laatste contact was",
        [CATEGORY_THREAT] = "of er gevaar dreigt voor iemand",
        [CATEGORY_PLAN] = "wat in het gezamenlijke plan is afgesproken",
    };
    return (unsigned)category < CATEGORY_COUNT ? texts[category] : "";
}

const char *words_obligation(enum obligation obligation)
{
    static const char *const texts[OBLIGATION_COUNT] = {
        [OBLIGATION_NO_ENFORCEMENT] = "niet gebruiken om te straffen, te handhaven of fraude op te sporen",
        [OBLIGATION_NO_ONWARD] = "ook niet doorgeven aan anderen",
        [OBLIGATION_VIEW_ONLY] = "alleen bekijken: ook niet bewaren of overnemen",
    };
    return (unsigned)obligation < OBLIGATION_COUNT ? texts[obligation] : "";
}

static const char *ground_word(char letter)
{
    switch (letter) {
    case 'a':
        return "toestemming";
    case 'b':
        return "overeenkomst";
    case 'c':
        return "wettelijke plicht";
    case 'd':
        return "levensgevaar";
    case 'e':
        return "publieke taak";
    case 'f':
        return "gerechtvaardigd belang";
    default:
        return NULL;
    }
}

static void part(struct buf *out, bool *first, const char *text)
{
    buf_text(out, *first ? "" : "; ");
    buf_text(out, text);
    *first = false;
}

void words_ground(const struct basis *basis, struct buf *out)
{
    const char *word = ground_word(basis->ground);
    bool first = word == NULL;
    if (word != NULL) {
        buf_format(out, "%s (AVG artikel 6 lid 1 onder %c)", word, basis->ground);
    }
    if (basis->special != 0) {
        part(out, &first, "");
        buf_format(out, "ook voor gevoelige gegevens (AVG artikel 9 lid 2 onder %c)", basis->special);
    }
    if (basis->criminal) {
        part(out, &first, "ook voor strafrechtelijke gegevens (AVG artikel 10)");
    }
    if (basis->demands_consent) {
        part(out, &first, "deze wet vraagt ook toestemming");
    }
    if (basis->lifts_secrecy) {
        part(out, &first, "heft de geheimhouding op");
    }
}

const char *words_in_force(const struct basis *basis, const struct date *day)
{
    if (date_is_set(&basis->from) && date_compare(day, &basis->from) < 0) {
        return "NEE: geldt nog niet";
    }
    return date_is_set(&basis->until) && date_compare(day, &basis->until) > 0 ? "NEE: geldt niet meer" : "ja";
}

void words_categories(uint32_t categories, struct buf *out)
{
    bool first = true;
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((categories >> i & 1U) != 0) {
            buf_text(out, first ? "" : ", ");
            buf_text(out, category_word((enum category)i));
            first = false;
        }
    }
}

void words_domains(uint16_t domains, struct buf *out)
{
    const uint16_t all = (1U << LIFE_DOMAIN_COUNT) - 1;
    bool first = true;
    if ((domains & all) == all) {
        buf_text(out, "alle leefgebieden");
        return;
    }
    for (unsigned i = 0; i < LIFE_DOMAIN_COUNT; i++) {
        if ((domains >> i & 1U) != 0) {
            buf_text(out, first ? "" : ", ");
            buf_text(out, life_domain_word((enum life_domain)i));
            first = false;
        }
    }
}

void words_consent(const struct matrix_row *row, struct buf *out)
{
    switch (row->consent) {
    case CONSENT_SECRECY:
        buf_text(out, "JA, om de geheimhouding op te heffen (van wie: zie Toestemming)");
        break;
    case CONSENT_GROUND:
        buf_text(out, "JA, uitdrukkelijke toestemming (van wie: zie Toestemming)");
        break;
    case CONSENT_PLAN:
        buf_text(out, "JA, instemming met het plan (van wie: zie Toestemming)");
        break;
    default:
        buf_text(out, "niet nodig");
    }
}

void words_kinds(const struct covenant_file *file, uint32_t kinds, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < matrix_kind_count(file->covenant); i++) {
        if ((kinds >> i & 1U) != 0) {
            buf_text(out, first ? "" : ", ");
            buf_text(out, matrix_kind(file->covenant, i));
            first = false;
        }
    }
}

void words_roles(const struct covenant_file *file, uint64_t roles, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < matrix_role_count(file->covenant); i++) {
        if ((roles >> i & 1U) != 0) {
            buf_text(out, first ? "" : ", ");
            buf_text(out, matrix_role(file->covenant, i));
            first = false;
        }
    }
}

/* The article where there is one; what it says stands in the chapter on grounds. */
static void words_basis(const struct covenant_file *file, const char *what, const struct basis *basis, struct buf *out)
{
    if (basis != NULL) {
        const char *article = covenant_file_word(file, "grondslagen", basis->code, "artikel");
        buf_format(out, "%s%s: %s (%s)", out->len != 0 ? "\n" : "", what, article[0] != '\0' ? article : basis->text,
                   basis->code);
    }
}

void words_grounds(const struct covenant_file *file, const struct matrix_row *row, const char *giving, struct buf *out)
{
    words_basis(file, "vragen", row->ask, out);
    words_basis(file, giving, row->give, out);
    words_basis(file, "geheimhouding opgeheven", row->lift, out);
}
