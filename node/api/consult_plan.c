/* May I ask, and whom? And whose crisis number is shown without asking anything? */
#include <string.h>

#include "api/consult_parts.h"
#include "base/mem.h"

static struct policy_request policy_of(const struct consult *c, const struct party *partner)
{
    return (struct policy_request){
        .requester = api_self(c->call.api, c->call.covenant),
        .provider = partner,
        .purpose = c->request.purpose,
        .basis = c->request.basis,
        .role = c->request.role,
        .has_case = c->request.case_number.len != 0 || c->request.order_number.len != 0,
        .has_report = c->request.report_number.len != 0,
        .report_open = c->report_open,
        .order_in_force = c->order_in_force,
        .today = c->call.today,
    };
}

/* Collects the partners that a rule lets us ask, and those whose crisis number a rule lets us see; `reason` is why not,
 * when there is none: of the partner that came closest. */
static size_t askable(struct consult *c, const struct party **partners, const char **reason)
{
    size_t count = 0;
    enum policy_reason closest = POLICY_NOT_IN_FORCE;
    *reason = "uw organisatie is geen partij bij het convenant";
    if (api_self(c->call.api, c->call.covenant) == NULL) {
        return 0;
    }
    for (size_t i = 0; i < covenant_party_count(c->call.covenant); i++) {
        const struct party *partner = covenant_party_at(c->call.covenant, i);
        if (oin_equal(&partner->oin, &c->call.api->own_oin)) {
            continue;
        }
        struct policy_decision decision;
        const struct policy_request request = policy_of(c, partner);
        policy_may_ask(c->call.covenant, &request, &decision);
        if (decision.crisis_number) {
            c->crisis[c->crisis_count++] = partner;
        }
        if (decision.permit) {
            partners[count++] = partner;
        } else if (decision.why >= closest) {
            closest = decision.why;
            *reason = decision.reason;
        }
    }
    return count;
}

/* What is done in acute danger is reviewed: the report that it stands on says so, and is made on the spot when there is
 * none under that number. */
static enum result ask_review(struct consult *c, struct error *err)
{
    struct matter *matter = &c->report.matter;
    ENSURE(c->request.report_number.len != 0, err, FAULT_INVALID, "/melding",
           "noem een meldingsnummer; bij een eerste contact mag het een nieuw zijn");
    if (!c->report_known) {
        ENSURE(matter_number_ok(c->request.report_number) &&
                   slice_copy_text(c->request.report_number, matter->number, sizeof matter->number),
               err, FAULT_INVALID, "/melding", "hier hoort een nummer van zichtbare tekens");
        c->report.kind = REPORT_ACUTE;
        c->report.received = c->dutch_today;
        c->report_id = entropy_ident(c->call.api->entropy);
        memcpy(matter->people, c->request.subjects, sizeof matter->people);
        matter->people_count = c->request.subject_count;
    }
    c->report_changed = !c->report_known || !date_is_set(&c->report.review_from);
    report_ask_review(&c->report, &c->dutch_today);
    return RESULT_OK;
}

static enum result make_asks(struct consult *c, const struct party *const *partners, size_t count, struct error *err)
{
    ENSURE(count * c->request.subject_count <= CONSULT_ASKS_MAX, err, FAULT_TOO_LARGE, "/betrokkenen",
           "hoogstens %d vragen in een raadpleging: over elke persoon worden %zu ketenpartners gevraagd",
           CONSULT_ASKS_MAX, count);
    if (count == 0) {
        return RESULT_OK;
    }
    c->asks = mem_array(count * c->request.subject_count, sizeof *c->asks);
    ENSURE(c->asks != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    for (size_t s = 0; s < c->request.subject_count; s++) {
        for (size_t p = 0; p < count; p++) {
            struct ask *ask = &c->asks[c->ask_count++];
            *ask = (struct ask){.consult = c, .partner = partners[p], .subject = s};
            ask->request_id = entropy_ident(c->call.api->entropy);
            buf_init(&ask->entries, PEER_ANSWER_MAX);
        }
    }
    return RESULT_OK;
}

_Static_assert(MATTER_PEOPLE_MAX == CONSULT_SUBJECTS_MAX, "a report can be about all that one consult is about");

enum result consult_plan(struct consult *c, struct error *err)
{
    const struct party **partners = mem_array(COVENANT_PARTIES_MAX, sizeof(void *));
    c->crisis = mem_array(COVENANT_PARTIES_MAX, sizeof(void *));
    const char *reason = NULL;
    enum result result = RESULT_OK;
    if (partners == NULL || c->crisis == NULL) {
        mem_free(partners);
        return error_set(err, FAULT_NO_MEMORY, "", "geen geheugen");
    }
    const size_t count = askable(c, partners, &reason);
    if (count == 0 && c->crisis_count == 0) {
        result = error_set(err, FAULT_FORBIDDEN, "/doel", "geen ketenpartner mag dit worden gevraagd: %s", reason);
    } else if (c->crisis_count != 0) {
        result = ask_review(c, err);
    }
    if (result == RESULT_OK) {
        result = make_asks(c, partners, count, err);
    }
    mem_free(partners);
    return result;
}
