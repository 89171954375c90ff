#include "api/covenant_push.h"

#include <stdio.h>

#include "api/covenants.h"
#include "base/mem.h"

enum { PUSH_PATH_MAX = 200 };

struct push {
    struct api *api;
    size_t open;
    struct buf body;
};

struct pushed {
    struct push *push;
    struct oin oin;
};

static void push_done(struct push *push)
{
    if (--push->open == 0) {
        buf_free(&push->body);
        push->api->calls--;
        mem_free(push);
    }
}

static void pushed(void *ctx, const struct peer_outcome *outcome)
{
    struct pushed *one = ctx;
    if (outcome->kind != PEER_ANSWERED || outcome->status >= 300) {
        log_event(one->push->api->log, LOG_WARNING, "handtekening-niet-bezorgd", LOG_TEXT("oin", one->oin.digits),
                  LOG_TEXT("oorzaak", peer_outcome_slug(outcome->kind)), LOG_NUMBER("status", outcome->status));
    }
    push_done(one->push);
    mem_free(one);
}

static void push_to(struct push *push, const struct party *party, const char *path)
{
    struct error err;
    struct pushed *one = mem_zalloc(sizeof *one);
    if (one == NULL) {
        return; /* he asks for it himself in his next round */
    }
    *one = (struct pushed){push, party->oin};
    const struct peer_request request = {.target = {party->oin, party->url},
                                         .path = path,
                                         .request_id = entropy_ident(push->api->entropy),
                                         .media_type = "application/json",
                                         .body = buf_slice(&push->body)};
    push->open++;
    if (peer_ask(push->api->peers, &request, pushed, one, NULL, &err) != RESULT_OK) {
        push->open--;
        mem_free(one);
    }
}

void covenant_push(struct api *api, const struct signature *signature)
{
    const struct statement *s = &signature->statement;
    const struct api_covenant *held = book_find(api, s->hash);
    struct push *push = mem_zalloc(sizeof *push);
    char path[PUSH_PATH_MAX];
    if (held == NULL || push == NULL || api->closing) {
        mem_free(push);
        return;
    }
    *push = (struct push){.api = api, .open = 1};
    buf_init(&push->body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&push->body);
    signature_write(signature, &w);
    api->calls++;
    const bool invites = s->type == STATEMENT_INVITE;
    (void)snprintf(path, sizeof path, "/v1/convenanten/%s%s", invites ? "uitnodigingen" : "handtekeningen/",
                   invites ? "" : s->hash);
    for (size_t i = 0; buf_ok(&push->body) && i < covenant_party_count(held->covenant); i++) {
        const struct party *party = covenant_party_at(held->covenant, i);
        if (invites ? oin_equal(&party->oin, &s->invitee) : !oin_equal(&party->oin, &api->own_oin)) {
            push_to(push, party, path);
        }
    }
    push_done(push);
}
