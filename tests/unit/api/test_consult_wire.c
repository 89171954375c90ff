/* The consult on the wire: one size class for every kind of nothing, and a partner's answer read without trust. */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "api/consult_wire.h"
#include "base/limits.h"

static struct involvement budget(void)
{
    struct involvement i = {.life_domain = LIFE_FINANCE, .sensitivity = SENSITIVITY_NORMAL};
    (void)snprintf(i.service, sizeof i.service, "budgetbeheer");
    (void)snprintf(i.phase, sizeof i.phase, "uitvoering");
    (void)snprintf(i.status, sizeof i.status, "loopt");
    (void)date_parse(slice_text("2025-02-01"), &i.since);
    (void)date_parse(slice_text("2026-10-01"), &i.last_contact);
    (void)snprintf(i.contact.name, sizeof i.contact.name, "Jo \"de\" Boer");
    (void)snprintf(i.contact.phone, sizeof i.contact.phone, "088-5550101");
    (void)snprintf(i.stand_in.name, sizeof i.stand_in.name, "Kim Vos");
    return i;
}

static void write_entry(uint32_t categories, struct buf *out)
{
    const struct involvement i = budget();
    const struct policy_decision decision = {
        .permit = true, .categories = categories, .obligation = "niet-voor-handhaving"};
    struct json_writer w = json_writer(out);
    answer_entry(&w, &i, &decision, NULL);
}

static bool holds(const struct buf *text, const char *word)
{
    return memmem(text->ptr, text->len, word, strlen(word)) != NULL;
}

/* Each category releases its own fields and no other's. */
static void categories_release_only_their_own(void **state)
{
    (void)state;
    static const struct {
        enum category category;
        const char *shows;
    } cases[] = {
        {CATEGORY_EXISTENCE, "financien"}, {CATEGORY_CONTACT, "088-5550101"}, {CATEGORY_SERVICE, "budgetbeheer"},
        {CATEGORY_PHASE, "uitvoering"},    {CATEGORY_STATUS, "2026-10-01"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;
        buf_init(&out, 4096);
        write_entry(CATEGORY_BIT(cases[i].category), &out);
        for (size_t j = 0; j < COUNT_OF(cases); j++) {
            assert_int_equal(holds(&out, cases[j].shows), i == j);
        }
        buf_free(&out);
    }
}

/* Of a shielded record the provider's central number and nobody's name; what the receiver must know beside it. */
static void a_shielded_record_shows_a_number_and_no_person(void **state)
{
    (void)state;
    static const char *const phones[] = {"0990 555 080", NULL};
    for (size_t n = 0; n < COUNT_OF(phones); n++) {
        struct buf out;
        const struct involvement i = budget();
        const struct policy_decision decision = {.permit = true,
                                                 .categories = CATEGORY_BIT(CATEGORY_CONTACT),
                                                 .contact_central = true,
                                                 .note = POLICY_NOTE_PARENT};
        buf_init(&out, 4096);
        struct json_writer w = json_writer(&out);
        answer_entry(&w, &i, &decision, phones[n]);
        assert_int_equal(holds(&out, "\"centraalNummer\":\"0990 555 080\""), phones[n] != NULL);
        assert_true(holds(&out, "\"opmerking\":\"ouder-oneens\""));
        assert_false(holds(&out, "088-5550101") || holds(&out, "de Boer") || holds(&out, "Kim Vos"));
        buf_free(&out);
    }
}

/* What stands around the list in an answer. */
#define AROUND (strlen("{\"ontvangstbewijs\":\"\",\"betrokkenheden\":,\"opvulling\":\"\"}") + RECEIPT_TEXT)

static size_t answer_size(struct slice entries)
{
    struct buf out;
    struct error err;
    size_t receipt_at = 0;
    buf_init(&out, PEER_ANSWER_MAX);
    assert_int_equal(answer_write(entries, &out, &receipt_at, &err), RESULT_OK);
    const size_t size = out.len;
    buf_free(&out);
    return size;
}

/* Empty, one entry, several: 1,536 bytes while they fit, then the next class by doubling. */
static void answers_come_in_size_classes(void **state)
{
    (void)state;
    assert_int_equal(answer_size(slice_text("[]")), 1536);
    struct buf entries;
    struct json_writer w;
    buf_init(&entries, PEER_ANSWER_MAX);
    w = json_writer(&entries);
    const struct involvement i = budget();
    const struct policy_decision decision = {.permit = true, .categories = 0x7F};
    json_begin_array(&w, NULL);
    size_t expected = 1536;
    for (int n = 0; n < INVOLVEMENTS_PER_SUBJECT_MAX; n++) {
        answer_entry(&w, &i, &decision, NULL);
        const size_t content = entries.len + 1 + (AROUND);
        while (content > expected) {
            expected *= 2;
        }
        struct buf closed;
        buf_init(&closed, PEER_ANSWER_MAX);
        buf_slice_in(&closed, buf_slice(&entries));
        buf_byte(&closed, ']');
        assert_int_equal(answer_size(buf_slice(&closed)), expected);
        buf_free(&closed);
    }
    assert_true(expected > 3072);
    buf_free(&entries);
}

static void largest_class_is_a_bound(void **state)
{
    (void)state;
    struct buf entries;
    struct buf out;
    struct error err;
    size_t receipt_at = 0;
    const size_t largest = (size_t)CONSULT_ANSWER_BYTES << (CONSULT_ANSWER_CLASSES - 1);
    const size_t room = largest - (AROUND);
    buf_init(&entries, PEER_ANSWER_MAX);
    buf_init(&out, PEER_ANSWER_MAX);
    buf_fill(&entries, ' ', room);
    assert_int_equal(answer_write(buf_slice(&entries), &out, &receipt_at, &err), RESULT_OK);
    assert_int_equal(out.len, largest);
    buf_clear(&out);
    buf_byte(&entries, ' ');
    assert_int_equal(answer_write(buf_slice(&entries), &out, &receipt_at, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    buf_free(&entries);
    buf_free(&out);
}

static void own_answer_can_be_read(void **state)
{
    (void)state;
    struct buf entries;
    struct buf answer;
    struct buf read;
    struct error err;
    struct answer got;
    size_t receipt_at = 0;
    buf_init(&entries, PEER_ANSWER_MAX);
    buf_init(&answer, PEER_ANSWER_MAX);
    buf_init(&read, PEER_ANSWER_MAX);
    buf_byte(&entries, '[');
    write_entry(0x7F, &entries);
    buf_byte(&entries, ']');
    assert_int_equal(answer_write(buf_slice(&entries), &answer, &receipt_at, &err), RESULT_OK);
    assert_int_equal(answer_read(buf_slice(&answer), &read, &got, &err), RESULT_OK);
    assert_int_equal(got.count, 1);
    assert_true(slice_equal(buf_slice(&read), buf_slice(&entries)));
    buf_free(&entries);
    buf_free(&answer);
    buf_free(&read);
}

#define R8      "AAAAAAAA"
#define R53     R8 R8 R8 R8 R8 R8 "AAAAA"
#define R424    R53 R53 R53 R53 R53 R53 R53 R53
#define RECEIPT "\"ontvangstbewijs\":\"" R424 "\","
_Static_assert(sizeof R424 - 1 == RECEIPT_TEXT, "a receipt of the right length");

static void hostile_answers_are_refused(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "",
        "[]",
        "null",
        "{}",
        "{\"betrokkenheden\":[],\"opvulling\":\"\"}",
        "{\"ontvangstbewijs\":\"AAAA\",\"betrokkenheden\":[],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[]}",
        "{" RECEIPT "\"betrokkenheden\":{},\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[],\"opvulling\":\"\"} x",
        "{" RECEIPT "\"betrokkenheden\":[1],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[],\"opvulling\":\"\",\"meer\":1}",
        "{" RECEIPT "\"betrokkenheden\":[{\"bsn\":\"999990019\"}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"leefgebied\":\"bestaat-niet\"}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"sinds\":\"2026-02-30\"}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"verplichting\":\"nergens-toe\"}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"contact\":\"x\"}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"opmerking\":\"iets-anders\"}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"centraalNummer\":\"1\",\"contact\":{\"naam\":\"a\"}}],\"opvulling\":\"\"}",
        "{" RECEIPT
        "\"betrokkenheden\":[{\"centraalNummer\":\"1\",\"vervanger\":{\"naam\":\"a\"}}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"contact\":{\"telefoon\":\"1\"}}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"contact\":{\"naam\":\"a\",\"extra\":\"b\"}}],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[],\"betrokkenheden\":[],\"opvulling\":\"\"}",
        "{" RECEIPT "\"betrokkenheden\":[{\"fase\":\"\xff\"}],\"opvulling\":\"\"}",
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct buf read;
        struct error err;
        struct answer got;
        buf_init(&read, PEER_ANSWER_MAX);
        assert_int_equal(answer_read(slice_text(answers[i]), &read, &got, &err), RESULT_FAILED);
        assert_string_not_equal(err.where, "antwoord"); /* it is not for its size, which is judged last */
        buf_free(&read);
    }
}

static void an_answer_of_another_size_than_a_class_is_refused(void **state)
{
    (void)state;
    struct buf answer;
    struct buf read;
    struct error err;
    struct answer got;
    size_t receipt_at = 0;
    buf_init(&answer, PEER_ANSWER_MAX);
    buf_init(&read, PEER_ANSWER_MAX);
    assert_int_equal(answer_write(slice_text("[]"), &answer, &receipt_at, &err), RESULT_OK);
    assert_int_equal(answer_read(buf_slice(&answer), &read, &got, &err), RESULT_OK);
    buf_byte(&answer, ' ');
    buf_clear(&read);
    assert_int_equal(answer_read(buf_slice(&answer), &read, &got, &err), RESULT_FAILED);
    const struct slice unpadded = slice_text("{" RECEIPT "\"betrokkenheden\":[],\"opvulling\":\"\"}");
    buf_clear(&read);
    assert_int_equal(answer_read(unpadded, &read, &got, &err), RESULT_FAILED);
    buf_free(&answer);
    buf_free(&read);
}

static void read_question(const char *text, struct question *out, struct fault_list *faults)
{
    struct json *json = NULL;
    struct error err;
    assert_int_equal(json_parse(slice_text(text), &json, &err), RESULT_OK);
    question_read(json, out, faults);
    json_free(json);
}

#define PSEUDONYM_A "0123456789abcdef0123456789abcdef"

static void question_round_trip(void **state)
{
    (void)state;
    struct question q = {.purpose = slice_text("hulpafstemming"),
                         .basis = slice_text("wmo-5.1.1"),
                         .role = slice_text("generalist"),
                         .case_pseudonym = slice_text(PSEUDONYM_A),
                         .user_pseudonym = slice_text(PSEUDONYM_A),
                         .receipt = slice_text(R424)};
    struct buf out;
    struct json *json = NULL;
    struct error err;
    struct question back;
    struct fault_list faults = {0};
    q.subject = (struct naming){{{0xab, 2, 3}}, 700};
    buf_init(&out, 4096);
    question_write(&q, &out);
    assert_int_equal(json_parse(buf_slice(&out), &json, &err), RESULT_OK);
    question_read(json, &back, &faults);
    assert_int_equal(faults.count, 0);
    assert_memory_equal(q.subject.key.bytes, back.subject.key.bytes, ASK_KEY_BYTES);
    assert_int_equal(back.subject.epoch, 700);
    assert_true(slice_is(back.purpose, "hulpafstemming"));
    assert_true(slice_is(back.case_pseudonym, PSEUDONYM_A));
    assert_int_equal(back.report_pseudonym.len, 0);
    assert_int_equal(back.receipt.len, RECEIPT_TEXT);
    json_free(json);
    buf_free(&out);
}

static void question_needs_a_case_or_a_report(void **state)
{
    (void)state;
    static const char start[] = "{\"betrokkene\":{\"sleutel\":\"" PSEUDONYM_A
                                "\",\"periode\":700},\"doel\":\"a\",\"grondslag\":\"b\",\"rol\":\"c\"," RECEIPT
                                "\"gebruiker\":\"" PSEUDONYM_A "\"";
    static const char *const ends[] = {"}",
                                       ",\"zaak\":\"" PSEUDONYM_A "\",\"melding\":\"" PSEUDONYM_A "\"}",
                                       ",\"zaak\":\"" PSEUDONYM_A "\",\"maatregel\":\"" PSEUDONYM_A "\"}",
                                       ",\"zaak\":\"" PSEUDONYM_A "\",\"meldingOpen\":true}",
                                       ",\"maatregel\":true}",
                                       ",\"melding\":\"" PSEUDONYM_A "\",\"meldingOpen\":\"ja\"}",
                                       ",\"maatregel\":\"zzzz456789abcdef0123456789abcdef\"}",
                                       ",\"zaak\":\"zzzz456789abcdef0123456789abcdef\"}"};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        char text[1024];
        struct question q;
        struct fault_list faults = {0};
        (void)snprintf(text, sizeof text, "%s%s", start, ends[i]);
        read_question(text, &q, &faults);
        assert_int_equal(faults.count, 1);
    }
}

/* What the requester claims by his own records comes over as he said it. */
static void claims_round_trip(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        const struct slice word = slice_text(PSEUDONYM_A);
        struct question q = {.purpose = slice_text("uitvoering-ots"),
                             .basis = slice_text("bw-1-257"),
                             .role = slice_text("jeugdbeschermer"),
                             .report_open = n == 1,
                             .user_pseudonym = word,
                             .receipt = slice_text(R424)};
        struct question back;
        struct json *json = NULL;
        struct error err;
        struct fault_list faults = {0};
        struct buf out;
        *(n == 2 ? &q.order_pseudonym : &q.report_pseudonym) = word;
        q.subject = (struct naming){{{1, 2, 3}}, 700};
        buf_init(&out, 4096);
        question_write(&q, &out);
        assert_int_equal(json_parse(buf_slice(&out), &json, &err), RESULT_OK);
        question_read(json, &back, &faults);
        assert_int_equal(faults.count, 0);
        assert_true(back.report_open == (n == 1) && (back.order_pseudonym.len != 0) == (n == 2) &&
                    (back.report_pseudonym.len != 0) == (n != 2) && back.case_pseudonym.len == 0);
        json_free(json);
        buf_free(&out);
    }
}

/* A key that fails is not repeated in the fault; a number of a person is not read at all. */
static void a_bad_name_is_refused_and_not_repeated(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"{\"sleutel\":\"zz23456789abcdef0123456789abcdef\",\"periode\":700}", "/betrokkene/sleutel"},
        {"{\"sleutel\":\"0123456789abcdef\",\"periode\":700}", "/betrokkene/sleutel"},
        {"{\"sleutel\":\"" PSEUDONYM_A "\",\"periode\":-1}", "/betrokkene/periode"},
        {"{\"sleutel\":\"" PSEUDONYM_A "\",\"periode\":4294967296}", "/betrokkene/periode"},
        {"{\"sleutel\":\"" PSEUDONYM_A "\",\"periode\":700,\"bsn\":\"999990019\"}", "/betrokkene"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char text[1024];
        struct question q;
        struct fault_list faults = {0};
        (void)snprintf(text, sizeof text,
                       "{\"betrokkene\":%s,\"doel\":\"a\",\"grondslag\":\"b\",\"rol\":\"c\"," RECEIPT
                       "\"gebruiker\":\"" PSEUDONYM_A "\",\"zaak\":\"" PSEUDONYM_A "\"}",
                       names[i][0]);
        read_question(text, &q, &faults);
        bool told = false; /* a member too many is told of twice */
        assert_in_range(faults.count, 1, 2);
        for (size_t f = 0; f < faults.count; f++) {
            told = told || strcmp(faults.items[f].where, names[i][1]) == 0;
            assert_null(strstr(faults.items[f].what, "23456789"));
            assert_null(strstr(faults.items[f].what, "99999"));
        }
        assert_true(told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_release_only_their_own),
        cmocka_unit_test(a_shielded_record_shows_a_number_and_no_person),
        cmocka_unit_test(answers_come_in_size_classes),
        cmocka_unit_test(largest_class_is_a_bound),
        cmocka_unit_test(own_answer_can_be_read),
        cmocka_unit_test(hostile_answers_are_refused),
        cmocka_unit_test(an_answer_of_another_size_than_a_class_is_refused),
        cmocka_unit_test(question_round_trip),
        cmocka_unit_test(question_needs_a_case_or_a_report),
        cmocka_unit_test(claims_round_trip),
        cmocka_unit_test(a_bad_name_is_refused_and_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
