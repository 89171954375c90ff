/* May I ask, and whom? And whose crisis number is shown without asking anything? */
#include <string.h>

#include "api/book.h"
#include "api/consult_parts.h"
#include "base/mem.h"

static struct policy_request policy_of(const struct consult *c, const struct candidate *candidate)
{
    return (struct policy_request){
        .requester = api_self(c->call.api, candidate->held->covenant),
        .provider = candidate->partner,
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

/* Those that may be asked, and why the one that came closest may not. */
struct askable {
    struct candidate *found;
    size_t count;
    enum policy_reason closest;
    const char *reason;
};

static void look_at(struct consult *c, const struct candidate *one, struct askable *out)
{
    struct policy_decision decision;
    const struct policy_request request = policy_of(c, one);
    policy_may_ask(one->held->covenant, &request, &decision);
    if (decision.crisis_number && c->crisis_count < COVENANT_PARTIES_MAX) {
        c->crisis[c->crisis_count++] = (struct candidate){api_hold(one->held), one->partner};
    }
    if (decision.permit && out->count < COVENANT_PARTIES_MAX) {
        out->found[out->count++] = *one;
    } else if (decision.why >= out->closest) {
        out->closest = decision.why;
        out->reason = decision.reason;
    }
}

/* Collects the partners that a rule of the covenant in force with each lets us ask, and those whose crisis number a rule
 * lets us see. */
static void find_askable(struct consult *c, struct askable *out)
{
    const struct book *book = c->call.api->book;
    out->closest = POLICY_NOT_IN_FORCE;
    out->reason = "met geen enkele ketenpartner is een convenant van kracht";
    for (size_t e = 0; e < book->count; e++) {
        const size_t parties =
            book_partners(c->call.api, e) != 0 ? covenant_party_count(book->entries[e]->covenant) : 0;
        for (size_t i = 0; i < parties; i++) {
            const struct candidate one = {book->entries[e], covenant_party_at(book->entries[e]->covenant, i)};
            /* Another document holds with him, or none, or it is us. */
            if (book_holds_with(c->call.api, one.held, &one.partner->oin)) {
                look_at(c, &one, out);
            }
        }
    }
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

static enum result make_asks(struct consult *c, const struct askable *partners, struct error *err)
{
    ENSURE(partners->count * c->request.subject_count <= CONSULT_ASKS_MAX, err, FAULT_TOO_LARGE, "/betrokkenen",
           "hoogstens %d vragen in een raadpleging: over elke persoon worden %zu ketenpartners gevraagd",
           CONSULT_ASKS_MAX, partners->count);
    if (partners->count == 0) {
        return RESULT_OK;
    }
    c->asks = mem_array(partners->count * c->request.subject_count, sizeof *c->asks);
    ENSURE(c->asks != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    c->partner_count = partners->count;
    for (size_t s = 0; s < c->request.subject_count; s++) {
        for (size_t p = 0; p < partners->count; p++) {
            const struct candidate *one = &partners->found[p];
            struct ask *ask = &c->asks[c->ask_count++];
            *ask = (struct ask){.consult = c, .held = api_hold(one->held), .partner = one->partner, .subject = s};
            ask->request_id = entropy_ident(c->call.api->entropy);
            buf_init(&ask->entries, PEER_ANSWER_MAX);
        }
    }
    return RESULT_OK;
}

_Static_assert((int)MATTER_PEOPLE_MAX == (int)CONSULT_SUBJECTS_MAX, "a report can be about all of one consult");

enum result consult_plan(struct consult *c, struct error *err)
{
    struct askable partners = {.found = mem_array(COVENANT_PARTIES_MAX, sizeof *partners.found)};
    c->crisis = mem_array(COVENANT_PARTIES_MAX, sizeof *c->crisis);
    enum result result = RESULT_OK;
    if (partners.found == NULL || c->crisis == NULL) {
        mem_free(partners.found);
        return error_set(err, FAULT_NO_MEMORY, "", "geen geheugen");
    }
    find_askable(c, &partners);
    if (partners.count == 0 && c->crisis_count == 0) {
        result =
            error_set(err, FAULT_FORBIDDEN, "/doel", "geen ketenpartner mag dit worden gevraagd: %s", partners.reason);
    } else if (c->crisis_count != 0) {
        result = ask_review(c, err);
    }
    if (result == RESULT_OK) {
        result = make_asks(c, &partners, err);
    }
    mem_free(partners.found);
    return result;
}
