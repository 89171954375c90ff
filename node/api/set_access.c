#include "api/set_access.h"

#include "api/blocks.h"
#include "api/sharing.h"
#include "policy/decide.h"

static bool has_set(const struct call *call, const struct party *partner, struct slice purpose)
{
    const uint64_t purposes =
        policy_set_purposes(call->covenant, partner, api_self(call->api, call->covenant), &call->today);
    for (size_t i = 0; i < covenant_purpose_count(call->covenant); i++) {
        if (slice_is(purpose, covenant_purpose_at(call->covenant, i)->code)) {
            return (purposes >> i & 1U) != 0;
        }
    }
    return false;
}

enum result set_access(const struct call *call, const struct party *partner, struct slice purpose, const char *where,
                       struct error *err)
{
    ENSURE(partner != NULL && api_still_agreed(call->api, call->held, &partner->oin), err, FAULT_FORBIDDEN, "convenant",
           "tussen uw organisatie en deze is geen convenant van kracht");
    ENSURE(!blocks_partner(call->api, &partner->oin), err, FAULT_FORBIDDEN, "ketenpartner", "%s", blocks_partner_text);
    ENSURE(has_set(call, partner, purpose), err, FAULT_FORBIDDEN, where,
           "voor dit doel geeft het convenant uw organisatie hier geen opzoekset");
    return RESULT_OK;
}

uint32_t set_epoch_newest(const struct api *api)
{
    const uint32_t now = sharing_epoch(api->sharing);
    return now + (sharing_epoch_serves(api->sharing, now + 1) ? 1 : 0);
}

enum result set_epoch_serves(const struct api *api, uint32_t epoch, const char *where, struct error *err)
{
    if (sharing_epoch_serves(api->sharing, epoch)) {
        return RESULT_OK;
    }
    const uint32_t newest = set_epoch_newest(api);
    const bool two = newest > 0 && sharing_epoch_serves(api->sharing, newest - 1);
    FAIL(err, FAULT_EPOCH, where, two ? "hier gelden de perioden %u en %u" : "hier geldt periode %u", newest,
         newest - 1);
}
