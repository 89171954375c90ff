#include "domain/task.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/workdays.h"

#define X(value, word) [value] = (word),
static const char *const state_words[] = {TASK_STATE_TABLE(X)};
static const char *const step_words[] = {TASK_STEP_TABLE(X)};
#undef X

struct move {
    enum task_state from;
    enum task_step step;
    unsigned who;
    enum task_state to;
};

static const struct move moves[] = {
#define X(from, step, who, to) {from, step, who, to},
    TASK_MOVE_TABLE(X)
#undef X
};

struct reason {
    const char *word;
    enum task_step step;
    bool by_node;
};

static const struct reason reasons[] = {
#define X(word, step, by_node) {word, step, by_node},
    TASK_REASON_TABLE(X)
#undef X
};

const char *task_state_word(enum task_state state)
{
    return (unsigned)state < TASK_STATE_COUNT ? state_words[state] : "";
}

const char *task_step_word(enum task_step step)
{
    return (unsigned)step < TASK_STEP_COUNT ? step_words[step] : "";
}

bool task_state_parse(struct slice word, enum task_state *out)
{
    for (unsigned i = TASK_DRAFT; i < TASK_STATE_COUNT; i++) {
        if (slice_is(word, state_words[i])) {
            *out = (enum task_state)i;
            return true;
        }
    }
    return false;
}

bool task_step_parse(struct slice word, uint8_t *out)
{
    for (unsigned i = 0; i < TASK_STEP_COUNT; i++) {
        if (slice_is(word, step_words[i])) {
            *out = (uint8_t)i;
            return true;
        }
    }
    return false;
}

static const struct move *find_move(enum task_state state, enum task_step step)
{
    for (size_t i = 0; i < COUNT_OF(moves); i++) {
        if (moves[i].from == state && moves[i].step == step) {
            return &moves[i];
        }
    }
    return NULL;
}

bool task_may(enum task_state state, enum task_step step, enum task_side side)
{
    const struct move *move = find_move(state, step);
    return move != NULL && (move->who & 1U << (unsigned)side) != 0;
}

enum task_state task_to(enum task_state state, enum task_step step)
{
    const struct move *move = find_move(state, step);
    return move != NULL ? move->to : TASK_STATE_COUNT;
}

bool task_ended(enum task_state state)
{
    return state == TASK_REFUSED || state == TASK_COMPLETED || state == TASK_WITHDRAWN || state == TASK_REMOVED;
}

bool task_runs(enum task_state state)
{
    return state == TASK_RECEIVED || state == TASK_ACCEPTED || state == TASK_BEGUN;
}

bool task_reason_ok(enum task_step step, struct slice reason, bool by_node)
{
    if (reason.len == 0) {
        return step != TASK_STEP_REFUSE;
    }
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (reasons[i].step == step && slice_is(reason, reasons[i].word)) {
            return by_node || !reasons[i].by_node;
        }
    }
    return false;
}

enum result task_refuse_step(enum task_state state, enum task_step step, enum task_side side, struct error *err)
{
    char possible[FAULT_WHAT_MAX / 2] = "";
    size_t len = 0;
    for (size_t i = 0; i < COUNT_OF(moves); i++) {
        if (moves[i].from == state && task_may(state, moves[i].step, side) && len < sizeof possible) {
            len += (size_t)snprintf(possible + len, sizeof possible - len, "%s%s", len != 0 ? ", " : "",
                                    step_words[moves[i].step]);
        }
    }
    return error_set(err, FAULT_CONFLICT, "/stap", "een opdracht die %s is kan niet %s; mogelijk: %s",
                     task_state_word(state), task_step_word(step), len != 0 ? possible : "niets meer");
}

/* ---- text ---- */

size_t task_text_max(enum task_step step)
{
    switch (step) {
    case TASK_STEP_REFUSE:
    case TASK_STEP_COMPLETE:
    case TASK_STEP_WITHDRAW:
    case TASK_STEP_MESSAGE:
        return TASK_MESSAGE_MAX;
    default:
        return 0;
    }
}

static bool is_digit(struct slice text, size_t at)
{
    return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

/* Nine digits from here, also with a space, full stop or hyphen between them, and no digit behind the ninth. */
static bool bsn_at(struct slice text, size_t at)
{
    char digits[BSN_DIGITS];
    struct bsn found;
    size_t count = 0;
    for (; at < text.len && count < BSN_DIGITS; at++) {
        const uint8_t c = text.ptr[at];
        if (is_digit(text, at)) {
            digits[count++] = (char)c;
        } else if ((c != ' ' && c != '.' && c != '-') || !is_digit(text, at + 1)) {
            break;
        }
    }
    const bool is = count == BSN_DIGITS && !is_digit(text, at) && bsn_parse(slice_of(digits, sizeof digits), &found);
    mem_wipe(&found, sizeof found);
    mem_wipe(digits, sizeof digits);
    return is;
}

/* From each row of digits on: another number may stand before it. */
static bool has_bsn(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text, i) && (i == 0 || !is_digit(text, i - 1)) && bsn_at(text, i)) {
            return true;
        }
    }
    return false;
}

enum result task_text_check(struct slice text, size_t max, const char *where, struct error *err)
{
    ENSURE(text.len == 0 || max != 0, err, FAULT_UNFIT, where, "hierbij hoort geen tekst");
    ENSURE(text.len <= max, err, FAULT_UNFIT, where, "de tekst is langer dan %zu bytes", max);
    ENSURE(thread_text_ok(text), err, FAULT_UNFIT, where, "in de tekst staan tekens die geen tekst zijn");
    ENSURE(!has_bsn(text), err, FAULT_UNFIT, where,
           "in de tekst staat een burgerservicenummer; noem wie het betreft alleen bij de betrokkenen");
    return RESULT_OK;
}

/* ---- the chain ---- */

static enum task_side side_of(enum thread_side side)
{
    return side == THREAD_WRITER ? TASK_DOER : TASK_GIVER;
}

static bool ends(enum task_step step)
{
    return step == TASK_STEP_REFUSE || step == TASK_STEP_COMPLETE || step == TASK_STEP_WITHDRAW;
}

enum result task_order(const struct task *task, struct thread_event *event, struct error *err)
{
    const enum task_step step = (enum task_step)event->step;
    const bool lapsed = !task_may(task->state, step, side_of(event->side));
    const uint32_t bound = !lapsed && ends(step) ? THREAD_EVENTS_MAX : THREAD_EVENTS_MAX - TASK_EVENTS_KEPT;
    ENSURE(task->head.number < bound && (lapsed || step != TASK_STEP_MESSAGE || task->messages < TASK_MESSAGES_MAX),
           err, FAULT_CONFLICT, "/stap", "deze opdracht heeft zoveel berichten als kan");
    event->number = task->head.number + 1;
    event->lapsed = lapsed;
    thread_chain(&task->head.chain, &task->id, event, &event->chain);
    return RESULT_OK;
}

static void forget_people(struct task *task)
{
    mem_wipe(task->people, sizeof task->people);
    mem_wipe(task->question, sizeof task->question);
    task->people_count = 0;
    task->marks |= TASK_BLANK;
}

enum result task_apply(struct task *task, const struct thread_event *event, struct error *err)
{
    const enum task_step step = (enum task_step)event->step;
    ENSURE(event->number == task->head.number + 1 && (event->number == 1) == (step == TASK_STEP_RECEIVE) &&
               !(event->lapsed && step == TASK_STEP_RECEIVE),
           err, FAULT_CONFLICT, "/nummer", "deze gebeurtenis hoort hier niet");
    if (!event->lapsed) {
        ENSURE(task_may(task->state, step, side_of(event->side)), err, FAULT_CONFLICT, "/stap",
               "een opdracht die %s is kan niet %s", task_state_word(task->state), task_step_word(step));
        ENSURE(step != TASK_STEP_MESSAGE || task->messages < TASK_MESSAGES_MAX, err, FAULT_CONFLICT, "/stap",
               "deze opdracht heeft zoveel berichten als kan");
        task->state = task_to(task->state, step);
        task->accepted = task->accepted || step == TASK_STEP_ACCEPT;
        task->messages = (uint8_t)(task->messages + (step == TASK_STEP_MESSAGE));
    }
    task->head.number = event->number;
    task->head.chain = event->chain;
    if (task_ended(task->state) && task->ended_ms == 0) {
        task->ended_ms = event->moment_ms;
        if (task->side == TASK_DOER && !task->accepted) {
            forget_people(task);
        }
    }
    return RESULT_OK;
}

enum result task_alone(struct task *task, enum task_step step, int64_t now_ms, struct error *err)
{
    if (!task_may(task->state, step, TASK_GIVER) || task->head.number != 0) {
        return task_refuse_step(task->state, step, TASK_GIVER, err);
    }
    task->state = task_to(task->state, step);
    if (step == TASK_STEP_SEND) {
        task->sent_ms = now_ms / 1000 * 1000;
    }
    if (task_ended(task->state)) {
        task->ended_ms = now_ms;
        task->marks &= (uint8_t)~TASK_UNDELIVERED;
    }
    return RESULT_OK;
}

/* ---- terms ---- */

bool task_late(const struct task *task, const struct date *today)
{
    return (task->state == TASK_SENT || task_runs(task->state)) && date_is_set(&task->due) &&
           date_compare(today, &task->due) > 0;
}

/* So many working days or fewer are left, the day of the deadline counted. */
static bool within(const struct date *today, const struct date *due, int workdays)
{
    const struct date past = workdays_after(today, workdays + 1);
    return date_compare(&past, due) > 0;
}

unsigned task_due(const struct task *task, const struct date *today)
{
    unsigned due = 0;
    if ((task->state != TASK_SENT && !task_runs(task->state)) || !date_is_set(&task->due)) {
        return 0;
    }
    if (task->state == TASK_RECEIVED && date_is_set(&task->reply_by) && date_compare(today, &task->reply_by) > 0) {
        due |= TASK_DUE_REPLY;
    }
    if (within(today, &task->due, task->remind_workdays)) {
        due |= TASK_DUE_SOON;
    }
    if (within(today, &task->due, TASK_REMIND_LAST_WORKDAYS)) {
        due |= TASK_DUE_TOMORROW;
    }
    if (task_late(task, today)) {
        due |= TASK_DUE_PASSED;
    }
    return due & ~(unsigned)task->alarmed;
}
