#include "api/matters.h"
#include "api/reports.h"
#include "base/mem.h"
#include "domain/order.h"

static const struct json_field add_fields[] = {
    {"nummer", JSON_TEXT, true, 1, CONSULT_CASE_MAX},
    {"soort", JSON_TEXT, true, 1, CODE_MAX},
    {"van", JSON_TEXT, true, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"tot", JSON_TEXT, true, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"betrokkenen", JSON_ARRAY, true, 1, MATTER_PEOPLE_MAX},
};

static const struct json_field end_fields[] = {
    {"nummer", JSON_TEXT, true, 1, CONSULT_CASE_MAX},
    {"einde", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

struct changing {
    struct matters_call m;
    struct json *json;
    struct order order;
    struct date last;
    struct date today;
};

static void clean(struct call *call)
{
    struct changing *c = (struct changing *)call;
    json_free(c->json);
    mem_wipe(&c->order, sizeof c->order);
}

static void put_order(struct json_writer *w, const struct order *order, const struct date *today)
{
    struct term terms[TERM_COUNT];
    json_begin_object(w, NULL);
    json_put_text(w, "nummer", order->matter.number);
    json_put_text(w, "soort", order_kind_word(order->kind));
    json_put_text(w, "van", date_text(&order->from).text);
    json_put_text(w, "tot", date_text(&order->until).text);
    matters_put_day(w, "einde", &order->ended);
    json_put_bool(w, "vanKracht", order_in_force(order, today));
    matters_put_terms(w, terms, order_terms(order, today, terms));
    json_end_object(w);
}

static void put_item(struct json_writer *w, const struct store_item *item, const struct date *today)
{
    struct order order;
    struct error err;
    if (order_decode(item->payload, &order, &err) == RESULT_OK) {
        put_order(w, &order, today);
        mem_wipe(&order, sizeof order);
    }
}

static void save(struct changing *c, const struct ident *id, uint64_t version, const char *what, int status)
{
    struct call *call = &c->m.call;
    struct buf payload;
    struct error err;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    order_encode(&c->order, &payload);
    const struct matters_change change = {
        .kind = STORE_ORDER,
        .operation = RECORD_ORDER,
        .matter = &c->order.matter,
        .item = {.id = *id,
                 .keys = {slice_text(c->order.matter.number)},
                 .payload = buf_slice(&payload),
                 .version = version,
                 .is_new = version == 0},
        .what = what,
        .closes = version != 0 && !order_in_force(&c->order, &c->today),
    };
    if (buf_result(&payload, "maatregel", &err) != RESULT_OK) {
        call_fail(call, &err);
    } else {
        struct json_writer w = json_writer(&call->body);
        put_order(&w, &c->order, &c->today);
        matters_save(call, &change, status);
    }
    buf_wipe(&payload);
}

static void add(struct call *call)
{
    struct changing *c = (struct changing *)call;
    struct fault_list faults = {0};
    c->today = matters_today(call->api);
    c->json = call_json(call, add_fields, COUNT_OF(add_fields), &faults);
    matters_read(c->json, &c->order.matter, &faults);
    const struct slice kind = json_text_of(c->json, "soort");
    if (kind.len != 0 && !order_kind_parse(kind, &c->order.kind)) {
        fault_list_add(&faults, FAULT_INVALID, "/soort", "onbekende soort maatregel");
    }
    c->order.from = matters_read_day(c->json, "van", &c->today, &faults);
    c->order.until = matters_read_day(c->json, "tot", &c->today, &faults);
    if (date_compare(&c->order.from, &c->order.until) > 0) {
        fault_list_add(&faults, FAULT_INVALID, "/tot", "de laatste dag ligt voor de eerste");
    }
    if (faults.count != 0) {
        matters_refuse(call, STORE_ORDER, &c->order.matter, &faults);
        return;
    }
    const struct ident id = entropy_ident(call->api->entropy);
    save(c, &id, 0, "aangemaakt", 201);
}

static void found(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct changing *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->m.call, failed);
    } else if (got->item == NULL) {
        call_refuse_with(&c->m.call, FAULT_NOT_FOUND, "/nummer", "deze maatregel is hier niet vastgelegd");
    } else if (order_decode(got->item->payload, &c->order, &err) != RESULT_OK) {
        call_fail(&c->m.call, &err);
    } else if (order_end(&c->order, &c->last, &err) != RESULT_OK) {
        matters_refuse_error(&c->m.call, STORE_ORDER, &c->order.matter, &err);
    } else {
        save(c, &got->item->id, got->item->version, "einde", 200);
    }
}

static void end(struct call *call)
{
    struct changing *c = (struct changing *)call;
    struct fault_list faults = {0};
    c->today = matters_today(call->api);
    c->json = call_json(call, end_fields, COUNT_OF(end_fields), &faults);
    c->last = matters_read_day(c->json, "einde", &c->today, &faults);
    if (faults.count != 0) {
        matters_refuse(call, STORE_ORDER, NULL, &faults);
        return;
    }
    store_find(call->api->door, STORE_ORDER, STORE_KEY_A, json_text_of(c->json, "nummer"), STORE_KIND_COUNT, found, c);
}

static void list(struct call *call)
{
    matters_list(call, STORE_ORDER, "maatregelen", put_item);
}

static void begin(struct http_request *request, void *ctx, unsigned permission, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct changing));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, permission, next);
    }
}

void orders_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_REGISTER, add);
}

void orders_end(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_REGISTER, end);
}

void orders_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_REGISTER | MAY_REVIEW | MAY_READ_LOG, list);
}
