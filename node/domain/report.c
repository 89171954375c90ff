#include "domain/report.h"

#include "base/mem.h"
#include "base/workdays.h"

static const char *const kind_words[REPORT_KIND_COUNT] = {
#define X(code, word) [code] = (word),
    REPORT_KIND_TABLE(X)
#undef X
};

/* A kind's steps, in their order, and the days from receipt within which each must be taken. */
struct step {
    enum report_kind kind;
    enum term_kind term;
    int workdays; /* or: */
    int days;
};

static const struct step steps[] = {
    {REPORT_SAFE_HOME, TERM_DECISION, REPORT_DECISION_WORKDAYS, 0},
    {REPORT_SAFE_HOME, TERM_JUDGEMENT, 0, REPORT_JUDGEMENT_DAYS},
    {REPORT_SUPPORT, TERM_INVESTIGATION, 0, REPORT_INVESTIGATION_DAYS},
    {REPORT_DEBT, TERM_FIRST_TALK, 0, REPORT_FIRST_TALK_DAYS},
    {REPORT_DEBT_URGENT, TERM_FIRST_TALK, REPORT_FIRST_TALK_WORKDAYS, 0},
};

const char *report_kind_word(enum report_kind kind)
{
    return (unsigned)kind < REPORT_KIND_COUNT ? kind_words[kind] : "";
}

bool report_kind_parse(struct slice word, enum report_kind *out)
{
    for (unsigned i = 0; i < REPORT_KIND_COUNT; i++) {
        if (slice_is(word, kind_words[i])) {
            *out = (enum report_kind)i;
            return true;
        }
    }
    return false;
}

bool report_is_open(const struct report *report)
{
    return !date_is_set(&report->closed);
}

static struct term term_of(enum term_kind kind, struct date due, const struct date *today)
{
    return (struct term){kind, due, date_compare(today, &due) > 0};
}

size_t report_terms(const struct report *report, const struct date *today, struct term out[TERM_COUNT])
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        const struct step *step = &steps[i];
        if (step->kind == report->kind && report_is_open(report) && !date_is_set(&report->done[step->term])) {
            const struct date due = step->workdays != 0 ? workdays_after(&report->received, step->workdays)
                                                        : workdays_term(&report->received, step->days);
            out[count++] = term_of(step->term, due, today);
        }
    }
    if (date_is_set(&report->review_from)) {
        out[count++] = term_of(TERM_REVIEW, workdays_after(&report->review_from, REPORT_REVIEW_WORKDAYS), today);
    }
    return count;
}

static enum result check_day(const struct report *report, const struct date *day, const struct date *today,
                             struct error *err)
{
    ENSURE(date_compare(day, today) <= 0 && date_compare(day, &report->received) >= 0, err, FAULT_INVALID, "/datum",
           "hier hoort een dag van de ontvangst tot en met vandaag");
    return RESULT_OK;
}

static enum result review(struct report *report, struct error *err)
{
    ENSURE(date_is_set(&report->review_from), err, FAULT_CONFLICT, "/stap", "er wacht niets op toetsing");
    report->review_from = (struct date){0};
    report->matter.alarmed &= (uint8_t)~TERM_BIT(TERM_REVIEW);
    return RESULT_OK;
}

static bool has_step(enum report_kind kind, enum term_kind step)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (steps[i].kind == kind && steps[i].term == step) {
            return true;
        }
    }
    return false;
}

/* Those before it were taken. */
static enum result check_order(const struct report *report, enum term_kind step, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (steps[i].kind == report->kind && steps[i].term == step) {
            break;
        }
        ENSURE(steps[i].kind != report->kind || date_is_set(&report->done[steps[i].term]), err, FAULT_CONFLICT, "/stap",
               "eerst hoort bij deze melding: %s", term_word(steps[i].term));
    }
    return RESULT_OK;
}

enum result report_do(struct report *report, enum term_kind step, const struct date *day, const struct date *today,
                      struct error *err)
{
    TRY(check_day(report, day, today, err));
    if (step == TERM_REVIEW) {
        TRY(review(report, err));
        report->done[step] = *day;
        return RESULT_OK;
    }
    ENSURE(report_is_open(report), err, FAULT_CONFLICT, "/nummer", "deze melding is afgesloten");
    ENSURE(has_step(report->kind, step), err, FAULT_CONFLICT, "/stap",
           "een melding van deze soort heeft deze stap niet");
    ENSURE(!date_is_set(&report->done[step]), err, FAULT_CONFLICT, "/stap", "deze stap is al gezet");
    TRY(check_order(report, step, err));
    report->done[step] = *day;
    return RESULT_OK;
}

enum result report_close(struct report *report, const struct date *today, struct error *err)
{
    ENSURE(report_is_open(report), err, FAULT_CONFLICT, "/nummer", "deze melding is al afgesloten");
    report->closed = *today;
    return RESULT_OK;
}

void report_ask_review(struct report *report, const struct date *today)
{
    if (!date_is_set(&report->review_from)) {
        report->review_from = *today;
    }
}

void report_encode(const struct report *report, struct buf *out)
{
    matter_encode(&report->matter, (uint8_t)report->kind, out);
    matter_put_date(out, &report->received);
    matter_put_date(out, &report->closed);
    matter_put_date(out, &report->review_from);
    for (size_t i = 0; i < TERM_COUNT; i++) {
        matter_put_date(out, &report->done[i]);
    }
}

enum result report_decode(struct slice bytes, struct report *out, struct error *err)
{
    struct report report = {0};
    struct matter_reader in = {.rest = bytes};
    uint8_t kind = 0;
    matter_decode(&in, &report.matter, &kind, REPORT_KIND_COUNT);
    report.kind = (enum report_kind)kind;
    matter_take_date(&in, &report.received);
    matter_take_date(&in, &report.closed);
    matter_take_date(&in, &report.review_from);
    for (size_t i = 0; i < TERM_COUNT; i++) {
        matter_take_date(&in, &report.done[i]);
    }
    in.bad = in.bad || !date_is_set(&report.received);
    const enum result result = matter_end(&in, err);
    if (result == RESULT_OK) {
        *out = report;
    }
    mem_wipe(&report, sizeof report);
    return result;
}
