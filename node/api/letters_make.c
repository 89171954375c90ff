/* A letter from the log, in this order: whom -> his records as the log was at drafting -> reasons that are to be told ->
 * the log's root. */
#include "api/letters_parts.h"

#include <stdio.h>

#include "api/book.h"
#include "api/log_reason.h"
#include "base/jcs.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { DAY_MS = 86400000 };

static const struct ident nobody;

static void too_much(struct letters_call *c)
{
    struct error err;
    (void)error_set(&err, FAULT_INVALID, "/van", "te veel voor een overzicht: maak er een per jaar (van, tot)");
    letters_refuse(c, &err);
}

/* ---- the root ---- */

static void root_got(void *ctx, const struct sha256 *root, const struct error *err)
{
    struct letters_call *c = ctx;
    if (err != NULL) {
        call_fail(&c->call, err);
        return;
    }
    c->root = *root;
    c->made(c);
}

/* ---- reasons ---- */

static void next_reason(struct letters_call *c);

static void reason_got(void *ctx, struct slice text)
{
    struct letters_call *c = ctx;
    struct letter_line *line = &c->lines.lines[c->reason_at++];
    line->reason_at = c->lines.texts.len;
    line->reason_len = text.len;
    buf_slice_in(&c->lines.texts, text);
    if (!buf_ok(&c->lines.texts)) {
        line->reason_len = 0;
    }
    next_reason(c);
}

static bool wants_reason(const struct letters_call *c, const struct letter_line *line)
{
    const struct letter_decision *decision = letter_decision_of(&c->letter, line->mark);
    return decision != NULL && decision->choice == CHOICE_TELL_REASON && line->act == ACT_CONSULT &&
           line->reason_len == 0;
}

/* It stands with the first person of a consult: of the others it is looked for. */
static void next_reason(struct letters_call *c)
{
    while (c->reason_at < c->lines.count && !wants_reason(c, &c->lines.lines[c->reason_at])) {
        c->reason_at++;
    }
    if (c->reason_at < c->lines.count) {
        log_reason(c->call.api, &c->lines.lines[c->reason_at].first, reason_got, c);
    } else {
        store_log_root(c->call.api->door, c->letter.size, root_got, c);
    }
}

/* ---- the records ---- */

static const struct covenant *then(void *ctx, const struct record *record)
{
    return book_that_decided(ctx, record);
}

static enum log_walk_go take(void *ctx, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                             struct slice text)
{
    struct letters_call *c = ctx;
    (void)seal;
    letter_lines_add(&c->lines, leaf->sequence, record, then(c->call.api, record), text);
    return c->lines.full ? LOG_WALK_STOP : LOG_WALK_ON;
}

static void walked(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct letters_call *c = ctx;
    if (err != NULL) {
        call_fail(&c->call, err);
        return;
    }
    if (c->lines.full) {
        too_much(c);
        return;
    }
    if (end->more) { /* far behind the index: on, until all was seen */
        c->sought.after = end->next;
        log_walk(c->call.api, &c->sought, LOG_WALK_RECORDS, true, take, walked, c);
        return;
    }
    letter_lines_end(&c->lines);
    c->behind = end->watermark < c->letter.size ? c->letter.size - end->watermark : 0;
    next_reason(c);
}

static int64_t begins(const struct date *day)
{
    const struct date before = moment_date((date_days(day) - 1) * DAY_MS);
    return workdays_day_ends(&before);
}

/* In the words of the covenant that the letter was drafted under, as long as it is known. */
static const struct covenant *words_of(const struct letters_call *c)
{
    struct record record = {0};
    memcpy(record.covenant, c->letter.covenant, sizeof record.covenant);
    const struct covenant *covenant = book_that_decided(c->call.api, &record);
    return covenant != NULL ? covenant : c->call.covenant;
}

static void person_got(void *ctx, const struct record *both, const struct error *err)
{
    struct letters_call *c = ctx;
    struct error fault;
    const struct covenant *covenant = words_of(c);
    if (err != NULL) {
        call_fail(&c->call, err);
        return;
    }
    if (letter_lines_open(&c->lines, covenant, api_self(c->call.api, covenant),
                          !ident_equal(&c->letter.holder, &nobody), &fault) != RESULT_OK) {
        call_fail(&c->call, &fault);
        return;
    }
    c->sought = (struct log_sought){.values = *both,
                                    .person = true,
                                    .any_outcome = true,
                                    .from_ms = begins(&c->letter.from),
                                    .end_ms = workdays_day_ends(&c->letter.until),
                                    .before = UINT64_MAX,
                                    .size = c->letter.size,
                                    .oldest = true};
    log_walk(c->call.api, &c->sought, LOG_WALK_RECORDS, true, take, walked, c);
}

void letters_make(struct letters_call *c, void (*made)(struct letters_call *c))
{
    const bool known = !ident_equal(&c->letter.subject, &nobody);
    c->made = made;
    log_find_person(c->call.api, known ? NULL : &c->letter.bsn, known ? &c->letter.subject : NULL, person_got, c);
}

/* ---- what becomes of it ---- */

struct letter_view letters_view(const struct letters_call *c)
{
    return (struct letter_view){.letter = &c->letter,
                                .lines = &c->lines,
                                .id = c->id,
                                .root = c->root,
                                .origin = c->lines.self != NULL ? c->lines.self->log_origin : "",
                                .then = then,
                                .ctx = c->call.api};
}

enum result letters_digest(const struct letters_call *c, struct sha256 *out, struct error *err)
{
    const struct letter_view view = letters_view(c);
    struct json *json = NULL;
    struct buf text;
    struct buf canonical;
    buf_init(&text, LETTER_JSON_MAX);
    buf_init(&canonical, LETTER_JSON_MAX);
    struct json_writer w = json_writer(&text);
    letter_write(&view, &w);
    enum result result = buf_result(&text, "overzicht", err);
    result = result == RESULT_OK ? json_parse(buf_slice(&text), &json, err) : result;
    result = result == RESULT_OK ? jcs_write(json, &canonical, err) : result;
    if (result == RESULT_OK) {
        sha256_of(buf_slice(&canonical), out);
    }
    json_free(json);
    buf_wipe(&text);
    buf_wipe(&canonical);
    return result;
}

static void write_warnings(const struct letters_call *c, struct json_writer *w)
{
    char text[200];
    json_begin_array(w, "waarschuwingen");
    if (c->letter.youth) {
        json_put_text(w, NULL, "deze persoon is 12 tot en met 15 jaar: vraag ook wat hij of zij er zelf van vindt");
    }
    if (c->behind != 0) {
        (void)snprintf(text, sizeof text, "de zoekindex liep %llu regels achter; die zijn een voor een bekeken",
                       (unsigned long long)c->behind);
        json_put_text(w, NULL, text);
    }
    if (c->letter.places_left_out) {
        json_put_text(w, NULL, "niet alle opzoeklijsten passen in het overzicht; dat staat erin");
    }
    json_end_array(w);
}

static void write_digest(const struct letters_call *c, struct json_writer *w)
{
    struct sha256 now;
    struct error err;
    char hex[2 * SHA256_SIZE + 1];
    hex_encode(slice_of(c->letter.digest.bytes, SHA256_SIZE), hex);
    json_put_text(w, "vrijgegevenOp", moment_text(c->letter.released_ms).text);
    json_put_text(w, "hash", hex);
    json_put_bool(w, "ongewijzigd",
                  letters_digest(c, &now, &err) == RESULT_OK &&
                      memcmp(now.bytes, c->letter.digest.bytes, SHA256_SIZE) == 0);
}

void letters_write(struct letters_call *c)
{
    const struct letter_view view = letters_view(c);
    struct json_writer w = json_writer(&c->call.body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "id", ident_text(&c->id).text);
    json_put_text(&w, "toestand", letter_state_word(c->letter.state));
    json_put_text(&w, "opgesteld", moment_text(c->letter.drafted_ms).text);
    json_put_text(&w, "van", date_text(&c->letter.from).text);
    json_put_text(&w, "tot", date_text(&c->letter.until).text);
    json_put_int(&w, "totOmvang", (int64_t)c->letter.size);
    if (c->letter.state == LETTER_RELEASED) {
        write_digest(c, &w);
    }
    letter_write_lines(&view, &w);
    write_warnings(c, &w);
    json_end_object(&w);
}
