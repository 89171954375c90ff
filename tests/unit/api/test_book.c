/* The book of covenants: kept and found again, shown in pieces, and full when it is full. */
#include "unit/api/api_rig.h"

#include "api/covenant_exchange.h"
#include "api/covenants.h"
#include "api/signature.h"
#include "base/encode.h"

#define CJG "00000099000000003000"

/* The sample under another version number, in the place of what holds in the rig; the caller frees it. */
static char *version_text(const struct rig *rig, unsigned number)
{
    enum { ROOM = 131072 };
    char *sample = rig_covenant_text();
    char *text = malloc(ROOM);
    const char *at = strstr(sample, "\"versie\": \"");
    assert_non_null(text);
    assert_non_null(at);
    const size_t head = (size_t)(at - sample) + strlen("\"versie\": \"");
    (void)snprintf(text, ROOM, "{\"voorganger\": \"%s\", %.*s%u.%s", covenant_hash(rig->api.book->given->covenant),
                   (int)head - 1, sample + 1, number, sample + head);
    free(sample);
    return text;
}

/* With eight more of the kind of the CJG: a party is one line of the sample. */
static char *crowded_text(void)
{
    enum { ROOM = 131072, MORE = 8 };
    char *sample = rig_covenant_text();
    char *text = calloc(1, ROOM);
    char *line = strstr(sample, "{\"oin\": \"" CJG);
    assert_non_null(text);
    assert_non_null(line);
    const size_t len = (size_t)(strchr(line, '\n') - line);
    assert_int_equal(line[len - 1], ',');
    size_t used = (size_t)snprintf(text, ROOM, "%.*s", (int)(line - sample), sample);
    for (unsigned i = 0; i < MORE; i++) {
        char *copy = text + used;
        used += (size_t)snprintf(copy, ROOM - used, "%.*s\n", (int)len, line);
        copy[strlen("{\"oin\": \"") + OIN_DIGITS - 1] = (char)('1' + i);
        for (char *name = copy; (name = strstr(name, "cjg.localhost")) != NULL;) {
            name[0] = (char)('1' + i);
        }
    }
    (void)snprintf(text + used, ROOM - used, "%s", line);
    free(sample);
    return text;
}

/* As one that was checked: the book does not look at the JWS again. */
static struct signature *signature_by(const struct api_covenant *held, const struct oin *oin, enum statement_type type)
{
    static const char jws[] = "a.b.c";
    struct signature *s = mem_zalloc(sizeof *s + 2 * sizeof jws);
    assert_non_null(s);
    s->statement = (struct statement){.type = type, .signed_at_s = 1767225600, .oin = *oin};
    (void)snprintf(s->statement.hash, sizeof s->statement.hash, "%s", covenant_hash(held->covenant));
    memcpy(s->text, jws, sizeof jws);
    s->jws = slice_of(s->text, sizeof jws - 1);
    s->pem = s->jws;
    return s;
}

static struct api_covenant *add_version(struct rig *rig, unsigned number, enum result expected)
{
    struct api_covenant *held = NULL;
    struct error err = {0};
    char *text = version_text(rig, number);
    assert_int_equal(book_add(&rig->api, rig_covenant(text), slice_text(text), false, &held, &err), expected);
    assert_int_equal(err.fault, expected == RESULT_OK ? FAULT_NONE : FAULT_TOO_LARGE);
    free(text);
    return held;
}

static void the_book_takes_as_many_documents_as_it_may_and_no_more(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, AREA_TEAM);
    for (unsigned i = 1; i < COVENANTS_MAX; i++) {
        assert_non_null(add_version(&rig, i, RESULT_OK));
    }
    assert_int_equal(rig.api.book->count, COVENANTS_MAX);
    assert_null(add_version(&rig, COVENANTS_MAX, RESULT_FAILED));
    assert_non_null(add_version(&rig, 1, RESULT_OK)); /* known */
    assert_int_equal(rig.api.book->count, COVENANTS_MAX);
    rig_close(&rig);
}

static void the_book_takes_as_many_invitations_as_it_may_and_no_more(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    rig_open(&rig, AREA_TEAM);
    struct signature *one = NULL;
    for (unsigned i = 0; i <= COVENANT_INVITATIONS_MAX; i++) {
        struct oin oin;
        assert_true(oin_parse(slice_text(SCHOOL), &oin));
        one = signature_by(rig.api.book->given, &oin, STATEMENT_INVITE);
        (void)snprintf(one->statement.invitee.digits, sizeof one->statement.invitee.digits, "000000990000%08u", i);
        assert_int_equal(book_invite(&rig.api, one, &err), i < COVENANT_INVITATIONS_MAX ? RESULT_OK : RESULT_FAILED);
    }
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    rig_close(&rig);
}

static void kept(void *ctx)
{
    *(bool *)ctx = true;
}

static void what_is_kept_is_found_again_with_a_record_of_each(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    bool done = false;
    rig_open(&rig, AREA_TEAM);
    const char *hash = covenant_hash(add_version(&rig, 7, RESULT_OK)->covenant);
    char before[AGREEMENT_HASH_TEXT + 1];
    (void)snprintf(before, sizeof before, "%s", hash);
    const size_t size = book_find(&rig.api, before)->text.len;
    assert_true(size > COVENANT_KEPT_BYTES); /* in more rows than one */
    book_flush(&rig.api, kept, &done);
    rig_run(&rig);
    assert_true(done);
    assert_int_equal(rig_last(&rig).operation, RECORD_COVENANT);
    const uint64_t leaves = rig_leaves(&rig);
    done = false;
    book_flush(&rig.api, kept, &done); /* nothing is new */
    assert_true(done);
    assert_int_equal(rig_leaves(&rig), leaves);
    /* Another start. */
    book_free(rig.api.book);
    rig.api.covenant = NULL;
    rig.api.book = book_new();
    assert_int_equal(book_load(&rig.api, &err), RESULT_OK);
    assert_int_equal(rig.api.book->count, 2);
    const struct api_covenant *again = book_find(&rig.api, before);
    assert_non_null(again);
    assert_int_equal(again->text.len, size);
    assert_true(again->stored);
    rig_close(&rig);
}

static void start_again(struct rig *rig, enum result expected)
{
    struct error err = {0};
    book_free(rig->api.book);
    rig->api.covenant = NULL;
    rig->api.book = book_new();
    assert_int_equal(book_load(&rig->api, &err), expected);
    assert_int_equal(err.fault, expected == RESULT_OK ? FAULT_NONE : FAULT_STORE);
}

/* What stands in the store is no proof by itself: rows that do not hold are left out, and the rest counts. */
static void a_start_goes_on_without_signatures_that_do_not_hold(void **state)
{
    (void)state;
    static const char *const rows[] = {"geen json", "{\"jws\":\"a.b.c\",\"certificaat\":\"x\"}", "{}"};
    struct rig rig;
    bool done = false;
    rig_open(&rig, AREA_TEAM);
    book_flush(&rig.api, kept, &done);
    rig_run(&rig);
    assert_true(done);
    for (size_t i = 0; i < BOOK_DAMAGED_MAX; i++) {
        const struct store_write item = {.id = entropy_ident(&rig.entropy),
                                         .payload = slice_text(rows[i % COUNT_OF(rows)])};
        rig_put(&rig, STORE_SIGNATURE, &item);
    }
    start_again(&rig, RESULT_OK);
    assert_int_equal(rig.api.book->count, 1);
    const struct store_write one_more = {.id = entropy_ident(&rig.entropy), .payload = slice_text("{}")};
    rig_put(&rig, STORE_SIGNATURE, &one_more);
    start_again(&rig, RESULT_FAILED);
    rig_close(&rig);
}

static struct http_request asked(struct rig *rig, void (*handler)(struct http_request *, void *), const char *oin,
                                 const char *hash, const char *query)
{
    static struct cert_identity peer;
    struct http_request request = rig_request(rig, "");
    memset(&peer, 0, sizeof peer);
    (void)snprintf(peer.oin.digits, sizeof peer.oin.digits, "%s", oin);
    request.peer = &peer;
    request.parameter = hash;
    request.query = query;
    rig_handle(handler, &request);
    assert_int_equal(request.answers, 1);
    return request;
}

static struct json *answer_of(const struct http_request *request)
{
    struct json *json = NULL;
    struct error err;
    assert_int_equal(json_parse(slice_of(request->answer.ptr, request->answer.len - 1), &json, &err), RESULT_OK);
    return json;
}

static void a_document_goes_out_in_pieces_that_join_to_what_it_was(void **state)
{
    (void)state;
    struct rig rig;
    char query[32] = "";
    struct buf whole;
    rig_open(&rig, AREA_TEAM);
    const struct api_covenant *held = rig.api.book->given;
    buf_init(&whole, COVENANT_BYTES_MAX);
    size_t pieces = 0;
    for (bool more = true; more; pieces++) {
        struct http_request r = asked(&rig, covenants_document, SCHOOL, covenant_hash(held->covenant), query);
        assert_int_equal(r.status, 200);
        struct json *piece = answer_of(&r);
        const size_t before = whole.len;
        assert_true(base64_decode(json_text_of(piece, "stuk"), &whole));
        assert_true(whole.len - before <= COVENANT_PIECE_BYTES);
        more = json_member(piece, "volgende") != NULL;
        (void)snprintf(query, sizeof query, "vanaf=%zu", whole.len);
        json_free(piece);
        rig_forget(&r);
    }
    assert_int_equal(pieces, (held->text.len + COVENANT_PIECE_BYTES - 1) / COVENANT_PIECE_BYTES);
    assert_true(slice_equal(buf_slice(&whole), buf_slice(&held->text)));
    buf_free(&whole);
    rig_close(&rig);
}

static void signatures_go_out_in_pages(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    enum agreement_news news;
    rig_open(&rig, AREA_TEAM);
    struct api_covenant *held = NULL;
    char *text = crowded_text();
    assert_int_equal(book_add(&rig.api, rig_covenant(text), slice_text(text), false, &held, &err), RESULT_OK);
    free(text);
    const size_t parties = covenant_party_count(held->covenant);
    assert_true(parties > COVENANT_PAGE_SIGNATURES);
    for (size_t i = 0; i < parties; i++) {
        struct signature *s = signature_by(held, &covenant_party_at(held->covenant, i)->oin, STATEMENT_ACCEPT);
        assert_int_equal(book_sign(&rig.api, s, &news, &err), RESULT_OK);
    }
    size_t count = 0;
    char query[32] = "";
    for (bool more = true; more;) {
        struct http_request r = asked(&rig, covenants_signatures, SCHOOL, covenant_hash(held->covenant), query);
        assert_int_equal(r.status, 200);
        struct json *page = answer_of(&r);
        const size_t here = json_size(json_member(page, "handtekeningen"));
        assert_true(here <= COVENANT_PAGE_SIGNATURES);
        count += here;
        more = json_member(page, "volgende") != NULL;
        (void)snprintf(query, sizeof query, "vanaf=%lld", (long long)json_int(json_member(page, "volgende")));
        json_free(page);
        rig_forget(&r);
    }
    assert_int_equal(count, parties);
    rig_close(&rig);
}

static void who_is_no_party_finds_nothing(void **state)
{
    (void)state;
    static const char outsider[] = "00000099000000099000";
    struct rig rig;
    rig_open(&rig, AREA_TEAM);
    const char *hash = covenant_hash(rig.api.book->given->covenant);
    struct http_request list = asked(&rig, covenants_list, outsider, NULL, "");
    assert_string_equal((const char *)list.answer.ptr, "{\"convenanten\":[]}");
    rig_forget(&list);
    void (*const handlers[])(struct http_request *, void *) = {covenants_document, covenants_signatures,
                                                               covenants_sign};
    for (size_t i = 0; i < COUNT_OF(handlers); i++) {
        struct http_request r = asked(&rig, handlers[i], outsider, hash, "");
        assert_int_equal(r.status, 404);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&r);
        r = asked(&rig, handlers[i], SCHOOL, "$1$1$kort", "");
        assert_int_equal(r.status, 400);
        rig_forget(&r);
    }
    rig_close(&rig);
}

struct offer {
    bool called, taken;
    enum fault fault;
};

static void offered(void *ctx, const struct api_covenant *held, bool is_new, const struct error *err)
{
    struct offer *offer = ctx;
    *offer = (struct offer){true, held != NULL && is_new, err != NULL ? err->fault : FAULT_NONE};
}

static struct offer offer(struct rig *rig, unsigned number, const char *from)
{
    struct offer offer = {.called = false};
    struct oin oin;
    char *text = version_text(rig, number);
    assert_true(oin_parse(slice_text(from), &oin));
    covenants_take_document(&rig->api, "", slice_text(text), &oin, offered, &offer);
    rig_run(rig);
    assert_true(offer.called);
    free(text);
    return offer;
}

static void partners_may_offer_so_many_documents_and_strangers_none(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, AREA_TEAM);
    assert_int_equal(offer(&rig, 900, "00000099000000099000").fault, FAULT_FORBIDDEN);
    for (unsigned i = 0; i < COVENANTS_OFFERED_MAX; i++) {
        assert_true(offer(&rig, i, SCHOOL).taken);
    }
    assert_int_equal(offer(&rig, 901, CJG).fault, FAULT_TOO_LARGE);
    assert_false(offer(&rig, 0, CJG).taken); /* known, so no fault either */
    rig_close(&rig);
}

/* ---- what others hand in ---- */

struct said {
    bool called;
    enum agreement_news news;
    enum fault fault;
};

static void take_said(void *ctx, enum agreement_news news, const struct error *err)
{
    *(struct said *)ctx = (struct said){true, news, err != NULL ? err->fault : FAULT_NONE};
}

static struct signature *invitation(const struct rig *rig, const char *from, const char *hash)
{
    struct oin oin;
    assert_true(oin_parse(slice_text(from), &oin));
    struct signature *s = signature_by(rig->api.book->given, &oin, STATEMENT_INVITE);
    s->statement.invitee = rig->api.own_oin;
    (void)snprintf(s->statement.url, sizeof s->statement.url, "https://vreemd.localhost");
    (void)snprintf(s->statement.hash, sizeof s->statement.hash, "%s", hash);
    return s;
}

static struct said invited(struct rig *rig, const char *from, const char *hash)
{
    struct said said = {.called = false};
    covenants_take(&rig->api, "", invitation(rig, from, hash), take_said, &said);
    rig_run(rig);
    assert_true(said.called);
    return said;
}

struct made_hash {
    char text[AGREEMENT_HASH_TEXT + 1];
};

static struct made_hash made_hash(unsigned number)
{
    struct made_hash hash;
    uint8_t bytes[64];
    memset(bytes, (int)number, sizeof bytes);
    memcpy(hash.text, COVENANT_HASH_PREFIX, sizeof COVENANT_HASH_PREFIX - 1);
    base64url_write(slice_of(bytes, sizeof bytes), hash.text + sizeof COVENANT_HASH_PREFIX - 1);
    hash.text[AGREEMENT_HASH_TEXT] = '\0';
    return hash;
}

static void an_organisation_invites_so_often_and_no_more_is_kept(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, AREA_TEAM);
    for (unsigned i = 0; i < COVENANT_INVITATIONS_EACH; i++) {
        assert_int_equal(invited(&rig, STRANGER, made_hash(i).text).fault, FAULT_NONE);
    }
    const uint64_t leaves = rig_leaves(&rig);
    assert_int_equal(invited(&rig, STRANGER, made_hash(99).text).fault, FAULT_TOO_LARGE);
    assert_int_equal(invited(&rig, STRANGER, made_hash(0).text).news, AGREEMENT_KNOWN); /* the same once more */
    assert_int_equal(rig_leaves(&rig), leaves);
    assert_int_equal(invited(&rig, SCHOOL, made_hash(99).text).fault, FAULT_NONE);
    rig_close(&rig);
}

/* An invitation of a stranger is answered alike whether its document is here or not. */
static void an_invitation_does_not_tell_what_is_here(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, AREA_TEAM);
    const struct said unknown = invited(&rig, STRANGER, made_hash(1).text);
    const struct said known = invited(&rig, STRANGER, covenant_hash(rig.api.book->given->covenant));
    assert_int_equal(known.fault, unknown.fault);
    assert_int_equal(known.news, unknown.news);
    rig_close(&rig);
}

static void what_one_party_says_is_kept_one_after_the_other(void **state)
{
    (void)state;
    struct rig rig;
    struct oin school;
    bool done = false;
    struct said first = {.called = false};
    struct said second = {.called = false};
    rig_open(&rig, AREA_TEAM);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    struct api_covenant *held = add_version(&rig, 7, RESULT_OK);
    covenants_take(&rig.api, "", signature_by(held, &school, STATEMENT_ACCEPT), take_said, &first);
    assert_true(first.called);
    assert_int_equal(first.fault, FAULT_BUSY); /* its document is not stored */
    book_flush(&rig.api, kept, &done);
    rig_run(&rig);
    assert_true(done);
    first = (struct said){.called = false};
    covenants_take(&rig.api, "", signature_by(held, &school, STATEMENT_REJECT), take_said, &first);
    struct signature *older = signature_by(held, &school, STATEMENT_REJECT);
    older->statement.signed_at_s -= 100;
    covenants_take(&rig.api, "", older, take_said, &second);
    assert_true(second.called);
    assert_int_equal(second.fault, FAULT_BUSY);
    rig_run(&rig);
    assert_true(first.called);
    assert_int_equal(first.fault, FAULT_NONE);
    older = signature_by(held, &school, STATEMENT_REJECT);
    older->statement.signed_at_s -= 100;
    covenants_take(&rig.api, "", older, take_said, &second);
    assert_int_equal(second.news, AGREEMENT_KNOWN);
    assert_int_equal(rig.api.book->keeping_count, 0);
    rig_close(&rig);
}

/* ---- asking what others hold ---- */

static void answer(struct rig *rig, const char *body)
{
    assert_int_equal(rig->peers.count, 1);
    struct rig_ask ask = rig->peers.asks[0];
    const struct peer_outcome outcome = {
        .kind = PEER_ANSWERED, .status = 200, .media_type = "application/json", .body = slice_text(body), .tries = 1};
    rig->peers.count = 0;
    buf_free(&ask.body);
    ask.done(ask.ctx, &outcome);
    rig_run(rig);
}

static void ask_all(struct rig *rig, const char *expected_url, const char *whose)
{
    bool found = false;
    covenant_exchange_tick(rig->api.exchange);
    for (size_t turns = 0; rig->peers.count != 0; turns++) {
        assert_true(turns < 100);
        const struct rig_ask *ask = &rig->peers.asks[0];
        if (strcmp(ask->partner.digits, whose) == 0) {
            assert_string_equal(ask->url, expected_url);
            found = true;
        }
        answer(rig, "{\"convenanten\":[]}");
    }
    assert_true(found);
}

static void a_partner_that_gives_a_byte_at_a_time_keeps_nobody_waiting(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    char body[256];
    rig_open(&rig, AREA_TEAM);
    assert_int_equal(covenant_exchange_open(&rig.api, 1000, &rig.api.exchange, &err), RESULT_OK);
    covenant_exchange_tick(rig.api.exchange);
    const struct oin first = rig.peers.asks[0].partner;
    (void)snprintf(body, sizeof body,
                   "{\"convenanten\":[{\"hash\":\"%s\",\"naam\":\"a\",\"versie\":\"1\",\"handtekeningen\":\"%064d\"}]}",
                   made_hash(3).text, 0);
    answer(&rig, body);
    size_t pieces = 0;
    while (oin_equal(&rig.peers.asks[0].partner, &first) && rig.peers.count == 1) {
        assert_true(++pieces <= COVENANT_ASKS_MAX);
        (void)snprintf(body, sizeof body, "{\"hash\":\"%s\",\"omvang\":4000000,\"stuk\":\"AA==\",\"volgende\":%zu}",
                       made_hash(3).text, pieces);
        answer(&rig, body);
    }
    assert_true(pieces > 100);
    assert_int_equal(rig.peers.count, 1); /* somebody else's turn */
    while (rig.peers.count != 0) {
        answer(&rig, "{\"convenanten\":[]}");
    }
    covenant_exchange_close(rig.api.exchange);
    rig_close(&rig);
}

static void a_document_nobody_accepted_sends_us_nowhere(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct oin cjg;
    rig_open(&rig, AREA_TEAM);
    assert_int_equal(covenant_exchange_open(&rig.api, 1000, &rig.api.exchange, &err), RESULT_OK);
    assert_true(oin_parse(slice_text(CJG), &cjg));
    const char *right = covenant_party(rig.api.book->given->covenant, &cjg)->url;
    char *text = version_text(&rig, 5);
    char *url = strstr(strstr(text, "\"oin\": \"" CJG), "https://");
    url[strlen("https://")] = 'x';
    assert_int_equal(book_add(&rig.api, rig_covenant(text), slice_text(text), false, NULL, &err), RESULT_OK);
    free(text);
    assert_string_not_equal(covenant_party(rig.api.book->entries[1]->covenant, &cjg)->url, right);
    ask_all(&rig, right, CJG);
    covenant_exchange_close(rig.api.exchange);
    rig_close(&rig);
}

static void who_asks_for_what_is_not_here_is_asked_himself_and_nobody_else(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    rig_open(&rig, AREA_TEAM);
    assert_int_equal(covenant_exchange_open(&rig.api, 60000, &rig.api.exchange, &err), RESULT_OK);
    size_t all = 0;
    for (covenant_exchange_tick(rig.api.exchange); rig.peers.count != 0; all++) {
        answer(&rig, "{\"convenanten\":[]}");
    }
    assert_int_equal(all, 4);
    struct http_request r = asked(&rig, covenants_document, SCHOOL, made_hash(8).text, "");
    assert_int_equal(r.status, 404);
    rig_forget(&r);
    const uint64_t began = uv_now(&rig.world.loop);
    while (rig.peers.count == 0 && uv_now(&rig.world.loop) - began < 20000) {
        uv_update_time(&rig.world.loop);
        covenant_exchange_tick(rig.api.exchange);
    }
    assert_int_equal(rig.peers.count, 1);
    assert_string_equal(rig.peers.asks[0].partner.digits, SCHOOL);
    answer(&rig, "{\"convenanten\":[]}");
    assert_int_equal(rig.peers.count, 0);
    covenant_exchange_close(rig.api.exchange);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_book_takes_as_many_documents_as_it_may_and_no_more),
        cmocka_unit_test(the_book_takes_as_many_invitations_as_it_may_and_no_more),
        cmocka_unit_test(what_is_kept_is_found_again_with_a_record_of_each),
        cmocka_unit_test(a_start_goes_on_without_signatures_that_do_not_hold),
        cmocka_unit_test(a_document_goes_out_in_pieces_that_join_to_what_it_was),
        cmocka_unit_test(signatures_go_out_in_pages),
        cmocka_unit_test(who_is_no_party_finds_nothing),
        cmocka_unit_test(partners_may_offer_so_many_documents_and_strangers_none),
        cmocka_unit_test(an_organisation_invites_so_often_and_no_more_is_kept),
        cmocka_unit_test(an_invitation_does_not_tell_what_is_here),
        cmocka_unit_test(what_one_party_says_is_kept_one_after_the_other),
        cmocka_unit_test(a_partner_that_gives_a_byte_at_a_time_keeps_nobody_waiting),
        cmocka_unit_test(a_document_nobody_accepted_sends_us_nowhere),
        cmocka_unit_test(who_asks_for_what_is_not_here_is_asked_himself_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
