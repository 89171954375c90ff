/* Desk: giving a task. The body -> who is that, and may it be given? -> the task, whom it registers, the message and the
 * records, one commit. */
#include "api/tasks.h"

#include "api/tasks_parts.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "domain/matter.h"

enum { KEY_DIGITS = 2 * IDENT_SIZE };

static const struct json_field fields[] = {
    {"sleutel", JSON_TEXT, true, KEY_DIGITS, KEY_DIGITS},
    {"soort", JSON_TEXT, true, 1, CODE_MAX},
    {"ketenpartner", JSON_TEXT, true, OIN_DIGITS, OIN_DIGITS},
    {"zaak", JSON_TEXT, true, 1, CONSULT_CASE_MAX},
    {"grondslag", JSON_TEXT, true, 1, CODE_MAX},
    {"rol", JSON_TEXT, false, 1, CODE_MAX},
    {"leefgebied", JSON_TEXT, true, 1, CODE_MAX},
    {"vraag", JSON_TEXT, false, 1, TASK_TEXT_MAX},
    {"bedreigend", JSON_BOOL, false, 0, 0},
    {"huishouden", JSON_BOOL, false, 0, 0},
    {"uiterlijk", JSON_TEXT, false, 1, 32},
    {"contact", JSON_OBJECT, false, 1, 2},
    {"concept", JSON_BOOL, false, 0, 0},
    {"betrokkenen", JSON_ARRAY, true, 0, CONSULT_SUBJECTS_MAX},
};

static const struct json_field contact_fields[] = {
    {"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"telefoon", JSON_TEXT, false, 1, PHONE_MAX_BYTES},
};

struct sending {
    struct incoming in;
    struct json *json;
    struct task task;
    struct date given; /* the deadline that the user named; not set: by the type */
    bool draft;
    struct task asked; /* as the body has it */
    struct bsn numbers[TASK_PEOPLE_MAX];
    struct tasks_giving giving;
};

static void clean(struct incoming *in)
{
    struct sending *s = (struct sending *)in;
    json_free(s->json);
    mem_wipe(&s->task, sizeof s->task);
    mem_wipe(&s->asked, sizeof s->asked);
    mem_wipe(s->numbers, sizeof s->numbers);
    mem_wipe(&s->giving, sizeof s->giving);
}

/* Somebody else registered the person first. */
static void anew(struct incoming *in)
{
    struct sending *s = (struct sending *)in;
    s->task = s->asked;
    mem_wipe(&s->giving, sizeof s->giving);
    memcpy(s->giving.deciding.numbers, s->numbers, sizeof s->numbers);
}

static void refuse(struct sending *s, const struct fault_list *faults)
{
    struct record record = call_refusal(&s->in.call);
    tasks_fill_record(s->in.call.covenant, &s->task, &record);
    call_refuse(&s->in.call, &record, faults);
    mem_wipe(&record, sizeof record);
}

static void refuse_error(struct call *call, const struct error *err)
{
    const struct fault_list faults = {.count = 1, .items = {*err}};
    refuse((struct sending *)call, &faults);
}

/* ---- the body ---- */

/* The role asked for must be registered; without one, a caller with a single role that may give tasks acts in that. */
static void read_role(struct sending *s, struct fault_list *faults)
{
    const struct json *named = json_member(s->json, "rol");
    const uint32_t mine = s->in.call.caller.roles & roles_that_may(MAY_TASK);
    enum role role = ROLE_COUNT;
    if (named != NULL) {
        if (!role_parse(json_text(named), &role) || (mine & (1U << (unsigned)role)) == 0) {
            fault_list_add(faults, FAULT_FORBIDDEN, "/rol", "in deze rol geeft u geen opdrachten");
            return;
        }
    } else if (__builtin_popcount(mine) != 1) {
        fault_list_add(faults, FAULT_INVALID, "/rol", "u hebt meer dan één rol: noem in welke u de opdracht geeft");
        return;
    } else {
        role = (enum role)__builtin_ctz(mine);
    }
    (void)slice_copy_text(slice_text(role_word(role)), s->task.role, sizeof s->task.role);
}

static void read_deadline(struct sending *s, struct fault_list *faults)
{
    const struct slice text = json_text_of(s->json, "uiterlijk");
    const struct date today = s->in.call.today;
    if (text.len == 0) {
        return;
    }
    if (!date_parse(text, &s->given)) {
        fault_list_add(faults, FAULT_INVALID, "/uiterlijk", "geen bestaande datum (jjjj-mm-dd)");
    } else if (date_compare(&s->given, &today) < 0) {
        fault_list_add(faults, FAULT_UNFIT, "/uiterlijk", "ligt in het verleden");
    } else if (date_days(&s->given) - date_days(&today) > TASK_DEADLINE_DAYS_MAX) {
        fault_list_add(faults, FAULT_UNFIT, "/uiterlijk", "ligt meer dan %d dagen vooruit",
                       (int)TASK_DEADLINE_DAYS_MAX);
    }
}

static void read_contact(struct sending *s, struct fault_list *faults)
{
    const struct json *contact = json_member(s->json, "contact");
    const size_t before = faults->count;
    if (contact == NULL) {
        return;
    }
    json_check(contact, "/contact", contact_fields, COUNT_OF(contact_fields), faults);
    const struct slice name = json_text_of(contact, "naam");
    const struct slice phone = json_text_of(contact, "telefoon");
    if (faults->count == before &&
        (!utf8_printable(name) || !slice_copy_text(name, s->task.contact_name, sizeof s->task.contact_name) ||
         !utf8_printable(phone) || !slice_copy_text(phone, s->task.contact_phone, sizeof s->task.contact_phone))) {
        fault_list_add(faults, FAULT_INVALID, "/contact", "geen leesbare tekst");
    }
}

static void read_people_of(struct sending *s, struct fault_list *faults)
{
    const struct json *list = json_member(s->json, "betrokkenen");
    const size_t count = json_size(list);
    if (count == 0 || count > TASK_PEOPLE_MAX) {
        fault_list_add(faults, FAULT_UNFIT, "/betrokkenen", "een opdracht gaat over 1 tot en met %d personen",
                       (int)TASK_PEOPLE_MAX);
        return;
    }
    const size_t before = faults->count;
    people_read(list, s->giving.deciding.numbers, TASK_PEOPLE_MAX, &s->task.people_count, faults);
    for (size_t i = before; i < faults->count && i < FAULT_LIST_MAX; i++) {
        faults->items[i].fault = FAULT_UNFIT; /* without a number, or twice the same */
    }
}

static void read_partner(struct sending *s, struct fault_list *faults)
{
    const struct api *api = s->in.call.api;
    if (!oin_parse(json_text_of(s->json, "ketenpartner"), &s->task.partner) ||
        oin_equal(&s->task.partner, &api->own_oin)) {
        fault_list_add(faults, FAULT_INVALID, "/ketenpartner", "hier hoort het OIN van een andere organisatie");
    } else if (cooperation_quiet(api, &s->task.partner)) {
        const struct party *party = covenant_party(s->in.call.covenant, &s->task.partner);
        const bool agreed = api_covenant_with(api, &s->task.partner) != NULL;
        fault_list_add(faults, FAULT_CONFLICT, "/ketenpartner", "%s%s is %s; een opdracht kan er nu niet heen",
                       agreed ? "" : "met ", party != NULL ? party->name : "deze organisatie",
                       agreed ? "hier geblokkeerd" : "geen convenant van kracht");
    }
}

static void read_all(struct sending *s, struct fault_list *faults)
{
    struct task *task = &s->task;
    struct error err;
    const struct slice question = json_text_of(s->json, "vraag");
    const struct slice matter = json_text_of(s->json, "zaak");
    task->household = json_bool(json_member(s->json, "huishouden"));
    task->threatening = json_bool(json_member(s->json, "bedreigend"));
    s->draft = json_bool(json_member(s->json, "concept"));
    (void)slice_copy_text(json_text_of(s->json, "soort"), task->kind, sizeof task->kind);
    (void)slice_copy_text(json_text_of(s->json, "grondslag"), task->basis, sizeof task->basis);
    if (!matter_number_ok(matter) || !slice_copy_text(matter, task->case_number, sizeof task->case_number)) {
        fault_list_add(faults, FAULT_INVALID, "/zaak", "hier hoort een nummer van zichtbare tekens");
    }
    if (!life_domain_parse(json_text_of(s->json, "leefgebied"), &task->life_domain)) {
        fault_list_add(faults, FAULT_INVALID, "/leefgebied", "dit leefgebied is niet bekend");
    }
    if (task_text_check(question, TASK_TEXT_MAX, "/vraag", &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
    (void)slice_copy_text(question, task->question, sizeof task->question);
    read_role(s, faults);
    read_partner(s, faults);
    read_deadline(s, faults);
    read_contact(s, faults);
    read_people_of(s, faults);
}

/* ---- after everybody was decided about ---- */

/* Whoever is not registered here yet is, as little as that may be: what opens and closes about him needs a place. */
static enum result register_people(struct sending *s, struct store_batch *batch, struct error *err)
{
    struct api *api = s->in.call.api;
    for (size_t i = 0; i < s->task.people_count; i++) {
        if (!s->giving.deciding.known[i]) {
            s->task.people[i].subject = entropy_ident(api->entropy);
            TRY(tasks_register(batch, &s->task.people[i], &s->giving.deciding.numbers[i], err));
        }
        if (s->giving.deciding.decision.naming == TASK_NAMING_SEALED) {
            api->entropy->fill(api->entropy->ctx, s->task.people[i].salt, sizeof s->task.people[i].salt);
            task_commit(&s->task.people[i], &s->giving.deciding.numbers[i]);
        }
    }
    return RESULT_OK;
}

static enum result fill(struct sending *s, struct store_batch *batch, struct error *err)
{
    struct call *call = &s->in.call;
    TRY(register_people(s, batch, err));
    s->task.due = s->given;
    if (s->draft) {
        TRY(task_alone(&s->task, TASK_STEP_DRAFT, s->task.made_ms, err));
    } else {
        TRY(tasks_dispatch(call, &s->task, batch, err));
    }
    TRY(tasks_put(batch, &s->task, 0, true, err));
    tasks_fill_record(call->covenant, &s->task, &s->in.record);
    return tasks_log_people(call->api, batch, &s->task, &s->in.record, s->in.text, err);
}

/* What was posted is durable. */
static void committed(struct call *call)
{
    outbox_wake(call->api->outbox, &((struct sending *)call)->task.partner);
}

static void save(struct call *call)
{
    struct sending *s = (struct sending *)call;
    struct error err;
    struct buf answer;
    struct store_batch *batch = store_batch_new(call->api->door);
    const struct tasks_text text = tasks_text(&s->task.id, task_step_word(s->draft ? TASK_STEP_DRAFT : TASK_STEP_SEND));
    s->in.text = slice_text(text.text);
    s->in.record.outcome = OUTCOME_DONE;
    memcpy(s->in.record.role, s->task.role, sizeof s->in.record.role);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opdracht", "geen geheugen");
        call_fail(call, &err);
        return;
    }
    if (fill(s, batch, &err) != RESULT_OK) {
        call_drop(call, batch);
        refuse_error(call, &err);
        return;
    }
    buf_init(&answer, INCOMING_ANSWER_MAX);
    struct json_writer w = json_writer(&answer);
    json_begin_object(&w, NULL);
    json_put_text(&w, "opdracht", ident_text(&s->task.id).text);
    json_put_text(&w, "stand", task_state_word(s->task.state));
    if (date_is_set(&s->task.due)) {
        json_put_text(&w, "uiterlijk", date_text(&s->task.due).text);
    }
    json_end_object(&w);
    call->committed = committed;
    incoming_finish(&s->in, batch, 201, buf_slice(&answer));
    buf_free(&answer);
}

static void next(struct incoming *in)
{
    struct sending *s = (struct sending *)in;
    s->giving.call = &in->call;
    s->giving.task = &s->task;
    s->giving.draft = s->draft;
    s->giving.may = save;
    s->giving.may_not = refuse_error;
    tasks_give(&s->giving);
}

static void add(struct call *call)
{
    struct sending *s = (struct sending *)call;
    struct fault_list faults = {0};
    struct record record = call_record(call, RECORD_TASK);
    s->task.side = TASK_GIVER;
    s->task.id = entropy_ident(call->api->entropy);
    s->task.made_ms = clock_now(call->api->clock);
    memcpy(s->task.user, call->caller.name, sizeof s->task.user);
    s->json = call_json(call, fields, COUNT_OF(fields), &faults);
    if (faults.count == 0) {
        read_all(s, &faults);
    }
    struct ident key;
    if (faults.count == 0 && !ident_parse(json_text_of(s->json, "sleutel"), &key)) {
        fault_list_add(&faults, FAULT_INVALID, "/sleutel", "hier horen 32 hexadecimale cijfers");
    }
    struct error err;
    if (regulation_check(call, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
    }
    if (faults.count != 0) {
        refuse(s, &faults);
        return;
    }
    s->asked = s->task;
    memcpy(s->numbers, s->giving.deciding.numbers, sizeof s->numbers);
    s->in.anew = anew;
    incoming_desk(&s->in, &record, json_text_of(s->json, "sleutel"), http_request_body(call->request), next);
}

void tasks_add(struct http_request *request, void *ctx)
{
    struct incoming *in = incoming_open(ctx, request, sizeof(struct sending), clean);
    if (in != NULL) {
        call_require(&in->call, MAY_TASK, add);
    }
}
