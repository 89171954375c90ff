/* What many questions at the desk are: about one person, by number; or a page of a list. */
#include <stdio.h>

#include "api/api.h"
#include "api/query.h"
#include "base/mem.h"

bool call_about_one(struct call *call)
{
    static const struct json_field fields[] = {{"bsn", JSON_TEXT, true, BSN_DIGITS, BSN_DIGITS}};
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, fields, COUNT_OF(fields), &faults);
    if (faults.count == 0 && !bsn_parse(json_text_of(json, "bsn"), &call->person)) {
        fault_list_add(&faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (elfproef)");
    }
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        mem_wipe(&record, sizeof record);
        return false;
    }
    return true;
}

void call_list(struct call *call, enum store_kind kind, store_listed_fn *listed)
{
    const struct slice query = http_request_query(call->request);
    const int64_t count = query_number(query, "aantal", STORE_LIST_MAX);
    struct slice named;
    struct ident after;
    const bool goes_on = query_find(query, "na", &named);
    if (count < 1 || count > STORE_LIST_MAX) {
        char what[FAULT_WHAT_MAX];
        (void)snprintf(what, sizeof what, "aantal is 1 tot en met %d", STORE_LIST_MAX);
        call_refuse_with(call, FAULT_INVALID, "aantal", what);
    } else if (goes_on && !ident_parse(named, &after)) {
        call_refuse_with(call, FAULT_INVALID, "na", "hier hoort wat een vorig antwoord bij volgende noemde");
    } else {
        store_list(call->api->door, kind, goes_on ? &after : NULL, (size_t)count, listed, call);
    }
}
