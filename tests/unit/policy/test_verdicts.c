/*
 * Every verdict of the sample covenant as a table that a reviewer reads: oordelen.txt beside this file. A change of the
 * covenant or of the decision shows there as changed lines. To make it anew after such a change, and read its diff:
 *
 *     KETENBRUG_OORDELEN=schrijf build/release/tests/policy_test_verdicts
 */
#include "unit/policy/help.h"

#include "base/buf.h"
#include "base/json.h"
#include "policy/decide.h"
#include "policy/task.h"

#define TABLE_PATH TEST_SOURCE_DIR "/tests/unit/policy/oordelen.txt"

enum { TABLE_MAX = 1048576, WORDS_MAX = 32 };

static const char heading[] =
    "# Wat het voorbeeldconvenant op 22 november 2026 vrijgeeft. Wat hier niet staat, wordt niet verteld.\n"
    "# De vraag noemt een zaak en een lopende melding, er geldt een maatregel, en de betrokkene woont in het "
    "werkgebied.\n"
    "# toestemming: de soort die is gegeven en telt; -: maakt niet uit. leeftijd: jaren, v: met verlengde jeugdhulp,\n"
    "# ?: niet bekend; -: maakt niet uit. Rol (opzoekset): wat de hele organisatie mag weten voordat iemand iets "
    "vraagt.\n"
    "# Leefgebied (zorgsignaal): wat de vrager weet van een signaal bij de gever. Wat (opdracht): de vrager mag die "
    "geven,\n"
    "# met deze inhoud.\n"
    "# vrager | rol | doel | grondslag | gever | leefgebied | toestemming | leeftijd | wat\n";

/* ---- the dimensions ---- */

struct words {
    const char *words[WORDS_MAX];
    size_t count;
};

struct age {
    const char *text;
    struct date birth;
    struct date extended;
};

static const struct age ages[] = {
    {"?", {0, 0, 0}, {0, 0, 0}},         {"3", {2023, 1, 1}, {0, 0, 0}},      {"7", {2019, 1, 1}, {0, 0, 0}},
    {"12", {2014, 1, 1}, {0, 0, 0}},     {"16", {2010, 1, 1}, {0, 0, 0}},     {"17", {2009, 1, 1}, {0, 0, 0}},
    {"18", {2008, 1, 1}, {0, 0, 0}},     {"18v", {2008, 1, 1}, {2027, 1, 1}}, {"22v", {2004, 1, 1}, {2027, 1, 1}},
    {"23v", {2003, 1, 1}, {2027, 1, 1}}, {"41", {1985, 1, 1}, {0, 0, 0}},
};

static const char *const consents[] = {"geen", "opheffen-geheimhouding", "avg-grond", "instemming"};

/* What comes out, per kind of consent that is open and age. */
struct matrix {
    uint32_t cells[COUNT_OF(consents)][COUNT_OF(ages)];
};

struct table {
    const struct covenant *covenant;
    struct words kinds, roles, purposes, bases;
    const struct party *parties[WORDS_MAX]; /* one of each kind */
    const struct task_kind *task;           /* whose line it is; NULL: a question's */
    struct buf text;
};

static void read_codes(const struct json *document, const char *list, struct words *out)
{
    for (const struct json *item = json_first(json_member(document, list)); item != NULL; item = json_next(item)) {
        assert_true(out->count < WORDS_MAX);
        out->words[out->count++] = json_cstr(json_member(item, "code"));
    }
}

static const struct party *of_kind(const struct covenant *covenant, const char *kind)
{
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const struct party *one = covenant_party_at(covenant, i);
        if (strcmp(one->kind, kind) == 0) {
            return one;
        }
    }
    return NULL;
}

/* ---- one line ---- */

enum { TASK_PERMITTED = 1 << TASK_CONTENT_COUNT }; /* beside the content that it may carry */

static void put_categories(struct buf *text, uint32_t categories)
{
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((categories >> i & 1U) != 0) {
            buf_format(text, " %s", category_word((enum category)i));
        }
    }
}

static void put_task(struct buf *text, const char *kind, uint32_t content)
{
    buf_format(text, " (opdracht) %s:", kind);
    for (unsigned i = 0; i < TASK_CONTENT_COUNT; i++) {
        if ((content >> i & 1U) != 0) {
            buf_format(text, " %s", task_content_word((enum task_content)i));
        }
    }
}

/* One line for the ages that share what comes out; `done` marks those that have theirs. */
static void put_ages(struct table *t, const char *prefix, const char *consent, const uint32_t *row, bool shielded)
{
    bool done[COUNT_OF(ages)] = {false};
    for (size_t i = 0; i < COUNT_OF(ages); i++) {
        size_t same = 0;
        if (done[i] || row[i] == 0) {
            continue;
        }
        buf_format(&t->text, "%s | %s |", prefix, consent);
        for (size_t k = 0; k < COUNT_OF(ages); k++) {
            same += row[k] == row[i];
        }
        for (size_t k = 0; k < COUNT_OF(ages); k++) {
            if (row[k] == row[i] && same != COUNT_OF(ages)) {
                buf_format(&t->text, " %s", ages[k].text);
            }
            done[k] = done[k] || row[k] == row[i];
        }
        buf_text(&t->text, same == COUNT_OF(ages) ? " - |" : " |");
        if (t->task != NULL) {
            put_task(&t->text, t->task->code, row[i]);
        } else {
            put_categories(&t->text, row[i]);
        }
        buf_text(&t->text, shielded ? " (afgeschermd: centraal nummer)\n" : "\n");
    }
}

static void put_matrix(struct table *t, const char *prefix, const struct matrix *m, bool shielded)
{
    bool same = true;
    for (size_t i = 1; i < COUNT_OF(consents); i++) {
        same = same && memcmp(m->cells[i], m->cells[0], sizeof m->cells[0]) == 0;
    }
    if (same) {
        put_ages(t, prefix, "-", m->cells[0], shielded);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(consents); i++) {
        put_ages(t, prefix, consents[i], m->cells[i], shielded);
    }
}

/* ---- all of them ---- */

static void fill(const struct table *t, const struct policy_request *request, bool set, const char *domain,
                 bool shielded, struct matrix *m)
{
    const struct policy_record record = {slice_text(domain), shielded, false};
    for (size_t c = 0; c < COUNT_OF(consents); c++) {
        for (size_t a = 0; a < COUNT_OF(ages); a++) {
            struct policy_decision out;
            struct policy_subject subject = {
                .birth = ages[a].birth, .municipality = "9901", .extended_youth_care = ages[a].extended};
            if (c != 0) {
                subject.consent.categories[c - 1] = UINT32_MAX;
            }
            if (set) {
                policy_may_know(t->covenant, request, &subject, &record, &out);
            } else {
                policy_may_answer(t->covenant, request, &subject, &record, &out);
            }
            m->cells[c][a] = out.categories;
        }
    }
}

static void put_domains(struct table *t, const struct policy_request *request, bool set)
{
    char prefix[256];
    for (int i = 0; i < LIFE_DOMAIN_COUNT * 2; i++) {
        struct matrix m;
        const char *domain = life_domain_word((enum life_domain)(i / 2));
        const bool shielded = i % 2 != 0;
        (void)snprintf(prefix, sizeof prefix, "%s | %s | %.*s | %s | %s | %s", request->requester->kind,
                       set ? "(opzoekset)" : (const char *)request->role.ptr, (int)request->purpose.len,
                       (const char *)request->purpose.ptr, set ? "-" : (const char *)request->basis.ptr,
                       request->provider->kind, domain);
        fill(t, request, set, domain, shielded, &m);
        put_matrix(t, prefix, &m, shielded);
    }
}

static void put_question(struct table *t, const struct policy_request *request)
{
    struct policy_decision out;
    policy_may_ask(t->covenant, request, &out);
    if (out.crisis_number) {
        buf_format(&t->text, "%s | %s | %s | %s | %s | - | - | - | het crisisnummer van de gever\n",
                   request->requester->kind, (const char *)request->role.ptr, (const char *)request->purpose.ptr,
                   (const char *)request->basis.ptr, request->provider->kind);
    }
    if (out.permit) {
        put_domains(t, request, false);
    }
}

/* ---- signals and tasks ---- */

static struct policy_subject subject_of(size_t consent, size_t age)
{
    struct policy_subject subject = {
        .birth = ages[age].birth, .municipality = "9901", .extended_youth_care = ages[age].extended};
    if (consent != 0) {
        subject.consent.categories[consent - 1] = UINT32_MAX;
    }
    return subject;
}

/* For the whole organisation (`role` past the end), or what a role has beside it. */
static void put_signal(struct table *t, const struct policy_request *request, size_t role)
{
    struct matrix m;
    char prefix[256];
    const struct policy_record record = {.signal = true};
    const bool whole = role == t->roles.count;
    for (size_t i = 0; i < COUNT_OF(consents) * COUNT_OF(ages); i++) {
        struct policy_meeting out;
        const struct policy_subject subject = subject_of(i / COUNT_OF(ages), i % COUNT_OF(ages));
        policy_may_meet(t->covenant, request->provider, request->requester, &subject, &record, &request->today, &out);
        const bool calls = !whole && (out.roles >> role & 1U) != 0;
        m.cells[i / COUNT_OF(ages)][i % COUNT_OF(ages)] =
            whole ? (out.permit ? CATEGORY_BIT(CATEGORY_EXISTENCE) : 0) : (calls ? CATEGORY_BIT(CATEGORY_CONTACT) : 0);
    }
    (void)snprintf(prefix, sizeof prefix, "%s | %s | " PURPOSE_SIGNAL " | - | %s | (zorgsignaal)",
                   request->requester->kind, whole ? "(opzoekset)" : t->roles.words[role], request->provider->kind);
    put_matrix(t, prefix, &m, false);
}

static void put_task_lines(struct table *t, const struct policy_request *request, const char *domain)
{
    struct matrix m;
    char prefix[256];
    const struct policy_task task = {.asker = request->requester,
                                     .doer = request->provider,
                                     .kind = slice_text(t->task->code),
                                     .basis = request->basis,
                                     .role = request->role,
                                     .life_domain = slice_text(domain),
                                     .has_case = true,
                                     .today = request->today};
    for (size_t i = 0; i < COUNT_OF(consents) * COUNT_OF(ages); i++) {
        struct policy_task_decision out;
        const struct policy_subject subject = subject_of(i / COUNT_OF(ages), i % COUNT_OF(ages));
        policy_may_task(t->covenant, &task, &subject, &out);
        m.cells[i / COUNT_OF(ages)][i % COUNT_OF(ages)] = out.permit ? out.content | TASK_PERMITTED : 0;
    }
    (void)snprintf(prefix, sizeof prefix, "%s | %s | " PURPOSE_TASK " | %s | %s | %s", request->requester->kind,
                   (const char *)request->role.ptr, (const char *)request->basis.ptr, request->provider->kind, domain);
    put_matrix(t, prefix, &m, false);
}

static void put_tasks(struct table *t, const struct policy_request *request)
{
    for (size_t k = 0; k < covenant_task_kind_count(t->covenant); k++) {
        t->task = covenant_task_kind_at(t->covenant, k);
        for (unsigned d = 0; d < LIFE_DOMAIN_COUNT; d++) {
            put_task_lines(t, request, life_domain_word((enum life_domain)d));
        }
    }
    t->task = NULL;
}

static void put_pair(struct table *t, const struct party *asks, const struct party *gives, const char *purpose)
{
    struct policy_request request = {.requester = asks,
                                     .provider = gives,
                                     .purpose = slice_text(purpose),
                                     .has_case = true,
                                     .has_report = true,
                                     .report_open = true,
                                     .order_in_force = true,
                                     .today = {2026, 11, 22}};
    put_domains(t, &request, true);
    for (size_t r = t->roles.count + 1; r-- != 0 && strcmp(purpose, PURPOSE_SIGNAL) == 0;) {
        put_signal(t, &request, r);
    }
    for (size_t r = 0; r < t->roles.count; r++) {
        for (size_t b = 0; b < t->bases.count; b++) {
            request.role = slice_text(t->roles.words[r]);
            request.basis = slice_text(t->bases.words[b]);
            put_question(t, &request);
            if (strcmp(purpose, PURPOSE_TASK) == 0) {
                put_tasks(t, &request);
            }
        }
    }
}

static void put_all(struct table *t)
{
    buf_text(&t->text, heading);
    for (size_t p = 0; p < t->purposes.count; p++) {
        for (size_t a = 0; a < t->kinds.count; a++) {
            for (size_t g = 0; g < t->kinds.count; g++) {
                put_pair(t, t->parties[a], t->parties[g], t->purposes.words[p]);
            }
        }
    }
    assert_true(buf_ok(&t->text));
}

/* Names the first line that differs. */
static void compare(const char *now, const char *kept)
{
    int line = 1;
    while (*now != '\0' && *kept != '\0') {
        const size_t a = strcspn(now, "\n");
        const size_t b = strcspn(kept, "\n");
        if (a != b || memcmp(now, kept, a) != 0) {
            break;
        }
        now += a + (now[a] == '\n');
        kept += b + (kept[b] == '\n');
        line++;
    }
    if (*now != '\0' || *kept != '\0') {
        fail_msg("oordelen.txt:%d differs from what is decided now\n  kept: %.*s\n  now:  %.*s\n"
                 "Was that meant? KETENBRUG_OORDELEN=schrijf with this program makes the table anew; review its diff.",
                 line, (int)strcspn(kept, "\n"), kept, (int)strcspn(now, "\n"), now);
    }
}

static void the_sample_decides_as_in_the_table(void **state)
{
    (void)state;
    struct error err;
    struct json *document = NULL;
    char *text = sample_text();
    struct covenant *covenant = parse(text);
    struct table t = {.covenant = covenant};
    assert_int_equal(json_parse(slice_text(text), &document, &err), RESULT_OK);
    read_codes(document, "soorten", &t.kinds);
    read_codes(document, "rollen", &t.roles);
    read_codes(document, "doelen", &t.purposes);
    read_codes(document, "grondslagen", &t.bases);
    for (size_t i = 0; i < t.kinds.count; i++) {
        t.parties[i] = of_kind(covenant, t.kinds.words[i]);
        assert_non_null(t.parties[i]);
    }
    buf_init(&t.text, TABLE_MAX);
    put_all(&t);
    buf_byte(&t.text, '\0');
    const bool write = getenv("KETENBRUG_OORDELEN") != NULL;
    FILE *file = fopen(TABLE_PATH, write ? "wb" : "rb");
    assert_non_null(file);
    if (write) {
        assert_int_equal(fwrite(t.text.ptr, 1, t.text.len - 1, file), t.text.len - 1);
    } else {
        char *kept = mem_zalloc(TABLE_MAX + 1);
        assert_non_null(kept);
        assert_true(fread(kept, 1, TABLE_MAX, file) > sizeof heading);
        compare((const char *)t.text.ptr, kept);
        mem_free(kept);
    }
    (void)fclose(file);
    buf_free(&t.text);
    json_free(document);
    covenant_free(covenant);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_decides_as_in_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
