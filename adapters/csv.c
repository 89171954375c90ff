#include "adapters/csv.h"

#include <stdio.h>
#include <strings.h>

#include "adapters/charset.h"
#include "adapters/csv_split.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/mem.h"

#define NOWHERE SIZE_MAX

struct adapter {
    struct adapter_events events;
    struct date today;
    const struct mapping *mapping; /* NULL: none */
    struct csv_split split;
    bool header_seen;
    struct error header_fault;  /* .fault FAULT_NONE: none */
    size_t width;               /* columns of the header */
    size_t place[COLUMN_COUNT]; /* in the row; NOWHERE: not in this file */
    /* One row at work. */
    struct adapter_row row;
    struct fault_list faults;
    struct fault_list checked;
    struct slice fields[COLUMN_COUNT];                     /* empty: not given */
    uint8_t cleaned[COLUMN_COUNT * ADAPTER_ROW_BYTES_MAX]; /* one column may fill all of ours */
    size_t cleaned_len;
};

/* ---- the header ---- */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice trimmed(struct slice text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text = slice_of(text.ptr + 1, text.len - 1);
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

static void append(char *list, size_t size, const char *text)
{
    const size_t len = strlen(list);
    (void)snprintf(list + len, size - len, "%s%s", len == 0 ? "" : ", ", text);
}

static void refuse_header(struct adapter *adapter, const char *unknown, const char *missing)
{
    if (missing[0] != '\0') {
        const bool more = unknown[0] != '\0';
        (void)error_set(&adapter->header_fault, FAULT_INVALID, "kolomnamen", "deze kolommen ontbreken: %s%s%s%s",
                        missing, more ? "; kolom " : "", unknown, more ? " is onbekend of dubbel" : "");
        return;
    }
    char all[FAULT_WHAT_MAX];
    column_list(all, sizeof all, false);
    (void)error_set(&adapter->header_fault, FAULT_INVALID, "kolomnamen", "kolom %s onbekend of dubbel; wel: %s",
                    unknown, all);
}

/* What our column is called in this file; "" when it is not read from it. */
static const char *name_here(const struct adapter *adapter, unsigned column)
{
    const struct mapping *m = adapter->mapping;
    return m != NULL && m->renames ? m->names[column] : columns[column].name;
}

static bool same_name(struct slice text, const char *name)
{
    return name[0] != '\0' && text.len == strlen(name) && strncasecmp((const char *)text.ptr, name, text.len) == 0;
}

/* One column of the source may fill several of ours. False: it fills none, or what another filled already. */
static bool take_name(struct adapter *adapter, struct slice name, size_t at)
{
    const bool renames = adapter->mapping != NULL && adapter->mapping->renames;
    bool known = renames; /* a source has more columns than we ask for */
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        if (same_name(name, name_here(adapter, c))) {
            known = adapter->place[c] == NOWHERE;
            if (!known) {
                return false;
            }
            adapter->place[c] = at;
        }
    }
    return known;
}

static bool is_given(const struct adapter *adapter, unsigned column)
{
    return adapter->place[column] != NOWHERE ||
           (adapter->mapping != NULL && adapter->mapping->fixed[column][0] != '\0');
}

/*
 * Unknown columns are told by their number, not by what stands there: a file without a header begins with a person.
 */
static void take_header(struct adapter *adapter, const struct csv_row *row)
{
    enum { SHOWN = 12 };
    char unknown[SHOWN + 8] = "";
    char missing[FAULT_WHAT_MAX / 2] = "";
    adapter->header_seen = true;
    if (row->fault != NULL) {
        (void)error_set(&adapter->header_fault, FAULT_INVALID, "kolomnamen", "%s", row->fault);
        return;
    }
    for (size_t i = 0; i < row->count; i++) {
        if (!take_name(adapter, trimmed(row->fields[i]), i) && strlen(unknown) < SHOWN) {
            char number[8];
            (void)snprintf(number, sizeof number, "%u", (unsigned)(i + 1) % 1000U);
            append(unknown, sizeof unknown, number);
        }
    }
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        const bool may_lack = c == COLUMN_BSN && is_given(adapter, COLUMN_PERSON_KEY);
        const bool named = adapter->mapping != NULL && adapter->mapping->names[c][0] != '\0';
        if ((columns[c].required || named) && !may_lack && !is_given(adapter, c)) {
            append(missing, sizeof missing, named ? adapter->mapping->names[c] : columns[c].name);
        }
    }
    adapter->width = row->count;
    if (unknown[0] != '\0' || missing[0] != '\0') {
        refuse_header(adapter, unknown, missing);
    }
}

/* ---- one row ---- */

static void wrong(struct adapter *adapter, enum column column, const char *what)
{
    fault_list_add(&adapter->faults, FAULT_INVALID, columns[column].name, "%s", what);
}

/* Without spaces around it, and with a space for each line end or tab in it. */
static struct slice clean(struct adapter *adapter, struct slice field)
{
    const struct slice text = trimmed(field);
    uint8_t *to = adapter->cleaned + adapter->cleaned_len;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        to[i] = is_space(c) ? ' ' : c;
    }
    adapter->cleaned_len += text.len;
    return slice_of(to, text.len);
}

static void take_text(struct adapter *adapter, enum column column, char *to, size_t size)
{
    if (!slice_copy_text(adapter->fields[column], to, size)) {
        char what[64];
        (void)snprintf(what, sizeof what, "hoogstens %zu bytes, zonder stuurtekens", size - 1);
        wrong(adapter, column, what);
    }
}

/* 1-3-2026, 01-03-2026 and 01/03/2026 as 2026-03-01; anything else stays as it is, and is no date then. */
static struct slice iso_date(struct slice text, char room[DATE_TEXT_SIZE])
{
    unsigned parts[3] = {0};
    size_t digits[3] = {0};
    unsigned at = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c >= '0' && c <= '9' && digits[at] < 4) {
            parts[at] = parts[at] * 10 + (c - '0');
            digits[at]++;
        } else if ((c == '-' || c == '/') && at < 2) {
            at++;
        } else {
            return text;
        }
    }
    if (at != 2 || digits[0] == 0 || digits[0] > 2 || digits[1] == 0 || digits[1] > 2 || digits[2] != 4) {
        return text;
    }
    (void)snprintf(room, DATE_TEXT_SIZE, "%04u-%02u-%02u", parts[2] % 10000U, parts[1] % 100U, parts[0] % 100U);
    return slice_text(room);
}

static void take_date(struct adapter *adapter, enum column column, struct date *to)
{
    const bool day_first = adapter->mapping != NULL && adapter->mapping->dates == DATES_DAY_FIRST;
    char room[DATE_TEXT_SIZE];
    const struct slice text = adapter->fields[column];
    if (text.len != 0 && !date_parse(day_first ? iso_date(text, room) : text, to)) {
        wrong(adapter, column,
              day_first ? "hier hoort een bestaande datum: DD-MM-JJJJ" : "hier hoort een bestaande datum: JJJJ-MM-DD");
    }
}

static void take_subject(struct adapter *adapter)
{
    struct subject *subject = &adapter->row.subject;
    const struct slice bsn = adapter->fields[COLUMN_BSN];
    if (bsn.len != 0 && !bsn_parse(bsn, &subject->bsn)) {
        wrong(adapter, COLUMN_BSN, "een BSN heeft negen cijfers en voldoet aan de elfproef");
    }
    take_text(adapter, COLUMN_GIVEN_NAMES, subject->given_names, sizeof subject->given_names);
    take_text(adapter, COLUMN_FAMILY_NAME, subject->family_name, sizeof subject->family_name);
    take_text(adapter, COLUMN_MUNICIPALITY, subject->municipality, sizeof subject->municipality);
    take_date(adapter, COLUMN_BIRTH, &subject->birth);
    if (bsn.len == 0) {
        /* Without BSN a key of the source is all that tells this person from another. */
        take_text(adapter, adapter->fields[COLUMN_PERSON_KEY].len != 0 ? COLUMN_PERSON_KEY : COLUMN_SOURCE_KEY,
                  subject->source_key, sizeof subject->source_key);
    }
}

static void take_involvement(struct adapter *adapter)
{
    struct involvement *i = &adapter->row.involvement;
    const struct slice domain = adapter->fields[COLUMN_LIFE_DOMAIN];
    const struct slice sensitivity = adapter->fields[COLUMN_SENSITIVITY];
    if (!life_domain_parse(domain, &i->life_domain)) {
        wrong(adapter, COLUMN_LIFE_DOMAIN, domain.len == 0 ? "dit veld ontbreekt" : "dit leefgebied is niet bekend");
    }
    if (sensitivity.len != 0 && !sensitivity_parse(sensitivity, &i->sensitivity)) {
        wrong(adapter, COLUMN_SENSITIVITY, "toegestaan is gewoon, gevoelig of afgeschermd");
    }
    take_text(adapter, COLUMN_SERVICE, i->service, sizeof i->service);
    take_text(adapter, COLUMN_PHASE, i->phase, sizeof i->phase);
    take_text(adapter, COLUMN_STATUS, i->status, sizeof i->status);
    take_date(adapter, COLUMN_SINCE, &i->since);
    take_date(adapter, COLUMN_UNTIL, &i->until);
    take_date(adapter, COLUMN_LAST_CONTACT, &i->last_contact);
    take_text(adapter, COLUMN_CONTACT, i->contact.name, sizeof i->contact.name);
    take_text(adapter, COLUMN_PHONE, i->contact.phone, sizeof i->contact.phone);
    take_text(adapter, COLUMN_EMAIL, i->contact.email, sizeof i->contact.email);
    take_text(adapter, COLUMN_STAND_IN, i->stand_in.name, sizeof i->stand_in.name);
    take_text(adapter, COLUMN_STAND_IN_PHONE, i->stand_in.phone, sizeof i->stand_in.phone);
    take_text(adapter, COLUMN_STAND_IN_EMAIL, i->stand_in.email, sizeof i->stand_in.email);
    take_text(adapter, COLUMN_SOURCE_KEY, i->source_key, sizeof i->source_key);
}

static bool said_in_row(const struct adapter *adapter, enum column column)
{
    return adapter->place[column] != NOWHERE && adapter->fields[column].len != 0;
}

/* A household is worth nothing without where and when it was learned. Checked as the domain checks one. */
static void take_household(struct adapter *adapter)
{
    struct adapter_row *row = &adapter->row;
    struct household household = {.member_count = 1};
    struct fault_list found = {0};
    take_text(adapter, COLUMN_HOUSEHOLD, row->household_key, sizeof row->household_key);
    take_text(adapter, COLUMN_HOUSEHOLD_SOURCE, row->household_source, sizeof row->household_source);
    take_date(adapter, COLUMN_HOUSEHOLD_DATE, &row->household_recorded);
    if (adapter->fields[COLUMN_HOUSEHOLD].len == 0) {
        if (said_in_row(adapter, COLUMN_HOUSEHOLD_SOURCE) || said_in_row(adapter, COLUMN_HOUSEHOLD_DATE)) {
            wrong(adapter, COLUMN_HOUSEHOLD, "dit veld ontbreekt");
        }
        row->household_source[0] = '\0'; /* what is fixed for all rows says nothing of one without a household */
        row->household_recorded = (struct date){0};
        return;
    }
    (void)slice_copy_text(slice_text(row->household_key), household.source_key, sizeof household.source_key);
    (void)slice_copy_text(slice_text(row->household_source), household.source, sizeof household.source);
    household.recorded = row->household_recorded;
    household_check(&household, "", &adapter->today, &found);
    for (size_t i = 0; i < found.count && i < FAULT_LIST_MAX; i++) {
        const char *where = found.items[i].where;
        const enum column column = strcmp(where, "/bron") == 0    ? COLUMN_HOUSEHOLD_SOURCE
                                   : strcmp(where, "/datum") == 0 ? COLUMN_HOUSEHOLD_DATE
                                                                  : COLUMN_HOUSEHOLD;
        wrong(adapter, column, found.items[i].what);
    }
}

static bool has_fault(const struct adapter *adapter, const char *column)
{
    for (size_t i = 0; i < adapter->faults.count && i < FAULT_LIST_MAX; i++) {
        if (strcmp(adapter->faults.items[i].where, column) == 0) {
            return true;
        }
    }
    return false;
}

/* What the domain finds, under the names of the columns; a column gets one fault. */
static void check_row(struct adapter *adapter)
{
    struct fault_list *found = &adapter->checked;
    *found = (struct fault_list){0};
    subject_check(&adapter->row.subject, "", &adapter->today, found);
    involvement_check(&adapter->row.involvement, "", &adapter->today, found);
    for (size_t i = 0; i < found->count && i < FAULT_LIST_MAX; i++) {
        /* A place without a column is a fault all the same. */
        const enum column c = column_at(found->items[i].where);
        const char *where = c != COLUMN_COUNT ? columns[c].name : "";
        if (!has_fault(adapter, where)) {
            fault_list_add(&adapter->faults, FAULT_INVALID, where, "%s", found->items[i].what);
        }
    }
}

static void reject(struct adapter *adapter, const struct csv_row *row, const char *fault)
{
    if (row->last_line > row->first_line) {
        fault_list_add(&adapter->faults, FAULT_INVALID, "", "%s; overgeslagen tot en met regel %llu", fault,
                       (unsigned long long)row->last_line);
    } else {
        fault_list_add(&adapter->faults, FAULT_INVALID, "", "%s", fault);
    }
}

static void read_fields(struct adapter *adapter, const struct csv_row *row)
{
    adapter->cleaned_len = 0;
    memset(adapter->fields, 0, sizeof adapter->fields);
    adapter->row = (struct adapter_row){.line = row->first_line};
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        const struct mapping *m = adapter->mapping;
        if (adapter->place[c] != NOWHERE) {
            adapter->fields[c] = clean(adapter, row->fields[adapter->place[c]]);
        } else if (m != NULL) {
            adapter->fields[c] = slice_text(m->fixed[c]);
        }
        if (m != NULL && m->translation_count != 0) {
            adapter->fields[c] = mapping_translate(m, (enum column)c, adapter->fields[c]);
        }
    }
    take_subject(adapter);
    take_involvement(adapter);
    take_household(adapter);
    check_row(adapter);
}

static void take_row(void *ctx, const struct csv_row *row)
{
    struct adapter *adapter = ctx;
    if (!adapter->header_seen) {
        take_header(adapter, row);
        return;
    }
    if (adapter->header_fault.fault != FAULT_NONE) {
        return;
    }
    adapter->faults = (struct fault_list){0};
    if (row->fault != NULL) {
        reject(adapter, row, row->fault);
    } else if (row->count != adapter->width) {
        reject(adapter, row, "de regel heeft niet zoveel velden als er kolommen zijn");
    } else {
        read_fields(adapter, row);
    }
    if (adapter->faults.count != 0) {
        adapter->events.rejected(adapter->events.ctx, row->first_line, &adapter->faults);
    } else {
        adapter->events.row(adapter->events.ctx, &adapter->row);
    }
}

/* ---- the run ---- */

static enum result csv_open(const struct adapter_events *events, const struct adapter_options *options,
                            struct adapter **out, struct error *err)
{
    struct adapter *adapter = mem_zalloc(sizeof *adapter);
    ENSURE(adapter != NULL, err, FAULT_NO_MEMORY, "", "er is te weinig geheugen om in te lezen");
    adapter->events = *events;
    adapter->today = options->today;
    adapter->mapping = options->mapping;
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        adapter->place[c] = NOWHERE;
    }
    const char separator = '\0'; /* what the header shows */
    csv_split_init(&adapter->split, separator, take_row, adapter);
    if (options->mapping != NULL) {
        adapter->split.separator = options->mapping->separator;
    }
    *out = adapter;
    return RESULT_OK;
}

static enum result outcome(const struct adapter *adapter, struct error *err)
{
    if (adapter->header_fault.fault == FAULT_NONE) {
        return RESULT_OK;
    }
    if (err != NULL) {
        *err = adapter->header_fault;
    }
    return RESULT_FAILED;
}

static void feed_windows(struct adapter *adapter, struct slice piece)
{
    uint8_t text[4096];
    size_t len = 0;
    for (size_t i = 0; i < piece.len; i++) {
        len += charset_windows_1252(piece.ptr[i], text + len);
        if (len + CHARSET_MOST > sizeof text || i + 1 == piece.len) {
            csv_split_feed(&adapter->split, slice_of(text, len));
            len = 0;
        }
    }
}

static enum result csv_feed(struct adapter *adapter, struct slice piece, struct error *err)
{
    TRY(outcome(adapter, err));
    if (adapter->mapping != NULL && adapter->mapping->charset == CHARSET_WINDOWS_1252) {
        feed_windows(adapter, piece);
    } else {
        csv_split_feed(&adapter->split, piece);
    }
    return outcome(adapter, err);
}

static enum result csv_finish(struct adapter *adapter, struct error *err)
{
    TRY(outcome(adapter, err));
    csv_split_finish(&adapter->split);
    ENSURE(adapter->header_seen, err, FAULT_INVALID, "kolomnamen", "het bestand is leeg");
    return outcome(adapter, err);
}

static void csv_close(struct adapter *adapter)
{
    if (adapter != NULL) {
        mem_wipe(adapter, sizeof *adapter);
        mem_free(adapter);
    }
}

const struct adapter_kind adapter_csv = {"csv", csv_open, csv_feed, csv_finish, csv_close};
