/* What there is of a person towards a partner, and whether that may meet: the same work for each record of his. */
#include <stdio.h>

#include "api/facts.h"
#include "api/signals_parts.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"
#include "policy/matrix.h"

const struct ident signals_member = {{2}};

struct weighing {
    const struct api *api;
    const struct covenant *covenant;
    const struct party *partner;
    const struct party *self;
    const struct store_found *found;
    const struct ident *wanted;
    struct date today;
    struct policy_subject facts;
    bool shielded;
    bool goes_another; /* a signal that is not asked for goes, or went, under the spoor of now */
    bool of_now;       /* and what was found does */
    struct signal_weighed *out;
};

static void may_meet(const struct weighing *w, const struct policy_record *record, struct policy_meeting *out)
{
    policy_may_meet(w->covenant, w->self, w->partner, &w->facts, record, &w->today, out);
}

/* How far it came at the partner under the spoor of now. */
static void weigh_reached(struct signal_weighed *out, const struct signal_reach *reach, bool asked_for)
{
    static const struct ident none = {{0}};
    const bool begun = reach != NULL && reach->state == REACH_HIT;
    const bool sent = reach != NULL && reach->state == REACH_SENT;
    const bool by_home = (begun || sent) && !ident_equal(&reach->person, &none);
    out->by_home = out->by_home || by_home;
    out->by_himself = out->by_himself || ((begun || sent) && !by_home);
    out->under_way = out->under_way || begun;
    out->by_partner = out->by_partner || (by_home && ident_equal(&reach->person, &out->subject_id));
    if (!asked_for) {
        out->sent = out->sent || sent;
        out->begun = out->begun || begun;
        out->begun_by_home = out->begun_by_home || (begun && by_home);
    }
}

static void weigh_signal(struct weighing *w, const struct store_item *item)
{
    struct signal signal;
    struct policy_meeting meeting;
    struct error err;
    const struct policy_record record = {.life_domain = slice_text(""), .signal = true};
    if (signal_decode(item->payload, &signal, &err) != RESULT_OK) {
        log_error(w->api->log, LOG_ERROR, "zorgsignaal-onleesbaar", &err);
        return;
    }
    may_meet(w, &record, &meeting);
    const bool lives = signal_lives(&signal, &w->today);
    const bool asked_for = w->wanted == NULL || ident_equal(w->wanted, &item->id);
    const uint32_t turn = signals_turn(w->found, &signal.spoor, &w->partner->oin);
    const bool of_now = signal_turn(&signal, &w->partner->oin) == turn;
    if (lives && of_now) {
        weigh_reached(w->out, signal_reach_of(&signal, &w->partner->oin), asked_for);
    }
    w->out->withdrawn = w->out->withdrawn || (signal.state == SIGNAL_WITHDRAWN && of_now &&
                                              signal_reached(&signal, &w->partner->oin) == REACH_ENDED);
    w->goes_another = w->goes_another || (lives && !asked_for && of_now);
    if (lives && asked_for && meeting.permit && (!w->out->may || of_now)) {
        w->of_now = of_now;
        w->out->turn = turn;
        w->out->may = true;
        w->out->signal_id = item->id;
        w->out->signal = signal;
        w->out->version = item->version;
        w->out->contact = signal.contact;
        w->out->meeting = meeting;
    }
    mem_wipe(&signal, sizeof signal);
}

static void weigh_involvement(struct weighing *w, const struct store_item *item)
{
    struct involvement involvement;
    struct policy_meeting meeting;
    struct error err;
    if (involvement_decode(item->payload, &involvement, &err) != RESULT_OK) {
        log_error(w->api->log, LOG_ERROR, "betrokkenheid-onleesbaar", &err);
        return;
    }
    const bool active = involvement_active(&involvement, &w->today);
    const struct policy_record record = {.life_domain = slice_text(life_domain_word(involvement.life_domain)),
                                         .shielded = involvement.sensitivity == SENSITIVITY_SHIELDED};
    may_meet(w, &record, &meeting);
    w->shielded = w->shielded || (active && record.shielded);
    if (active && w->wanted == NULL && meeting.permit && !w->out->helps) {
        struct signal_contact *contact = &w->out->help_contact;
        w->out->helps = true;
        memcpy(contact->name, involvement.contact.name, sizeof contact->name);
        memcpy(contact->phone, involvement.contact.phone, sizeof contact->phone);
        w->out->help_meeting = meeting;
    }
    mem_wipe(&involvement, sizeof involvement);
}

void signals_weigh_help(struct signal_weighed *weighed)
{
    weighed->may = weighed->helps;
    weighed->by_involvement = weighed->helps;
    weighed->turn = 0;
    weighed->contact = weighed->help_contact;
    weighed->meeting = weighed->help_meeting;
}

static enum result weigh_facts(struct weighing *w, const struct store_found *found, struct error *err)
{
    struct dossier dossier;
    TRY(subject_decode(found->item->payload, &w->out->subject, err));
    TRY(dossier_of(found, &w->out->subject, &dossier, err));
    const enum result result =
        dossier_weigh(&dossier, w->covenant, w->partner, slice_text(PURPOSE_SIGNAL), &w->today, &w->facts, err);
    dossier_close(&dossier);
    return result;
}

enum result signals_weigh(const struct api *api, const struct covenant *covenant, const struct party *partner,
                          const struct store_found *found, const struct ident *wanted, struct signal_weighed *out,
                          struct error *err)
{
    struct weighing w = {.api = api,
                         .covenant = covenant,
                         .partner = partner,
                         .self = api_self(api, covenant),
                         .found = found,
                         .wanted = wanted,
                         .today = workdays_dutch_day(clock_now(api->clock)),
                         .out = out};
    *out = (struct signal_weighed){.may = false};
    ENSURE(found->item != NULL, err, FAULT_NOT_FOUND, "", "deze persoon is hier niet geregistreerd");
    out->subject_id = found->item->id;
    TRY(weigh_facts(&w, found, err));
    for (size_t i = 0; i < found->child_count; i++) {
        if (found->children[i].kind == STORE_SIGNAL) {
            weigh_signal(&w, &found->children[i]);
        } else if (found->children[i].kind == STORE_INVOLVEMENT) {
            weigh_involvement(&w, &found->children[i]);
        }
    }
    if (wanted == SIGNALS_MEMBER) {
        const struct policy_record record = {.life_domain = slice_text(""), .signal = true};
        may_meet(&w, &record, &out->meeting);
        out->may = out->meeting.permit;
    }
    out->helps = out->helps && !w.shielded;
    out->may = out->may && !w.shielded;
    if (!out->may && wanted == NULL) {
        signals_weigh_help(out);
    }
    out->sent = out->sent || (w.goes_another && !w.of_now);
    return RESULT_OK;
}

struct reading {
    const struct api *api;
    const struct covenant *covenant;
    const struct party *partner;
    const struct ident *wanted;
    struct signal_weighed *out;
    struct error err;
    enum result result;
};

static void read_person(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct reading *r = ctx;
    if (failed != NULL) {
        r->err = *failed;
        r->result = RESULT_FAILED;
    } else {
        r->result = signals_weigh(r->api, r->covenant, r->partner, found, r->wanted, r->out, &r->err);
    }
}

enum result signals_weigh_of(struct api *api, const struct covenant *covenant, const struct party *partner,
                             const struct ident *subject, const struct ident *wanted, struct signal_weighed *out,
                             struct error *err)
{
    *out = (struct signal_weighed){.may = false};
    struct reading r = {
        .api = api, .covenant = covenant, .partner = partner, .wanted = wanted, .out = out, .result = RESULT_FAILED};
    store_get(api->door, STORE_SUBJECT, subject, STORE_ALL_CHILDREN, read_person, &r); /* answered at once */
    if (r.result != RESULT_OK) {
        *err = r.err;
    }
    return r.result;
}

/* ---- what a partner is told ---- */

static struct ident pseudonym(const struct api *api, const char *what, const uint8_t *bytes, size_t len)
{
    struct ident out = {{0}};
    _Static_assert((int)SEAL_HASH_SIZE == (int)IDENT_SIZE, "a keyed hash is an id");
    seal_hash(api->keyring, SEAL_PSEUDONYM, slice_text(what), slice_of(bytes, len), out.bytes);
    return out;
}

struct ident signals_spoor(const struct api *api, const struct ident *spoor, const struct oin *partner, uint32_t turn)
{
    uint8_t bytes[IDENT_SIZE + OIN_DIGITS + 4];
    memcpy(bytes, spoor->bytes, IDENT_SIZE);
    memcpy(bytes + IDENT_SIZE, partner->digits, OIN_DIGITS);
    bytes_put_u32(bytes + IDENT_SIZE + OIN_DIGITS, turn);
    return pseudonym(api, "zorgsignaal", bytes, sizeof bytes);
}

static struct ident spoor_of_help(const struct api *api, const struct ident *subject, const struct ident *other)
{
    uint8_t bytes[2 * IDENT_SIZE];
    memcpy(bytes, subject->bytes, IDENT_SIZE);
    memcpy(bytes + IDENT_SIZE, other->bytes, IDENT_SIZE);
    return pseudonym(api, "zorgsignaal-betrokkenheid", bytes, sizeof bytes);
}

void signals_half(const struct api *api, const struct covenant *covenant, const struct oin *partner,
                  const struct signal_weighed *weighed, const struct ident *other, struct meeting_half *out)
{
    const struct signal *signal = &weighed->signal;
    *out = (struct meeting_half){.by_involvement = weighed->by_involvement, .live = !weighed->by_involvement};
    if (weighed->by_involvement) {
        out->spoor = spoor_of_help(api, &weighed->subject_id, other);
        out->told = true;
        (void)snprintf(out->basis, sizeof out->basis, "%s", weighed->meeting.basis);
    } else {
        out->spoor = signals_spoor(api, &signal->spoor, partner, weighed->turn);
        out->signal = weighed->signal_id;
        out->told = signal->told == SIGNAL_TOLD;
        out->until = signal->until;
        (void)snprintf(out->basis, sizeof out->basis, "%s", signal->basis);
    }
    for (size_t i = 0; i < matrix_role_count(covenant) && out->role_count < MEETING_ROLES_MAX; i++) {
        if ((weighed->meeting.roles >> i & 1U) != 0) {
            (void)slice_copy_text(slice_text(matrix_role(covenant, i)), out->roles[out->role_count++],
                                  sizeof out->roles[0]);
        }
    }
    if (out->role_count != 0) {
        out->contact = weighed->contact;
    }
}

struct record signals_record(const struct covenant *covenant, enum record_operation operation)
{
    struct record record = {.operation = operation, .outcome = OUTCOME_DONE, .age = 255};
    const struct purpose *purpose = covenant_purpose(covenant, slice_text(PURPOSE_SIGNAL));
    record.class.class = purpose != NULL ? (uint8_t)purpose->retention_class : 0;
    (void)snprintf(record.purpose, sizeof record.purpose, "%s", PURPOSE_SIGNAL);
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    memcpy(record.covenant, covenant_digest(covenant)->bytes, sizeof record.covenant);
    return record;
}
