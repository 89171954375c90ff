#include "api/consult_wire.h"

#include "base/limits.h"

/* ---- the question ---- */

static const struct json_field question_fields[] = {
    {NAMING_FIELD, JSON_OBJECT, true, 2, 2},
    {"doel", JSON_TEXT, true, 1, CODE_MAX},
    {"grondslag", JSON_TEXT, true, 1, CODE_MAX},
    {"rol", JSON_TEXT, true, 1, CODE_MAX},
    {"zaak", JSON_TEXT, false, PSEUDONYM_TEXT, PSEUDONYM_TEXT},
    {"melding", JSON_TEXT, false, PSEUDONYM_TEXT, PSEUDONYM_TEXT},
    {"meldingOpen", JSON_BOOL, false, 0, 0},
    {"maatregel", JSON_TEXT, false, PSEUDONYM_TEXT, PSEUDONYM_TEXT},
    {"gebruiker", JSON_TEXT, true, PSEUDONYM_TEXT, PSEUDONYM_TEXT},
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
};

void question_write(const struct question *question, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    naming_write(&w, &question->subject);
    json_put_slice(&w, "doel", question->purpose);
    json_put_slice(&w, "grondslag", question->basis);
    json_put_slice(&w, "rol", question->role);
    if (question->case_pseudonym.len != 0) {
        json_put_slice(&w, "zaak", question->case_pseudonym);
    } else if (question->order_pseudonym.len != 0) {
        json_put_slice(&w, "maatregel", question->order_pseudonym);
    } else {
        json_put_slice(&w, "melding", question->report_pseudonym);
        if (question->report_open) {
            json_put_bool(&w, "meldingOpen", true);
        }
    }
    json_put_slice(&w, "gebruiker", question->user_pseudonym);
    json_put_slice(&w, "ontvangstbewijs", question->receipt);
    json_end_object(&w);
}

static void check_pseudonym(struct slice text, const char *where, struct fault_list *faults)
{
    uint8_t bytes[PSEUDONYM_TEXT / 2];
    if (text.len != 0 && !hex_decode(text, bytes, sizeof bytes)) {
        fault_list_add(faults, FAULT_INVALID, where, "hier horen %d hexadecimale cijfers", PSEUDONYM_TEXT);
    }
}

void question_read(const struct json *json, struct question *out, struct fault_list *faults)
{
    *out = (struct question){0};
    const size_t before = faults->count;
    json_check(json, "", question_fields, COUNT_OF(question_fields), faults);
    naming_read(json, &out->subject, faults);
    if (faults->count != before) {
        return;
    }
    out->purpose = json_text_of(json, "doel");
    out->basis = json_text_of(json, "grondslag");
    out->role = json_text_of(json, "rol");
    out->case_pseudonym = json_text_of(json, "zaak");
    out->report_pseudonym = json_text_of(json, "melding");
    out->order_pseudonym = json_text_of(json, "maatregel");
    out->report_open = json_bool(json_member(json, "meldingOpen"));
    out->user_pseudonym = json_text_of(json, "gebruiker");
    out->receipt = json_text_of(json, "ontvangstbewijs");
    check_pseudonym(out->case_pseudonym, "/zaak", faults);
    check_pseudonym(out->report_pseudonym, "/melding", faults);
    check_pseudonym(out->order_pseudonym, "/maatregel", faults);
    check_pseudonym(out->user_pseudonym, "/gebruiker", faults);
    if ((out->case_pseudonym.len != 0) + (out->report_pseudonym.len != 0) + (out->order_pseudonym.len != 0) != 1) {
        fault_list_add(faults, FAULT_INVALID, "", "noem een zaak, een melding of een maatregel, en niet meer dan een");
    } else if (out->report_open && out->report_pseudonym.len == 0) {
        fault_list_add(faults, FAULT_INVALID, "/meldingOpen", "hierbij hoort een melding");
    }
}

/* ---- the answer ---- */

static void put_if(struct json_writer *w, const char *name, const char *text)
{
    if (text[0] != '\0') {
        json_put_text(w, name, text);
    }
}

static void put_contact(struct json_writer *w, const char *name, const struct contact *contact)
{
    if (contact->name[0] == '\0') {
        return;
    }
    json_begin_object(w, name);
    json_put_text(w, "naam", contact->name);
    put_if(w, "telefoon", contact->phone);
    put_if(w, "email", contact->email);
    json_end_object(w);
}

static bool has(const struct policy_decision *decision, enum category category)
{
    return (decision->categories & CATEGORY_BIT(category)) != 0;
}

void answer_entry(struct json_writer *w, const struct involvement *involvement, const struct policy_decision *decision,
                  const char *central_phone)
{
    json_begin_object(w, NULL);
    if (has(decision, CATEGORY_EXISTENCE)) {
        json_put_text(w, "leefgebied", life_domain_word(involvement->life_domain));
        json_put_text(w, "sinds", date_text(&involvement->since).text);
    }
    if (has(decision, CATEGORY_SERVICE)) {
        put_if(w, "dienst", involvement->service);
    }
    if (has(decision, CATEGORY_PHASE)) {
        put_if(w, "fase", involvement->phase);
    }
    if (has(decision, CATEGORY_STATUS)) {
        put_if(w, "status", involvement->status);
        put_if(w, "laatsteContact", date_text(&involvement->last_contact).text);
    }
    if (has(decision, CATEGORY_CONTACT) && decision->contact_central) {
        put_if(w, "centraalNummer", central_phone != NULL ? central_phone : "");
    } else if (has(decision, CATEGORY_CONTACT)) {
        put_contact(w, "contact", &involvement->contact);
        put_contact(w, "vervanger", &involvement->stand_in);
    }
    if (decision->obligation != NULL) {
        json_put_text(w, "verplichting", decision->obligation);
    }
    if (decision->note != NULL) {
        json_put_text(w, "opmerking", decision->note);
    }
    json_end_object(w);
}

static const char answer_start[] = "{\"ontvangstbewijs\":\"";
static const char answer_list[] = "\",\"betrokkenheden\":";
static const char answer_middle[] = ",\"opvulling\":\"";
static const char answer_end[] = "\"}";
_Static_assert(sizeof answer_start + sizeof answer_list + sizeof answer_middle + sizeof answer_end <= 96,
               "as ANSWER_ENTRIES_MAX reckons");

enum result answer_write(struct slice entries, struct buf *out, size_t *receipt_at, struct error *err)
{
    const size_t fixed =
        sizeof answer_start + sizeof answer_list + sizeof answer_middle + sizeof answer_end - 4 + RECEIPT_TEXT;
    const size_t content = fixed + entries.len;
    size_t class = CONSULT_ANSWER_BYTES;
    for (int i = 1; i < CONSULT_ANSWER_CLASSES && class < content; i++) {
        class *= 2;
    }
    ENSURE(content <= class, err, FAULT_TOO_LARGE, "", "meer dan in de grootste antwoordklasse past");
    if (buf_reserve(out, class) == NULL) {
        return buf_result(out, "antwoord", err);
    }
    buf_text(out, answer_start);
    *receipt_at = out->len;
    buf_fill(out, '-', RECEIPT_TEXT);
    buf_text(out, answer_list);
    buf_slice_in(out, entries);
    buf_text(out, answer_middle);
    buf_fill(out, 'x', class - content);
    buf_text(out, answer_end);
    return buf_result(out, "antwoord", err);
}

static const struct json_field answer_fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"betrokkenheden", JSON_ARRAY, true, 0, INVOLVEMENTS_PER_SUBJECT_MAX},
    {"opvulling", JSON_TEXT, true, 0, PEER_ANSWER_MAX},
};

static const struct json_field entry_fields[] = {
    {"leefgebied", JSON_TEXT, false, 1, CODE_MAX},
    {"sinds", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"dienst", JSON_TEXT, false, 1, SERVICE_MAX_BYTES},
    {"fase", JSON_TEXT, false, 1, SERVICE_MAX_BYTES},
    {"status", JSON_TEXT, false, 1, SERVICE_MAX_BYTES},
    {"laatsteContact", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"contact", JSON_OBJECT, false, 1, 3},
    {"vervanger", JSON_OBJECT, false, 1, 3},
    {"centraalNummer", JSON_TEXT, false, 1, PHONE_MAX_BYTES},
    {"verplichting", JSON_TEXT, false, 1, CODE_MAX},
    {"opmerking", JSON_TEXT, false, 1, CODE_MAX},
};

static const struct json_field contact_fields[] = {
    {"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"telefoon", JSON_TEXT, false, 1, PHONE_MAX_BYTES},
    {"email", JSON_TEXT, false, 1, EMAIL_MAX_BYTES},
};

static void copy_checked(struct json_writer *w, const char *name, const struct json *object,
                         const struct json_field *fields, size_t count)
{
    json_begin_object(w, name);
    for (size_t i = 0; i < count; i++) {
        const struct json *value = json_member(object, fields[i].name);
        if (value != NULL && fields[i].kind == JSON_TEXT) {
            json_put_slice(w, fields[i].name, json_text(value));
        } else if (value != NULL) {
            copy_checked(w, fields[i].name, value, contact_fields, COUNT_OF(contact_fields));
        }
    }
    json_end_object(w);
}

static void check_entry(const struct json *entry, struct fault_list *faults)
{
    enum life_domain domain;
    struct date day;
    json_check(entry, "/betrokkenheden", entry_fields, COUNT_OF(entry_fields), faults);
    if (faults->count != 0) {
        return;
    }
    for (const struct json *member = json_first(entry); member != NULL; member = json_next(member)) {
        if (json_kind(member) == JSON_OBJECT) {
            json_check(member, "/betrokkenheden", contact_fields, COUNT_OF(contact_fields), faults);
        }
    }
    const struct slice word = json_text_of(entry, "leefgebied");
    if (word.len != 0 && !life_domain_parse(word, &domain)) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkenheden/leefgebied", "onbekend leefgebied");
    }
    /* What we do not know we cannot take on. */
    const struct slice duty = json_text_of(entry, "verplichting");
    enum obligation obligation;
    if (duty.len != 0 && !obligation_parse(duty, &obligation)) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkenheden/verplichting", "onbekende verplichting");
    }
    const struct slice note = json_text_of(entry, "opmerking");
    if (note.len != 0 && !slice_is(note, POLICY_NOTE_PARENT)) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkenheden/opmerking", "onbekende opmerking");
    }
    /* Of a shielded record no person may be shown, also when a partner names one by mistake. */
    if (json_member(entry, "centraalNummer") != NULL &&
        (json_member(entry, "contact") != NULL || json_member(entry, "vervanger") != NULL)) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkenheden/contact",
                       "naast een centraal nummer staat geen persoon");
    }
    const struct slice since = json_text_of(entry, "sinds");
    const struct slice last = json_text_of(entry, "laatsteContact");
    if ((since.len != 0 && !date_parse(since, &day)) || (last.len != 0 && !date_parse(last, &day))) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkenheden", "een datum bestaat niet");
    }
}

static bool is_answer_class(size_t len)
{
    size_t class = CONSULT_ANSWER_BYTES;
    for (int i = 1; i < CONSULT_ANSWER_CLASSES && class < len; i++) {
        class *= 2;
    }
    return len == class;
}

enum result answer_read(struct slice body, struct buf *entries, struct answer *out, struct error *err)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    TRY(json_parse(body, &json, err));
    struct fault_list faults = {0};
    json_check(json, "", answer_fields, COUNT_OF(answer_fields), &faults);
    TRY(fault_list_result(&faults, err));
    const struct json *list = json_member(json, "betrokkenheden");
    struct json_writer w = json_writer(entries);
    json_begin_array(&w, NULL);
    out->count = 0;
    (void)slice_copy_text(json_text_of(json, "ontvangstbewijs"), out->receipt, sizeof out->receipt);
    for (const struct json *entry = json_first(list); entry != NULL; entry = json_next(entry)) {
        check_entry(entry, &faults);
        TRY(fault_list_result(&faults, err));
        copy_checked(&w, NULL, entry, entry_fields, COUNT_OF(entry_fields));
        out->count++;
    }
    json_end_array(&w);
    /* A partner that does not pad tells whoever watches the network how much it said. */
    ENSURE(is_answer_class(body.len), err, FAULT_INVALID, "antwoord", "de omvang is geen antwoordklasse");
    return buf_result(entries, "antwoord", err);
}
