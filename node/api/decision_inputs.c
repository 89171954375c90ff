#include "api/decision_inputs.h"

#include "base/workdays.h"

_Static_assert(CATEGORY_COUNT <= 8 && CONSENT_KIND_COUNT <= 3, "a byte per kind of consent, and flags above");

struct input_flag {
    uint32_t bit;
    bool set;
};

static uint32_t flags_of(const struct policy_request *request, const struct policy_subject *subject)
{
    const struct date *until = subject != NULL ? &subject->extended_youth_care : NULL;
    const struct input_flag flags[] = {
        {RECORD_INPUT_KNOWN, true},
        {RECORD_INPUT_DISAGREES, subject != NULL && subject->consent.parent_disagrees},
        {RECORD_INPUT_RESTRICTED, subject != NULL && subject->restricted},
        {RECORD_INPUT_EXTENDED_CARE, until != NULL && date_is_set(until) && date_compare(until, &request->today) >= 0},
        {RECORD_INPUT_REPORT_OPEN, request->report_open},
        {RECORD_INPUT_ORDER, request->order_in_force},
    };
    uint32_t inputs = 0;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        inputs |= flags[i].set ? flags[i].bit : 0;
    }
    return inputs;
}

void record_inputs_from(struct record *record, const struct policy_request *request,
                        const struct policy_subject *subject)
{
    record->inputs = flags_of(request, subject);
    record->age = REPLAY_AGE_UNKNOWN;
    if (subject == NULL) {
        return;
    }
    if (date_is_set(&subject->birth)) {
        const int age = date_age(&subject->birth, &request->today);
        record->age = age >= 0 && age < REPLAY_AGE_UNKNOWN ? (uint8_t)age : REPLAY_AGE_UNKNOWN;
    }
    (void)slice_copy_text(slice_text(subject->municipality), record->municipality, sizeof record->municipality);
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        record->inputs |= RECORD_INPUT_CONSENT(kind, subject->consent.categories[kind]);
    }
}

struct policy_replay record_inputs_of(const struct record *record, const struct covenant *covenant,
                                      const struct oin *own)
{
    const bool answered = record->operation == RECORD_ANSWERED;
    const struct party *peer = covenant_party(covenant, &record->peer);
    const struct party *self = covenant_party(covenant, own);
    struct policy_replay inputs = {
        .request =
            {
                .requester = answered ? peer : self,
                .provider = answered ? self : peer,
                .purpose = slice_text(record->purpose),
                .basis = slice_text(record->basis),
                .role = slice_text(record->role),
                .has_case = record->case_number[0] != '\0',
                .has_report = record->report_number[0] != '\0',
                .report_open = (record->inputs & RECORD_INPUT_REPORT_OPEN) != 0,
                .order_in_force = (record->inputs & RECORD_INPUT_ORDER) != 0,
                .today = workdays_dutch_day(record->time_ms),
            },
        .age = record->age,
        .municipality = record->municipality,
        .domains = (uint16_t)record->domains,
        .shielded = (uint16_t)record->shielded,
        .known = (record->inputs & RECORD_INPUT_KNOWN) != 0,
        .restricted = (record->inputs & RECORD_INPUT_RESTRICTED) != 0,
        .extended_care = (record->inputs & RECORD_INPUT_EXTENDED_CARE) != 0,
    };
    inputs.consent.parent_disagrees = (record->inputs & RECORD_INPUT_DISAGREES) != 0;
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        inputs.consent.categories[kind] = RECORD_INPUT_OPENED(record->inputs, kind);
    }
    return inputs;
}
