#include "api/import_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/mem.h"

static const struct json_field import_fields[] = {
    {"bron", JSON_TEXT, true, 1, IMPORT_SOURCE_MAX},
    {"inleesrun", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"proef", JSON_BOOL, false, 0, 0},
    {"regels", JSON_ARRAY, true, 1, IMPORT_BATCH_MAX},
};

static const struct json_field row_fields[] = {
    {"regel", JSON_NUMBER, true, 0, IMPORT_LINE_MAX},
    {"betrokkene", JSON_OBJECT, true, 1, 32},
    {"betrokkenheid", JSON_OBJECT, true, 1, 32},
    {"huishouden", JSON_OBJECT, false, 3, 3},
};

static const struct json_field household_fields[] = {
    {"bronsleutel", JSON_TEXT, true, 1, SOURCE_KEY_MAX},
    {"bron", JSON_TEXT, true, 1, SERVICE_MAX_BYTES},
    {"datum", JSON_TEXT, true, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

void import_rows_init(struct import_rows *rows)
{
    *rows = (struct import_rows){.count = 0};
    buf_init(&rows->refused, IMPORT_REFUSED_BYTES);
}

void import_rows_free(struct import_rows *rows)
{
    if (rows->rows != NULL) {
        mem_wipe(rows->rows, rows->count * sizeof *rows->rows);
    }
    mem_free(rows->rows);
    mem_free(rows->people);
    mem_free(rows->households);
    buf_free(&rows->refused);
}

/* Place and reason of each fault, never a value. */
void import_rows_refuse(struct import_rows *rows, int64_t line, const struct fault_list *faults)
{
    struct json_writer w = json_writer(&rows->refused);
    if (rows->refused_count++ != 0) {
        buf_byte(&rows->refused, ',');
    }
    json_begin_object(&w, NULL);
    json_put_int(&w, "regel", line);
    json_begin_array(&w, "fouten");
    for (size_t i = 0; i < faults->count && i < FAULT_LIST_MAX; i++) {
        json_begin_object(&w, NULL);
        json_put_text(&w, "waar", faults->items[i].where);
        json_put_text(&w, "wat", faults->items[i].what);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}

void import_read_run(const struct json *json, char system[IMPORT_SOURCE_MAX + 1], struct ident *run, bool *has_run,
                     bool *trial, struct fault_list *faults)
{
    const struct slice name = json_text_of(json, "bron");
    const struct slice id = json_text_of(json, "inleesrun");
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.ptr[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
            fault_list_add(faults, FAULT_INVALID, "/bron", "toegestaan: kleine letters, cijfers en streepjes");
            break;
        }
    }
    (void)slice_copy_text(name, system, IMPORT_SOURCE_MAX + 1);
    *has_run = id.len != 0;
    if (*has_run && !ident_parse(id, run)) {
        fault_list_add(faults, FAULT_INVALID, "/inleesrun", "hier horen 32 hexadecimale cijfers");
    }
    *trial = json_bool(json_member(json, "proef"));
}

/* ---- one row ---- */

static void read_household(const struct json *json, const struct date *today, struct household *out,
                           struct fault_list *faults)
{
    const size_t before = faults->count;
    json_check(json, "/huishouden", household_fields, COUNT_OF(household_fields), faults);
    (void)slice_copy_text(json_text_of(json, "bronsleutel"), out->source_key, sizeof out->source_key);
    (void)slice_copy_text(json_text_of(json, "bron"), out->source, sizeof out->source);
    if (faults->count == before && !date_parse(json_text_of(json, "datum"), &out->recorded)) {
        fault_list_add(faults, FAULT_INVALID, "/huishouden/datum", "deze datum bestaat niet");
    }
    if (faults->count == before) {
        out->member_count = 1; /* to be checked as any household; the members follow */
        household_check(out, "/huishouden", today, faults);
        out->member_count = 0;
    }
}

static void read_row(struct import_rows *rows, const struct json *json, const struct date *today)
{
    struct import_row *row = &rows->rows[rows->count];
    struct fault_list faults = {0};
    json_check(json, "", row_fields, COUNT_OF(row_fields), &faults);
    row->line = json_int(json_member(json, "regel")); /* 0 when it is no number */
    if (faults.count == 0) {
        subject_read(json_member(json, "betrokkene"), "/betrokkene", today, &row->subject, &faults);
        involvement_read(json_member(json, "betrokkenheid"), "/betrokkenheid", today, &row->involvement, &faults);
    }
    if (faults.count == 0 && row->involvement.source_key[0] == '\0') {
        fault_list_add(&faults, FAULT_INVALID, "/betrokkenheid/bronsleutel",
                       "is nodig om deze regel een volgende keer te herkennen");
    }
    const struct json *household = json_member(json, "huishouden");
    struct import_household *h = &rows->households[rows->household_count];
    row->household = IMPORT_NO_HOUSEHOLD;
    if (faults.count == 0 && household != NULL) {
        read_household(household, today, &h->household, &faults);
    }
    if (faults.count != 0) {
        import_rows_refuse(rows, row->line, &faults);
        mem_wipe(row, sizeof *row);
        *h = (struct import_household){.ordinal = 0};
        return;
    }
    memcpy(row->involvement.system, rows->system, sizeof rows->system);
    if (household != NULL) {
        memcpy(h->household.system, rows->system, sizeof rows->system);
        row->household = rows->household_count++;
    }
    rows->count++;
}

/* ---- what belongs together: sorted by key, equal keys stand side by side in the order of the file ---- */

struct keyed {
    bool number; /* a number of nine digits and a source's key of nine digits are two people */
    const char *key;
    size_t at;
};

static bool same_key(const struct keyed *a, const struct keyed *b)
{
    return a->number == b->number && strcmp(a->key, b->key) == 0;
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    const int order = x->number != y->number ? (int)x->number - (int)y->number : strcmp(x->key, y->key);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static void leave_out_superseded(struct import_rows *rows, struct keyed *keys)
{
    for (size_t i = 0; i < rows->count; i++) {
        keys[i] = (struct keyed){false, rows->rows[i].involvement.source_key, i};
    }
    qsort(keys, rows->count, sizeof *keys, by_key);
    for (size_t i = 0; i + 1 < rows->count; i++) {
        rows->rows[keys[i].at].left_out = same_key(&keys[i], &keys[i + 1]);
    }
}

static void find_people(struct import_rows *rows, struct keyed *keys)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct subject *subject = &rows->rows[i].subject;
        const bool number = bsn_is_set(&subject->bsn);
        keys[i] = (struct keyed){number, number ? subject->bsn.secret_digits : subject->source_key, i};
    }
    qsort(keys, rows->count, sizeof *keys, by_key);
    for (size_t i = 0; i < rows->count; i++) {
        rows->person_count += i == 0 || !same_key(&keys[i], &keys[i - 1]);
        rows->people[rows->person_count - 1].row = keys[i].at;
        rows->rows[keys[i].at].person = rows->person_count - 1;
    }
}

static void join_households(struct import_rows *rows, struct keyed *keys, size_t *first)
{
    for (size_t i = 0; i < rows->household_count; i++) {
        keys[i] = (struct keyed){false, rows->households[i].household.source_key, i};
    }
    qsort(keys, rows->household_count, sizeof *keys, by_key);
    for (size_t i = 0; i < rows->household_count; i++) {
        const bool same = i > 0 && same_key(&keys[i], &keys[i - 1]);
        first[keys[i].at] = same ? first[keys[i - 1].at] : keys[i].at;
        if (same) { /* the last row tells where and when it was learned */
            rows->households[first[keys[i].at]] = rows->households[keys[i].at];
        }
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->rows[i].household != IMPORT_NO_HOUSEHOLD) {
            rows->rows[i].household = first[rows->rows[i].household];
        }
    }
}

static void join(struct import_rows *rows, struct fault_list *faults)
{
    struct keyed *keys CLEANUP(mem_cleanup) = mem_array(rows->count + 1, sizeof *keys);
    size_t *first CLEANUP(mem_cleanup) = mem_array(rows->household_count + 1, sizeof *first);
    if (keys == NULL || first == NULL) {
        fault_list_add(faults, FAULT_NO_MEMORY, "", "geen geheugen");
        return;
    }
    leave_out_superseded(rows, keys);
    find_people(rows, keys);
    join_households(rows, keys, first);
}

void import_rows_read(struct import_rows *rows, struct slice text, const struct date *today, struct fault_list *faults)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct error err;
    if (json_parse(text, &json, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
        return;
    }
    json_check(json, "", import_fields, COUNT_OF(import_fields), faults);
    if (faults->count != 0) {
        return;
    }
    import_read_run(json, rows->system, &rows->run, &rows->has_run, &rows->trial, faults);
    const struct json *list = json_member(json, "regels");
    const size_t most = json_size(list) + 1;
    rows->rows = mem_array(most, sizeof *rows->rows);
    rows->people = mem_array(most, sizeof *rows->people);
    rows->households = mem_array(most, sizeof *rows->households);
    if (rows->rows == NULL || rows->people == NULL || rows->households == NULL) {
        fault_list_add(faults, FAULT_NO_MEMORY, "", "geen geheugen");
        return;
    }
    for (const struct json *item = json_first(list); item != NULL && faults->count == 0; item = json_next(item)) {
        read_row(rows, item, today);
    }
    join(rows, faults);
}
