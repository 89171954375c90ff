/* Any bytes as covenant: lint and the reader agree on what can be read; what is accepted is asked and decided upon. */
#include <stdlib.h>

#include "policy/decide.h"
#include "policy/lint.h"
#include "policy/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void decide(const struct covenant *covenant, const struct party *requester, const struct party *provider)
{
    const struct policy_request request = {
        .requester = requester,
        .provider = provider,
        .purpose = slice_text("d"),
        .basis = slice_text("g"),
        .role = slice_text("r"),
        .has_case = true,
        .has_report = true,
        .today = {2026, 1, 1},
    };
    const struct policy_subject subject = {.municipality = "9901"};
    const struct policy_record record = {slice_text("financien"), false, false};
    struct policy_decision asked;
    struct policy_decision answered;
    policy_may_ask(covenant, &request, &asked);
    policy_may_answer(covenant, &request, &subject, &record, &answered);
    require(asked.permit == (asked.categories != 0) && answered.permit == (answered.categories != 0));
    /* What may be answered may be asked. */
    require((answered.categories & ~asked.categories) == 0);
}

/* A signal meets where it may be known; each kind of task is weighed. */
static void cooperate(const struct covenant *covenant, const struct party *one, const struct party *other)
{
    const struct date today = {2026, 1, 1};
    const struct policy_subject subject = {.municipality = "9901"};
    const struct policy_record record = {.signal = true};
    struct policy_meeting meeting;
    policy_may_meet(covenant, one, other, &subject, &record, &today, &meeting);
    require(meeting.permit == (meeting.basis != NULL) && (meeting.permit || meeting.roles == 0));
    for (size_t i = 0; i < covenant_task_kind_count(covenant); i++) {
        const struct task_kind *kind = covenant_task_kind_at(covenant, i);
        struct policy_task_decision decision;
        const struct policy_task task = {.asker = one,
                                         .doer = other,
                                         .kind = slice_text(kind->code),
                                         .basis = slice_text("g"),
                                         .role = slice_text("r"),
                                         .life_domain = slice_text("financien"),
                                         .has_case = true,
                                         .today = today};
        policy_may_task(covenant, &task, &subject, &decision);
        require(!decision.permit || (decision.content & ~kind->content) == 0);
        require(!decision.permit || decision.term.days > 0);
    }
}

/* Every finding has a place in the text, but for what the reader says of the whole. */
static void hear(void *context, const struct lint_finding *finding)
{
    (void)context;
    require(finding->line > 0 && finding->what[0] != '\0' && lint_word(finding->kind)[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    const struct lint_count count = lint_covenant(slice_of(data, size), hear, NULL);
    if (covenant_parse(slice_of(data, size), &covenant, &faults) != RESULT_OK) {
        require(covenant == NULL && faults.count > 0 && count.objections >= faults.count);
        return 0;
    }
    require(faults.count == 0);
    require(strlen(covenant_hash(covenant)) == COVENANT_HASH_SIZE - 1);
    for (size_t a = 0; a < covenant_party_count(covenant) && a < 4; a++) {
        const struct party *party = covenant_party_at(covenant, a);
        require(covenant_party(covenant, &party->oin) == party);
        for (size_t b = 0; b < covenant_party_count(covenant) && b < 4; b++) {
            decide(covenant, party, covenant_party_at(covenant, b));
            cooperate(covenant, party, covenant_party_at(covenant, b));
        }
    }
    covenant_free(covenant);
    return 0;
}
