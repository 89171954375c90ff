/* In this order: which month -> its looks, counted -> suppressed, on a worker -> a record of it -> the answer. */
#include "api/figures.h"

#include <stdio.h>

#include "api/figures_read.h"
#include "api/later.h"
#include "base/date.h"

enum { MONTH_LEN = 7, FIGURES_TEXT_MAX = 64, DAY_MS = 86400000 };

static const struct json_field fields[] = {{"maand", JSON_TEXT, true, MONTH_LEN, MONTH_LEN}};

struct making {
    struct call call;
    struct json *json;
    struct figures_period period;
    struct figures *figures;
    int64_t least;
    bool turn; /* it is this call's: see api->figures_making */
    enum result result;
    struct error err;
};

static void clean(struct call *call)
{
    struct making *m = (struct making *)call;
    json_free(m->json);
    figures_free(m->figures);
    if (m->turn) {
        call->api->figures_making = false;
    }
}

/* ---- the answer ---- */

static void put_figure(struct json_writer *w, const char *name, const struct suppress_figure *figure)
{
    if (figure->hidden) {
        json_put_null(w, name);
    } else {
        json_put_int(w, name, figure->count);
    }
}

static void put_partner(const struct making *m, struct json_writer *w, size_t partner)
{
    struct oin oin = {""};
    const char *digits = figures_partner(m->figures, partner);
    const bool is_one = oin_parse(slice_text(digits), &oin);
    const struct api_covenant *held = is_one ? api_covenant_with(m->call.api, &oin) : NULL;
    const struct party *party = covenant_party(held != NULL ? held->covenant : m->call.covenant, &oin);
    json_begin_object(w, NULL);
    json_put_text(w, "oin", digits);
    json_put_text(w, "naam", party != NULL ? party->name : "geen partij meer");
    json_end_object(w);
}

typedef const struct suppress_figure *figure_fn(const struct figures *figures, int purpose, int column);

/* Of a column in which nothing was counted, nothing is shown but for partners, who are there because something was. */
static bool is_empty(const struct figures *f, figure_fn *figure, size_t column)
{
    return figure(f, FIGURES_ALL, (int)column)->count == 0;
}

static void put_line(const struct making *m, struct json_writer *w, figure_fn *figure, size_t columns, int purpose)
{
    json_begin_array(w, purpose == FIGURES_ALL ? "totalen" : "keren");
    for (size_t c = 0; c < columns; c++) {
        if (!is_empty(m->figures, figure, c)) {
            put_figure(w, NULL, figure(m->figures, purpose, (int)c));
        }
    }
    json_end_array(w);
    put_figure(w, "totaal", figure(m->figures, purpose, FIGURES_ALL));
}

static void put_rows(const struct making *m, struct json_writer *w, figure_fn *figure, size_t columns)
{
    json_begin_array(w, "rijen");
    for (size_t p = 0; p < figures_purposes(m->figures); p++) {
        json_begin_object(w, NULL);
        json_put_text(w, "doel", figures_purpose(m->figures, p));
        put_line(m, w, figure, columns, (int)p);
        json_end_object(w);
    }
    json_end_array(w);
    put_line(m, w, figure, columns, FIGURES_ALL);
}

static void put_tables(const struct making *m, struct json_writer *w)
{
    json_begin_object(w, "perKetenpartner");
    json_begin_array(w, "kolommen");
    for (size_t q = 0; q < figures_partners(m->figures); q++) {
        put_partner(m, w, q);
    }
    json_end_array(w);
    put_rows(m, w, figures_by_partner, figures_partners(m->figures));
    json_end_object(w);
    json_begin_object(w, "perLeefgebied");
    json_begin_array(w, "kolommen");
    for (size_t d = 0; d < FIGURES_DOMAINS; d++) {
        if (!is_empty(m->figures, figures_by_domain, d)) {
            json_put_text(w, NULL, figures_domain(d));
        }
    }
    json_end_array(w);
    put_rows(m, w, figures_by_domain, FIGURES_DOMAINS);
    json_end_object(w);
}

static void answer(struct making *m)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct record record = call_record(&m->call, RECORD_FIGURES);
    struct json_writer w = json_writer(&m->call.body);
    const struct slice month = json_text_of(m->json, "maand");
    char text[FIGURES_TEXT_MAX];
    json_begin_object(&w, NULL);
    json_put_slice(&w, "maand", month);
    json_put_int(&w, "kleinste", m->least);
    put_tables(m, &w);
    json_end_object(&w);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)figures_looks(m->figures);
    (void)snprintf(text, sizeof text, "stuurcijfers van %.*s, kleinste %lld", (int)month.len, (const char *)month.ptr,
                   (long long)m->least);
    if (call_log(&m->call, &batch, &record, slice_text(text), &err) != RESULT_OK) {
        call_unlogged(&m->call, &err);
    } else {
        call_commit(&m->call, batch, 200);
    }
}

/* ---- counting ---- */

static void settle(void *ctx)
{
    struct making *m = ctx;
    m->result = figures_settle(m->figures, (uint32_t)m->least, &m->err);
}

static void settled(void *ctx)
{
    struct making *m = ctx;
    if (m->result != RESULT_OK) {
        call_fail(&m->call, &m->err);
    } else {
        answer(m);
    }
}

static void read_through(void *ctx, const struct error *err)
{
    struct making *m = ctx;
    struct error fault;
    if (err != NULL) {
        call_fail(&m->call, err);
    } else if (aside(m->call.api->loop, settle, settled, m, &fault) != RESULT_OK) {
        call_fail(&m->call, &fault);
    }
}

/* ---- which month ---- */

static bool read_month(struct slice text, struct figures_period *out)
{
    char first[MONTH_LEN + sizeof "-01"];
    struct date day;
    (void)snprintf(first, sizeof first, "%.*s-01", (int)text.len, (const char *)text.ptr);
    if (text.len != MONTH_LEN || !date_parse(slice_text(first), &day)) {
        return false;
    }
    out->from_ms = date_days(&day) * DAY_MS;
    day.year = (int16_t)(day.month == 12 ? day.year + 1 : day.year);
    day.month = (uint8_t)(day.month == 12 ? 1 : day.month + 1);
    out->end_ms = date_days(&day) * DAY_MS;
    return true;
}

static void check(struct making *m, struct fault_list *faults)
{
    if (!read_month(json_text_of(m->json, "maand"), &m->period)) {
        fault_list_add(faults, FAULT_INVALID, "/maand", "hier hoort een maand als JJJJ-MM");
    } else if (clock_now(m->call.api->clock) - FIGURES_SETTLED_MS < m->period.end_ms) {
        fault_list_add(faults, FAULT_INVALID, "/maand",
                       "deze maand is nog niet voorbij: cijfers zijn er vanaf een uur na het einde (UTC)");
    } else if (m->call.api->figures_making) {
        fault_list_add(faults, FAULT_BUSY, "", "er worden al stuurcijfers gemaakt: probeer het zo weer");
    }
}

static void start(struct call *call)
{
    struct making *m = (struct making *)call;
    struct fault_list faults = {0};
    struct error err;
    if (api_clock_wrong(call->api, &err)) { /* then it is not known which months are over */
        call_fail(call, &err);
        return;
    }
    m->json = call_json(call, fields, COUNT_OF(fields), &faults);
    if (faults.count == 0) {
        check(m, &faults);
    }
    if (faults.count != 0) {
        call_fail_faults(call, &faults);
        return;
    }
    m->turn = call->api->figures_making = true;
    m->least = call->api->figures_least;
    m->figures = figures_new(&call->api->own_oin);
    if (m->figures == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(call, &err);
        return;
    }
    figures_read(call, &m->period, m->figures, read_through, m);
}

void figures_make(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct making));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_SEE_FIGURES, start);
    }
}
