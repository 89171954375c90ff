/* Who is calling at the desk, and may he: before any handler of that listener does anything. */
#include <string.h>

#include "api/api.h"

enum { ABOUT_PEOPLE = MAY_CONSULT | MAY_REGISTER | MAY_IMPORT | MAY_CONSENT | MAY_SETTLE | MAY_TASK };

static void turn_away(struct call *call, enum fault fault, const char *why)
{
    struct record record = call_record(call, RECORD_REFUSED);
    struct error err;
    (void)error_set(&err, fault, "", "%s", why);
    call_refuse_error(call, &record, &err);
}

static void decide(struct call *call, uint32_t permission)
{
    if (call->request == NULL) {
        call_answer(call, 0); /* the client has gone while we looked him up */
        return;
    }
    if (permission != 0 && (call->caller.may & permission) == 0) {
        turn_away(call, FAULT_FORBIDDEN, "uw rol staat dit niet toe");
        return;
    }
    struct error err;
    if ((permission & ABOUT_PEOPLE) != 0 && api_clock_wrong(call->api, &err)) {
        call_fail(call, &err);
        return;
    }
    call->next(call);
}

static void user_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct call *call = ctx;
    struct user user;
    struct error fault;
    if (err != NULL) {
        call_fail(call, err);
        return;
    }
    if (found->item == NULL || user_decode(found->item->payload, &user, &fault) != RESULT_OK || user.blocked) {
        turn_away(call, FAULT_UNAUTHENTICATED, "dit toegangsbewijs hoort niet bij een geregistreerde gebruiker");
        return;
    }
    memcpy(call->caller.name, user.name, sizeof call->caller.name);
    memcpy(call->caller.regulation, user.regulation, sizeof call->caller.regulation);
    call->caller.roles = user.roles;
    call->caller.may = role_may(user.roles);
    decide(call, call->permission);
}

void call_require(struct call *call, uint32_t permission, void (*next)(struct call *call))
{
    static const char scheme[] = "Bearer ";
    const struct slice header = http_request_header(call->request, "authorization");
    const size_t scheme_len = sizeof scheme - 1;
    call->next = next;
    call->permission = permission;
    if (header.len == 0 && http_request_uid(call->request) != HTTP_NO_UID) {
        memcpy(call->caller.name, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
        call->caller.may = NODE_ACCOUNT_MAY;
        decide(call, permission);
        return;
    }
    /* Longer than any token of ours: no key to look for either. */
    if (header.len <= scheme_len || header.len - scheme_len > STORE_KEY_MAX ||
        memcmp(header.ptr, scheme, scheme_len) != 0) {
        turn_away(call, FAULT_UNAUTHENTICATED, "meld u aan met een toegangsbewijs (Authorization: Bearer ...)");
        return;
    }
    store_find(call->api->door, STORE_USER, STORE_KEY_B, slice_of(header.ptr + scheme_len, header.len - scheme_len),
               STORE_KIND_COUNT, user_found, call);
}
