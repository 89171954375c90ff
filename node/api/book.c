#include "api/book.h"

#include <string.h>

#include "api/retention.h"
#include "api/sharing.h"
#include "base/mem.h"
#include "base/workdays.h"

struct book *book_new(void)
{
    return mem_zalloc(sizeof(struct book));
}

void book_free(struct book *book)
{
    if (book == NULL) {
        return;
    }
    for (size_t i = 0; i < book->count; i++) {
        api_release_covenant(book->entries[i]);
    }
    for (size_t i = 0; i < book->invitation_count; i++) {
        signature_free(book->invitations[i]);
    }
    mem_free(book);
}

/* ---- documents ---- */

struct api_covenant *api_hold(struct api_covenant *held)
{
    held->holders++;
    return held;
}

struct api_covenant *api_hold_covenant(struct api *api)
{
    return api_hold(api->covenant);
}

void api_release_covenant(struct api_covenant *held)
{
    if (held == NULL || --held->holders != 0) {
        return;
    }
    party_keys_drop(held);
    for (size_t i = 0; held->signatures != NULL && i < covenant_party_count(held->covenant) * AGREEMENT_KINDS; i++) {
        signature_free(held->signatures[i]);
    }
    mem_free(held->signatures);
    agreement_free(held->agreement);
    buf_free(&held->text);
    covenant_free(held->covenant);
    mem_free(held);
}

struct api_covenant *book_find(const struct api *api, const char *hash)
{
    for (size_t i = 0; i < api->book->count; i++) {
        if (strcmp(covenant_hash(api->book->entries[i]->covenant), hash) == 0) {
            return api->book->entries[i];
        }
    }
    return NULL;
}

const struct covenant *book_that_decided(const struct api *api, const struct record *record)
{
    for (size_t i = 0; i < api->book->count; i++) {
        const struct covenant *covenant = api->book->entries[i]->covenant;
        if (memcmp(covenant_digest(covenant)->bytes, record->covenant, sizeof record->covenant) == 0) {
            return covenant;
        }
    }
    return NULL;
}

bool book_names(const struct api *api, const struct oin *oin)
{
    for (size_t i = 0; i < api->book->count; i++) {
        if (covenant_party(api->book->entries[i]->covenant, oin) != NULL) {
            return true;
        }
    }
    return false;
}

static struct api_covenant *entry_new(struct covenant *covenant, struct slice text)
{
    struct api_covenant *held = mem_zalloc(sizeof *held);
    if (held == NULL) {
        covenant_free(covenant);
        return NULL;
    }
    held->covenant = covenant;
    held->holders = 1;
    held->agreement = agreement_new(covenant);
    held->signatures = mem_array(covenant_party_count(covenant) * AGREEMENT_KINDS, sizeof(struct signature *));
    buf_init(&held->text, COVENANT_BYTES_MAX);
    buf_slice_in(&held->text, text);
    if (held->agreement == NULL || held->signatures == NULL || !buf_ok(&held->text)) {
        api_release_covenant(held);
        return NULL;
    }
    return held;
}

static enum result add_new(struct book *book, struct covenant *covenant, struct slice text, struct api_covenant **out,
                           struct error *err)
{
    if (book->count == COVENANTS_MAX) {
        covenant_free(covenant);
        FAIL(err, FAULT_TOO_LARGE, "convenant", "er zijn al %d documenten bekend", COVENANTS_MAX);
    }
    struct api_covenant *held = entry_new(covenant, text);
    ENSURE(held != NULL, err, FAULT_NO_MEMORY, "convenant", "geen geheugen");
    book->index[book->count] = (struct agreement_entry){.covenant = covenant, .agreement = held->agreement};
    book->entries[book->count++] = held;
    agreement_link(book->index, book->count);
    *out = held;
    return RESULT_OK;
}

enum result book_add(struct api *api, struct covenant *covenant, struct slice text, bool given,
                     struct api_covenant **out, struct error *err)
{
    struct api_covenant *held = book_find(api, covenant_hash(covenant));
    if (held != NULL) {
        covenant_free(covenant);
    } else {
        TRY(add_new(api->book, covenant, text, &held, err));
    }
    if (given) {
        api->book->given = held;
    }
    book_choose(api);
    if (out != NULL) {
        *out = held;
    }
    return RESULT_OK;
}

/* ---- what is said ---- */

enum result book_check(const struct api *api, const struct statement *statement, enum agreement_news *news,
                       struct error *err)
{
    const struct api_covenant *held = book_find(api, statement->hash);
    ENSURE(held != NULL, err, FAULT_NOT_FOUND, "contract_content_hash", "dit convenant is hier niet bekend");
    return agreement_check(held->agreement, held->covenant, statement, news, err);
}

enum result book_sign(struct api *api, struct signature *signature, enum agreement_news *news, struct error *err)
{
    const struct statement *statement = &signature->statement;
    struct api_covenant *held = book_find(api, statement->hash);
    if (held == NULL) {
        signature_free(signature);
        FAIL(err, FAULT_NOT_FOUND, "contract_content_hash", "dit convenant is hier niet bekend");
    }
    const enum result result = agreement_add(held->agreement, held->covenant, statement, news, err);
    if (result != RESULT_OK || *news == AGREEMENT_KNOWN) {
        signature_free(signature);
        return result;
    }
    const struct party *party = covenant_party(held->covenant, &statement->oin);
    struct signature **place =
        &held->signatures[covenant_party_index(held->covenant, party) * AGREEMENT_KINDS + statement->type];
    signature_free(*place);
    *place = signature;
    held->said_known = false;
    book_choose(api);
    return RESULT_OK;
}

const struct sha256 *book_said(struct api_covenant *held)
{
    if (!held->said_known) {
        agreement_digest(held->agreement, held->covenant, &held->said);
        held->said_known = true;
    }
    return &held->said;
}

const struct signature *book_signature(const struct api_covenant *held, size_t party)
{
    const enum statement_type word = agreement_word(held->agreement, party);
    return word != STATEMENT_COUNT ? held->signatures[party * AGREEMENT_KINDS + word] : NULL;
}

enum result book_begin_keeping(const struct api *api, const struct statement *statement, struct error *err)
{
    struct book *book = api->book;
    const bool invites = statement->type == STATEMENT_INVITE;
    const struct api_covenant *held = book_find(api, statement->hash);
    ENSURE(invites || (held != NULL && held->stored), err, FAULT_BUSY, "convenant",
           "dit convenant is hier nog niet bewaard; bied de handtekening straks opnieuw aan");
    ENSURE(book->keeping_count < COVENANT_KEEPING_MAX, err, FAULT_BUSY, "handtekening",
           "er worden al %d handtekeningen bewaard; bied deze straks opnieuw aan", COVENANT_KEEPING_MAX);
    for (size_t i = 0; i < book->keeping_count; i++) {
        const struct statement *other = book->keeping[i];
        ENSURE(!oin_equal(&other->oin, &statement->oin) || invites != (other->type == STATEMENT_INVITE) ||
                   (!invites && strcmp(other->hash, statement->hash) != 0),
               err, FAULT_BUSY, "handtekening",
               "een andere van deze partij wordt nu bewaard; bied deze straks opnieuw aan");
    }
    book->keeping[book->keeping_count++] = statement;
    return RESULT_OK;
}

void book_end_keeping(const struct api *api, const struct statement *statement)
{
    struct book *book = api->book;
    for (size_t i = 0; i < book->keeping_count; i++) {
        if (book->keeping[i] == statement) {
            book->keeping[i] = book->keeping[--book->keeping_count];
            return;
        }
    }
}

static size_t invitations_being_kept(const struct book *book)
{
    size_t count = 0;
    for (size_t i = 0; i < book->keeping_count; i++) {
        count += book->keeping[i]->type == STATEMENT_INVITE;
    }
    return count;
}

/* Not counted is one to a document that came, from who is a party to it: it has done its work. */
static bool is_open(const struct api *api, const struct statement *invitation)
{
    const struct api_covenant *held = book_find(api, invitation->hash);
    return held == NULL || covenant_party(held->covenant, &invitation->oin) == NULL;
}

enum result book_check_invitation(const struct api *api, const struct statement *invitation, enum agreement_news *news,
                                  struct error *err)
{
    const struct book *book = api->book;
    size_t his = 0;
    *news = AGREEMENT_NEW;
    for (size_t i = 0; i < book->invitation_count; i++) {
        const struct statement *known = &book->invitations[i]->statement;
        if (!oin_equal(&known->oin, &invitation->oin)) {
            continue;
        }
        if (strcmp(known->hash, invitation->hash) == 0 && oin_equal(&known->invitee, &invitation->invitee)) {
            *news = invitation->signed_at_s > known->signed_at_s ? AGREEMENT_NEW : AGREEMENT_KNOWN;
            return RESULT_OK;
        }
        his += is_open(api, known);
    }
    ENSURE(oin_equal(&invitation->oin, &api->own_oin) || his < COVENANT_INVITATIONS_EACH, err, FAULT_TOO_LARGE,
           "uitnodiging", "van deze organisatie zijn er al %d uitnodigingen", COVENANT_INVITATIONS_EACH);
    ENSURE(book->invitation_count + invitations_being_kept(book) < COVENANT_INVITATIONS_MAX, err, FAULT_TOO_LARGE,
           "uitnodiging", "er zijn al %d uitnodigingen", COVENANT_INVITATIONS_MAX);
    return RESULT_OK;
}

enum result book_invite(struct api *api, struct signature *signature, struct error *err)
{
    struct book *book = api->book;
    if (book->invitation_count == COVENANT_INVITATIONS_MAX) {
        signature_free(signature);
        FAIL(err, FAULT_TOO_LARGE, "uitnodiging", "er zijn al %d uitnodigingen", COVENANT_INVITATIONS_MAX);
    }
    for (size_t i = 0; i < book->invitation_count; i++) {
        const struct statement *known = &book->invitations[i]->statement;
        if (strcmp(known->hash, signature->statement.hash) == 0 && oin_equal(&known->oin, &signature->statement.oin) &&
            oin_equal(&known->invitee, &signature->statement.invitee)) {
            signature_free(book->invitations[i]);
            book->invitations[i] = signature;
            return RESULT_OK;
        }
    }
    book->invitations[book->invitation_count++] = signature;
    return RESULT_OK;
}

const struct signature *book_invitation(const struct api *api, const char *hash)
{
    for (size_t i = 0; i < api->book->invitation_count; i++) {
        const struct statement *known = &api->book->invitations[i]->statement;
        if (strcmp(known->hash, hash) == 0 && oin_equal(&known->invitee, &api->own_oin)) {
            return api->book->invitations[i];
        }
    }
    return NULL;
}

/* ---- which one holds ---- */

static struct date today_of(const struct api *api)
{
    return workdays_dutch_day(clock_now(api->clock));
}

struct api_covenant *api_covenant_with(const struct api *api, const struct oin *other)
{
    const struct book *book = api->book;
    const struct date today = today_of(api);
    if (oin_equal(other, &api->own_oin)) {
        return NULL;
    }
    const size_t at = agreement_pick(book->index, book->count, &api->own_oin, other, &today);
    return at < book->count ? book->entries[at] : NULL;
}

bool api_still_agreed(const struct api *api, const struct api_covenant *held, const struct oin *other)
{
    const struct agreement_entry alone = {.covenant = held->covenant, .agreement = held->agreement, .predecessor = 1};
    const struct date today = today_of(api);
    return agreement_pick(&alone, 1, &api->own_oin, other, &today) == 0;
}

/* First what costs least: most documents that partners offer were never accepted. */
bool book_holds_with(const struct api *api, const struct api_covenant *held, const struct oin *other)
{
    return api_still_agreed(api, held, other) && api_covenant_with(api, other) == held;
}

size_t book_partners(const struct api *api, size_t entry)
{
    struct book *book = api->book;
    const struct date today = today_of(api);
    const bool counted = date_compare(&book->counted_on, &today) == 0;
    for (size_t e = 0; !counted && e < book->count; e++) {
        const struct covenant *covenant = book->entries[e]->covenant;
        book->partners[e] = 0;
        for (size_t i = 0; i < covenant_party_count(covenant); i++) {
            book->partners[e] += book_holds_with(api, book->entries[e], &covenant_party_at(covenant, i)->oin);
        }
    }
    book->counted_on = today;
    return book->partners[entry];
}

/* With oneself: what the own organisation accepts, and is valid today. */
void book_choose(struct api *api)
{
    struct book *book = api->book;
    const struct date today = today_of(api);
    const size_t at = agreement_pick(book->index, book->count, &api->own_oin, &api->own_oin, &today);
    struct api_covenant *chosen = at < book->count ? book->entries[at] : book->given;
    book->chosen_on = today;
    book->counted_on = (struct date){0};
    sharing_covenant_changed(api->sharing);
    cooperation_touched_all(api);
    if (chosen == NULL || chosen == api->covenant) {
        return;
    }
    api->covenant = chosen;
    if (api->audit != NULL) {
        retention_set_terms(api);
    }
}

void book_look(struct api *api)
{
    const struct date today = today_of(api);
    if (date_compare(&today, &api->book->chosen_on) != 0) {
        book_choose(api);
    }
}
