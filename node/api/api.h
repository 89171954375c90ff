/*
 * api.h - what every handler of the peer and the desk listener has in common: the node's parts, and one call.
 *
 * A call outlives its request: while the store or a partner works, the client may go away. It is allocated by
 * call_begin, carried from callback to callback, and ended by exactly one of the ends below.
 * A call that ends with an answer about people commits its log records first (promise 1: nothing leaves before it is
 * logged). That somebody is not here, or is here already, is such an answer too.
 * Ownership: struct api belongs to node/cmd, which fills it; calls own themselves.
 * Thread:    one loop, one struct api.
 */
#ifndef KETENBRUG_API_API_H
#define KETENBRUG_API_API_H

#include "api/access.h"
#include "api/cooperation.h"
#include "api/findings_look.h"
#include "api/receipts.h"
#include "api/refusals.h"
#include "api/regulation.h"
#include "api/terms.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/logline.h"
#include "http/server.h"
#include "peer/peer.h"
#include "policy/covenant.h"
#include "store/store.h"

struct agreement;
struct signature;
struct book;
struct covenant_exchange;
struct taking;
struct cooperation;
struct households;
struct incoming_line;
struct meetings_people;
struct notices;
struct signals;
struct tasks;

/* A document and what is said under it; see book.h. */
struct api_covenant {
    struct covenant *covenant;
    size_t holders;
    struct party_keys *keys; /* of the parties' logs, as far as they were needed; see receipts.h */
    struct agreement *agreement;
    struct signature **signatures; /* by party and what it said: see book_signature */
    struct buf text;               /* the document as it came */
    bool stored;
    bool said_known;
    struct sha256 said; /* agreement_digest, once it was asked for: see book_said */
};

struct api {
    struct oin own_oin;
    struct api_covenant *covenant; /* where no partner is concerned; one of the book */
    struct book *book;
    struct trust *trust; /* for signatures; NULL: none are taken */
    struct covenant_exchange *exchange;
    struct store_door *door;
    struct keyring *keyring;
    struct audit *audit;
    struct peer_pool *peers;
    const struct clock *clock;
    const struct entropy *entropy;
    const struct log_sink *log;
    struct uv_loop_s *loop;
    struct import_runs *imports;
    struct log_identity identity; /* of the own log */
    struct receipt_desk *receipts;
    struct receipt_cache receipts_seen;
    struct checkpoints *checkpoints; /* see checkpoints.h */
    struct gossip *gossip;
    struct outbox *outbox;                 /* see outbox.h */
    struct taking *withdrawals;            /* the one that is being written, and those behind it; see withdrawals.c */
    bool withdrawing;                      /* their turns are being given */
    struct cooperation *cooperation;       /* see cooperation.h */
    struct cooperation_terms cooperating;  /* the same; from the configuration */
    struct incoming_line *incoming;        /* what partners sent and is being handled, see incoming.h */
    struct signals *signals;               /* see signals.h */
    struct meetings_people *matches;       /* whose there are, see meetings.h; NULL: not read yet */
    struct tasks *tasks;                   /* see tasks.h */
    struct households *households;         /* see households.h */
    struct notices *notices;               /* see notices.h */
    struct indexing *indexing;             /* see indexing.h */
    struct watching *watching;             /* see watching.h */
    struct blocks *blocks;                 /* see blocks.h */
    struct sharing *sharing;               /* see sharing.h */
    struct lookups *lookups;               /* see lookups.h */
    struct evaluating *evaluations;        /* under way and behind them; see evaluations.c */
    bool evaluations_turning;              /* their turns are being given */
    struct witnessing *witnessing;         /* the request for a cosignature under way, see witness.c */
    struct witnessing *witnessing_waiting; /* and those behind it */
    bool witness_adopting;                 /* what a partner saw is being stored: no cosigning meanwhile */
    struct oin forking;                    /* whose evidence is being stored */
    bool closing;                          /* work that nobody waits for is not gone on with */
    int64_t highest_ms;                    /* time seen; see api_clock_lag */
    int64_t retention_at;                  /* the next look at what is over; see retention_look */
    struct terms_watch terms;
    struct findings_seen findings;      /* see findings_look.h */
    uint64_t staff_changes;             /* since the start; see staff.h */
    struct regulation_known regulation; /* see regulation.h */
    uint16_t own_months;                /* term of the records of the node's own administration */
    int64_t figures_least;              /* persons behind a figure that is told */
    bool figures_making;                /* one at a time: see figures.h */
    /* How the node is, as JSON members: for `GET /v1/stand`. */
    void (*describe)(void *ctx, struct json_writer *w);
    void *describe_ctx;
    size_t calls; /* under way, and refusals being recorded */
    struct refusals refusals;
    /* Since the start, for monitoring. */
    uint64_t refused[FAULT_COUNT];                             /* requests that a listener refused by itself */
    uint64_t rows_new, rows_changed, rows_same, rows_rejected; /* of import batches that were no trial */
};

/* Milliseconds that the clock is below the highest time seen; remembers the time when it is not. Past CLOCK_BACK_MAX_MS
 * nothing about people is answered: nobody could tell later when it was. */
int64_t api_clock_lag(struct api *api);
bool api_clock_wrong(struct api *api, struct error *err);
void api_clock_keep(const struct api *api, struct store_batch *batch); /* the highest time, for the next start */
void api_clock_confirmed(struct api *api);                             /* the witnesses' clocks agree with this one */
/* The highest time seen before this start: that of the log's last record. */
void api_clock_start(struct api *api, void (*ready)(void *ctx, const struct error *err), void *ctx);

/* The document in force with this organisation today; NULL: none, and then nothing but the covenant's own resources. */
struct api_covenant *api_covenant_with(const struct api *api, const struct oin *other);
/* Whether this document, under which a call began, is still accepted by both: a successor may have come, no revoke. */
bool api_still_agreed(const struct api *api, const struct api_covenant *held, const struct oin *other);
/* Holds on to a document while a call works by it; each hold is released once. The first: to api->covenant. */
struct api_covenant *api_hold_covenant(struct api *api);
struct api_covenant *api_hold(struct api_covenant *held);
void api_release_covenant(struct api_covenant *held);
const struct party *api_self(const struct api *api, const struct covenant *covenant); /* own entry; NULL: no party */

struct uv_loop_s;
struct import_runs;

enum { CALL_HEADER_MAX = 40 };

extern const struct http_route api_desk_routes[];
extern const size_t api_desk_route_count;
extern const struct http_route api_peer_routes[];
extern const size_t api_peer_route_count;

/* Hooks of the peer listener (ctx: struct api): only covenant partners come in; refusals become records. */
enum result api_admit_peer(void *ctx, const struct cert_identity *peer, const char *path, struct error *err);
void api_record_refusal(void *ctx, const struct cert_identity *peer, const char *path, const struct error *err);
/* Writes the counts of refusals that have waited long enough, or all. To be called each second, and at the end. */
void api_write_refusals(struct api *api, bool all);
bool api_keep_peer(void *ctx, const struct cert_identity *peer);

struct call {
    struct api *api;
    struct api_covenant *held;
    const struct covenant *covenant; /* held->covenant: of a partner's call the one in force with him */
    struct http_request *request;    /* NULL once the client has gone */
    struct caller caller;            /* desk: who asks */
    uint32_t permission;             /* desk: what he must be allowed, one of these; 0: to be registered */
    struct bsn person;               /* whom it is about, once known by number: for the record of a refusal */
    struct ident subject;            /* or by own id */
    struct date today;               /* the Dutch day, by which ages and terms are reckoned, at both sides */
    void (*next)(struct call *call);
    int status;
    const char *media_type; /* of the answer; NULL: application/json, or problem+json from 400 on */
    const char *header;     /* one more of the answer, whatever its status; NULL: none */
    char header_value[CALL_HEADER_MAX];
    struct receipt_want want; /* what was committed gets a receipt, which goes into the answer */
    size_t receipt_at;        /* where in the body */
    bool refusing;            /* what is being committed is the record of a refusal */
    struct buf body;
    void (*committed)(struct call *call); /* once what was changed is durable, before the answer; may be NULL */
    /* What the batch replaces changed meanwhile: true when the call begins anew by itself. */
    bool (*conflicted)(struct call *call);
    void (*clean)(struct call *call); /* frees what the flow added; may be NULL */
};

/* `size` is that of a struct whose first member is a struct call; the rest is zeroed. NULL: 503 was answered. */
struct call *call_begin(struct api *api, struct http_request *request, size_t size);
/* Desk: goes on with `next` when the caller has one of the permissions, or is registered when it is 0; else records the
 * refusal and answers 401 or 403. */
void call_require(struct call *call, uint32_t permission, void (*next)(struct call *call));
/* Parses the request's JSON body and checks it against the table, adding faults. NULL when it is no JSON; the caller
 * frees what it got, with or without faults. */
struct json *call_json(struct call *call, const struct json_field *fields, size_t count, struct fault_list *faults);
/* A question about one person: {"bsn"}, kept in call->person. False: it was refused, and that recorded. */
MUST_USE bool call_about_one(struct call *call);
/* Items of this kind behind ?na=, ?aantal= of them, STORE_LIST_MAX at most; `listed` gets the call. Or it is refused. */
void call_list(struct call *call, enum store_kind kind, store_listed_fn *listed);

/* Records. One starts with what the call knows: caller and covenant; that of a refusal also with whom it is about. */
struct record call_record(const struct call *call, enum record_operation operation);
struct record call_refusal(const struct call *call);
/* Appends to *batch, which is made when it is NULL. A failure drops the batch and leaves NULL there. */
MUST_USE enum result call_log(struct call *call, struct store_batch **batch, struct record *record, struct slice text,
                              struct error *err);
/* The same for one half of an exchange: see audit_append_exchange. */
MUST_USE enum result call_log_exchange(struct call *call, struct store_batch **batch, struct record *record,
                                       struct slice text, struct slice receipt, struct store_place *place,
                                       struct error *err);
/* A batch that will not be committed; NULL is fine. */
void call_drop(struct call *call, struct store_batch *batch);

/* The ends of a call. */
void call_answer(struct call *call, int status); /* nothing about people: no record needed */
/* Streams: `pull` (see http_answer_stream) must end the call by call_done, as must `gone`, that is called instead. */
void call_stream(struct call *call, const char *media_type,
                 enum http_pull (*pull)(void *ctx, struct buf *out, size_t room), void (*gone)(void *ctx));
void call_done(struct call *call);
void call_fail(struct call *call, const struct error *err); /* our own failure: problem+json, nothing recorded */
void call_fail_faults(struct call *call, const struct fault_list *faults); /* a bad question about no person */
void call_unlogged(struct call *call, const struct error *why);            /* the log takes nothing: 503 */
/* Recorded first, then problem+json: also what is not there, or there already, is an answer about people. */
void call_refuse(struct call *call, struct record *record, const struct fault_list *faults);
void call_refuse_each(struct call *call, struct record *records, size_t count, const struct fault_list *faults);
void call_refuse_error(struct call *call, struct record *record, const struct error *err);
void call_refuse_with(struct call *call, enum fault fault, const char *where, const char *what);
/* Commits, then answers `status` with call->body; when it cannot be committed: 503, or a recorded 409 on a conflict. */
void call_commit(struct call *call, struct store_batch *batch, int status);
/* The same; the answer carries a receipt for the record at `place`, for which RECEIPT_TEXT bytes stand ready in the body
 * at `at`. Without a receipt there is no answer. */
void call_commit_receipt(struct call *call, struct store_batch *batch, int status, const struct store_place *place,
                         size_t at);

#endif
