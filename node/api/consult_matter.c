/* What a question stands on: a report or an order of the own organisation, looked at before anybody is asked. */
#include <stdio.h>

#include "api/consult_parts.h"
#include "api/matters.h"
#include "base/mem.h"
#include "domain/order.h"

struct finding {
    struct consult *consult;
    void (*next)(struct consult *c, struct fault_list *faults);
};

/* Carried beside the call: the call has room for one context. */
static void go_on(struct finding *finding, struct fault_list *faults)
{
    struct consult *c = finding->consult;
    void (*const next)(struct consult *, struct fault_list *) = finding->next;
    mem_free(finding);
    next(c, faults);
}

static void check_people(const struct consult *c, const struct matter *matter, struct fault_list *faults)
{
    for (size_t i = 0; i < c->request.subject_count; i++) {
        if (!matter_is_about(matter, &c->request.subjects[i])) {
            char where[FAULT_WHERE_MAX];
            (void)snprintf(where, sizeof where, "/betrokkenen/%zu", i);
            fault_list_add(faults, FAULT_FORBIDDEN, where, "de melding of maatregel gaat niet over deze persoon");
        }
    }
}

static void report_found(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct finding *finding = ctx;
    struct consult *c = finding->consult;
    struct fault_list faults = {0};
    struct error err;
    if (failed != NULL) {
        fault_list_add(&faults, failed->fault, "/melding", "de melding kan nu niet worden nagezien");
    } else if (got->item != NULL && report_decode(got->item->payload, &c->report, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, "/melding", "%s", err.what);
    } else if (got->item != NULL) {
        c->report_known = true;
        c->report_id = got->item->id;
        c->report_version = got->item->version;
        c->report_open = report_is_open(&c->report) && c->report.kind == REPORT_SAFE_HOME;
        if (!report_is_open(&c->report)) {
            fault_list_add(&faults, FAULT_FORBIDDEN, "/melding",
                           "deze melding is afgesloten: er wordt niet meer op gevraagd");
        }
        check_people(c, &c->report.matter, &faults);
    }
    go_on(finding, &faults);
}

static void order_found(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct finding *finding = ctx;
    struct consult *c = finding->consult;
    struct fault_list faults = {0};
    struct order order = {0};
    struct error err;
    if (failed != NULL) {
        fault_list_add(&faults, failed->fault, "/maatregel", "de maatregel kan nu niet worden nagezien");
    } else if (got->item == NULL) {
        fault_list_add(&faults, FAULT_FORBIDDEN, "/maatregel", "deze maatregel is hier niet vastgelegd");
    } else if (order_decode(got->item->payload, &order, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, "/maatregel", "%s", err.what);
    } else {
        c->order_in_force = order_in_force(&order, &c->dutch_today);
        if (!c->order_in_force) {
            fault_list_add(&faults, FAULT_FORBIDDEN, "/maatregel", "deze maatregel geldt vandaag niet");
        }
        check_people(c, &order.matter, &faults);
    }
    mem_wipe(&order, sizeof order);
    go_on(finding, &faults);
}

void consult_matter_find(struct consult *c, void (*next)(struct consult *c, struct fault_list *faults))
{
    struct store_door *door = c->call.api->door;
    struct fault_list faults = {0};
    c->dutch_today = matters_today(c->call.api);
    if (c->request.report_number.len == 0 && c->request.order_number.len == 0) {
        next(c, &faults);
        return;
    }
    struct finding *finding = mem_alloc(sizeof *finding);
    if (finding == NULL) {
        fault_list_add(&faults, FAULT_NO_MEMORY, "", "geen geheugen");
        next(c, &faults);
        return;
    }
    *finding = (struct finding){c, next};
    if (c->request.report_number.len != 0) {
        store_find(door, STORE_REPORT, STORE_KEY_A, c->request.report_number, STORE_KIND_COUNT, report_found, finding);
    } else {
        store_find(door, STORE_ORDER, STORE_KEY_A, c->request.order_number, STORE_KIND_COUNT, order_found, finding);
    }
}

struct second_look {
    const struct consult *consult;
    bool stands;
};

static void report_again(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct second_look *look = ctx;
    struct report report = {0};
    struct error err;
    look->stands = failed == NULL &&
                   (got->item == NULL || report_decode(got->item->payload, &report, &err) == RESULT_OK) &&
                   report_is_open(&report);
    mem_wipe(&report, sizeof report);
}

static void order_again(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct second_look *look = ctx;
    struct order order = {0};
    struct error err;
    look->stands = failed == NULL && got->item != NULL && order_decode(got->item->payload, &order, &err) == RESULT_OK &&
                   order_in_force(&order, &look->consult->dutch_today);
    mem_wipe(&order, sizeof order);
}

bool consult_matter_stands(const struct consult *c)
{
    struct second_look look = {c, true};
    struct store_door *door = c->call.api->door;
    if (c->request.report_number.len != 0) {
        store_find(door, STORE_REPORT, STORE_KEY_A, c->request.report_number, STORE_KIND_COUNT, report_again, &look);
    } else if (c->request.order_number.len != 0) {
        store_find(door, STORE_ORDER, STORE_KEY_A, c->request.order_number, STORE_KIND_COUNT, order_again, &look);
    }
    return look.stands;
}

enum result consult_matter_write(struct consult *c, struct store_batch *batch, struct error *err)
{
    if (!c->report_changed) {
        return RESULT_OK;
    }
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    report_encode(&c->report, &payload);
    const struct store_write item = {.id = c->report_id,
                                     .keys = {slice_text(c->report.matter.number)},
                                     .payload = buf_slice(&payload),
                                     .version = c->report_version,
                                     .is_new = !c->report_known};
    const enum result result = buf_result(&payload, "melding", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_REPORT, &item);
        terms_changed(c->call.api);
    }
    buf_wipe(&payload);
    return result;
}
