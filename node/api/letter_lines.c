#include "api/letter_lines.h"

#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { TEXTS_MAX = LETTER_LINES_MAX * (CONSULT_REASON_MAX + 1) };

static const struct row {
    enum record_operation operation;
    enum letter_act act;
    enum letter_span span;
} rows[] = {
    {RECORD_TESTED, ACT_CONSULT, SPAN_MOMENT},
    {RECORD_ASKED, ACT_CONSULT, SPAN_MOMENT},
    {RECORD_RECEIVED, ACT_CONSULT, SPAN_MOMENT},
    {RECORD_ANSWERED, ACT_ANSWER, SPAN_MOMENT},
    {RECORD_READ, ACT_READ, SPAN_MOMENT},
    {RECORD_REFUSED, ACT_REFUSED, SPAN_MOMENT},
    {RECORD_CRISIS_NUMBER, ACT_CRISIS, SPAN_MOMENT},
    {RECORD_SET_OPENED, ACT_SETS, SPAN_MOMENT},
    {RECORD_LOG_READ, ACT_CHECK, SPAN_DAY},
    {RECORD_FINDING, ACT_CHECK, SPAN_DAY},
    {RECORD_FINDING_STEP, ACT_CHECK, SPAN_DAY},
    {RECORD_LETTER, ACT_CHECK, SPAN_DAY},
    {RECORD_LETTER_STEP, ACT_CHECK, SPAN_DAY},
    {RECORD_HELD, ACT_CHECK, SPAN_DAY},
    {RECORD_HOLD_LIFTED, ACT_CHECK, SPAN_DAY},
    {RECORD_CHANGED, ACT_CHANGE, SPAN_MONTH},
    {RECORD_IMPORTED, ACT_CHANGE, SPAN_MONTH},
    {RECORD_SENT, ACT_MESSAGE, SPAN_MONTH},
    {RECORD_TAKEN, ACT_MESSAGE, SPAN_MONTH},
    {RECORD_CONFIRMED, ACT_MESSAGE, SPAN_MONTH},
    {RECORD_REPORT, ACT_MATTER, SPAN_MOMENT},
    {RECORD_ORDER, ACT_MATTER, SPAN_MOMENT},
    {RECORD_TERM_PASSED, ACT_MATTER, SPAN_MOMENT},
    {RECORD_SIGNAL, ACT_SIGNAL, SPAN_MOMENT},
    {RECORD_SIGNAL_ENDED, ACT_SIGNAL, SPAN_MOMENT},
    {RECORD_SIGNAL_SENT, ACT_SIGNAL, SPAN_MOMENT},
    {RECORD_SIGNAL_TAKEN, ACT_SIGNAL, SPAN_MOMENT},
    {RECORD_SIGNAL_MET, ACT_SIGNAL, SPAN_MOMENT},
    {RECORD_MATCH_STEP, ACT_MEETING, SPAN_MONTH},
    {RECORD_TASK, ACT_TASK, SPAN_MOMENT},
    {RECORD_TASK_TAKEN, ACT_TASK, SPAN_MOMENT},
    {RECORD_TASK_NAMED, ACT_TASK, SPAN_MOMENT},
    {RECORD_TASK_STEP, ACT_TASK_STEP, SPAN_MONTH},
};

/* What is not in the table is told of as well. */
static const struct row other = {0, ACT_OTHER, SPAN_MONTH};

const char *letter_act_word(enum letter_act act)
{
    static const char *const words[LETTER_ACT_COUNT] = {
#define X(code, word) [code] = (word),
        LETTER_ACT_TABLE(X)
#undef X
    };
    return (unsigned)act < LETTER_ACT_COUNT ? words[act] : "";
}

static const struct row *row_of(enum record_operation operation)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].operation == operation) {
            return &rows[i];
        }
    }
    return &other;
}

/* A code of which nobody knows any more what it was for; of a refusal it may be any word. */
static bool forgot_purpose(const struct letter_lines *lines, const struct record *record, const struct covenant *then)
{
    const struct slice code = slice_text(record->purpose);
    return code.len != 0 && record->operation != RECORD_REFUSED && covenant_purpose(lines->covenant, code) == NULL &&
           (then == NULL || covenant_purpose(then, code) == NULL);
}

/* What came of a signal that he is not told of yet, and does not say so itself: messages about it, steps of a match. */
static bool follows_untold(const struct letter_lines *lines, const struct record *record)
{
    const enum letter_act act = row_of(record->operation)->act;
    return lines->untold[0] != '\0' && strcmp(record->purpose, lines->untold) == 0 &&
           (act == ACT_MEETING || act == ACT_MESSAGE || act == ACT_OTHER);
}

/* A partner of whom nobody knows any more what it was, may have been one that hides people; such a purpose, urgent. */
static enum deferral deferral_by(const struct letter_lines *lines, const struct record *record,
                                 const struct covenant *then)
{
    const bool known = !oin_is_set(&record->peer) || covenant_party(lines->covenant, &record->peer) != NULL ||
                       (then != NULL && covenant_party(then, &record->peer) != NULL);
    if (!known) {
        return DEFERRAL_SAFE_HOME;
    }
    if (forgot_purpose(lines, record, then)) {
        return DEFERRAL_URGENT;
    }
    enum deferral found = deferral_of(lines->covenant, lines->self, record, lines->to_authority);
    found =
        found == DEFERRAL_NONE && then != NULL ? deferral_of(then, lines->self, record, lines->to_authority) : found;
    return found == DEFERRAL_NONE && follows_untold(lines, record) ? DEFERRAL_UNTOLD : found;
}

static bool same_span(const struct letter_line *line, const struct record *record)
{
    const struct date a = workdays_dutch_day(line->first.time_ms);
    const struct date b = workdays_dutch_day(record->time_ms);
    return a.year == b.year && a.month == b.month && (line->span == SPAN_MONTH || a.day == b.day);
}

static bool belongs(const struct letter_line *line, const struct row *row, enum deferral deferral,
                    const struct record *record)
{
    static const struct ident none;
    if (line->act != row->act || line->deferral != deferral) {
        return false;
    }
    if (row->act == ACT_CONSULT) {
        return !ident_equal(&record->consult, &none) && ident_equal(&line->first.consult, &record->consult);
    }
    return row->span != SPAN_MOMENT && same_span(line, record) && strcmp(line->first.role, record->role) == 0;
}

/* A record alone is known by its number. What is several is known by what put it together: not by its first record, whose
 * term may be over while others, of the next month's key, can still be read. Follows belongs(). */
static uint64_t mark_of(const struct row *row, enum deferral deferral, uint64_t sequence, const struct record *record)
{
    enum { GROUP = 63 };
    static const struct ident none;
    const bool consult = row->act == ACT_CONSULT && !ident_equal(&record->consult, &none);
    if (!consult && (row->act == ACT_CONSULT || row->span == SPAN_MOMENT)) {
        return sequence;
    }
    const struct date day = workdays_dutch_day(record->time_ms);
    uint8_t bytes[6 + IDENT_SIZE + sizeof record->role] = {(uint8_t)row->act, (uint8_t)deferral};
    struct sha256 hash;
    if (consult) {
        memcpy(bytes + 6, record->consult.bytes, IDENT_SIZE);
    } else {
        bytes[2] = (uint8_t)((unsigned)day.year >> 8U);
        bytes[3] = (uint8_t)day.year;
        bytes[4] = day.month;
        bytes[5] = row->span == SPAN_DAY ? day.day : 0;
        (void)slice_copy_text(slice_text(record->role), (char *)bytes + 6 + IDENT_SIZE, sizeof record->role);
    }
    sha256_of(slice_of(bytes, sizeof bytes), &hash);
    return bytes_get_u64(hash.bytes) | UINT64_C(1) << GROUP;
}

/* The newest line that it belongs to, by place; lines->count: none. */
static size_t line_for(const struct letter_lines *lines, const struct row *row, enum deferral deferral,
                       const struct record *record)
{
    for (size_t i = lines->count; i > 0; i--) {
        if (belongs(&lines->lines[i - 1], row, deferral, record)) {
            return i - 1;
        }
    }
    return lines->count;
}

enum result letter_lines_open(struct letter_lines *lines, const struct covenant *covenant, const struct party *self,
                              bool to_authority, struct error *err)
{
    *lines = (struct letter_lines){.covenant = covenant, .self = self, .to_authority = to_authority};
    buf_init(&lines->texts, TEXTS_MAX);
    lines->lines = mem_array(LETTER_LINES_MAX, sizeof *lines->lines);
    lines->parts = mem_array(LETTER_RECORDS_MAX, sizeof *lines->parts);
    if (lines->lines == NULL || lines->parts == NULL) {
        letter_lines_close(lines);
        FAIL(err, FAULT_NO_MEMORY, "", "geen geheugen");
    }
    return RESULT_OK;
}

void letter_lines_add(struct letter_lines *lines, uint64_t sequence, const struct record *record,
                      const struct covenant *then, struct slice text)
{
    const struct row *row = row_of(record->operation);
    const enum deferral deferral = deferral_by(lines, record, then);
    const size_t at = line_for(lines, row, deferral, record);
    if (deferral == DEFERRAL_UNTOLD) {
        memcpy(lines->untold, record->purpose, sizeof lines->untold);
    }
    if (lines->part_count == LETTER_RECORDS_MAX || at == LETTER_LINES_MAX) {
        lines->full = true;
        return;
    }
    struct letter_line *line = &lines->lines[at];
    if (at == lines->count) {
        lines->count++;
        *line = (struct letter_line){.act = row->act,
                                     .span = row->span,
                                     .deferral = deferral,
                                     .first = *record,
                                     .look = sequence,
                                     .mark = mark_of(row, deferral, sequence, record),
                                     .first_part = (uint32_t)lines->part_count};
    } else {
        lines->parts[line->last_part].next = (uint32_t)lines->part_count;
    }
    line->last_part = (uint32_t)lines->part_count;
    line->last = sequence;
    line->records++;
    lines->parts[lines->part_count++] = (struct letter_part){.line = (uint32_t)at,
                                                             .next = NO_PART,
                                                             .sequence = sequence,
                                                             .peer = record->peer,
                                                             .operation = record->operation,
                                                             .outcome = record->outcome};
    if (row->act == ACT_CONSULT && text.len != 0 && line->reason_len == 0) {
        line->reason_at = lines->texts.len;
        line->reason_len = text.len;
        buf_slice_in(&lines->texts, text);
    }
}

static void defer_with(struct letter_lines *lines, const struct record *met)
{
    for (size_t i = 0; i < lines->part_count; i++) {
        struct letter_line *line = &lines->lines[lines->parts[i].line];
        const bool of_signals = strcmp(line->first.purpose, met->purpose) == 0 && line->act != ACT_CONSULT &&
                                line->act != ACT_ANSWER && line->act != ACT_REFUSED;
        if (of_signals && line->deferral == DEFERRAL_NONE && oin_equal(&lines->parts[i].peer, &met->peer)) {
            line->deferral = DEFERRAL_UNTOLD;
        }
    }
}

void letter_lines_end(struct letter_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct letter_line *line = &lines->lines[i];
        if (line->first.operation == RECORD_SIGNAL_MET && line->deferral == DEFERRAL_UNTOLD &&
            oin_is_set(&line->first.peer)) {
            defer_with(lines, &line->first);
        }
    }
}

void letter_lines_close(struct letter_lines *lines)
{
    if (lines->lines != NULL) {
        mem_wipe(lines->lines, lines->count * sizeof *lines->lines);
    }
    mem_free(lines->lines);
    mem_free(lines->parts);
    buf_wipe(&lines->texts);
    *lines = (struct letter_lines){0};
}
