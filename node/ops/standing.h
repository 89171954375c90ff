/*
 * standing.h - how the node is, in numbers: gathered on its loop, shown by /metrics and by `ketenbrug status`.
 *
 * No personal data and nothing that tells withheld from unknown. Ownership: a value. Thread: any.
 */
#ifndef KETENBRUG_OPS_STANDING_H
#define KETENBRUG_OPS_STANDING_H

#include <stdint.h>

#include "base/buf.h"
#include "base/histogram.h"
#include "base/oin.h"

enum {
    STANDING_LISTENERS = 3,
    STANDING_AGREED_MAX = 2048,
    STANDING_REASONS_MAX = 512,
    STANDING_ROUTES = 256,   /* of all listeners, and one more each for what no route took */
    STANDING_PARTNERS = 256, /* asked; later ones are not shown apart */
    STANDING_OUTCOMES = 12,
    STANDING_IMPORT_WORDS = 4,
    STANDING_FAULTS = 32,
    STANDING_PARTS = 12,
};

struct standing_route {
    const char *listener, *method, *path;
    struct histogram times;
};

struct standing_partner {
    struct oin oin; /* an organisation, no person */
    uint64_t outcomes[STANDING_OUTCOMES];
};

struct standing_count {
    const char *word; /* NULL: the end */
    uint64_t count;
};

struct standing_listener {
    const char *name; /* "contactpunt", "ketenpartners", "medewerkers"; NULL: not there */
    uint64_t accepted, connections, handshakes, handshake_failures, requests, answers_2xx, answers_4xx, answers_5xx,
        shed, cut, refused_connections, rests;
};

struct standing {
    char not_ready[STANDING_REASONS_MAX]; /* a reason a line, in Dutch; "" ready */
    char agreed[STANDING_AGREED_MAX];     /* a covenant a line, and with how many partners it is in force */
    uint64_t agreed_partners;             /* together */
    const char *version;
    uint64_t ready;
    bool sound;     /* ready but for what is needed to deal with others: terms and who is told go on */
    bool dated;     /* sound, and by its clock no certificate or revocation list is over: what is over goes for good */
    uint64_t fresh; /* 1: looked at after it was asked for; only where monitoring asks */
    uint64_t schema;
    int64_t started_s;
    uint64_t calls; /* under way */
    uint64_t log_leaves;
    uint64_t messages_waiting;            /* in the outbox, for a partner's confirmation */
    uint64_t messages_stuck;              /* of these: refused, for a person to look at */
    double messages_oldest_s;             /* how long the oldest waits that is no withdrawal */
    uint64_t terms_running, terms_passed; /* of reports and orders: to be done in time; over and not done */
    uint64_t tasks_open, tasks_late, tasks_quiet, tasks_stuck; /* of partners and to partners, see tasks.h */
    uint64_t findings_open;                                    /* that the privacy officer did not close */
    /* What the own people are told: not read yet; webhooks and mails that went, and that were given up. */
    uint64_t notices_unread, notices_sent, notices_failed;
    const char *notices_last; /* how the last try ended; "" none */
    /* Private matching: people changed and in no version of a set yet, versions published; rounds over partners' sets. */
    uint64_t matching_waiting, matching_version, lookup_rounds_begun, lookup_rounds_ended;
    uint64_t log_keys, log_keys_destroyed, log_keys_over; /* class keys: there; destroyed; term ended and still there */
    uint64_t log_keys_wrong;                              /* gone without a record, or recorded and still there */
    uint64_t log_keys_needed;                             /* of this month, and gone: its class takes no record */
    uint64_t log_holds, log_holds_wrong;                  /* records held; where log and key folder differ */
    uint64_t commits;
    uint64_t database_bytes, wal_bytes, free_bytes;
    int64_t clock_lag_ms; /* below the highest time seen */
    double clock_lag_s;   /* the same */
    /* seconds since 1970 */
    int64_t certificate_until, desk_certificate_until, anchors_until, crls_until, covenant_until, last_backup;
    uint64_t resident_bytes, open_files, max_files;
    double cpu_seconds;
    struct standing_listener listeners[STANDING_LISTENERS];
    uint64_t log_bytes;
    char log_root[65]; /* hex */
    /* What others can rely on of the log: its last checkpoint that enough witnesses cosigned. */
    uint64_t checkpoint_size, checkpoint_cosignatures, checkpoint_needed, checkpoint_witnesses;
    uint64_t checkpoint_differs; /* 1: a partner saw of this log what is not here */
    uint64_t checkpoint_forks;   /* partners' logs that showed two faces */
    int64_t checkpoint_time;     /* seconds since 1970; 0 none since the start */
    int64_t clock_off_ms;        /* own clock less the median of the witnesses' */
    double clock_off_s;          /* the same */
    struct histogram commit_times;
    size_t route_count;
    struct standing_route routes[STANDING_ROUTES];
    size_t partner_count;
    struct standing_partner partners[STANDING_PARTNERS];
    const char *outcome_words[STANDING_OUTCOMES];
    struct standing_count import_rows[STANDING_IMPORT_WORDS], refusals[STANDING_FAULTS], parts[STANDING_PARTS];
};

/* OpenMetrics 1.0. */
void standing_metrics(const struct standing *standing, struct buf *out);

#endif
