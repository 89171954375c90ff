/*
 * decide.h - may this be asked, may this be answered: the covenant executed.
 *
 * Decision = f(covenant, request, subject facts, record, day): total, pure, default deny, no order among rules. Each
 * side asks for itself: the asker before any partner hears of it, the provider before an answer leaves.
 * Per domain and category: released = what any rule permits, minus what any rule denies.
 * No allocation, no clock, no I/O. Thread: any. Faults: none; a reference that the covenant does not know is a deny,
 * and so is a party pointer that comes from another covenant.
 */
#ifndef KETENBRUG_POLICY_DECIDE_H
#define KETENBRUG_POLICY_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/consent.h"
#include "policy/covenant.h"
#include "policy/words.h"

/*
 * Why: the last hurdle that was not taken. First come the hurdles of the request as a whole, then those of rules, in
 * the order in which a rule is checked; where several rules fall short, the one that came furthest gives the reason.
 */
#define POLICY_REASON_TABLE(X)                                                                                         \
    X(POLICY_NOT_IN_FORCE, "niet-geldig", "Het convenant geldt vandaag niet.")                                         \
    X(POLICY_NO_PARTY, "geen-partij", "Een van de twee organisaties hoort niet bij dit convenant.")                    \
    X(POLICY_SAME_PARTY, "zelfde-partij", "Een organisatie vraagt niets aan zichzelf.")                                \
    X(POLICY_UNKNOWN_PURPOSE, "onbekend-doel", "Het convenant kent dit doel niet.")                                    \
    X(POLICY_NO_BSN_GROUND, "geen-bsn-grondslag",                                                                      \
      "Een van de twee organisaties mag het burgerservicenummer hiervoor niet gebruiken.")                             \
    X(POLICY_TASK_KIND, "onbekende-opdracht", "Het convenant kent deze soort opdracht niet.")                          \
    X(POLICY_LEVEL, "niveau", "Een van de twee organisaties doet niet mee op het niveau van dit doel.")                \
    X(POLICY_UNKNOWN_BASIS, "onbekende-grondslag", "Het convenant kent deze grondslag niet.")                          \
    X(POLICY_UNKNOWN_ROLE, "onbekende-rol", "Het convenant kent deze rol niet.")                                       \
    X(POLICY_NO_RULE, "geen-regel", "Het convenant heeft voor dit doel geen regel tussen deze organisaties.")          \
    X(POLICY_SIGNAL, "ander-onderwerp", "Deze regel gaat over iets anders: zorgsignalen en hulp zijn twee dingen.")    \
    X(POLICY_TASK_SIDES, "andere-partijen", "Deze organisatie mag zo'n opdracht niet geven aan die organisatie.")      \
    X(POLICY_OTHER_REGION, "andere-regio", "Deze organisatie werkt in geen enkele gemeente van uw werkgebied.")        \
    X(POLICY_ROLE, "rol", "In deze rol mag u hier niet naar vragen.")                                                  \
    X(POLICY_BASIS, "grondslag", "Deze grondslag past niet bij deze vraag.")                                           \
    X(POLICY_BASIS_NOT_YET, "grondslag-niet-in-werking", "Een grondslag van de regel geldt vandaag niet.")             \
    X(POLICY_NO_CASE, "geen-zaak", "Voor deze vraag is een zaak of een melding nodig.")                                \
    X(POLICY_NO_REPORT, "geen-melding", "Voor deze vraag is een melding nodig.")                                       \
    X(POLICY_REPORT_CLOSED, "melding-niet-open", "Voor deze vraag is een lopende melding nodig.")                      \
    X(POLICY_NO_ORDER, "geen-maatregel", "Voor deze vraag is een maatregel nodig die nu geldt.")                       \
    X(POLICY_LIFE_DOMAIN, "leefgebied", "Over dit leefgebied mag hier niets worden verteld.")                          \
    X(POLICY_TASK_CONTENT, "inhoud", "Bij deze soort opdracht mag dit niet worden meegegeven.")                        \
    X(POLICY_SHIELDED, "afgeschermd", "Dit gegeven is afgeschermd.")                                                   \
    X(POLICY_AREA, "werkgebied", "De betrokkene woont niet, of niet zeker, in het werkgebied van de vrager.")          \
    X(POLICY_AGE, "leeftijd", "De regel geldt niet voor de leeftijd van de betrokkene, of die is niet bekend.")        \
    X(POLICY_RESTRICTED, "beperkt", "De verwerking van deze gegevens is beperkt, of er loopt een bezwaar.")            \
    X(POLICY_CONSENT, "geen-toestemming", "De toestemming die hier nodig is, is er niet of niet meer.")                \
    X(POLICY_EXISTENCE, "bestaan", "Dat iemand hier bekend is, mag u voor dit doel niet weten.")                       \
    X(POLICY_PROHIBITED, "verbod", "Een regel van het convenant verbiedt dit.")                                        \
    X(POLICY_CRISIS, "crisisnummer", "Bel het crisisnummer; over de betrokkene wordt hier niets gevraagd.")            \
    X(POLICY_PERMITTED, "toegestaan", "Een regel van het convenant staat dit toe.")

enum policy_reason {
#define X(reason, code, text) reason,
    POLICY_REASON_TABLE(X)
#undef X
        POLICY_REASON_COUNT
};

/* What the requester says: signed claims, reviewed afterwards. */
struct policy_request {
    const struct party *requester;
    const struct party *provider;
    struct slice purpose; /* codes; unknown ones deny */
    struct slice basis;   /* the requester's basis to ask */
    struct slice role;
    bool has_case;       /* a case number was given */
    bool has_report;     /* a report number was given */
    bool report_open;    /* it is an open report of Veilig Thuis, by the requester's own records */
    bool order_in_force; /* an order that is in force today, by the requester's own records */
    struct date today;
};

/* What the provider knows of the subject. */
struct policy_subject {
    struct date birth;               /* not set: unknown, which is the strictest reading */
    const char *municipality;        /* CBS code, 4 digits; "" unknown */
    struct date extended_youth_care; /* last day of recorded extended youth care; not set: none. Counts to 23 */
    struct policy_consent consent;   /* weighed for this requester and purpose (consent.h); zeros: none */
    bool restricted; /* AVG art. 18, or an objection (art. 21) to this purpose that is not settled: only urgent purposes
                      * go on */
};

/* One record: of an involvement, or of a signal. */
struct policy_record {
    struct slice life_domain; /* code; of a signal none */
    bool shielded;            /* only a rule that names shielded records releases anything of it */
    bool signal;              /* a live signal: only rules about signals say anything of it, and they of nothing else */
};

enum { DECISION_RULES_MAX = 8 };

#define POLICY_NOTE_PARENT "ouder-oneens" /* the youth opened it alone; somebody with authority says otherwise */

struct policy_decision {
    bool permit;
    uint32_t categories;                   /* CATEGORY_BIT mask; 0 when denied */
    const char *rules[DECISION_RULES_MAX]; /* ids of rules that permitted, borrowed from the covenant */
    size_t rule_count;                     /* past the bound they are counted, not kept */
    const char *obligation;                /* Dutch code of the strictest obligation; NULL when denied */
    const char *note;     /* Dutch code of what the receiver must know beside it ("ouder-oneens"); NULL: nothing */
    bool contact_central; /* contact is the provider's central number, never a person or place (shielded records) */
    bool crisis_number;   /* at the asker: show this partner's crisis number; nothing is asked about the person */
    enum policy_reason why;
    const char *reason; /* Dutch, one sentence a professional understands; a constant */
};

const char *policy_reason_code(enum policy_reason reason); /* "geen-regel", for logs and tests */
const char *policy_reason_text(enum policy_reason reason); /* Dutch */

/* At the asker: is there any rule under which this provider may be asked? Subject facts play no part. A rule with
 * `crisisnummer` asks nothing: alone it leaves `permit` false, `crisis_number` true and the reason POLICY_CRISIS. */
void policy_may_ask(const struct covenant *covenant, const struct policy_request *request, struct policy_decision *out);
/*
 * Set-time: may the requester know that this person exists here, for this purpose? Looks only at what the provider can
 * test by itself (party kinds, work area, age, authority, consent, life domain, shielding, restriction) and only at
 * rules that feed lookup sets (`opzoekset`); of the request only parties, purpose and day count.
 * out->categories is CATEGORY_EXISTENCE or nothing. A set tells the requester's whole organisation, so a rule that
 * denies existence to any of its roles denies it here.
 */
void policy_may_know(const struct covenant *covenant, const struct policy_request *request,
                     const struct policy_subject *subject, const struct policy_record *record,
                     struct policy_decision *out);
/*
 * For which purposes the provider keeps a lookup set for the requester: somebody could be in it today, as far as the
 * covenant alone can tell (in force, level, grounds for the BSN, a rule that feeds it, its bases, prohibitions). One bit
 * for each purpose by its place (covenant_purpose_at); both sides get the same answer.
 */
uint64_t policy_set_purposes(const struct covenant *covenant, const struct party *requester,
                             const struct party *provider, const struct date *today);
/*
 * May what the giver has of this person, a live signal or an involvement, meet a signal of the receiver? Only when
 * policy_may_know says under `zorgsignaal` that the receiver may know of it; never a shielded record.
 * `roles` are those of the receiver's users who may have the giver's contact data: of the rules of that sort that name
 * `contact` and whose conditions hold, minus those to whom a prohibition denies it. No role: they hear that there is a
 * meeting, and no contact. Of a rule about involvements the receiver's signal is the case; one that wants a report, an open
 * report or an order gives none. A prohibition on any life domain hits a signal, which has none.
 */
struct policy_meeting {
    bool permit;
    uint64_t roles;    /* bit per role, by its place in the document (matrix_role) */
    const char *basis; /* the giver's, code, borrowed from the covenant; NULL when denied */
    enum policy_reason why;
    const char *reason; /* Dutch, one sentence; a constant */
};
void policy_may_meet(const struct covenant *covenant, const struct party *giver, const struct party *receiver,
                     const struct policy_subject *subject, const struct policy_record *record, const struct date *today,
                     struct policy_meeting *out);
/*
 * Values that the requester may have evaluated by one provider for this purpose: per day, epoch and year; 0: not
 * limited by itself, though another of the three is. Where the purpose counts cases (`perZaak`), an epoch's is that times
 * the cases that the requester declares, and of one case when it declares none; `perPeriode` is its ceiling. A purpose
 * without any bound has those of limits.h. For an urgent purpose it warns and never blocks.
 */
struct policy_quota {
    int64_t per_day, per_period, per_year;
};
struct policy_quota policy_quota_of(const struct purpose *purpose, const struct party *requester);
/* At the provider, per record: request-time. Releases nothing where policy_may_know says no, unless the purpose is urgent
 * (`spoed`): whom to call, or how far something is, tells that somebody is known here too. So what ends for the sets
 * ends for requests at once. Rules that feed sets release nothing here. */
void policy_may_answer(const struct covenant *covenant, const struct policy_request *request,
                       const struct policy_subject *subject, const struct policy_record *record,
                       struct policy_decision *out);

#endif
