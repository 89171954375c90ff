/* May this task be given: what is agreed with its partner -> everybody whom it is about, one after the other -> whom he must
 * know already. The middle part serves tasks that are under way too. */
#include "api/facts.h"
#include "api/tasks_parts.h"
#include "base/mem.h"
#include "domain/person.h"

static void look_up(struct tasks_deciding *d);

static bool is_shielded(const struct store_found *found, const struct date *today)
{
    bool shielded = false;
    for (size_t i = 0; i < found->child_count && !shielded; i++) {
        struct involvement involvement;
        if (found->children[i].kind != STORE_INVOLVEMENT) {
            continue;
        }
        /* What cannot be read may be shielded. */
        shielded = involvement_decode(found->children[i].payload, &involvement, NULL) != RESULT_OK ||
                   (involvement.sensitivity == SENSITIVITY_SHIELDED && involvement_active(&involvement, today));
        mem_wipe(&involvement, sizeof involvement);
    }
    return shielded;
}

static void decide(struct tasks_deciding *d, const struct policy_subject *subject, bool shielded)
{
    const bool received = d->task->side == TASK_DOER;
    const struct party *self = api_self(d->api, d->covenant);
    const struct party *partner = covenant_party(d->covenant, &d->task->partner);
    const struct policy_task task = {
        .asker = received ? partner : self,
        .doer = received ? self : partner,
        .kind = slice_text(d->task->kind),
        .basis = slice_text(d->task->basis),
        .role = slice_text(d->task->role),
        .life_domain = slice_text(life_domain_word(d->task->life_domain)),
        .has_case = d->task->case_number[0] != '\0',
        .urgent = d->task->threatening,
        .content = d->content,
        .shielded = shielded,
        .received = received,
        .today = d->today,
    };
    policy_may_task(d->covenant, &task, subject, &d->decision);
    if (!d->decision.permit) {
        d->denied = d->at;
        d->done(d, NULL);
        return;
    }
    d->at++;
    look_up(d);
}

static enum result weigh(struct tasks_deciding *d, const struct store_found *found, const struct subject *subject,
                         struct policy_subject *out, struct error *err)
{
    struct dossier dossier = {0};
    const struct party *partner = covenant_party(d->covenant, &d->task->partner);
    ENSURE(partner != NULL, err, FAULT_FORBIDDEN, "/ketenpartner", "deze organisatie is geen partij bij het convenant");
    enum result result = dossier_of(found, subject, &dossier, err);
    if (result == RESULT_OK) {
        result = dossier_weigh(&dossier, d->covenant, partner, slice_text("opdracht"), &d->today, out, err);
    }
    dossier_close(&dossier);
    return result;
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct tasks_deciding *d = ctx;
    struct subject subject;
    struct policy_subject facts;
    struct error err;
    if (failed != NULL) {
        d->done(d, failed);
        return;
    }
    if (found->item == NULL) {
        decide(d, NULL, false);
        return;
    }
    enum result result = subject_decode(found->item->payload, &subject, &err);
    if (result == RESULT_OK) {
        result = weigh(d, found, &subject, &facts, &err);
    }
    if (result != RESULT_OK) {
        mem_wipe(&subject, sizeof subject);
        d->done(d, &err);
        return;
    }
    d->known[d->at] = true;
    if (d->task->side == TASK_GIVER) { /* at the doer, who accepts says who it is here */
        d->numbers[d->at] = subject.bsn;
        d->task->people[d->at].subject = found->item->id;
    }
    decide(d, &facts, is_shielded(found, &d->today));
    mem_wipe(&subject, sizeof subject);
}

static void look_up(struct tasks_deciding *d)
{
    const struct ident none = tasks_no_ident();
    if (d->at >= d->task->people_count) {
        d->done(d, NULL);
        return;
    }
    const struct task_person *person = &d->task->people[d->at];
    if (!ident_equal(&person->subject, &none)) {
        store_get(d->api->door, STORE_SUBJECT, &person->subject, STORE_ALL_CHILDREN, person_found, d);
    } else {
        store_find(d->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&d->numbers[d->at]), STORE_ALL_CHILDREN,
                   person_found, d);
    }
}

void tasks_decide(struct tasks_deciding *deciding)
{
    deciding->at = 0;
    deciding->denied = 0;
    look_up(deciding);
}

/* ---- may it be given ---- */

static void agree(struct call *call, struct api_covenant *held, struct task *task)
{
    struct api_covenant *before = call->held;
    call->held = api_hold(held);
    call->covenant = held->covenant;
    api_release_covenant(before);
    (void)slice_copy_text(slice_text(covenant_hash(held->covenant)), task->covenant, sizeof task->covenant);
}

static void named(struct tasks_naming *naming, const struct error *failed)
{
    struct tasks_giving *g = naming->ctx;
    if (failed != NULL) {
        g->may_not(g->call, failed);
    } else {
        g->may(g->call);
    }
}

/* That somebody is not in the partner's set is told before it leaves. */
static void look_for(struct tasks_giving *g)
{
    g->naming.api = g->call->api;
    g->naming.held = g->call->held;
    g->naming.task = g->task;
    memcpy(g->naming.numbers, g->deciding.numbers, sizeof g->naming.numbers);
    g->naming.done = named;
    g->naming.ctx = g;
    tasks_name(&g->naming);
}

static void decided(struct tasks_deciding *d, const struct error *failed)
{
    struct tasks_giving *g = d->ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(g->call, failed);
    } else if (!d->decision.permit) {
        (void)error_set(&err, FAULT_FORBIDDEN, "/soort", "%s", d->decision.reason);
        g->may_not(g->call, &err);
    } else if (d->decision.naming == TASK_NAMING_KNOWN && !g->draft) {
        look_for(g);
    } else {
        g->may(g->call);
    }
}

void tasks_give(struct tasks_giving *giving)
{
    struct api *api = giving->call->api;
    struct api_covenant *held = api_covenant_with(api, &giving->task->partner);
    struct error err;
    if (held == NULL) {
        (void)error_set(&err, FAULT_CONFLICT, "/ketenpartner", "met deze organisatie is geen convenant van kracht");
        giving->may_not(giving->call, &err);
        return;
    }
    if (outbox_room(api->outbox, &giving->task->partner, true, &err) != RESULT_OK) {
        giving->may_not(giving->call, &err);
        return;
    }
    agree(giving->call, held, giving->task);
    giving->deciding.api = api;
    giving->deciding.covenant = held->covenant;
    giving->deciding.task = giving->task;
    giving->deciding.today = giving->call->today;
    giving->deciding.content = tasks_content(giving->task);
    giving->deciding.done = decided;
    giving->deciding.ctx = giving;
    tasks_decide(&giving->deciding);
}
