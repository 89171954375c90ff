#include "domain/dossier.h"

#include "base/digest.h"
#include "base/mem.h"

/* ---- taking in ---- */

/* A bewindvoerder has no say here: he is recorded, and speaks for nobody. */
static bool speaks_as(enum authority_kind kind, enum consent_giver *as)
{
    static const enum consent_giver givers[AUTHORITY_COUNT] = {
        [AUTHORITY_PARENT] = GIVER_PARENT,
        [AUTHORITY_GUARDIAN] = GIVER_GUARDIAN,
        [AUTHORITY_CURATOR] = GIVER_CURATOR,
        [AUTHORITY_MENTOR] = GIVER_MENTOR,
    };
    *as = givers[kind];
    return kind != AUTHORITY_ADMINISTRATOR;
}

static void add_authority(struct dossier *dossier, const struct ident *holder, enum authority_kind kind,
                          const struct date *from, const struct date *until)
{
    enum consent_giver as;
    if (!speaks_as(kind, &as)) {
        return;
    }
    if (dossier->authority_count == DOSSIER_AUTHORITIES_MAX) {
        dossier->unreadable++; /* whoever is left out may be the one who refuses */
    } else {
        dossier->authorities[dossier->authority_count++] =
            (struct policy_authority){.holder = *holder, .as = as, .from = *from, .until = *until};
    }
}

struct ident dossier_holder(const struct ident *subject_id, const struct authority *authority)
{
    struct ident holder;
    struct sha256 digest;
    uint8_t bytes[IDENT_SIZE + 1 + BSN_DIGITS + sizeof authority->holder] = {0};
    memcpy(bytes, subject_id->bytes, IDENT_SIZE);
    bytes[IDENT_SIZE] = (uint8_t)authority->kind;
    memcpy(bytes + IDENT_SIZE + 1, bsn_digits(&authority->holder_bsn).ptr, bsn_digits(&authority->holder_bsn).len);
    (void)slice_copy_text(slice_text(authority->holder), (char *)bytes + IDENT_SIZE + 1 + BSN_DIGITS,
                          sizeof authority->holder);
    sha256_of(slice_of(bytes, sizeof bytes), &digest);
    memcpy(holder.bytes, digest.bytes, IDENT_SIZE);
    mem_wipe(bytes, sizeof bytes);
    return holder;
}

enum result dossier_open(const struct subject *subject, const struct ident *subject_id, size_t max, struct dossier *out,
                         struct error *err)
{
    *out = (struct dossier){.subject = subject};
    if (max != 0) {
        out->facts = mem_array(max, sizeof *out->facts);
        ENSURE(out->facts != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    }
    for (size_t i = 0; i < subject->authority_count && i < AUTHORITIES_MAX; i++) {
        const struct authority *authority = &subject->authorities[i];
        const struct ident holder = dossier_holder(subject_id, authority);
        add_authority(out, &holder, authority->kind, &authority->since, &authority->until);
    }
    return RESULT_OK;
}

void dossier_add(struct dossier *dossier, const struct ident *id, struct slice payload)
{
    struct dossier_fact *to = &dossier->facts[dossier->count];
    struct error err;
    if (fact_decode(payload, &to->fact, &err) != RESULT_OK) {
        dossier->unreadable++;
        return;
    }
    to->id = *id;
    dossier->count++;
}

void dossier_ready(struct dossier *dossier)
{
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < dossier->count; i++) {
        const struct fact *fact = &dossier->facts[i].fact;
        if (fact->kind == FACT_AUTHORITY && fact->state == STATE_STANDS) {
            add_authority(dossier, &dossier->facts[i].id, fact->authority, &fact->from, &fact->until);
        } else if (fact->kind == FACT_CAPABILITY && fact->recorded_ms >= newest) {
            newest = fact->recorded_ms;
            dossier->capability = fact->state == STATE_CAPABLE ? CAPABILITY_YES : CAPABILITY_NO;
        }
    }
}

void dossier_close(struct dossier *dossier)
{
    if (dossier->facts != NULL) {
        mem_wipe(dossier->facts, dossier->count * sizeof *dossier->facts);
        mem_free(dossier->facts);
    }
    mem_wipe(dossier, sizeof *dossier);
}

const struct policy_authority *dossier_authority(const struct dossier *dossier, const struct ident *holder)
{
    for (size_t i = 0; i < dossier->authority_count; i++) {
        if (ident_equal(&dossier->authorities[i].holder, holder)) {
            return &dossier->authorities[i];
        }
    }
    return NULL;
}

int64_t dossier_moment(const struct dossier *dossier, int64_t now_ms, bool opens)
{
    int64_t moment = now_ms;
    for (size_t i = 0; i < dossier->count; i++) {
        const struct fact *fact = &dossier->facts[i].fact;
        const int64_t last = fact->changed_ms > fact->recorded_ms ? fact->changed_ms : fact->recorded_ms;
        moment = last + opens > moment ? last + opens : moment;
    }
    return moment;
}

struct policy_person dossier_person(const struct dossier *dossier)
{
    return (struct policy_person){
        .birth = dossier->subject->birth,
        .capability = dossier->capability,
        .authorities = dossier->authorities,
        .authority_count = dossier->authority_count,
    };
}

/* ---- statements ---- */

/* One requester and purpose: all that is weighed covers it. */
struct point {
    const struct dossier *dossier;
    struct slice oin;
    struct slice kind;
    struct slice purpose;
    const struct date *today;
    size_t *covering; /* places of the statements that cover it: looked for once, whoever the givers are */
    size_t fact_count;
    struct policy_statement *statements;
    size_t count;
};

static bool closes(const struct fact *fact)
{
    return fact->state != STATE_GIVEN;
}

static bool covers(const struct point *at, const struct fact *fact)
{
    const bool all = closes(fact); /* what closes may name nobody and nothing: then it closes all */
    const bool recipient = fact->recipients.count == 0 ? all
                                                       : fact_codes_have(&fact->recipients, at->oin) ||
                                                             fact_codes_have(&fact->recipients, at->kind);
    const bool purpose = fact->purposes.count == 0 ? all : fact_codes_have(&fact->purposes, at->purpose);
    return recipient && purpose;
}

static bool has_holder_as(const struct point *at, enum consent_giver as)
{
    for (size_t i = 0; i < at->dossier->authority_count; i++) {
        const struct policy_authority *authority = &at->dossier->authorities[i];
        const bool begun = !date_is_set(&authority->from) || date_compare(&authority->from, at->today) <= 0;
        const bool over = date_is_set(&authority->until) && date_compare(&authority->until, at->today) < 0;
        if (authority->as == as && begun && !over) {
            return true;
        }
    }
    return false;
}

/* Is it this giver's word? What came through a partner names nobody. */
static bool is_word_of(const struct point *at, const struct fact *fact, const struct ident *giver,
                       enum consent_giver as)
{
    if (!oin_is_set(&fact->via)) {
        return fact->as == as && (as == GIVER_SUBJECT || ident_equal(&fact->giver, giver));
    }
    return fact->as == as || (fact->as != GIVER_SUBJECT && !has_holder_as(at, fact->as));
}

static void hand_in(struct point *at, const struct fact *fact, uint32_t categories, const struct ident *giver,
                    enum consent_giver as)
{
    static const enum consent_word words[FACT_STATE_COUNT] = {
        [STATE_GIVEN] = CONSENT_GIVEN, [STATE_REFUSED] = CONSENT_REFUSED, [STATE_WITHDRAWN] = CONSENT_WITHDRAWN};
    static const struct date always = {0};
    at->statements[at->count++] = (struct policy_statement){
        .giver = *giver,
        .as = as,
        .kind = fact->consent,
        .word = words[fact->state],
        .categories = categories,
        .from = closes(fact) ? always : fact->from,
        .until = fact->until,
        .recipients = &at->oin,
        .recipient_count = 1,
        .purposes = &at->purpose,
        .purpose_count = 1,
    };
}

static const struct fact *fact_at(const struct point *at, size_t index)
{
    return &at->dossier->facts[at->covering[index]].fact;
}

static void gather_covering(struct point *at)
{
    for (size_t i = 0; i < at->dossier->count; i++) {
        const struct fact *fact = &at->dossier->facts[i].fact;
        if (fact->kind == FACT_CONSENT && covers(at, fact)) {
            at->covering[at->fact_count++] = i;
        }
    }
}

static bool concerns(const struct point *at, const struct fact *fact, enum consent_kind kind, const struct ident *giver,
                     enum consent_giver as)
{
    return fact->consent == kind && is_word_of(at, fact, giver, as);
}

static uint32_t categories_of(const struct fact *fact)
{
    const uint32_t all = CATEGORY_BIT(CATEGORY_COUNT) - 1;
    return fact->categories == 0 && closes(fact) ? all : fact->categories & all;
}

/* Has the other been said after this? At the same moment what closes wins. */
static bool undoes(const struct fact *other, const struct fact *fact)
{
    return closes(fact) ? !closes(other) && other->recorded_ms > fact->changed_ms
                        : closes(other) && other->changed_ms >= fact->recorded_ms;
}

/* Of every statement what no later one of the same giver undid. */
static void weigh_giver(struct point *at, enum consent_kind kind, const struct ident *giver, enum consent_giver as)
{
    for (size_t i = 0; i < at->fact_count; i++) {
        const struct fact *fact = fact_at(at, i);
        if (!concerns(at, fact, kind, giver, as)) {
            continue;
        }
        uint32_t left = categories_of(fact);
        for (size_t k = 0; k < at->fact_count && left != 0; k++) {
            const struct fact *other = fact_at(at, k);
            if (undoes(other, fact) && concerns(at, other, kind, giver, as)) {
                left &= ~categories_of(other);
            }
        }
        if (left != 0) {
            hand_in(at, fact, left, giver, as);
        }
    }
}

static void weigh_givers(struct point *at)
{
    static const struct ident nobody = {{0}};
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        weigh_giver(at, (enum consent_kind)kind, &nobody, GIVER_SUBJECT);
        for (size_t i = 0; i < at->dossier->authority_count; i++) {
            const struct policy_authority *authority = &at->dossier->authorities[i];
            weigh_giver(at, (enum consent_kind)kind, &authority->holder, authority->as);
        }
    }
}

/* ---- the rest of what a decision must know ---- */

static bool lasts(const struct fact *fact, const struct date *today)
{
    return (!date_is_set(&fact->from) || date_compare(&fact->from, today) <= 0) &&
           (!date_is_set(&fact->until) || date_compare(today, &fact->until) <= 0);
}

static bool restricts(const struct fact *fact, struct slice purpose, const struct date *today)
{
    switch (fact->kind) {
    case FACT_RESTRICTION:
        return fact->state == STATE_STANDS && lasts(fact, today);
    case FACT_OBJECTION:
        return (fact->state == STATE_OPEN || fact->state == STATE_HONOURED) &&
               (fact->purposes.count == 0 || fact_codes_have(&fact->purposes, purpose));
    case FACT_CORRECTION:
        return fact->state == STATE_OPEN && fact->restricts;
    default:
        return false;
    }
}

static void gather(const struct dossier *dossier, struct slice purpose, const struct date *today,
                   struct policy_subject *out)
{
    out->restricted = dossier->unreadable != 0;
    for (size_t i = 0; i < dossier->count; i++) {
        const struct fact *fact = &dossier->facts[i].fact;
        out->restricted = out->restricted || restricts(fact, purpose, today);
        if (fact->kind == FACT_EXTENDED_CARE && fact->state == STATE_STANDS && lasts(fact, today) &&
            (!date_is_set(&out->extended_youth_care) || date_compare(&fact->until, &out->extended_youth_care) > 0)) {
            out->extended_youth_care = fact->until;
        }
    }
}

enum result dossier_weigh(const struct dossier *dossier, const struct covenant *covenant, const struct party *requester,
                          struct slice purpose, const struct date *today, struct policy_subject *out, struct error *err)
{
    struct policy_subject subject = {.birth = dossier->subject->birth, .municipality = dossier->subject->municipality};
    gather(dossier, purpose, today, &subject);
    /* Each statement is handed in once for each whose word it is: through a partner that may be everybody. */
    const size_t most = dossier->count * (dossier->authority_count + 1);
    struct point at = {.dossier = dossier,
                       .oin = slice_text(requester->oin.digits),
                       .kind = slice_text(requester->kind),
                       .purpose = purpose,
                       .today = today};
    if (dossier->count != 0) {
        at.covering = mem_array(dossier->count, sizeof *at.covering);
        at.statements = mem_array(most, sizeof *at.statements);
        if (at.covering == NULL || at.statements == NULL) {
            mem_free(at.covering);
            mem_free(at.statements);
            FAIL(err, FAULT_NO_MEMORY, "", "geen geheugen");
        }
        gather_covering(&at);
        weigh_givers(&at);
    }
    struct policy_person person = dossier_person(dossier);
    person.statements = at.statements;
    person.statement_count = at.count;
    policy_consent_weigh(covenant, &person, requester, purpose, today, &subject.consent);
    mem_free(at.covering);
    mem_free(at.statements);
    *out = subject;
    return RESULT_OK;
}
