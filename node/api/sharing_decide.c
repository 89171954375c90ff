/* On a worker thread: who may know of whom. The same functions weigh a person's facts as when a question about him is
 * answered (consult_answer.c), so that a set holds whom an answer would tell of. */
#include <string.h>

#include "api/facts.h"
#include "api/sharing_parts.h"
#include "base/mem.h"
#include "domain/person.h"
#include "domain/signal.h"

struct weighed {
    const struct look *look;
    struct subject subject;
    struct dossier dossier;
    struct policy_record records[INVOLVEMENTS_PER_SUBJECT_MAX + 1]; /* of what goes on today; one for all signals */
    size_t record_count;
};

bool look_gone(const struct sharing *s, const struct roster_place *place)
{
    const struct shared_set *set = scope_set(s, place->set);
    return set == NULL || set->closed || (place->due_ms != 0 && place->due_ms <= set->tick_ms);
}

void look_mark_places(struct look *look, const struct ident *subject, bool mark)
{
    const struct roster *roster = look->s->roster;
    for (uint32_t slot = roster_first(roster, subject); slot != 0; slot = roster_next(roster, slot)) {
        const struct roster_place *place = roster_at(roster, slot);
        if (!mark || !look_gone(look->s, place) || look->places[place->set] == 0) {
            look->places[place->set] = mark ? slot : 0;
        }
    }
}

static struct slice bytes_of(const struct look_person *person, const struct look_piece *piece)
{
    return slice_of(person->raw.ptr + piece->at, piece->len);
}

static enum result weigh_involvement(struct weighed *w, struct slice payload, struct error *err)
{
    struct involvement involvement;
    TRY(involvement_decode(payload, &involvement, err));
    if (involvement_active(&involvement, &w->look->today) && w->record_count < INVOLVEMENTS_PER_SUBJECT_MAX) {
        w->records[w->record_count++] = (struct policy_record){slice_text(life_domain_word(involvement.life_domain)),
                                                               involvement.sensitivity == SENSITIVITY_SHIELDED, false};
    }
    mem_wipe(&involvement, sizeof involvement);
    return RESULT_OK;
}

static enum result weigh_signal(const struct weighed *w, struct slice payload, bool *live, struct error *err)
{
    struct signal signal;
    TRY(signal_decode(payload, &signal, err));
    *live = *live || signal_lives(&signal, &w->look->today);
    mem_wipe(&signal, sizeof signal);
    return RESULT_OK;
}

/* How many there are makes no difference; of somebody with a shielded record there are none, for who asks. */
static void add_signals(struct weighed *w, bool live)
{
    for (size_t i = 0; i < w->record_count; i++) {
        live = live && !w->records[i].shielded;
    }
    if (live) {
        w->records[w->record_count++] = (struct policy_record){.life_domain = slice_text(""), .signal = true};
    }
}

static enum result weigh_involvements(struct weighed *w, const struct look_person *person, struct error *err)
{
    bool live = false;
    w->record_count = 0;
    for (size_t i = 1; i < person->piece_count; i++) {
        const struct slice bytes = bytes_of(person, &person->pieces[i]);
        if (person->pieces[i].kind == STORE_INVOLVEMENT) {
            TRY(weigh_involvement(w, bytes, err));
        } else if (person->pieces[i].kind == STORE_SIGNAL) {
            TRY(weigh_signal(w, bytes, &live, err));
        }
    }
    add_signals(w, live);
    return RESULT_OK;
}

static enum result open_dossier(struct weighed *w, const struct look_person *person, struct error *err)
{
    size_t facts = 0;
    for (size_t i = 1; i < person->piece_count; i++) {
        facts += person->pieces[i].kind == STORE_FACT;
    }
    TRY(dossier_open(&w->subject, &person->id, facts, &w->dossier, err));
    for (size_t i = 1; i < person->piece_count; i++) {
        const struct look_piece *piece = &person->pieces[i];
        if (piece->kind == STORE_FACT) {
            dossier_add(&w->dossier, &piece->id, bytes_of(person, piece));
        }
    }
    dossier_ready(&w->dossier);
    return RESULT_OK;
}

static enum result may_know(const struct weighed *w, const struct target *target, bool *out, struct error *err)
{
    struct policy_subject facts;
    const struct covenant *covenant = target->held->covenant;
    const struct policy_request request = {.requester = target->party,
                                           .provider = target->self,
                                           .purpose = slice_text(target->purpose),
                                           .today = w->look->today};
    *out = false;
    if (w->record_count == 0) {
        return RESULT_OK;
    }
    TRY(dossier_weigh(&w->dossier, covenant, target->party, request.purpose, &w->look->today, &facts, err));
    for (size_t i = 0; i < w->record_count && !*out; i++) {
        struct policy_decision decision;
        policy_may_know(covenant, &request, &facts, &w->records[i], &decision);
        *out = decision.permit && (decision.categories & CATEGORY_BIT(CATEGORY_EXISTENCE)) != 0;
    }
    return RESULT_OK;
}

static enum result add_value(struct look *look, const struct look_value *value, struct error *err)
{
    if (look->value_count == look->value_room) {
        const size_t room = look->value_room != 0 ? look->value_room * 2 : 64;
        struct look_value *values = mem_realloc(look->values, room * sizeof *values);
        ENSURE(values != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        look->values = values;
        look->value_room = room;
    }
    look->values[look->value_count++] = *value;
    return RESULT_OK;
}

static enum result evaluate(struct look *look, uint32_t person, const struct bsn *bsn, uint32_t number,
                            struct error *err)
{
    const struct sharing *s = look->s;
    const struct match_scope scope = scope_of(s, scope_set(s, number));
    uint8_t input[MATCH_INPUT_BYTES];
    struct voprf_output output;
    struct look_value value = {.person = person, .set = number};
    match_input(bsn, input);
    enum result result = voprf_own(&scope_secrets(s, number)->key, slice_of(input, sizeof input), &output, err);
    if (result == RESULT_OK) {
        match_value_of(&scope, &output, &value.value);
        result = add_value(look, &value, err);
    }
    mem_wipe(input, sizeof input);
    mem_wipe(&output, sizeof output);
    mem_wipe(&value, sizeof value);
    return result;
}

/* For each set of this target in which he has no place. */
static enum result evaluate_lacking(struct look *look, uint32_t person, const struct bsn *bsn,
                                    const struct target *target, struct error *err)
{
    for (size_t i = 0; i < look->s->epoch_count; i++) {
        if (target->sets[i] != 0 && look->places[target->sets[i]] == 0) {
            TRY(evaluate(look, person, bsn, target->sets[i], err));
        }
    }
    return RESULT_OK;
}

static enum result decide_targets(struct look *look, uint32_t at, const struct weighed *w, struct error *err)
{
    const struct sharing *s = look->s;
    bool *wanted = look->wanted + (size_t)at * s->target_count;
    for (size_t i = 0; i < s->target_count; i++) {
        TRY(may_know(w, &s->targets[i], &wanted[i], err));
        if (wanted[i]) {
            TRY(evaluate_lacking(look, at, &w->subject.bsn, &s->targets[i], err));
        }
    }
    return RESULT_OK;
}

static enum result decide_person(struct look *look, uint32_t at, struct weighed *w, struct error *err)
{
    const struct look_person *person = &look->people[at];
    if (person->failed || !person->there) {
        return RESULT_OK;
    }
    TRY(subject_decode(bytes_of(person, &person->pieces[0]), &w->subject, err));
    TRY(weigh_involvements(w, person, err));
    if (!bsn_is_set(&w->subject.bsn)) {
        return RESULT_OK; /* who has no number is not matched */
    }
    TRY(open_dossier(w, person, err));
    look_mark_places(look, &person->id, true);
    const enum result result = decide_targets(look, at, w, err);
    look_mark_places(look, &person->id, false);
    dossier_close(&w->dossier);
    return result;
}

static void forget_wanted(struct look *look)
{
    const size_t targets = look->s->target_count;
    if (targets != 0) {
        memset(look->wanted + look->done * targets, 0, targets * sizeof *look->wanted);
    }
}

void look_decide(void *ctx)
{
    struct look *look = ctx;
    struct weighed *w = mem_zalloc(sizeof *w);
    if (w == NULL) {
        (void)error_set(&look->err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        return;
    }
    w->look = look;
    while (look->done < look->count && look->value_count < MATCH_STEP_VALUES) {
        const size_t values = look->value_count;
        if (decide_person(look, (uint32_t)look->done, w, &look->err) != RESULT_OK) {
            look->value_count = values;
            if (look->err.fault == FAULT_NO_MEMORY) {
                break;
            }
            forget_wanted(look);
            look->people[look->done].failed = true; /* of whom nothing can be decided: the others do not wait for him */
            look->undecided = look->err;
        }
        look->err.fault = FAULT_NONE;
        look->done++;
    }
    mem_wipe(w, sizeof *w);
    mem_free(w);
}
