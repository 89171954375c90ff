/*
 * dossier.h - all recorded facts about one person, weighed for a decision.
 *
 * Does:      decodes a person's facts once; tells what policy/decide.h must know of him towards one requester, for one
 *            purpose, on one day; and who may speak for him.
 * Does not:  decide, or read the store.
 * Which word stands (per giver, kind and category, among statements that cover this requester and purpose): a withdrawal
 *            or refusal closes what the same giver gave before it; what he gives after it opens again. One that came through a
 *            partner counts as one of everybody here who speaks as what it names, and where nobody is recorded to, as
 *            one of everybody. At the same moment the withdrawal wins.
 * Strictest: a fact that cannot be read restricts all; an objection or contested accuracy restricts until it is settled,
 *            an honoured objection for good.
 * Ownership: dossier_open/dossier_close; it borrows the subject, copies the facts. Thread: any; pure.
 * Faults:    FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_DOMAIN_DOSSIER_H
#define KETENBRUG_DOMAIN_DOSSIER_H

#include "domain/fact.h"
#include "policy/decide.h"

enum { DOSSIER_AUTHORITIES_MAX = AUTHORITIES_MAX + FACTS_PER_SUBJECT_MAX };

struct dossier_fact {
    struct ident id;
    struct fact fact;
};

struct dossier {
    const struct subject *subject;
    struct dossier_fact *facts; /* in order of entry */
    size_t count;
    size_t unreadable; /* facts that are not in it */
    enum capability capability;
    struct policy_authority authorities[DOSSIER_AUTHORITIES_MAX]; /* all that have a say, ended ones left out */
    size_t authority_count;
};

/* Makes room for `max` facts; dossier_add takes them one by one, dossier_ready ends it. */
MUST_USE enum result dossier_open(const struct subject *subject, const struct ident *subject_id, size_t max,
                                  struct dossier *out, struct error *err);
void dossier_add(struct dossier *dossier, const struct ident *id, struct slice payload);
void dossier_ready(struct dossier *dossier);
void dossier_close(struct dossier *dossier); /* wipes; a zeroed one is fine */

/* The holder of authority that came with the person's registration: the same value for the same holder each time. */
struct ident dossier_holder(const struct ident *subject_id, const struct authority *authority);
const struct policy_authority *dossier_authority(const struct dossier *dossier, const struct ident *holder); /* NULL */

/* When something is recorded about him now: never before what was recorded already, whatever the clock does, and of what
 * opens after it, since at the same moment what closes wins. */
int64_t dossier_moment(const struct dossier *dossier, int64_t now_ms, bool opens);

/* Statements left out: for policy_consent_may_speak. */
struct policy_person dossier_person(const struct dossier *dossier);
MUST_USE enum result dossier_weigh(const struct dossier *dossier, const struct covenant *covenant,
                                   const struct party *requester, struct slice purpose, const struct date *today,
                                   struct policy_subject *out, struct error *err);

#endif
