/* An act becomes records: the same ones, in the same order, as the node makes of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/finding_texts.h"
#include "base/attr.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "year/inside.h"

enum { ACTS_FIRST = 1024, HITS_PER_PERSON = 2, ADULT = 40, DOMAINS = 8 };
enum what { HITS = 8000, PARTNER, OUTCOME, ENTRIES, PSEUDONYM };

bool year_add_act(struct year *year, struct year_acts *acts, const struct year_act *act)
{
    if (acts->count == acts->capacity) {
        const size_t room = acts->capacity == 0 ? ACTS_FIRST : acts->capacity * 2;
        struct year_act *items = mem_realloc(acts->items, room * sizeof *items);
        if (items == NULL) {
            year->failed = true;
            return false;
        }
        acts->items = items;
        acts->capacity = room;
    }
    acts->items[acts->count++] = *act;
    return true;
}

static int compare_acts(const void *a, const void *b)
{
    const struct year_act *left = a;
    const struct year_act *right = b;
    const int by_time = (left->time_ms > right->time_ms) - (left->time_ms < right->time_ms);
    return by_time != 0 ? by_time : (left->luck > right->luck) - (left->luck < right->luck);
}

void year_sort_acts(struct year_acts *acts)
{
    if (acts->count != 0) {
        qsort(acts->items, acts->count, sizeof *acts->items, compare_acts);
    }
}

/* ---- how many ---- */

static unsigned hits_of(const struct year_act *act, uint32_t member)
{
    return chance_pick(act->luck, member, HITS, HITS_PER_PERSON + 1);
}

size_t year_act_records(const struct year_act *act)
{
    size_t count = 0;
    switch (act->kind) {
    case ACT_CONSULT:
        count = 2 * (size_t)act->evaluated + act->people;
        for (uint32_t i = 0; i < act->people; i++) {
            count += 2 * (size_t)hits_of(act, i);
        }
        return count;
    case ACT_CONVERTED:
        return 2 + act->tested;
    case ACT_EMPTY_ANSWERS:
        return act->hits;
    default:
        return 1;
    }
}

/* What is about one person's data here is of the class of hulpafstemming; what the node does by itself has none. */
unsigned year_act_class(const struct year_act *act)
{
    switch (act->kind) {
    case ACT_READ:
    case ACT_CHANGED:
    case ACT_WITHDRAWN:
    case ACT_WITHDRAWN_THERE:
        return year_purposes[0].class;
    case ACT_PUBLISHED:
    case ACT_BACKED_UP:
    case ACT_LOG_READ:
        return 0;
    default:
        return year_purposes[act->purpose].class;
    }
}

/* ---- one record ---- */

static struct record *add(struct year *y, const struct year_act *act, enum record_operation operation)
{
    struct year_record *made = &y->queue[y->queue_count];
    y->queue_plant[y->queue_count++] = -1;
    *made = (struct year_record){
        .record = {
            .operation = operation, .class.class = (uint8_t)year_act_class(act), .time_ms = act->time_ms, .age = 255}};
    return &made->record;
}

/* It is one of those that a finding would stand on. */
static void mark(struct year *y, const struct year_act *act)
{
    y->queue_plant[y->queue_count - 1] = act->plant;
}

static struct ident drawn(const struct year_act *act, uint64_t what)
{
    struct ident id;
    bytes_put_u64(id.bytes, chance_mix(act->luck ^ chance_mix(what)));
    bytes_put_u64(id.bytes + 8, chance_mix(chance_mix(act->luck) ^ what));
    return id;
}

static void set_peer(struct record *r, unsigned partner)
{
    (void)snprintf(r->peer.digits, sizeof r->peer.digits, "%s", year_partners[partner % YEAR_PARTNERS]);
}

static void set_purpose(struct record *r, unsigned purpose)
{
    const struct year_purpose *p = &year_purposes[purpose];
    (void)snprintf(r->purpose, sizeof r->purpose, "%s", p->code);
    (void)snprintf(r->basis, sizeof r->basis, "%s", p->basis);
}

static void set_bsn(const struct year *y, struct record *r, uint32_t person)
{
    (void)snprintf(r->bsn.secret_digits, sizeof r->bsn.secret_digits, "%09" PRIu32, y->people[person].bsn);
}

static void set_user(const struct year *y, struct record *r, unsigned user)
{
    memcpy(r->user, y->users[user].name, sizeof r->user);
    (void)snprintf(r->role, sizeof r->role, "%s", y->users[user].role);
}

/* What all records of one consult have in common. */
static struct record *add_asking(struct year *y, const struct year_act *act, enum record_operation operation)
{
    struct record *r = add(y, act, operation);
    set_user(y, r, act->user);
    set_purpose(r, act->purpose);
    r->consult = drawn(act, 1);
    if (act->case_number != 0) {
        (void)snprintf(r->case_number, sizeof r->case_number, "Z-%d-%06" PRIu32, YEAR_FIRST, act->case_number);
    }
    if (act->report_number != 0) {
        (void)snprintf(r->report_number, sizeof r->report_number, "M-%d-%06" PRIu32, YEAR_FIRST, act->report_number);
    }
    return r;
}

/* ---- consults ---- */

static void say_reason(struct year *y, const struct year_act *act)
{
    static const char *const about[] = {"overleg over hulp thuis",     "vraag van het huishouden zelf",
                                        "plan van aanpak bijstellen",  "achterstand bij de huur besproken",
                                        "na melding van de wijkagent", "voorbereiding van het keukentafelgesprek",
                                        "verzuim op school besproken", "hulp loopt af, wie blijft betrokken"};
    struct year_record *made = &y->queue[y->queue_count - 1];
    if (act->reason != 0) {
        (void)snprintf(made->text, sizeof made->text, "%s, aantekening %" PRIu64, about[act->reason % COUNT_OF(about)],
                       act->reason);
    }
}

static void add_evaluation(struct year *y, const struct year_act *act, unsigned partner, uint32_t values)
{
    const struct ident request = drawn(act, 100 + partner);
    struct record *r = add_asking(y, act, RECORD_EVALUATION_ASKED);
    set_peer(r, partner);
    r->request_id = request;
    r->outcome = OUTCOME_PENDING;
    r->entries = values;
    r = add_asking(y, act, RECORD_EVALUATION_RECEIVED);
    set_peer(r, partner);
    r->request_id = request;
    r->outcome = OUTCOME_DONE;
    r->entries = values;
}

static void add_test(struct year *y, const struct year_act *act, uint32_t member)
{
    struct record *r = add_asking(y, act, RECORD_TESTED);
    const struct ident root = drawn(act, 200 + member);
    set_bsn(y, r, act->person + member);
    r->outcome = OUTCOME_DONE;
    r->inputs = YEAR_PARTNERS;
    r->entries = hits_of(act, member);
    memcpy(r->attachment, root.bytes, sizeof root.bytes);
    if (member == 0) {
        say_reason(y, act);
    }
    mark(y, act);
}

static void add_question(struct year *y, const struct year_act *act, uint32_t member, unsigned hit)
{
    const unsigned partner = chance_pick(act->luck, member, PARTNER, YEAR_PARTNERS) + hit;
    const bool told = !chance_hits(act->luck, member * 4 + hit, OUTCOME, 100);
    const struct ident request = drawn(act, 300 + 16 * member + hit);
    struct record *r = add_asking(y, act, RECORD_ASKED);
    set_peer(r, partner);
    set_bsn(y, r, act->person + member);
    r->request_id = request;
    r->outcome = OUTCOME_PENDING;
    r = add_asking(y, act, RECORD_RECEIVED);
    set_peer(r, partner);
    set_bsn(y, r, act->person + member);
    r->request_id = request;
    r->outcome = told ? OUTCOME_GOT_INVOLVEMENT : OUTCOME_GOT_NOTHING;
    r->entries = told ? 1 : 0;
    r->categories = told ? 3 : 0;
}

static void expand_consult(struct year *y, const struct year_act *act)
{
    for (unsigned i = 0; i < act->evaluated; i++) {
        add_evaluation(y, act, i, act->people);
    }
    for (uint32_t i = 0; i < act->people; i++) {
        add_test(y, act, i);
    }
    for (uint32_t i = 0; i < act->people; i++) {
        for (unsigned hit = 0; hit < hits_of(act, i); hit++) {
            add_question(y, act, i, hit);
        }
    }
}

/* A partner gave values; fewer people than that were tested. */
static void expand_converted(struct year *y, const struct year_act *act)
{
    add_evaluation(y, act, act->partner, act->values);
    mark(y, act);
    for (uint32_t i = 0; i < act->tested; i++) {
        add_test(y, act, i);
    }
}

/* ---- what a user does by himself ---- */

static void expand_read(struct year *y, const struct year_act *act)
{
    struct record *r = add(y, act, RECORD_READ);
    set_user(y, r, act->user);
    r->subject = y->people[act->person].id;
    r->outcome = OUTCOME_DONE;
    mark(y, act);
}

static void expand_changed(struct year *y, const struct year_act *act)
{
    static const char withdrawn[] = "toestemming ingetrokken ";
    struct record *r = add(y, act, RECORD_CHANGED);
    set_user(y, r, act->user);
    r->subject = y->people[act->person].id;
    r->outcome = OUTCOME_DONE;
    if (act->kind == ACT_WITHDRAWN) {
        const struct ident fact = drawn(act, 2);
        struct year_record *made = &y->queue[y->queue_count - 1];
        (void)snprintf(made->text, sizeof made->text, "%s%s", withdrawn, ident_text(&fact).text);
    }
}

static void expand_withdrawn_there(struct year *y, const struct year_act *act)
{
    struct record *r = add(y, act, RECORD_TAKEN);
    set_peer(r, act->partner);
    set_bsn(y, r, act->person);
    r->request_id = drawn(act, 3);
    r->outcome = OUTCOME_DONE;
}

static void expand_tried(struct year *y, const struct year_act *act)
{
    const bool refused = act->kind == ACT_REFUSED;
    struct record *r = add_asking(y, act, refused ? RECORD_REFUSED : RECORD_CRISIS_NUMBER);
    set_bsn(y, r, act->person);
    r->outcome = refused ? OUTCOME_REFUSED : OUTCOME_DONE;
    r->fault = refused ? FAULT_FORBIDDEN : FAULT_NONE;
    say_reason(y, act);
    mark(y, act);
}

/* ---- partners ---- */

static void add_pseudonym(const struct year_act *act, struct record *r)
{
    const uint64_t user = chance_mix(act->partner * 1000U + chance_pick(act->luck, 0, PSEUDONYM, 30));
    (void)snprintf(r->user, sizeof r->user, "%016" PRIx64 "%016" PRIx64, user, chance_mix(user));
}

static void expand_answered(struct year *y, const struct year_act *act)
{
    const uint32_t luck = chance_pick(act->luck, 0, OUTCOME, 10);
    struct record *r = add(y, act, RECORD_ANSWERED);
    set_peer(r, act->partner);
    set_purpose(r, act->purpose);
    add_pseudonym(act, r);
    (void)snprintf(r->role, sizeof r->role, "generalist");
    (void)snprintf(r->case_number, sizeof r->case_number, "%016" PRIx64, chance_mix(act->luck));
    (void)snprintf(r->rules, sizeof r->rules, "hulp-01 hulp-02");
    r->request_id = drawn(act, 4);
    r->age = ADULT;
    if (y->people[act->person].is_known && luck != 0) {
        r->subject = y->people[act->person].id;
        r->outcome = luck < 3 ? OUTCOME_WITHHELD : OUTCOME_RELEASED;
        r->entries = luck < 3 ? 0 : 1;
        r->categories = luck < 3 ? 0 : 3;
        r->domains = 1U << (luck % DOMAINS);
    } else {
        r->outcome = OUTCOME_UNKNOWN;
    }
}

static void expand_evaluated(struct year *y, const struct year_act *act)
{
    struct record *r = add(y, act, RECORD_EVALUATED);
    set_peer(r, act->partner);
    set_purpose(r, act->purpose);
    add_pseudonym(act, r);
    r->request_id = drawn(act, 5);
    r->outcome = OUTCOME_DONE;
    r->entries = MATCH_BATCH;
}

static void expand_about_partner(struct year *y, const struct year_act *act)
{
    struct record *r = add(y, act, act->kind == ACT_SET_REFUSED ? RECORD_SET_REFUSED : RECORD_MATCH_FINDING);
    struct year_record *made = &y->queue[y->queue_count - 1];
    set_peer(r, act->partner);
    set_purpose(r, act->purpose);
    r->outcome = act->kind == ACT_SET_REFUSED ? OUTCOME_REFUSED : OUTCOME_DONE;
    if (act->kind == ACT_EMPTY_HITS) {
        (void)snprintf(made->text, sizeof made->text, FINDING_TEXT_EMPTY, (uint64_t)act->hits, (uint64_t)act->empties);
    } else if (act->kind == ACT_OUTGROWN_SET) {
        (void)snprintf(made->text, sizeof made->text, FINDING_TEXT_OUTGROWN, act->hits, act->hits / 8 * 3,
                       (int)(act->hits / 8));
    } else {
        (void)snprintf(made->text, sizeof made->text, "opzoekset: de klasse past niet bij de opgave");
    }
    mark(y, act);
}

/* As many hits as may be empty, each with its answer: nothing is said about it. */
static void expand_empty_answers(struct year *y, const struct year_act *act)
{
    for (uint32_t i = 0; i < act->hits; i++) {
        struct record *r = add_asking(y, act, RECORD_RECEIVED);
        set_peer(r, act->partner);
        set_bsn(y, r, act->person);
        r->request_id = drawn(act, 400 + i);
        r->outcome = i < act->empties ? OUTCOME_GOT_NOTHING : OUTCOME_GOT_INVOLVEMENT;
        mark(y, act);
    }
}

/* ---- the node, and who guards it ---- */

static void expand_own(struct year *y, const struct year_act *act)
{
    static const enum record_operation operations[] = {
        [ACT_PUBLISHED] = RECORD_SETS_PUBLISHED, [ACT_BACKED_UP] = RECORD_BACKED_UP, [ACT_LOG_READ] = RECORD_LOG_READ};
    struct record *r = add(y, act, operations[act->kind]);
    struct year_record *made = &y->queue[y->queue_count - 1];
    r->outcome = OUTCOME_DONE;
    if (act->kind == ACT_LOG_READ) {
        (void)snprintf(r->user, sizeof r->user, "privacy");
        (void)snprintf(r->role, sizeof r->role, "privacybeheerder");
        (void)snprintf(made->text, sizeof made->text, "bladeren");
    }
    mark(y, act);
}

void year_expand(struct year *y, const struct year_act *act)
{
    static void (*const expand[])(struct year * y, const struct year_act *act) = {
        [ACT_CONSULT] = expand_consult,
        [ACT_CONVERTED] = expand_converted,
        [ACT_READ] = expand_read,
        [ACT_CHANGED] = expand_changed,
        [ACT_WITHDRAWN] = expand_changed,
        [ACT_WITHDRAWN_THERE] = expand_withdrawn_there,
        [ACT_CRISIS_NUMBER] = expand_tried,
        [ACT_REFUSED] = expand_tried,
        [ACT_ANSWERED] = expand_answered,
        [ACT_EVALUATED] = expand_evaluated,
        [ACT_EMPTY_HITS] = expand_about_partner,
        [ACT_OUTGROWN_SET] = expand_about_partner,
        [ACT_SET_REFUSED] = expand_about_partner,
        [ACT_EMPTY_ANSWERS] = expand_empty_answers,
        [ACT_PUBLISHED] = expand_own,
        [ACT_BACKED_UP] = expand_own,
        [ACT_LOG_READ] = expand_own,
    };
    y->queue_count = 0;
    y->queue_at = 0;
    expand[act->kind](y, act);
}
