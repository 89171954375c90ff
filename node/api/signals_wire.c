#include "api/signals_wire.h"

#include "base/mem.h"
#include "base/utf8.h"

static const struct json_field message_fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"doel", JSON_TEXT, true, 1, CODE_MAX},
    {NAMING_FIELD, JSON_OBJECT, true, 2, 2},
    {"via", JSON_TEXT, true, 1, CODE_MAX},
    {"inbreng", JSON_OBJECT, true, 1, 8},
    {"opvulling", JSON_TEXT, true, 0, SIGNAL_REQUEST_BYTES},
};

static const struct json_field half_fields[] = {
    {"spoor", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"grondslag", JSON_TEXT, true, 1, CODE_MAX},
    {"verteld", JSON_BOOL, true, 0, 0},
    {"tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1}, /* not there: it helps the person */
    {"contact", JSON_OBJECT, false, 1, 2},
    {"rollen", JSON_ARRAY, true, 0, MEETING_ROLES_MAX},
};

static const struct json_field contact_fields[] = {
    {"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"telefoon", JSON_TEXT, false, 1, PHONE_MAX_BYTES},
};

static const struct json_field answer_fields[] = {
    {"ontmoetingen", JSON_ARRAY, true, 0, 1},
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"opvulling", JSON_TEXT, true, 0, SIGNAL_ANSWER_BYTES},
};

static const char via_person[] = "persoon";
static const char via_household[] = "huishouden";

/* ---- what one side brings in ---- */

static void half_write(struct json_writer *w, const char *name, const struct meeting_half *half)
{
    json_begin_object(w, name);
    json_put_text(w, "spoor", ident_text(&half->spoor).text);
    json_put_text(w, "grondslag", half->basis);
    json_put_bool(w, "verteld", half->told);
    if (date_is_set(&half->until)) {
        json_put_text(w, "tot", date_text(&half->until).text);
    }
    if (half->contact.name[0] != '\0' && half->role_count != 0) {
        json_begin_object(w, "contact");
        json_put_text(w, "naam", half->contact.name);
        if (half->contact.phone[0] != '\0') {
            json_put_text(w, "telefoon", half->contact.phone);
        }
        json_end_object(w);
    }
    json_begin_array(w, "rollen");
    for (size_t i = 0; i < half->role_count; i++) {
        json_put_text(w, NULL, half->roles[i]);
    }
    json_end_array(w);
    json_end_object(w);
}

static void read_contact(const struct json *json, struct meeting_half *out, struct fault_list *faults)
{
    const size_t before = faults->count;
    json_check(json, "/inbreng/contact", contact_fields, COUNT_OF(contact_fields), faults);
    const struct slice name = json_text_of(json, "naam");
    const struct slice phone = json_text_of(json, "telefoon");
    if (faults->count == before && (!utf8_printable(name) || !utf8_printable(phone) ||
                                    !slice_copy_text(name, out->contact.name, sizeof out->contact.name) ||
                                    !slice_copy_text(phone, out->contact.phone, sizeof out->contact.phone))) {
        fault_list_add(faults, FAULT_INVALID, "/inbreng/contact", "hier horen zichtbare tekens");
    }
}

static void read_roles(const struct json *list, struct meeting_half *out, struct fault_list *faults)
{
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        const struct slice role = json_text(item);
        if (role.len == 0 || out->role_count == MEETING_ROLES_MAX ||
            !slice_copy_text(role, out->roles[out->role_count], sizeof out->roles[0])) {
            fault_list_add(faults, FAULT_INVALID, "/inbreng/rollen", "hier horen rollen van het convenant");
            return;
        }
        out->role_count++;
    }
}

static void half_read(const struct json *json, struct meeting_half *out, struct fault_list *faults)
{
    const size_t before = faults->count;
    json_check(json, "/inbreng", half_fields, COUNT_OF(half_fields), faults);
    if (faults->count != before) {
        return;
    }
    const struct slice until = json_text_of(json, "tot");
    if (!ident_parse(json_text_of(json, "spoor"), &out->spoor)) {
        fault_list_add(faults, FAULT_INVALID, "/inbreng/spoor", "hier horen 32 hexadecimale cijfers");
    }
    if (until.len != 0 && !date_parse(until, &out->until)) {
        fault_list_add(faults, FAULT_INVALID, "/inbreng/tot", "geen bestaande datum (jjjj-mm-dd)");
    }
    out->by_involvement = until.len == 0;
    out->live = !out->by_involvement;
    out->told = json_bool(json_member(json, "verteld"));
    (void)slice_copy_text(json_text_of(json, "grondslag"), out->basis, sizeof out->basis);
    read_roles(json_member(json, "rollen"), out, faults);
    if (json_member(json, "contact") != NULL) {
        read_contact(json_member(json, "contact"), out, faults);
    }
}

/* ---- the signal ---- */

enum result signal_write(const struct signal_message *message, struct buf *out, struct error *err)
{
    static const char end[] = "\"}";
    static const char fill[] = ",\"opvulling\":\"";
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_slice(&w, "ontvangstbewijs", message->receipt);
    json_put_text(&w, "doel", PURPOSE_SIGNAL);
    naming_write(&w, &message->subject);
    json_put_text(&w, "via", message->via_household ? via_household : via_person);
    half_write(&w, "inbreng", &message->half);
    buf_text(out, fill);
    TRY(buf_result(out, "zorgsignaal", err));
    ENSURE(out->len + sizeof end - 1 <= SIGNAL_REQUEST_BYTES, err, FAULT_TOO_LARGE, "zorgsignaal",
           "past niet in %d bytes", (int)SIGNAL_REQUEST_BYTES);
    buf_fill(out, ' ', SIGNAL_REQUEST_BYTES - out->len - (sizeof end - 1));
    buf_text(out, end);
    return buf_result(out, "zorgsignaal", err);
}

void signal_read(const struct json *json, size_t bytes, struct signal_message *out, struct fault_list *faults)
{
    *out = (struct signal_message){.receipt = {NULL, 0}};
    const size_t before = faults->count;
    json_check(json, "", message_fields, COUNT_OF(message_fields), faults);
    naming_read(json, &out->subject, faults);
    if (faults->count != before) {
        return;
    }
    if (bytes != SIGNAL_REQUEST_BYTES) {
        fault_list_add(faults, FAULT_INVALID, "", "een zorgsignaal is altijd %d bytes", (int)SIGNAL_REQUEST_BYTES);
    }
    if (!slice_is(json_text_of(json, "doel"), PURPOSE_SIGNAL)) {
        fault_list_add(faults, FAULT_INVALID, "/doel", "een zorgsignaal heeft als doel " PURPOSE_SIGNAL);
    }
    out->via_household = slice_is(json_text_of(json, "via"), via_household);
    if (!out->via_household && !slice_is(json_text_of(json, "via"), via_person)) {
        fault_list_add(faults, FAULT_INVALID, "/via", "hier hoort persoon of huishouden");
    }
    out->receipt = json_text_of(json, "ontvangstbewijs");
    half_read(json_member(json, "inbreng"), &out->half, faults);
    if (out->half.by_involvement) {
        fault_list_add(faults, FAULT_INVALID, "/inbreng/tot", "dit veld ontbreekt");
    }
}

/* ---- the answer ---- */

void signal_answer_write(const struct meeting_half *half, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "ontmoetingen");
    if (half != NULL) {
        half_write(&w, NULL, half);
    }
    json_end_array(&w);
    json_end_object(&w);
}

enum result signal_answer_read(struct slice body, struct signal_answer *out, struct error *err)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct fault_list faults = {0};
    *out = (struct signal_answer){.met = false};
    ENSURE(body.len == SIGNAL_ANSWER_BYTES, err, FAULT_INVALID, "", "een antwoord is altijd %d bytes",
           (int)SIGNAL_ANSWER_BYTES);
    TRY(json_parse(body, &json, err));
    json_check(json, "", answer_fields, COUNT_OF(answer_fields), &faults);
    if (faults.count == 0) {
        const struct json *half = json_first(json_member(json, "ontmoetingen"));
        out->met = half != NULL;
        (void)slice_copy_text(json_text_of(json, "ontvangstbewijs"), out->receipt, sizeof out->receipt);
        if (half != NULL) {
            half_read(half, &out->half, &faults);
        }
    }
    return fault_list_result(&faults, err);
}
