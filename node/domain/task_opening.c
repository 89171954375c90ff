#include "domain/task_opening.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "base/workdays.h"

enum { BOX_VERSION = 1, BIRTH_DIGITS = DATE_TEXT_SIZE - 1, BOX_TEXT_MAX = 512, CASE_WORD_MAX = CONSULT_CASE_MAX };

static const char purpose[] = "opdracht";

/* ---- who it is about ---- */

void task_commit(struct task_person *person, const struct bsn *bsn)
{
    struct sha256_stream stream;
    sha256_begin(&stream);
    sha256_add(&stream, slice_of(person->salt, sizeof person->salt));
    sha256_add(&stream, bsn_digits(bsn));
    sha256_end(&stream, &person->commitment);
    mem_wipe(&stream, sizeof stream);
}

void task_box_write(const struct task_person *person, const struct bsn *bsn, struct buf *out)
{
    const struct date_text birth = date_text(&person->birth);
    buf_byte(out, BOX_VERSION);
    buf_bytes(out, person->salt, sizeof person->salt);
    buf_slice_in(out, bsn_digits(bsn));
    buf_bytes(out, date_is_set(&person->birth) ? birth.text : "          ", BIRTH_DIGITS);
    buf_text(out, person->name);
}

enum result task_box_read(struct slice plain, struct task_person *person, const char *where, struct error *err)
{
    static const char what[] = "verzegeling klopt niet";
    struct task_person told = {.commitment = person->commitment};
    ENSURE(plain.len >= TASK_BOX_FIXED && plain.ptr[0] == BOX_VERSION, err, FAULT_UNFIT, where, what);
    const uint8_t *at = plain.ptr + 1;
    memcpy(told.salt, at, sizeof told.salt);
    at += sizeof told.salt;
    const struct slice number = slice_of(at, BSN_DIGITS);
    const struct slice birth = slice_of(at + BSN_DIGITS, BIRTH_DIGITS);
    const struct slice name = slice_of(plain.ptr + TASK_BOX_FIXED, plain.len - TASK_BOX_FIXED);
    ENSURE(bsn_parse(number, &told.bsn) && (slice_is(birth, "          ") || date_parse(birth, &told.birth)) &&
               utf8_printable(name) && slice_copy_text(name, told.name, sizeof told.name),
           err, FAULT_UNFIT, where, what);
    task_commit(&told, &told.bsn);
    const bool same = memcmp(told.commitment.bytes, person->commitment.bytes, SHA256_SIZE) == 0;
    mem_wipe(told.salt, sizeof told.salt); /* of no use here any more */
    if (same) {
        *person = told;
    }
    mem_wipe(&told, sizeof told);
    ENSURE(same, err, FAULT_UNFIT, where, what);
    return RESULT_OK;
}

/* ---- writing ---- */

bool task_by_key(const struct task_person *person)
{
    static const struct sha256 none = {{0}};
    return memcmp(person->commitment.bytes, none.bytes, SHA256_SIZE) == 0;
}

static void put_person(struct json_writer *w, const struct task_person *person, const struct task_named *named)
{
    char commitment[2 * SHA256_SIZE + 1];
    hex_encode(slice_of(person->commitment.bytes, SHA256_SIZE), commitment);
    json_begin_object(w, NULL);
    if (named != NULL && task_by_key(person)) {
        json_put_int(w, "periode", named->epoch);
        json_put_text(w, "sleutel", ident_text(&named->key).text);
    }
    if (named != NULL && !task_by_key(person)) {
        json_put_slice(w, "verzegeld", named->box);
    }
    if (!task_by_key(person)) {
        json_put_text(w, "vastlegging", commitment);
    }
    json_end_object(w);
}

static void put_people(struct json_writer *w, const struct task *task, const struct task_named *named)
{
    json_begin_array(w, "betrokkenen");
    for (size_t i = 0; i < task->people_count; i++) {
        put_person(w, &task->people[i], named != NULL ? &named[i] : NULL);
    }
    json_end_array(w);
}

void task_contact_write(struct json_writer *w, const struct task *task)
{
    if (task->contact_name[0] != '\0') {
        json_begin_object(w, "contact");
        json_put_text(w, "naam", task->contact_name);
        if (task->contact_phone[0] != '\0') {
            json_put_text(w, "telefoon", task->contact_phone);
        }
        json_end_object(w);
    }
}

void task_opening_write(struct json_writer *w, const struct task *task, const char *matter,
                        const struct task_named *named)
{
    json_put_text(w, "opdracht", ident_text(&task->id).text);
    json_put_text(w, "convenant", task->covenant);
    json_put_text(w, "soort", task->kind);
    json_put_text(w, "doel", purpose);
    json_put_text(w, "grondslag", task->basis);
    json_put_text(w, "rol", task->role);
    json_put_text(w, "zaak", matter);
    put_people(w, task, named);
    json_put_bool(w, "huishouden", task->household);
    json_put_text(w, "leefgebied", life_domain_word(task->life_domain));
    if (task->question[0] != '\0') {
        json_put_text(w, "vraag", task->question);
    }
    if (task->threatening) {
        json_put_bool(w, "bedreigend", true);
    }
    json_put_text(w, "verzonden", moment_text(task->sent_ms).text);
    json_put_text(w, "uiterlijk", date_text(&task->due).text);
    task_contact_write(w, task);
}

void task_opening_stable(const struct task *task, const char *matter, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    task_opening_write(&w, task, matter, NULL);
    json_end_object(&w);
}

void task_opening_begin(struct task *task, struct slice stable)
{
    struct sha256 hash;
    sha256_of(stable, &hash);
    task->head.number = 0;
    thread_begin(TASK_THREAD_LABEL, &task->id, &hash, &task->head.chain);
}

/* ---- reading ---- */

static const struct json_field fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, 1, 4096},
    {"opdracht", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"convenant", JSON_TEXT, true, 1, COVENANT_HASH_SIZE - 1},
    {"soort", JSON_TEXT, true, 1, CODE_MAX},
    {"doel", JSON_TEXT, true, 1, CODE_MAX},
    {"grondslag", JSON_TEXT, true, 1, CODE_MAX},
    {"rol", JSON_TEXT, true, 1, CODE_MAX},
    {"zaak", JSON_TEXT, true, 1, CASE_WORD_MAX},
    {"betrokkenen", JSON_ARRAY, true, 1, TASK_PEOPLE_MAX},
    {"huishouden", JSON_BOOL, true, 0, 0},
    {"leefgebied", JSON_TEXT, true, 1, CODE_MAX},
    {"vraag", JSON_TEXT, false, 1, TASK_TEXT_MAX},
    {"bedreigend", JSON_BOOL, false, 0, 0},
    {"verzonden", JSON_TEXT, true, MOMENT_TEXT_SIZE - 1, MOMENT_TEXT_SIZE - 1},
    {"uiterlijk", JSON_TEXT, true, 1, 32},
    {"contact", JSON_OBJECT, false, 1, 2},
};

static const struct json_field person_fields[] = {
    {"verzegeld", JSON_TEXT, false, 1, BOX_TEXT_MAX},
    {"vastlegging", JSON_TEXT, false, (int64_t)2 * SHA256_SIZE, (int64_t)2 * SHA256_SIZE},
    {"periode", JSON_NUMBER, false, 0, UINT32_MAX},
    {"sleutel", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
};

static const struct json_field contact_fields[] = {
    {"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"telefoon", JSON_TEXT, false, 1, PHONE_MAX_BYTES},
};

static void copy_printable(const struct json *object, const char *pointer, const char *name, char *to, size_t size,
                           struct fault_list *faults)
{
    const struct slice text = json_text_of(object, name);
    char where[FAULT_WHERE_MAX];
    if (!utf8_printable(text) || !slice_copy_text(text, to, size)) {
        (void)snprintf(where, sizeof where, "%s/%s", pointer, name);
        fault_list_add(faults, FAULT_INVALID, where, "geen leesbare tekst");
    }
}

/* Sealed, or by key: one of the two, whole. */
static bool read_person(const struct json *item, struct task_person *out, struct task_named *named)
{
    const struct json *epoch = json_member(item, "periode");
    const struct slice key = json_text_of(item, "sleutel");
    const struct slice commitment = json_text_of(item, "vastlegging");
    named->box = json_text_of(item, "verzegeld");
    if (epoch != NULL || key.len != 0) {
        named->epoch = (uint32_t)json_int(epoch);
        return epoch != NULL && named->box.len == 0 && commitment.len == 0 && ident_parse(key, &named->key);
    }
    return named->box.len != 0 && hex_decode(commitment, out->commitment.bytes, SHA256_SIZE) && !task_by_key(out);
}

static void read_people(const struct json *list, struct task *out, struct task_named named[TASK_PEOPLE_MAX],
                        struct fault_list *faults)
{
    size_t i = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item), i++) {
        char where[48];
        const size_t before = faults->count;
        (void)snprintf(where, sizeof where, "/betrokkenen/%zu", i);
        json_check(item, where, person_fields, COUNT_OF(person_fields), faults);
        if (faults->count != before) {
            continue;
        }
        if (!read_person(item, &out->people[i], &named[i])) {
            fault_list_add(faults, FAULT_INVALID, where,
                           "hier horen `verzegeld` en `vastlegging`, of `periode` en `sleutel`");
        }
    }
    out->people_count = i;
}

/* What passed on the way is taken; a day before that of sending was never meant. */
static void read_days(const struct json *json, struct task *out, struct fault_list *faults)
{
    if (!moment_parse(json_text_of(json, "verzonden"), &out->sent_ms) || out->sent_ms < 0) {
        fault_list_add(faults, FAULT_INVALID, "/verzonden", "geen tijdstip (2026-11-22T09:30:00Z)");
        return;
    }
    if (!date_parse(json_text_of(json, "uiterlijk"), &out->due)) {
        fault_list_add(faults, FAULT_INVALID, "/uiterlijk", "geen bestaande datum (jjjj-mm-dd)");
        return;
    }
    const struct date sent = workdays_dutch_day(out->sent_ms);
    if (date_compare(&out->due, &sent) < 0) {
        fault_list_add(faults, FAULT_UNFIT, "/uiterlijk", "ligt voor de dag van verzenden");
    } else if (date_days(&out->due) - date_days(&sent) > TASK_DEADLINE_DAYS_MAX) {
        fault_list_add(faults, FAULT_UNFIT, "/uiterlijk", "ligt meer dan %d dagen vooruit",
                       (int)TASK_DEADLINE_DAYS_MAX);
    }
}

static void read_texts(const struct json *json, struct task *out, struct fault_list *faults)
{
    struct error err;
    const struct json *contact = json_member(json, "contact");
    const struct slice question = json_text_of(json, "vraag");
    copy_printable(json, "", "soort", out->kind, sizeof out->kind, faults);
    copy_printable(json, "", "grondslag", out->basis, sizeof out->basis, faults);
    copy_printable(json, "", "rol", out->role, sizeof out->role, faults);
    copy_printable(json, "", "zaak", out->case_number, sizeof out->case_number, faults);
    copy_printable(json, "", "convenant", out->covenant, sizeof out->covenant, faults);
    if (task_text_check(question, TASK_TEXT_MAX, "/vraag", &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
    (void)slice_copy_text(question, out->question, sizeof out->question);
    if (contact != NULL) {
        const size_t before = faults->count;
        json_check(contact, "/contact", contact_fields, COUNT_OF(contact_fields), faults);
        if (faults->count == before) {
            copy_printable(contact, "/contact", "naam", out->contact_name, sizeof out->contact_name, faults);
            copy_printable(contact, "/contact", "telefoon", out->contact_phone, sizeof out->contact_phone, faults);
        }
    }
}

void task_opening_read(const struct json *json, struct task *out, struct task_named named[TASK_PEOPLE_MAX],
                       struct fault_list *faults)
{
    const size_t before = faults->count;
    *out = (struct task){.state = TASK_SENT, .side = TASK_DOER};
    json_check(json, "", fields, COUNT_OF(fields), faults);
    if (faults->count != before) {
        return;
    }
    if (!ident_parse(json_text_of(json, "opdracht"), &out->id) || ident_equal(&out->id, &(struct ident){{0}})) {
        fault_list_add(faults, FAULT_INVALID, "/opdracht", "hier horen 32 hexadecimale cijfers, niet alle nul");
    }
    if (!slice_is(json_text_of(json, "doel"), purpose)) {
        fault_list_add(faults, FAULT_INVALID, "/doel", "hier hoort: %s", purpose);
    }
    if (!life_domain_parse(json_text_of(json, "leefgebied"), &out->life_domain)) {
        fault_list_add(faults, FAULT_INVALID, "/leefgebied", "dit leefgebied is niet bekend");
    }
    out->household = json_bool(json_member(json, "huishouden"));
    out->threatening = json_bool(json_member(json, "bedreigend"));
    read_texts(json, out, faults);
    read_days(json, out, faults);
    read_people(json_member(json, "betrokkenen"), out, named, faults);
}
