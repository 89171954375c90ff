/*
 * covenant_parts.h - how a covenant lies in memory, for the files that fill it and the one that decides. Private to
 * policy.
 *
 * Everything is an array with small numbers in place of references, so that a decision touches a few cache lines and
 * never compares a text that is not in the request.
 */
#ifndef KETENBRUG_POLICY_COVENANT_PARTS_H
#define KETENBRUG_POLICY_COVENANT_PARTS_H

#include "base/json.h"
#include "base/limits.h"
#include "policy/codes.h"
#include "policy/covenant.h"
#include "policy/task.h"
#include "policy/words.h"

enum { BASIS_NONE = 0xFFFF };

struct party_entry {
    struct party party; /* first: a caller's struct party * is the address of its entry */
    uint32_t area_first;
    uint16_t area_count;
    uint16_t bsn_basis;
    uint64_t bsn_purposes; /* bit per purpose for which it may process the BSN; all when the party names none */
    uint8_t kind;
    bool nationwide;
};

enum rule_flag {
    RULE_DENIES = 1U << 0,
    RULE_NEEDS_REPORT = 1U << 1,
    RULE_NEEDS_CASE_OR_REPORT = 1U << 2,
    RULE_NEEDS_AREA = 1U << 3,
    RULE_NAMES_SHIELDED = 1U << 4,
    RULE_NEEDS_SHARED_AREA = 1U << 5,
    RULE_FEEDS_SET = 1U << 6,         /* `opzoekset`: set-time conditions alone */
    RULE_NEEDS_OPEN_REPORT = 1U << 7, /* `meldingOpen` */
    RULE_NEEDS_ORDER = 1U << 8,       /* `maatregel` */
    RULE_YOUTH = 1U << 9,             /* `regime`: "jeugd", below 18, or below 23 with extended youth care */
    RULE_ADULT = 1U << 10,            /* `regime`: "volwassen", from 18 */
    RULE_CRISIS_NUMBER = 1U << 11,    /* `crisisnummer`: the asker is shown the partner's; releases nothing */
    RULE_SIGNAL = 1U << 12,           /* `signaal`: about a live signal, never about an involvement */
    RULE_TASK = 1U << 13,             /* the terms of a kind of task: in /opdrachten, never among the rules */
};

enum { RULE_CONSENT_NONE = 0xFF, EVERY_LIFE_DOMAIN = (1 << LIFE_DOMAIN_COUNT) - 1 };

struct rule {
    const char *id;
    uint64_t roles;           /* bit per role; all in a rule that feeds sets: roles play no part there */
    uint32_t requester_kinds; /* bit per kind of party */
    uint32_t provider_kinds;
    uint32_t categories;
    uint16_t domains; /* bit per life domain */
    uint16_t purpose;
    uint16_t basis_ask; /* BASIS_NONE in a rule that denies */
    uint16_t basis_give;
    uint16_t basis_lift; /* what lifts secrecy; BASIS_NONE: nothing needs lifting */
    uint16_t flags;
    uint16_t place; /* in the document's /regels, from 0 */
    uint8_t obligation;
    uint8_t consent;  /* enum consent_kind that must have opened what is released; RULE_CONSENT_NONE: none needed */
    uint8_t age_from; /* whole years, both included; 0 and 255: no bound */
    uint8_t age_until;
};

/* A kind of task; its terms as a rule has them: who asks for it, who does it, the bases of both, conditions. */
struct task_entry {
    struct task_kind kind;
    struct rule rule;
};

struct covenant {
    char *text; /* all strings of the document, one after another */
    size_t text_used;
    size_t text_size;
    const char *name;
    const char *version;
    struct sha256 digest;
    struct date from;
    struct date until;
    bool sample;
    char hash[COVENANT_HASH_SIZE];
    const char *predecessor;
    struct consent_terms consent;
    struct regulation regulation;
    bool names_staff;

    uint32_t secret_kinds; /* bit per kind of party: bound to secrecy (`geheimhouding`) */
    uint32_t public_kinds; /* has a public task (`publiekeTaak`) */
    struct code_table kind_codes;
    struct code_table role_codes;
    struct code_table purpose_codes;
    struct code_table basis_codes;
    struct code_table task_codes;
    struct code_table oins;
    struct code_table origins;

    struct purpose *purposes;
    struct basis *bases;
    size_t basis_count;
    struct party_entry *parties;
    size_t party_count;
    uint16_t *areas; /* work areas of all parties, each sorted */
    size_t area_count;
    struct rule *rules; /* rules that deny first, then by id: the document's order leaves no trace */
    size_t rule_count;
    struct task_entry *tasks; /* in the document's order */
    size_t task_count;

    /* Rules that join two kinds for a purpose: entries[starts[b] .. starts[b + 1]), b = covenant_bucket(). */
    uint32_t *starts;
    uint16_t *entries;
};

static inline size_t covenant_bucket(const struct covenant *covenant, size_t purpose, size_t requester_kind,
                                     size_t provider_kind)
{
    const size_t kinds = covenant->kind_codes.capacity;
    return (purpose * kinds + requester_kind) * kinds + provider_kind;
}

/* The entry behind a pointer that a caller holds; NULL when it is no party of this covenant. */
const struct party_entry *covenant_entry(const struct covenant *covenant, const struct party *party);
/* Is there a municipality in which both work? Nationwide is everywhere. */
bool covenant_share_area(const struct covenant *covenant, const struct party_entry *a, const struct party_entry *b);
bool covenant_basis_in_force(const struct covenant *covenant, uint16_t basis, const struct date *today);

/* Copies a text of the document to where it lives as long as the covenant. */
const char *covenant_keep(struct covenant *covenant, const struct json *text);

/* One file each; all add every fault they find and go on. */
void covenant_read_lists(struct covenant *covenant, const struct json *document, struct fault_list *faults);
/* What a party says of its log, and who the witnesses are. */
void covenant_read_log(struct covenant *covenant, const struct json *item, const char *pointer, struct party *party,
                       struct fault_list *faults);
void covenant_read_witnesses(struct covenant *covenant, const struct json *document, struct fault_list *faults);
void covenant_read_parties(struct covenant *covenant, const struct json *document, struct fault_list *faults);
void covenant_read_rules(struct covenant *covenant, const struct json *document, struct fault_list *faults);
/* What a rule that permits demands (`voorwaarden`). */
void covenant_read_conditions(const struct json *item, const char *pointer, struct rule *rule,
                              struct fault_list *faults);
/* The same of a kind of task, whose consent stands beside them. */
void covenant_read_task_conditions(const struct json *item, const char *pointer, struct rule *rule,
                                   struct fault_list *faults);
void covenant_read_tasks(struct covenant *covenant, const struct json *document, struct fault_list *faults);
/* Consent terms, regulation, predecessor. */
void covenant_read_terms(struct covenant *covenant, const struct json *document, struct fault_list *faults);
void covenant_index(struct covenant *covenant, struct fault_list *faults);

#endif
