#include "api/covenant_exchange.h"

#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "api/covenants.h"
#include "base/encode.h"
#include "base/mem.h"

enum { REFUSED_MAX = 32, SOON_MAX = 8, EXCHANGE_PATH_MAX = 200 };

static const char root[] = "/v1/convenanten";

static const struct json_field list_fields[] = {{"convenanten", JSON_ARRAY, true, 0, COVENANTS_MAX}};

static const struct json_field item_fields[] = {
    {"hash", JSON_TEXT, true, AGREEMENT_HASH_TEXT, AGREEMENT_HASH_TEXT},
    {"naam", JSON_TEXT, true, 0, 1024},
    {"versie", JSON_TEXT, true, 0, 1024},
    {"handtekeningen", JSON_TEXT, true, (int64_t)2 * SHA256_SIZE, (int64_t)2 * SHA256_SIZE},
};

static const struct json_field piece_fields[] = {
    {"hash", JSON_TEXT, true, AGREEMENT_HASH_TEXT, AGREEMENT_HASH_TEXT},
    {"omvang", JSON_NUMBER, true, 1, COVENANT_BYTES_MAX},
    {"stuk", JSON_TEXT, true, 1, PEER_ANSWER_MAX},
    {"volgende", JSON_NUMBER, false, 1, COVENANT_BYTES_MAX},
};

static const struct json_field page_fields[] = {
    {"hash", JSON_TEXT, true, AGREEMENT_HASH_TEXT, AGREEMENT_HASH_TEXT},
    {"handtekeningen", JSON_ARRAY, true, 0, COVENANT_PAGE_SIGNATURES},
    {"volgende", JSON_NUMBER, false, 1, COVENANT_PARTIES_MAX},
};

struct covenant_exchange {
    struct api *api;
    uint64_t interval_ms;
    uint64_t next_ms; /* by the loop's clock, which never jumps */
    uint64_t soon_ms; /* not before this, however often somebody asks */
    bool soon;
    struct oin soon_of[SOON_MAX];
    size_t soon_count; /* 0: of all */
    bool under_way;
    /* the round: every organisation once, in the order of the book */
    size_t entry, party, invitation;
    struct oin only[SOON_MAX];
    size_t only_count; /* 0: everybody */
    /* who is asked now; of a document of the book, which stays */
    struct oin oin;
    char url[PARTY_URL_MAX + 1];
    struct json *list;
    const struct json *item; /* of it, being looked at */
    char hash[AGREEMENT_HASH_TEXT + 1];
    struct buf text; /* of a document, as far as it came */
    struct json *page;
    long long page_from;                                /* its place in the list of parties */
    const struct json *signature;                       /* of it, being taken */
    size_t asked;                                       /* of him, in this turn */
    uint64_t turn_ms;                                   /* when his turn began, by the loop's clock */
    size_t fetched;                                     /* documents in this turn */
    char refused[REFUSED_MAX][AGREEMENT_HASH_TEXT + 1]; /* documents that are not asked for again */
    size_t refused_next;
};

static void next_party(struct covenant_exchange *x);
static void next_item(struct covenant_exchange *x);
static void next_signature(struct covenant_exchange *x);

enum result covenant_exchange_open(struct api *api, int64_t interval_ms, struct covenant_exchange **out,
                                   struct error *err)
{
    struct covenant_exchange *x = mem_zalloc(sizeof *x);
    ENSURE(x != NULL, err, FAULT_NO_MEMORY, "convenanten", "geen geheugen");
    x->api = api;
    x->interval_ms = (uint64_t)interval_ms;
    buf_init(&x->text, COVENANT_BYTES_MAX);
    *out = x;
    return RESULT_OK;
}

void covenant_exchange_close(struct covenant_exchange *x)
{
    if (x != NULL) {
        json_free(x->list);
        json_free(x->page);
        buf_free(&x->text);
        mem_free(x);
    }
}

/* ---- asking ---- */

static enum result ask(struct covenant_exchange *x, const char *path, peer_done *done, struct error *err)
{
    /* One that gives a byte at a time, or ever another page, keeps nobody else waiting. */
    ENSURE(x->asked++ < COVENANT_ASKS_MAX && uv_now(x->api->loop) - x->turn_ms < COVENANT_TURN_MS, err, FAULT_TIMEOUT,
           "convenanten", "deze organisatie is in deze ronde lang genoeg gevraagd");
    const struct peer_request request = {
        .target = {x->oin, x->url}, .path = path, .request_id = entropy_ident(x->api->entropy)};
    return peer_ask(x->api->peers, &request, done, x, NULL, err);
}

/* An answer of 200 that is as it should be; NULL: it was not. The caller frees. */
static struct json *answer_of(const struct covenant_exchange *x, const struct peer_outcome *outcome,
                              const struct json_field *fields, size_t count)
{
    struct json *json = NULL;
    struct fault_list faults = {0};
    struct error err;
    if (outcome->kind != PEER_ANSWERED || outcome->status != 200) {
        return NULL;
    }
    if (json_parse(outcome->body, &json, &err) == RESULT_OK) {
        json_check(json, "", fields, count, &faults);
        if (faults.count == 0) {
            return json;
        }
        err = faults.items[0];
    }
    log_event(x->api->log, LOG_WARNING, "convenanten-onleesbaar", LOG_TEXT("oin", x->oin.digits),
              LOG_TEXT("plaats", err.where));
    json_free(json);
    return NULL;
}

/* ---- signatures under one document ---- */

static void signature_taken(void *ctx, enum agreement_news news, const struct error *err)
{
    struct covenant_exchange *x = ctx;
    (void)news;
    if (err != NULL) {
        log_event(x->api->log, LOG_WARNING, "handtekening-geweigerd", LOG_TEXT("oin", x->oin.digits),
                  LOG_TEXT("plaats", err->where), LOG_TEXT("melding", err->what));
    }
    next_signature(x);
}

static void page_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct covenant_exchange *x = ctx;
    x->page = answer_of(x, outcome, page_fields, COUNT_OF(page_fields));
    if (x->page == NULL) {
        next_item(x);
        return;
    }
    x->signature = json_member(x->page, "handtekeningen");
    next_signature(x);
}

static void ask_page(struct covenant_exchange *x, long long from)
{
    char path[EXCHANGE_PATH_MAX];
    struct error err;
    (void)snprintf(path, sizeof path, "%s/handtekeningen/%s?vanaf=%lld", root, x->hash, from);
    json_free(x->page);
    x->page = NULL;
    x->page_from = from;
    if (x->api->closing || ask(x, path, page_answered, &err) != RESULT_OK) {
        next_item(x);
    }
}

static void take_signature(struct covenant_exchange *x)
{
    struct signature *signature = NULL;
    struct fault_list faults = {0};
    struct error err;
    enum result result = RESULT_FAILED;
    json_check(x->signature, "/handtekeningen", signature_fields, signature_field_count, &faults);
    if (faults.count != 0) {
        err = faults.items[0];
    } else if (x->api->trust == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "certificaat", "geen geheugen");
    } else {
        result = signature_read(x->signature, x->api->trust, clock_now(x->api->clock), &signature, &err);
    }
    if (result == RESULT_OK && strcmp(signature->statement.hash, x->hash) != 0) {
        signature_free(signature);
        result = error_set(&err, FAULT_INVALID, "contract_content_hash", "de vingerafdruk is een andere dan gevraagd");
    }
    if (result == RESULT_OK) {
        covenants_take(x->api, "", signature, signature_taken, x);
    } else {
        signature_taken(x, AGREEMENT_KNOWN, &err);
    }
}

static void next_signature(struct covenant_exchange *x)
{
    x->signature =
        x->signature == json_member(x->page, "handtekeningen") ? json_first(x->signature) : json_next(x->signature);
    if (x->signature != NULL && !x->api->closing) {
        take_signature(x);
        return;
    }
    const struct json *more = json_member(x->page, "volgende");
    if (more != NULL && json_int(more) > x->page_from) {
        ask_page(x, (long long)json_int(more));
        return;
    }
    json_free(x->page);
    x->page = NULL;
    next_item(x);
}

/* ---- a document that is not here ---- */

static bool was_refused(const struct covenant_exchange *x)
{
    for (size_t i = 0; i < REFUSED_MAX; i++) {
        if (strcmp(x->refused[i], x->hash) == 0) {
            return true;
        }
    }
    return false;
}

static void document_added(void *ctx, const struct api_covenant *held, bool is_new, const struct error *err)
{
    struct covenant_exchange *x = ctx;
    (void)is_new;
    buf_free(&x->text);
    if (err != NULL || strcmp(covenant_hash(held->covenant), x->hash) != 0) {
        if (err == NULL || fault_status(err->fault) < 500) {
            memcpy(x->refused[x->refused_next], x->hash, sizeof x->hash);
            x->refused_next = (x->refused_next + 1) % REFUSED_MAX;
        }
        log_event(x->api->log, LOG_WARNING, "convenant-geweigerd", LOG_TEXT("oin", x->oin.digits),
                  LOG_TEXT("plaats", err != NULL ? err->where : "hash"),
                  LOG_TEXT("melding", err != NULL ? err->what : "dit document heeft een andere vingerafdruk"));
        next_item(x);
        return;
    }
    ask_page(x, 0);
}

static void ask_piece(struct covenant_exchange *x, long long from);

static void piece_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct covenant_exchange *x = ctx;
    struct json *piece CLEANUP(json_cleanup) = answer_of(x, outcome, piece_fields, COUNT_OF(piece_fields));
    const size_t before = x->text.len;
    if (piece == NULL || !base64_decode(json_text_of(piece, "stuk"), &x->text) || !buf_ok(&x->text) ||
        x->text.len == before) {
        buf_free(&x->text);
        next_item(x);
        return;
    }
    const struct json *more = json_member(piece, "volgende");
    if (more == NULL) {
        covenants_take_document(x->api, "", buf_slice(&x->text), &x->oin, document_added, x);
    } else if ((uint64_t)json_int(more) == x->text.len) {
        ask_piece(x, (long long)x->text.len);
    } else {
        buf_free(&x->text);
        next_item(x);
    }
}

static void ask_piece(struct covenant_exchange *x, long long from)
{
    char path[EXCHANGE_PATH_MAX];
    struct error err;
    (void)snprintf(path, sizeof path, "%s/%s?vanaf=%lld", root, x->hash, from);
    if (x->api->closing || ask(x, path, piece_answered, &err) != RESULT_OK) {
        buf_free(&x->text);
        next_item(x);
    }
}

/* ---- what one organisation holds ---- */

static bool differs(const struct covenant_exchange *x, struct api_covenant *held)
{
    char hex[2 * SHA256_SIZE + 1];
    hex_encode(slice_of(book_said(held)->bytes, SHA256_SIZE), hex);
    return !slice_is(json_text_of(x->item, "handtekeningen"), hex);
}

/* True: goes on in a callback. */
static bool look_at_item(struct covenant_exchange *x)
{
    struct fault_list faults = {0};
    json_check(x->item, "/convenanten", item_fields, COUNT_OF(item_fields), &faults);
    if (faults.count != 0 || !agreement_hash_ok(json_text_of(x->item, "hash")) ||
        !slice_copy_text(json_text_of(x->item, "hash"), x->hash, sizeof x->hash)) {
        return false;
    }
    struct api_covenant *held = book_find(x->api, x->hash);
    if (held != NULL) {
        if (!differs(x, held)) {
            return false;
        }
        ask_page(x, 0);
        return true;
    }
    /* An invitation that came since is a reason to look again. */
    if ((was_refused(x) && book_invitation(x->api, x->hash) == NULL) || x->fetched++ >= COVENANT_FETCHES_MAX) {
        return false;
    }
    buf_clear(&x->text);
    ask_piece(x, 0);
    return true;
}

static void next_item(struct covenant_exchange *x)
{
    /* One at a time; whatever waits comes back here. */
    while (x->list != NULL && !x->api->closing) {
        x->item = x->item == json_member(x->list, "convenanten") ? json_first(x->item) : json_next(x->item);
        if (x->item == NULL) {
            break;
        }
        if (look_at_item(x)) {
            return;
        }
    }
    json_free(x->list);
    x->list = NULL;
    next_party(x);
}

static void list_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct covenant_exchange *x = ctx;
    x->list = answer_of(x, outcome, list_fields, COUNT_OF(list_fields));
    if (x->list == NULL) {
        next_party(x);
        return;
    }
    x->item = json_member(x->list, "convenanten");
    x->fetched = 0;
    next_item(x);
}

/* ---- a round ---- */

static void end_round(struct covenant_exchange *x)
{
    x->under_way = false;
    x->api->calls--;
}

/* An organisation stands in many documents: it is asked by the newest entry that names it. */
static bool asked_elsewhere(const struct covenant_exchange *x, const struct oin *oin)
{
    const struct book *book = x->api->book;
    for (size_t i = x->entry + 1; i < book->count; i++) {
        if (covenant_party(book->entries[i]->covenant, oin) != NULL) {
            return true;
        }
    }
    return false;
}

/* Where it says itself that it is to be reached. A document that it never accepted may send us anywhere. */
static const char *url_of(const struct api *api, const struct oin *oin, const char *otherwise)
{
    const struct book *book = api->book;
    const struct api_covenant *agreed = api_covenant_with(api, oin);
    const struct party *party = agreed != NULL ? covenant_party(agreed->covenant, oin) : NULL;
    for (size_t i = book->count; party == NULL && i-- > 0;) {
        const struct party *there = covenant_party(book->entries[i]->covenant, oin);
        if (there != NULL &&
            agreement_word(book->entries[i]->agreement, covenant_party_index(book->entries[i]->covenant, there)) ==
                STATEMENT_ACCEPT) {
            party = there;
        }
    }
    if (party == NULL && book->given != NULL) {
        party = covenant_party(book->given->covenant, oin);
    }
    return party != NULL ? party->url : otherwise;
}

static bool is_among(const struct oin *all, size_t count, const struct oin *oin)
{
    for (size_t i = 0; i < count; i++) {
        if (oin_equal(&all[i], oin)) {
            return true;
        }
    }
    return false;
}

static bool is_asked(const struct covenant_exchange *x, const struct oin *oin)
{
    return !oin_equal(oin, &x->api->own_oin) && (x->only_count == 0 || is_among(x->only, x->only_count, oin));
}

static bool choose_party(struct covenant_exchange *x)
{
    const struct book *book = x->api->book;
    for (; x->entry < book->count; x->entry++, x->party = 0) {
        const struct covenant *covenant = book->entries[x->entry]->covenant;
        for (; x->party < covenant_party_count(covenant); x->party++) {
            const struct party *party = covenant_party_at(covenant, x->party);
            if (is_asked(x, &party->oin) && !asked_elsewhere(x, &party->oin)) {
                x->party++;
                x->oin = party->oin;
                (void)snprintf(x->url, sizeof x->url, "%s", url_of(x->api, &party->oin, party->url));
                return true;
            }
        }
    }
    /* And who invited us to what is not here yet. */
    for (; x->invitation < book->invitation_count; x->invitation++) {
        const struct statement *s = &book->invitations[x->invitation]->statement;
        if (oin_equal(&s->invitee, &x->api->own_oin) && is_asked(x, &s->oin) && book_find(x->api, s->hash) == NULL) {
            x->invitation++;
            x->oin = s->oin;
            (void)snprintf(x->url, sizeof x->url, "%s", s->url);
            return true;
        }
    }
    return false;
}

static void next_party(struct covenant_exchange *x)
{
    struct error err;
    while (!x->api->closing && choose_party(x)) {
        x->asked = 0;
        x->turn_ms = uv_now(x->api->loop);
        if (ask(x, root, list_answered, &err) == RESULT_OK) {
            return;
        }
    }
    end_round(x);
}

void covenant_exchange_tick(struct covenant_exchange *x)
{
    const uint64_t now = uv_now(x->api->loop);
    if (x->under_way || x->api->closing || (now < x->next_ms && !(x->soon && now >= x->soon_ms))) {
        return;
    }
    struct error err;
    if (api_clock_wrong(x->api, &err)) {
        return; /* when somebody signed, and until when a certificate holds, cannot be told */
    }
    x->only_count = now < x->next_ms ? x->soon_count : 0;
    memcpy(x->only, x->soon_of, sizeof x->only);
    if (x->only_count == 0) {
        x->next_ms = now + x->interval_ms;
    }
    x->soon_count = 0;
    x->soon_ms = now + COVENANT_SOON_MS;
    x->soon = false;
    x->under_way = true;
    x->api->calls++;
    x->entry = 0;
    x->party = 0;
    x->invitation = 0;
    next_party(x);
}

void covenant_exchange_soon(struct covenant_exchange *x, const struct oin *whose)
{
    if (x == NULL) {
        return;
    }
    const bool all = x->soon && x->soon_count == 0;
    if (whose == NULL) {
        x->soon_count = 0;
    } else if (!all && x->soon_count < SOON_MAX && !is_among(x->soon_of, x->soon_count, whose)) {
        x->soon_of[x->soon_count++] = *whose; /* more of them wait for the next round */
    }
    x->soon = true;
}
