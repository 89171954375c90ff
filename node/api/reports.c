#include "api/reports.h"

#include "api/matters.h"
#include "base/mem.h"
#include "domain/report.h"

static const struct json_field add_fields[] = {
    {"nummer", JSON_TEXT, true, 1, CONSULT_CASE_MAX},
    {"soort", JSON_TEXT, true, 1, CODE_MAX},
    {"ontvangen", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"betrokkenen", JSON_ARRAY, true, 1, MATTER_PEOPLE_MAX},
};

static const struct json_field step_fields[] = {
    {"nummer", JSON_TEXT, true, 1, CONSULT_CASE_MAX},
    {"stap", JSON_TEXT, true, 1, CODE_MAX},
    {"datum", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

/* The step that ends a report; the others are terms. */
static const char closing[] = "afsluiting";

struct changing {
    struct matters_call m;
    struct json *json;
    struct report report;
    struct date today;
    struct date day;
    bool closes;
    enum term_kind step;
};

static void clean(struct call *call)
{
    struct changing *c = (struct changing *)call;
    json_free(c->json);
    mem_wipe(&c->report, sizeof c->report);
}

static void put_report(struct json_writer *w, const struct report *report, const struct date *today)
{
    struct term terms[TERM_COUNT];
    json_begin_object(w, NULL);
    json_put_text(w, "nummer", report->matter.number);
    json_put_text(w, "soort", report_kind_word(report->kind));
    json_put_text(w, "ontvangen", date_text(&report->received).text);
    matters_put_day(w, "afgesloten", &report->closed);
    matters_put_terms(w, terms, report_terms(report, today, terms));
    json_begin_array(w, "stappen");
    for (unsigned i = 0; i < TERM_COUNT; i++) {
        if (date_is_set(&report->done[i])) {
            json_begin_object(w, NULL);
            json_put_text(w, "stap", term_word((enum term_kind)i));
            json_put_text(w, "datum", date_text(&report->done[i]).text);
            json_end_object(w);
        }
    }
    json_end_array(w);
    json_end_object(w);
}

static void put_item(struct json_writer *w, const struct store_item *item, const struct date *today)
{
    struct report report;
    struct error err;
    if (report_decode(item->payload, &report, &err) == RESULT_OK) {
        put_report(w, &report, today);
        mem_wipe(&report, sizeof report);
    }
}

static void save(struct changing *c, const struct ident *id, uint64_t version, const char *what, int status)
{
    struct call *call = &c->m.call;
    struct buf payload;
    struct error err;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    report_encode(&c->report, &payload);
    const struct matters_change change = {
        .kind = STORE_REPORT,
        .operation = RECORD_REPORT,
        .matter = &c->report.matter,
        .item = {.id = *id,
                 .keys = {slice_text(c->report.matter.number)},
                 .payload = buf_slice(&payload),
                 .version = version,
                 .is_new = version == 0},
        .what = what,
        .closes = c->closes,
    };
    if (buf_result(&payload, "melding", &err) != RESULT_OK) {
        call_fail(call, &err);
    } else {
        struct json_writer w = json_writer(&call->body);
        put_report(&w, &c->report, &c->today);
        matters_save(call, &change, status);
    }
    buf_wipe(&payload);
}

/* ---- a new one ---- */

static void add(struct call *call)
{
    struct changing *c = (struct changing *)call;
    struct fault_list faults = {0};
    c->today = matters_today(call->api);
    c->json = call_json(call, add_fields, COUNT_OF(add_fields), &faults);
    matters_read(c->json, &c->report.matter, &faults);
    const struct slice kind = json_text_of(c->json, "soort");
    if (kind.len != 0 && !report_kind_parse(kind, &c->report.kind)) {
        fault_list_add(&faults, FAULT_INVALID, "/soort", "onbekende soort melding");
    }
    c->report.received = matters_read_day(c->json, "ontvangen", &c->today, &faults);
    if (date_compare(&c->report.received, &c->today) > 0) {
        fault_list_add(&faults, FAULT_INVALID, "/ontvangen", "deze dag is nog niet geweest");
    }
    if (faults.count != 0) {
        matters_refuse(call, STORE_REPORT, &c->report.matter, &faults);
        return;
    }
    const struct ident id = entropy_ident(call->api->entropy);
    save(c, &id, 0, "aangemaakt", 201);
}

/* ---- a step ---- */

static enum result take_step(struct changing *c, struct error *err)
{
    const struct caller *caller = &c->m.call.caller;
    const uint32_t needed = !c->closes && c->step == TERM_REVIEW ? MAY_REVIEW : MAY_REGISTER;
    ENSURE((caller->may & needed) != 0, err, FAULT_FORBIDDEN, "/stap", "uw rol staat deze stap niet toe");
    return c->closes ? report_close(&c->report, &c->today, err)
                     : report_do(&c->report, c->step, &c->day, &c->today, err);
}

static void found(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct changing *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->m.call, failed);
    } else if (got->item == NULL) {
        call_refuse_with(&c->m.call, FAULT_NOT_FOUND, "/nummer", "deze melding is hier niet vastgelegd");
    } else if (report_decode(got->item->payload, &c->report, &err) != RESULT_OK) {
        call_fail(&c->m.call, &err);
    } else if (take_step(c, &err) != RESULT_OK) {
        matters_refuse_error(&c->m.call, STORE_REPORT, &c->report.matter, &err);
    } else {
        save(c, &got->item->id, got->item->version, c->closes ? closing : term_word(c->step), 200);
    }
}

static void step(struct call *call)
{
    struct changing *c = (struct changing *)call;
    struct fault_list faults = {0};
    c->today = matters_today(call->api);
    c->json = call_json(call, step_fields, COUNT_OF(step_fields), &faults);
    const struct slice word = json_text_of(c->json, "stap");
    c->closes = slice_is(word, closing);
    if (word.len != 0 && !c->closes && !term_parse(word, &c->step)) {
        fault_list_add(&faults, FAULT_INVALID, "/stap", "onbekende stap");
    }
    c->day = matters_read_day(c->json, "datum", &c->today, &faults);
    if (c->closes && date_compare(&c->day, &c->today) != 0) {
        fault_list_add(&faults, FAULT_INVALID, "/datum", "een melding wordt afgesloten op de dag zelf");
    }
    if (faults.count != 0) {
        matters_refuse(call, STORE_REPORT, NULL, &faults);
        return;
    }
    store_find(call->api->door, STORE_REPORT, STORE_KEY_A, json_text_of(c->json, "nummer"), STORE_KIND_COUNT, found, c);
}

/* ---- routes ---- */

static void list(struct call *call)
{
    matters_list(call, STORE_REPORT, "meldingen", put_item);
}

static void begin(struct http_request *request, void *ctx, unsigned permission, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct changing));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, permission, next);
    }
}

void reports_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_REGISTER, add);
}

void reports_step(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_REGISTER | MAY_REVIEW, step);
}

void reports_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_REGISTER | MAY_REVIEW | MAY_READ_LOG, list);
}
