#include "policy/replay.h"

#include <string.h>

#include "policy/covenant_parts.h"

/* What was not kept can have been anything: the bits of one trial. Consent only widens, so none and all enclose the
 * rest. */
enum { TRY_CONSENT = 1, TRY_RESTRICTED = 2, TRY_EXTENDED = 4, TRY_REPORT_OPEN = 8, TRY_ORDER = 16, TRIALS = 32 };

/* Born on that day `age` years earlier; 28 for 29 February, so that the day exists in every year. */
static struct date birth_of(uint8_t age, const struct date *day)
{
    struct date birth = *day;
    if (age == REPLAY_AGE_UNKNOWN) {
        return (struct date){0};
    }
    birth.year = (int16_t)(birth.year - age);
    birth.day = birth.month == 2 && birth.day == 29 ? 28 : birth.day;
    return birth;
}

struct date policy_replay_day(const struct covenant *covenant, const struct date *day)
{
    return date_compare(day, &covenant->from) < 0 ? covenant->from : *day;
}

/* By the day of the record: who was 15 then, is 15 under a draft that begins later. */
static struct policy_subject subject_on(const struct policy_replay *inputs, const struct date *day)
{
    return (struct policy_subject){
        .birth = birth_of(inputs->age, day),
        .municipality = inputs->municipality,
        .extended_youth_care = inputs->extended_care ? *day : (struct date){0},
        .consent = inputs->consent,
        .restricted = inputs->restricted,
    };
}

struct policy_subject policy_replay_subject(const struct policy_replay *inputs)
{
    return subject_on(inputs, &inputs->request.today);
}

static void release(const struct covenant *covenant, const struct policy_request *request,
                    const struct policy_subject *subject, bool shielded, uint16_t domains, uint32_t *released,
                    struct policy_replayed *out)
{
    for (unsigned d = 0; d < LIFE_DOMAIN_COUNT; d++) {
        struct policy_decision decision;
        const struct policy_record record = {slice_text(life_domain_word((enum life_domain)d)), shielded, false};
        if ((domains >> d & 1U) == 0) {
            continue;
        }
        policy_may_answer(covenant, request, subject, &record, &decision);
        released[d] = decision.permit ? decision.categories : 0;
        out->categories |= released[d];
        out->why = decision.why > out->why ? decision.why : out->why;
    }
}

static void replay_as(const struct covenant *covenant, const struct policy_replay *inputs, struct policy_replayed *out)
{
    struct policy_request request = inputs->request;
    request.today = policy_replay_day(covenant, &request.today);
    const struct policy_subject subject = subject_on(inputs, &request.today);
    *out = (struct policy_replayed){.sure = true, .why = POLICY_NO_RULE};
    if ((inputs->domains | inputs->shielded) != 0) {
        out->why = POLICY_NOT_IN_FORCE;
    }
    release(covenant, &request, &subject, false, inputs->domains, out->plain, out);
    release(covenant, &request, &subject, true, inputs->shielded, out->shielded, out);
}

static struct policy_replay trial(const struct policy_replay *inputs, unsigned bits)
{
    struct policy_replay as = *inputs;
    if (!inputs->known) {
        as.restricted = (bits & TRY_RESTRICTED) != 0;
        as.extended_care = (bits & TRY_EXTENDED) != 0;
        as.request.report_open = (bits & TRY_REPORT_OPEN) != 0;
        as.request.order_in_force = (bits & TRY_ORDER) != 0;
    }
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        as.consent.categories[kind] = (bits & TRY_CONSENT) != 0 ? (1U << CATEGORY_COUNT) - 1 : 0;
    }
    return as;
}

bool policy_replayed_equal(const struct policy_replayed *a, const struct policy_replayed *b)
{
    return memcmp(a->plain, b->plain, sizeof a->plain) == 0 &&
           memcmp(a->shielded, b->shielded, sizeof a->shielded) == 0;
}

void policy_replay(const struct covenant *covenant, const struct policy_replay *inputs, struct policy_replayed *out)
{
    replay_as(covenant, inputs, out);
    if (inputs->known && !inputs->consent_unsure) {
        return;
    }
    const unsigned trials = inputs->known ? TRY_CONSENT + 1 : TRIALS;
    for (unsigned bits = 0; bits < trials && out->sure; bits++) {
        struct policy_replayed other;
        const struct policy_replay as = trial(inputs, bits);
        replay_as(covenant, &as, &other);
        out->sure = policy_replayed_equal(out, &other);
    }
}
