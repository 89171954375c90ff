/* What holds for all rules: how consent is read, the privacy regulation of users, what letters to people may tell, the
 * version before this one. */
#include "base/attr.h"
#include "base/encode.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"

enum { REGULATION_DAYS_MAX = 90, CONSENT_MONTHS_MAX = 240 };

static const struct json_field consent_fields[] = {
    {"bekwaamVanaf12", JSON_TEXT, true, 1, CODE_MAX},
    {"maandenHoogstens", JSON_NUMBER, true, 1, CONSENT_MONTHS_MAX},
};

static const struct json_field regulation_fields[] = {
    {"versie", JSON_TEXT, true, 1, CODE_MAX},
    {"tekst", JSON_TEXT, true, 1, REGULATION_TEXT_MAX},
    {"dagen", JSON_NUMBER, true, 1, REGULATION_DAYS_MAX},
};

static const struct json_field insight_fields[] = {
    {"namenMedewerkers", JSON_BOOL, false, 0, 0},
};

static const char *const deciders[] = {"jeugdige", "beiden"};

static void read_consent(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *terms = json_member(document, "toestemming");
    if (terms == NULL || json_kind(terms) != JSON_OBJECT) {
        return; /* json_check has said so */
    }
    json_check(terms, "/toestemming", consent_fields, COUNT_OF(consent_fields), faults);
    covenant->consent.youth_alone =
        read_choice(terms, "/toestemming", "bekwaamVanaf12", deciders, COUNT_OF(deciders), faults) == 0;
    covenant->consent.months_at_most = (int)json_int(json_member(terms, "maandenHoogstens"));
}

static void read_regulation(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *regulation = json_member(document, "reglement");
    if (regulation == NULL || json_kind(regulation) != JSON_OBJECT) {
        return;
    }
    json_check(regulation, "/reglement", regulation_fields, COUNT_OF(regulation_fields), faults);
    covenant->regulation.version = covenant_keep(covenant, read_code(regulation, "/reglement", "versie", faults));
    covenant->regulation.text = covenant_keep(covenant, read_text(regulation, "/reglement", "tekst", faults));
    covenant->regulation.days = (int)json_int(json_member(regulation, "dagen"));
}

static void read_insight(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *insight = json_member(document, "inzage");
    if (insight == NULL || json_kind(insight) != JSON_OBJECT) {
        return;
    }
    json_check(insight, "/inzage", insight_fields, COUNT_OF(insight_fields), faults);
    covenant->names_staff = json_bool(json_member(insight, "namenMedewerkers"));
}

static bool is_hash(struct slice text)
{
    static const size_t prefix = sizeof COVENANT_HASH_PREFIX - 1;
    struct sha3_512 digest;
    return text.len == COVENANT_HASH_SIZE - 1 && memcmp(text.ptr, COVENANT_HASH_PREFIX, prefix) == 0 &&
           base64url_decode_exact(slice_of(text.ptr + prefix, text.len - prefix), digest.bytes, sizeof digest.bytes);
}

void covenant_read_terms(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    read_consent(covenant, document, faults);
    read_regulation(covenant, document, faults);
    read_insight(covenant, document, faults);
    const struct json *predecessor = json_member(document, "voorganger");
    if (predecessor != NULL && json_kind(predecessor) == JSON_TEXT && !is_hash(json_text(predecessor))) {
        fault_list_add(faults, FAULT_INVALID, "/voorganger",
                       "hier hoort de hash van een convenant: " COVENANT_HASH_PREFIX " en 86 tekens base64url");
        return;
    }
    covenant->predecessor = predecessor != NULL ? covenant_keep(covenant, predecessor) : NULL;
}
