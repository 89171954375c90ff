/* Desk: publishing. Who publishes gets the same answer whatever is known of the person here or at partners. */
#include "api/meetings_parts.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { KEY_DIGITS = 2 * IDENT_SIZE };

static const struct json_field add_fields[] = {
    {"sleutel", JSON_TEXT, true, KEY_DIGITS, KEY_DIGITS},
    {"bsn", JSON_TEXT, true, BSN_DIGITS, BSN_DIGITS},
    {"geboortedatum", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"gemeente", JSON_TEXT, false, MUNICIPALITY_DIGITS, MUNICIPALITY_DIGITS},
    {"grondslag", JSON_TEXT, true, 1, CODE_MAX},
    {"verteld", JSON_BOOL, true, 0, 0},
    {"nietVerteld", JSON_TEXT, false, 1, CODE_MAX},
    {"tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"zonderHuishouden", JSON_BOOL, false, 0, 0},
    {"contact", JSON_OBJECT, true, 2, 2},
};

static const struct json_field contact_fields[] = {
    {"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"telefoon", JSON_TEXT, true, 1, PHONE_MAX_BYTES},
};

struct adding {
    struct incoming in;
    struct json *json;
    struct subject subject;
    struct ident subject_id;
    bool is_new; /* the person */
    struct ident id;
    struct signal signal;
    struct ident asked_id; /* as they were asked for: */
    struct signal asked;
    uint64_t version;       /* of one that is renewed */
    struct meeting_new met; /* with a colleague */
    bool meets;
    struct ident other_id; /* of the colleague's, whose spoor it shares: */
    struct signal other;
    uint64_t other_version;
    bool expected; /* a place in what lives is kept for it, until it is committed */
};

static void adding_clean(struct incoming *in)
{
    struct adding *a = (struct adding *)in;
    json_free(a->json);
    mem_wipe(&a->subject, sizeof a->subject);
    mem_wipe(&a->signal, sizeof a->signal);
    mem_wipe(&a->asked, sizeof a->asked);
    mem_wipe(&a->met, sizeof a->met);
    mem_wipe(&a->other, sizeof a->other);
    if (a->expected) { /* nothing came of it */
        signals_forget(a->in.call.api->signals, &a->id);
    }
}

/* What is known of the person changed meanwhile, such as by a round of a partner: looked at again. */
static void adding_anew(struct incoming *in)
{
    struct adding *a = (struct adding *)in;
    if (a->expected) {
        signals_forget(in->call.api->signals, &a->id);
    }
    a->id = a->asked_id;
    a->signal = a->asked;
    a->version = 0;
    a->meets = false;
    a->expected = false;
}

/* Not before: a round that finds no row would take it for one that is over. */
static void added(struct call *call)
{
    struct adding *a = (struct adding *)call;
    struct error err;
    a->expected = false;
    if (signals_note(call->api->signals, &a->id, &a->subject_id, &err) != RESULT_OK) {
        log_error(call->api->log, LOG_ERROR, "zorgsignaal-niet-onthouden", &err);
    }
    signals_look_again(call->api->signals, &a->subject_id);
}

static void refuse(struct call *call, const struct fault_list *faults)
{
    struct record record = call_refusal(call);
    call_refuse(call, &record, faults);
    mem_wipe(&record, sizeof record);
}

static enum result put_subject(struct adding *a, struct store_batch *batch, struct error *err)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    subject_encode(&a->subject, &payload);
    const struct store_write item = {
        .id = a->subject_id, .keys = {bsn_digits(&a->subject.bsn)}, .payload = buf_slice(&payload), .is_new = true};
    const enum result result = buf_result(&payload, "", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_SUBJECT, &item);
    }
    buf_wipe(&payload);
    return result;
}

static enum result fill(struct adding *a, struct store_batch *batch, struct error *err)
{
    if (a->is_new) {
        TRY(put_subject(a, batch, err));
    }
    TRY(signals_put_row(batch, &a->id, &a->subject_id, &a->signal, a->version, err));
    if (a->meets) { /* the other's row as it was: had it ended meanwhile, its spoor would be over, and this one's with it */
        TRY(signals_put_row(batch, &a->other_id, &a->subject_id, &a->other, a->other_version, err));
        TRY(meetings_meet(a->in.call.api, batch, &a->met, err));
    }
    return signals_expect(a->in.call.api->signals, &a->id, &a->subject_id, &a->expected, err);
}

static void save(struct adding *a)
{
    struct call *call = &a->in.call;
    struct error err;
    struct buf answer;
    struct store_batch *batch = store_batch_new(call->api->door);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(call, &err);
        return;
    }
    if (fill(a, batch, &err) != RESULT_OK) {
        call_drop(call, batch);
        call_fail(call, &err);
        return;
    }
    a->in.call.committed = added;
    a->in.record.subject = a->subject_id;
    a->in.record.bsn = (struct bsn){""};
    a->in.record.outcome = OUTCOME_DONE;
    buf_init(&answer, INCOMING_ANSWER_MAX);
    struct json_writer w = json_writer(&answer);
    json_begin_object(&w, NULL);
    json_put_text(&w, "zorgsignaal", ident_text(&a->id).text);
    json_put_text(&w, "tot", date_text(&a->signal.until).text);
    json_end_object(&w);
    incoming_finish(&a->in, batch, 201, buf_slice(&answer));
    buf_free(&answer);
}

/* A colleague's signal: a match within the organisation, by the ids of the two. */
static void meet_colleague(struct adding *a, const struct store_item *item, const struct signal *other)
{
    struct meeting_half *halves[] = {&a->met.own, &a->met.theirs};
    const struct ident *ids[] = {&a->id, &item->id};
    const struct signal *signals[] = {&a->signal, other};
    a->meets = true;
    a->other_id = item->id;
    a->other = *other;
    a->other_version = item->version;
    a->met.peer = a->in.call.api->own_oin;
    a->met.subject = a->subject_id;
    a->met.covenant = a->in.call.covenant;
    for (size_t i = 0; i < 2; i++) {
        *halves[i] = (struct meeting_half){.spoor = *ids[i], .signal = *ids[i], .live = true};
        halves[i]->told = signals[i]->told == SIGNAL_TOLD;
        halves[i]->until = signals[i]->until;
        halves[i]->contact = signals[i]->contact;
        memcpy(halves[i]->basis, signals[i]->basis, sizeof halves[i]->basis);
    }
}

/* What its publisher says of it now; partners that have it hear what is other, unless they found it by the household of whom it
 * is about: by what name to tell them is not known. That the person was told stays so. */
static void renew(struct adding *a, const struct ident *subject, const struct store_item *item,
                  const struct signal *before)
{
    struct signal *signal = &a->signal;
    const struct signal now = *signal;
    *signal = *before;
    memcpy(signal->basis, now.basis, sizeof signal->basis);
    signal->contact = now.contact;
    signal->told = before->told == SIGNAL_TOLD ? SIGNAL_TOLD : now.told;
    signal->until = date_compare(&now.until, &before->until) > 0 ? now.until : before->until;
    const bool other = date_compare(&signal->until, &before->until) != 0 || signal->told != before->told ||
                       strcmp(signal->basis, before->basis) != 0 ||
                       strcmp(signal->contact.name, before->contact.name) != 0 ||
                       strcmp(signal->contact.phone, before->contact.phone) != 0;
    for (size_t i = 0; i < signal->reach_count && other; i++) {
        struct signal_reach *reach = &signal->reach[i];
        if (reach->state == REACH_SENT && !ident_equal(&reach->person, subject)) {
            reach->state = REACH_HIT;
        }
    }
    a->id = item->id;
    a->version = item->version;
    a->meets = false;
}

/* What lives of this person here already: the same publisher's is renewed, a colleague's is met. */
static bool take_signals(struct adding *a, const struct store_found *found)
{
    struct signal other;
    struct error err;
    size_t live = 0;
    for (size_t i = 0; i < found->child_count; i++) {
        const struct store_item *item = &found->children[i];
        if (item->kind != STORE_SIGNAL || signal_decode(item->payload, &other, &err) != RESULT_OK ||
            !signal_lives(&other, &a->in.call.today)) {
            continue;
        }
        live++;
        a->signal.spoor = other.spoor;
        if (strcmp(other.publisher, a->signal.publisher) == 0) {
            renew(a, &found->item->id, item, &other);
            break;
        }
        meet_colleague(a, item, &other);
    }
    mem_wipe(&other, sizeof other);
    return live < SIGNALS_PER_SUBJECT_MAX || a->version != 0;
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct adding *a = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&a->in.call, failed);
        return;
    }
    a->is_new = found->item == NULL;
    a->subject_id = a->is_new ? entropy_ident(a->in.call.api->entropy) : found->item->id;
    if (!a->is_new && !take_signals(a, found)) {
        (void)error_set(&err, FAULT_BUSY, "", "dit kan nu niet");
        call_fail(&a->in.call, &err);
        return;
    }
    if (!a->is_new && signals_turn_new(a->in.call.api, found, &a->signal, &err) != RESULT_OK) {
        call_fail(&a->in.call, &err);
        return;
    }
    save(a);
}

static void next(struct incoming *in)
{
    struct adding *a = (struct adding *)in;
    store_find(in->call.api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&a->subject.bsn), STORE_ALL_CHILDREN,
               person_found, a);
}

static void read_contact(const struct json *json, struct signal_contact *out, struct fault_list *faults)
{
    const size_t before = faults->count;
    json_check(json, "/contact", contact_fields, COUNT_OF(contact_fields), faults);
    const struct slice name = json_text_of(json, "naam");
    const struct slice phone = json_text_of(json, "telefoon");
    if (faults->count == before && (!utf8_printable(name) || !utf8_printable(phone) || name.ptr[0] == ' ' ||
                                    !slice_copy_text(name, out->name, sizeof out->name) ||
                                    !slice_copy_text(phone, out->phone, sizeof out->phone))) {
        fault_list_add(faults, FAULT_UNFIT, "/contact", "hier horen een naam en een telefoonnummer");
    }
}

static struct date day_after(const struct date *today, int64_t days)
{
    return moment_date((date_days(today) + days) * INT64_C(86400000));
}

static void read_until(struct adding *a, struct fault_list *faults)
{
    const struct call *call = &a->in.call;
    const struct purpose *purpose = covenant_purpose(call->covenant, slice_text(PURPOSE_SIGNAL));
    const int64_t longest = purpose != NULL && purpose->signal_days != 0 ? purpose->signal_days : SIGNAL_DAYS_MAX;
    const int64_t standard = call->api->cooperating.signal_days != 0 ? call->api->cooperating.signal_days : SIGNAL_DAYS;
    const struct slice text = json_text_of(a->json, "tot");
    const struct date last = day_after(&call->today, longest);
    struct date until = day_after(&call->today, standard < longest ? standard : longest);
    if (text.len != 0 && !date_parse(text, &until)) {
        fault_list_add(faults, FAULT_INVALID, "/tot", "geen bestaande datum (jjjj-mm-dd)");
    } else if (date_compare(&until, &call->today) < 0) {
        fault_list_add(faults, FAULT_UNFIT, "/tot", "ligt in het verleden");
    } else if (date_compare(&until, &last) > 0) {
        fault_list_add(faults, FAULT_UNFIT, "/tot", "ligt meer dan %d dagen vooruit", (int)longest);
    }
    a->signal.until = signal_until_told(&until);
}

static void read_told(struct adding *a, struct fault_list *faults)
{
    const bool told = json_bool(json_member(a->json, "verteld"));
    const struct slice why = json_text_of(a->json, "nietVerteld");
    a->signal.told = SIGNAL_TOLD;
    if (told && why.len != 0) {
        fault_list_add(faults, FAULT_UNFIT, "/nietVerteld", "een reden hoort hier alleen als het niet is verteld");
    } else if (!told && !signal_untold_parse(why, &a->signal.told)) {
        fault_list_add(faults, FAULT_UNFIT, "/nietVerteld",
                       "hier hoort niet-bereikbaar, onveilig, te-jong of volgt-nog");
    }
}

static void read_person(struct adding *a, struct fault_list *faults)
{
    const struct slice birth = json_text_of(a->json, "geboortedatum");
    const struct slice municipality = json_text_of(a->json, "gemeente");
    if (!bsn_parse(json_text_of(a->json, "bsn"), &a->subject.bsn)) {
        fault_list_add(faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (elfproef)");
        return;
    }
    a->in.call.person = a->subject.bsn;
    if (birth.len != 0 && !date_parse(birth, &a->subject.birth)) {
        fault_list_add(faults, FAULT_INVALID, "/geboortedatum", "geen bestaande datum (jjjj-mm-dd)");
    }
    if (date_is_set(&a->subject.birth) && date_compare(&a->subject.birth, &a->in.call.today) > 0) {
        fault_list_add(faults, FAULT_INVALID, "/geboortedatum", "ligt in de toekomst");
    }
    for (size_t i = 0; i < municipality.len; i++) {
        if (municipality.ptr[i] < '0' || municipality.ptr[i] > '9') {
            fault_list_add(faults, FAULT_INVALID, "/gemeente", "hier horen vier cijfers");
            return;
        }
    }
    (void)slice_copy_text(municipality, a->subject.municipality, sizeof a->subject.municipality);
}

static void read_signal(struct adding *a, struct fault_list *faults)
{
    const struct call *call = &a->in.call;
    const struct slice basis = json_text_of(a->json, "grondslag");
    read_person(a, faults);
    if (!ident_parse(json_text_of(a->json, "sleutel"), &a->signal.key)) {
        fault_list_add(faults, FAULT_INVALID, "/sleutel", "hier horen 32 hexadecimale cijfers");
    }
    if (covenant_basis(call->covenant, basis) == NULL ||
        !slice_copy_text(basis, a->signal.basis, sizeof a->signal.basis)) {
        fault_list_add(faults, FAULT_UNFIT, "/grondslag", "deze grondslag staat niet in het convenant");
    }
    a->signal.household = !json_bool(json_member(a->json, "zonderHuishouden"));
    read_told(a, faults);
    read_until(a, faults);
    read_contact(json_member(a->json, "contact"), &a->signal.contact, faults);
}

/* Two that publish at once about one person go one after another, so that the second finds the spoor of the first. */
static void take_turn(struct adding *a)
{
    seal_hash(a->in.call.api->keyring, SEAL_PSEUDONYM, slice_text("zorgsignaal-beurt"), bsn_digits(&a->subject.bsn),
              a->in.thread.bytes);
}

static void begin_adding(struct adding *a, const struct record *record)
{
    struct buf stable;
    const struct slice key = json_text_of(a->json, "sleutel");
    a->id = entropy_ident(a->in.call.api->entropy);
    a->signal.spoor = entropy_ident(a->in.call.api->entropy);
    a->signal.published = a->in.call.today;
    memcpy(a->signal.publisher, record->user, sizeof a->signal.publisher);
    memcpy(a->signal.role, record->role, sizeof a->signal.role);
    a->asked_id = a->id;
    a->asked = a->signal;
    a->in.anew = adding_anew;
    take_turn(a);
    buf_init(&stable, HTTP_BODY_SMALL);
    incoming_stable(a->json, NULL, 0, &stable);
    incoming_desk(&a->in, record, key, buf_slice(&stable), next);
    buf_wipe(&stable);
}

static void add(struct call *call)
{
    struct adding *a = (struct adding *)call;
    struct fault_list faults = {0};
    struct error err;
    const struct party *self = api_self(call->api, call->covenant);
    if (regulation_check(call, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
        refuse(call, &faults);
        return;
    }
    a->json = call_json(call, add_fields, COUNT_OF(add_fields), &faults);
    if (faults.count == 0) {
        read_signal(a, &faults);
    }
    if (faults.count == 0 && (self == NULL || self->central_phone != NULL)) {
        fault_list_add(&faults, FAULT_FORBIDDEN, "",
                       "een organisatie met een centraal nummer geeft geen zorgsignalen af");
    }
    if (faults.count != 0) {
        refuse(call, &faults);
        return;
    }
    struct record record = call_record(call, RECORD_SIGNAL);
    const struct record words = signals_record(call->covenant, RECORD_SIGNAL);
    record.class = words.class;
    memcpy(record.purpose, words.purpose, sizeof record.purpose);
    memcpy(record.basis, a->signal.basis, sizeof record.basis);
    record.bsn = a->subject.bsn;
    record.inputs = a->signal.told != SIGNAL_TOLD ? RECORD_INPUT_UNTOLD : 0;
    begin_adding(a, &record);
    mem_wipe(&record, sizeof record);
}

void signals_add(struct http_request *request, void *ctx)
{
    struct incoming *in = incoming_open(ctx, request, sizeof(struct adding), adding_clean);
    if (in != NULL) {
        call_require(&in->call, MAY_SIGNAL, add);
    }
}
