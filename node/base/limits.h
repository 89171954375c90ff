/*
 * limits.h - every bound of the node, in one place, each with a test that goes past it.
 *
 * Sizes in bytes, times in milliseconds unless the name says otherwise. What an administrator may change is read from
 * the configuration with these values as defaults (see node/cmd/config.c); the rest is part of the protocol.
 */
#ifndef KETENBRUG_BASE_LIMITS_H
#define KETENBRUG_BASE_LIMITS_H

#include <stdint.h>

enum {
    /* HTTP/2 server, per connection unless said otherwise. A peer is an organisation (OIN) or a source address. */
    HTTP_MAX_STREAMS = 128,                 /* concurrent streams (SETTINGS_MAX_CONCURRENT_STREAMS) */
    HTTP_MAX_HEADER_BYTES = 16384,          /* names and values of one request */
    HTTP_MAX_HEADERS = 64,                  /* header fields of one request */
    HTTP_BODY_SMALL = 16384,                /* default ceiling of a request body */
    HTTP_BODY_IMPORT = 1048576,             /* one batch of imported records */
    HTTP_HANDSHAKE_MS = 5000,               /* TCP accept to TLS finished */
    HTTP_IDLE_MS = 120000,                  /* connection without open streams */
    HTTP_HEADERS_MS = 10000,                /* first byte of a request until its headers are complete */
    HTTP_BODY_MS = 30000,                   /* headers complete until the body is complete */
    HTTP_WRITE_MS = 30000,                  /* bytes wait for a client that does not read */
    HTTP_DRAIN_MS = 10000,                  /* GOAWAY until the connection is cut */
    HTTP_DRAIN_QUIET_MS = 300,              /* the same, for a connection without open streams */
    HTTP_MAX_CONNECTIONS = 4096,            /* per listener, past their handshake */
    HTTP_FRAME_BYTES = 16384,               /* payload of one frame (SETTINGS_MAX_FRAME_SIZE, its smallest value) */
    HTTP_PEER_CONNECTIONS = 64,             /* of one organisation on the listener for partners */
    HTTP_SOURCE_CONNECTIONS = 1024,         /* of one address on the desk's: a proxy or an office is one */
    HTTP_HANDSHAKING_MAX = 512,             /* per listener: in handshake; past it the oldest gives way */
    HTTP_SOURCE_HANDSHAKING = 64,           /* of one address in handshake; past it its oldest gives way */
    HTTP_HANDSHAKES_PER_S = 50,             /* that one address may begin; past it they are cut at their first byte */
    HTTP_HANDSHAKES_SECONDS = 4,            /* whose handshakes may come at once */
    HTTP_HANDSHAKE_BYTES = 32768,           /* from a client until its handshake is done */
    HTTP_FILES_SPARE = 12,                  /* that connections leave of the files that the process may open */
    HTTP_ACCEPTS_PER_TURN = 16,             /* per listener, in one turn of the loop */
    HTTP_TURN_US = 4000,                    /* microseconds of one turn of the loop for one peer that sends */
    HTTP_REQUESTS_MAX = 2048,               /* under way, per listener; see quota_has_room for one peer's share */
    HTTP_SHED_MAX = 256,                    /* per peer: 503s that are not yet gone; past it streams are reset */
    HTTP_QUOTAS_MAX = 1024,                 /* organisations, and addresses, remembered at once per listener */
    HTTP_QUOTA_IDLE_S = 16,                 /* in which every allowance of a peer is regained in full */
    HTTP_WRITE_LEAST = 1024,                /* bytes of an answer, the end aside, that begin HTTP_WRITE_MS anew */
    HTTP_WINDOW_BYTES = 65535,              /* flow-control window per stream: what a body may have in flight */
    HTTP_CONNECTION_WINDOW_BYTES = 1048576, /* the same for all streams of a connection together */
    HTTP_H2_MEMORY = 1048576,               /* what nghttp2 may allocate: streams, header tables, frames that wait */
    HTTP_RESETS_BURST = 200,                /* per peer: streams reset by or because of the client (rapid reset) */
    HTTP_RESETS_PER_S = 20,                 /* regained each second; past both the connection ends */
    HTTP_FRAMES_BURST = 4000,               /* per peer: frames that ask nothing, see session_charges.c */
    HTTP_FRAMES_PER_S = 500,                /* regained each second; past both the connection ends */
    HTTP_FRAMES_PER_REQUEST = 8,            /* regained with each request that a route takes */
    HTTP_KEY_UPDATES_BURST = 16,            /* per peer: new TLS keys (RFC 8446, 4.6.3), each half a handshake's work */
    HTTP_KEY_UPDATES_PER_S = 1,             /* regained each second; past both the connection ends */
    HTTP_DATA_SMALL = 64,                   /* bytes; a shorter DATA frame is such a frame */
    HTTP_ACKS_MAX = 256,                    /* unsent answers to PING and SETTINGS */
    HTTP_SETTINGS_MAX = 32,                 /* entries in one SETTINGS frame */
    HTTP_CONTINUATIONS_MAX = 8,             /* CONTINUATION frames of one header block */
    HTTP_ANSWER_HEADERS = 16,               /* header fields that a handler may add to an answer */
    HTTP_PROBLEM_BYTES = 32768,             /* body of a problem+json answer */
    HTTP_RETRY_AFTER_S = 1,                 /* Retry-After with every 503 */
    HTTP_LINGER_MS = 1000,      /* last byte sent until the socket is closed under a client that still sends */
    HTTP_REST_MS = 1000,        /* without a request: a connection, and a listener, let go of memory kept for speed */
    HTTP_POOLED_AT_REST = 16,   /* finished request objects kept by a listener that rests */
    HTTP_POOLED_REQUESTS = 256, /* finished request objects kept for reuse, per listener */

    /* Refusals that the server makes by itself, per party; all strangers together; the desk */
    REFUSALS_BURST = 20,       /* records of their own */
    REFUSALS_PER_S = 1,        /* regained each second; past both they are counted into one record */
    REFUSALS_WAIT_MS = 10000,  /* a count waits to be written */
    REFUSALS_PARTIES_MAX = 64, /* parties counted at the same time; the rest together with strangers */

    /* Peer client */
    PEER_CONNECT_MS = 3000,
    PEER_TOTAL_MS = 10000,       /* one question to one partner, retries included */
    PEER_TRIES = 3,              /* first try and two more, under one request id */
    PEER_RETRY_MS = 50,          /* before the second try, doubled for the third */
    PEER_FRESH_MS = 1000,        /* since its last answer, in which one failure is no sign that a partner is gone */
    PEER_RESTART_MS = 3000,      /* a partner that answered until now and refuses connections is tried so long */
    PEER_RESTART_REST_MS = 400,  /* at most between two such tries */
    PEER_ANSWER_MAX = 65536,     /* body of an answer */
    PEER_CIRCUIT_FAILURES = 5,   /* in a row, then the circuit opens */
    PEER_CIRCUIT_MS = 10000,     /* open until one trial is let through */
    PEER_CONNECTIONS = 2,        /* per partner */
    PEER_QUESTION_MAX = 1048576, /* body of a question */
    PEER_HEADER_MAX = 16384,     /* names and values of one answer, interim answers included */
    PEER_CALLS_MAX = 4096,       /* questions under way */
    PEER_LINES_MAX = 1024,       /* partners remembered at once, with their circuits */

    /* Questions and answers */
    CONSULT_SUBJECTS_MAX = 32, /* people in one consult */
    CONSULT_ASKS_MAX = 1920,   /* people times partners in one consult: two records each fit one commit */
    CONSULT_REASON_MIN = 10,   /* characters in bytes; a reason says something */
    CONSULT_REASON_MAX = 500,
    CONSULT_CASE_MAX = 40,       /* bytes of a case or report number */
    CONSULT_ANSWER_BYTES = 1536, /* size class of an answer; the next by doubling */
    CONSULT_ANSWER_CLASSES = 6,  /* 1536 .. 49152 */

    /* Messages to partners that wait for their confirmation */
    OUTBOX_WAITING_MAX = 4096,  /* not confirmed yet; past it what would need another is refused */
    OUTBOX_PARTNERS_MAX = 32,   /* to whom one change goes */
    OUTBOX_COMMIT_MS = 1000,    /* before the first try: by then it is committed with its change */
    OUTBOX_FIRST_MS = 2000,     /* before the second try; doubled for each next, a quarter of it at random */
    OUTBOX_LONGEST_MS = 900000, /* between tries */
    OUTBOX_KEPT_DAYS = 400,     /* that a confirmed one stays to be seen */
    OUTBOX_SWEEP_MS = 86400000, /* between looks for what was kept so long */
    OUTBOX_BODY_MAX = 6144,     /* bytes of one message */
    OUTBOX_AT_ONCE = 8,         /* under way; to one partner one at a time */
    OUTBOX_LINE_MAX = 200000,   /* posts that wait for one partner, */
    OUTBOX_NEW_PERCENT = 80,    /* of which past this share nothing new is begun, */
    OUTBOX_ALL_MAX = 1000000,   /* and for all of them */
    OUTBOX_WINDOW = 256,        /* of one line, in memory */
    OUTBOX_PER_PARTNER = 96,    /* posts under way to one, */
    OUTBOX_POSTS_AT_ONCE = 256, /* and to all */
    OUTBOX_RESENDS_MAX = 3,     /* rounds of events that a partner lost, confirmed, and then misses still */
    OUTBOX_STUCK_MAX = 1024,    /* keys held by a refused post, of one line; past it the line waits */
    OUTBOX_LATE_DAYS = 3,       /* not confirmed since it was posted: then a person is told */
    INCOMING_KEPT_DAYS = 60,    /* that what came is known again by its id */
    INCOMING_LINE_MAX = 1024,   /* handled at once, or waiting for its turn; past it FAULT_BUSY */

    /* What goes on between organisations: signals and tasks, and whose events they share */
    COOPERATION_TOUCHED_MAX = 4096, /* people that changed, remembered by name; past it everybody is looked at */
    COOPERATION_PARTS_MAX = 4,
    THREAD_EVENTS_MAX = 200,   /* of one task or meeting */
    THREAD_CONTENT_MAX = 2048, /* bytes of what one event says */

    /* Signals */
    SIGNALS_LIVE_MAX = 200000,    /* at one node */
    SIGNALS_PER_SUBJECT_MAX = 32, /* that live, on one person */
    SIGNAL_ENDS_MAX = 10000,      /* of spoors that never met here, of one partner */
    SIGNAL_DAYS_MAX = 730,        /* of the longest life */
    SIGNAL_DAYS = 365,            /* when nobody says how long; configurable */
    SIGNAL_REQUEST_BYTES = 2048,  /* of a signal to a partner, always, */
    SIGNAL_ANSWER_BYTES = 1536,   /* and of the answer */
    SIGNAL_HITS_ROUND = 64,       /* sent to one partner in one round; the rest in the next */
    SIGNAL_KEPT_DAYS = 30,        /* after its end */
    REMATCH_VALUES_MAX = 8388608, /* of all live signals at all partners, in memory */
    MEETINGS_MAX = 100000,        /* that are not closed */
    MEETING_EVENTS_KEPT =
        8, /* of THREAD_EVENTS_MAX, for what a node does by itself: ends of signals, and a newer match */
    MEETING_KEPT_DAYS = 365, /* after its end */

    /* Tasks */
    TASKS_OPEN_MAX = 200000,       /* at one node, given and taken together */
    TASKS_PARTNER_MAX = 50000,     /* of these, taken from one partner: who floods leaves room for the others */
    TASK_PEOPLE_MAX = 8,           /* that one task is about */
    TASK_TEXT_MAX = 2000,          /* bytes of what is asked */
    TASK_MESSAGE_MAX = 1000,       /* bytes of one message about it */
    TASK_MESSAGES_MAX = 60,        /* messages, both sides together */
    TASK_EVENTS_KEPT = 8,          /* of THREAD_EVENTS_MAX, for steps that end it */
    TASK_DEADLINE_DAYS_MAX = 366,  /* ahead */
    TASK_REPLY_WORKDAYS = 5,       /* until it is accepted or refused, where its type does not say; configurable */
    TASK_REMIND_WORKDAYS = 3,      /* before the deadline, the first reminder; configurable; */
    TASK_REMIND_LAST_WORKDAYS = 1, /* the second */
    TASK_KINDS_MAX = 64,           /* types of task in a covenant */
    TASK_KEPT_DAYS = 730,          /* after its end */
    SEAL_KEY_DAYS = 28,            /* that people are named to a key, */
    SEAL_KEY_KEPT_DAYS = 180,      /* and after which it is destroyed */
    SEAL_SHARED_MS = 60000,        /* that what one such key and one of the sender's agree on seals boxes, */
    SEAL_SHARED_BOXES = 4096,      /* and how many */

    /* What the own people are told */
    NOTICES_MAX = 100000,
    NOTICES_KEPT_DAYS = 90,
    NOTICE_MAIL_MS = 900000, /* at most one mail or call in this time, at a random moment of it */
    NOTICE_URL_MAX = 255,    /* bytes of an address to call or a server to mail by */
    POST_TOTAL_MS = 10000,   /* one mail or call */
    POST_TRIES = 5,

    /* People and involvements */
    NAME_MAX_BYTES = 120,
    EMAIL_MAX_BYTES = 160,
    PHONE_MAX_BYTES = 24,
    SERVICE_MAX_BYTES = 80, /* kind of service, phase, status */
    SOURCE_KEY_MAX = 64,    /* a record's key in the source system */
    HOUSEHOLD_MEMBERS_MAX = 24,
    AUTHORITIES_MAX = 6, /* recorded holders of authority over one person */
    INVOLVEMENTS_PER_SUBJECT_MAX = 32,
    FACT_TEXT_MAX = 240,        /* bytes of evidence or explanation with a recorded fact */
    FACT_CODES_MAX = 16,        /* recipients, or purposes, that one fact names */
    FACTS_PER_SUBJECT_MAX = 32, /* consents, authority, objections, ... of one person */
    FACTS_WITHDRAWN_MAX = 32,   /* more of them, when they are withdrawals: these find room longer than others */
    FACTS_THROUGH_MAX = 16,     /* withdrawals through partners beside these, before one of a kind closes all */
    WITHDRAWALS_LINE_MAX = 256, /* withdrawals through partners that wait for their turn */
    IMPORT_BATCH_MAX = 500,     /* records in one import request */
    USER_NAME_MAX = 48,
    REGULATION_VERSION_MAX = 31, /* bytes of the version of the privacy regulation: a code */
    PERSON_AGE_MAX = 130,        /* years; an older birth date is a mistake */

    /* Reports and orders, and the terms of what must be done with them (domain/report.h) */
    MATTER_PEOPLE_MAX = CONSULT_SUBJECTS_MAX, /* that one report or order is about */
    REPORT_DECISION_WORKDAYS = 5,
    REPORT_JUDGEMENT_DAYS = 70,
    REPORT_INVESTIGATION_DAYS = 42,
    REPORT_FIRST_TALK_DAYS = 28,
    REPORT_FIRST_TALK_WORKDAYS = 3,
    REPORT_REVIEW_WORKDAYS = 1,
    WORKDAYS_MAX = 1000,   /* of one term */
    TERMS_LOOK_MS = 1000,  /* between two looks for terms that passed, when something changed; else once a day */
    TERMS_ALARMS_MAX = 64, /* recorded in one commit; the rest in the next */
    TERMS_LIST_MAX = 500,  /* in one answer, those that passed first */

    /* Private matching */
    VOPRF_BATCH_MAX = 64,         /* values in one evaluation, at most */
    MATCH_BATCH = 8,              /* values in one request, dummies included: always as many */
    SET_CLASS_MIN = 64,           /* entries in the smallest set, dummies included; the next by doubling */
    SET_CLASS_MAX = 8388608,      /* in the largest */
    SET_PAGE_ENTRIES = 6144,      /* of a whole set in one answer: 48 KiB */
    SET_STEP_SWAPS = 64,          /* in a step from one version to another; past it the whole set is given */
    SET_STEPS_KEPT = 32,          /* versions back from which a step is given */
    SET_EPOCHS_AHEAD = 2,         /* that a set may be further than the one before, which is still fresh */
    SET_BUCKET_ENTRIES = 32,      /* of one bucket of a set's tree, on average */
    SET_BUCKET_MAX = 96,          /* in one bucket of a set that is believed: by chance never reached */
    SET_PIECE_ENTRIES = 256,      /* of a held set in one item of the store, on average */
    MATCH_SETS_MAX = 16384,       /* sets that one node publishes: requesters times purposes times live epochs */
    MATCH_STEP_VALUES = 512,      /* evaluated in one step, past which no other person is begun */
    MATCH_STEP_SETS = 256,        /* made in one commit, with the records of their keys */
    MATCH_STEP_LEAVING = 256,     /* places that end in one step */
    MATCH_STEP_CHUNKS = 256,      /* of the roster, written in one commit */
    MATCH_PATIENCE = 4,           /* ticks of 100 ms that a look at everybody waits while others wait for an answer */
    ROSTER_CHUNKS_MAX = 1048576,  /* of 64 places in lookup sets: 67 million */
    MATCH_TICK_MS = 900000,       /* between two versions of a set */
    MATCH_TICK_URGENT_MS = 60000, /* of those for urgent purposes */
    MATCH_EPOCH_MS_DAYS = 28,     /* an epoch: one key per requester and purpose */
    MATCH_OVERLAP_HOURS = 48,     /* before its start it is made ready, and after its end it still serves, so long */
    MATCH_REMOVAL_MS = 86400000,  /* sharing that ended leaves a set at a random moment within this */
    MATCH_VALUES_DAYS = 28,       /* since the last consult in a case: then its values are dropped */
    MATCH_STALE_TICKS = 8,        /* a set that is older than so many ticks is not believed any more */
    MATCH_STEP_SUBJECTS = 32,     /* people whose place in the sets is looked at in one step */
    EVALUATIONS_MAX = 48,         /* requests that are evaluated or wait for it; past it FAULT_BUSY */
    EVALUATIONS_EACH = 16,        /* of one partner, urgent or not, of which one at a time is worked on */
    EVALUATIONS_URGENT = 12,      /* of them all, kept for urgent purposes */
    MATCH_STALE_LEAST_MS = 30000, /* and not sooner, however short the ticks */
    MATCH_SPREAD_MS = 4000, /* after a tick, at a moment of this node's own within it, partners' sets are fetched */
    MATCH_AGAIN_MS = 1500,  /* a partner that had not published by then is asked again, */
    MATCH_AGAINS = 3,       /* so often within a tick */
    MATCH_CLASS_TIMES = 4,  /* the power of two over a partner's declared clients: past it his set is refused; */
    MATCH_CLASS_UNDECLARED = 1048576, /* and past this, when he declared none */
    MATCH_HELD_MAX = 67108864,        /* entries of all sets that are held, together: some 700 MB */
    MATCH_STEP_ASIDE = 65536,         /* a step in a set of a larger class is made on a worker, in a copy */
    MATCH_FETCHES = 8,                /* partners whose sets are fetched at once, of those that began within the last */
    MATCH_FETCH_FRESH_MS = 1000,      /* this time ago; one that is slow keeps nobody from his turn */
    MATCH_FETCH_MS = 120000,          /* for one set; then it is tried at the next tick */
    MATCH_FETCH_AGAIN = 3,            /* times that a set is begun anew because the partner published meanwhile */
    MATCH_REFUSED_MS = 3600000,       /* between two records of one partner's set that is refused for the same reason */
    MATCH_SWEEP_MS = 600000,          /* between looks for kept values that nothing needs any more, */
    MATCH_SWEEP_ITEMS = 64,           /* so many at a time */
    MATCH_KEPT_PIECES = 64,           /* pieces of a set in one commit, or read before others get their turn */
    MATCH_OPEN_MAX = 1000,         /* sets in which one person stands, that one answer tells; and in which he stood */
    MATCH_LOOK_BACK = 20000,       /* newest records of the log in which evaluations are held against tests, */
    MATCH_GRACE_MS = 15000,        /* but for what came so lately: its test may still be on its way */
    MATCH_EMPTY_MIN = 20,          /* hits at one partner before empty answers are a finding, */
    MATCH_EMPTY_PERCENT = 25,      /* past this share of them */
    MATCH_PAST_DAYS = 1827,        /* since somebody left a set: then that he stood in it is no longer kept, */
    MATCH_PAST_SWEEP = 64,         /* looked at so many at a time */
    MATCH_QUOTA_PAGE = 100,        /* rows of quota in one turn of the loop, for who looks at how matching stands */
    MATCH_STATUS_BYTES = 33554432, /* of that answer: see matching_desk.c for what it comes to */

    /* Source formats */
    ADAPTER_ROW_BYTES_MAX = 8192,    /* one row, quotes and line ends included, as UTF-8 */
    ADAPTER_COLUMNS_MAX = 64,        /* columns of a header row */
    MAPPING_BYTES_MAX = 262144,      /* a mapping file */
    MAPPING_TEXT_MAX = 120,          /* a column's name in the source, a fixed value, a word to translate */
    MAPPING_TRANSLATIONS_MAX = 1024, /* words translated, all columns together */

    /* Import */
    IMPORT_SOURCE_MAX = 32,         /* name of a source system */
    IMPORT_REFUSED_BYTES = 4194304, /* what an answer tells of refused rows: more than all of a batch can come to */
    IMPORT_RUNS_MAX = 8,            /* runs under way at once, each with a bit for every involvement */
    IMPORT_RUN_IDLE_MS = 600000,    /* without a batch, then a run is forgotten */
    IMPORT_SLICE_ROWS = 16,         /* rows looked up or sealed before others get their turn */
    IMPORT_CLOSE_PAGES = 128,       /* pages of a close in one request; the next one goes on behind them */
    IMPORT_END_PERCENT = 50,        /* of what a source has, that a full export may end unasked */

    IMPORT_ORDINALS_MAX = 16777216, /* highest place in the order of entry that a run can remember */

    /* INI files */
    INI_LINE_MAX = 1023,
    INI_LINES_MAX = 2000,
    INI_SECTION_MAX = 63,

    /* Covenant */
    COVENANT_BYTES_MAX = 4194304,
    COVENANT_PARTIES_MAX = 4096, /* all of a country: twelve for each municipality */
    COVENANT_RULES_MAX = 4096,
    COVENANT_WITNESSES_MAX = 31, /* whose cosignatures count; each node sends each of them every checkpoint */
    COVENANT_KINDS_MAX = 32,     /* kinds of party */
    COVENANT_ROLES_MAX = 64,
    COVENANT_PURPOSES_MAX = 64,
    COVENANT_BASES_MAX = 256,
    COVENANT_QUOTA_MAX = 1000000,      /* values of one purpose, per day, epoch, year, or case */
    COVENANT_QUOTA_DAY = 400,          /* of a purpose for which no bound is named at all, per day, */
    COVENANT_QUOTA_PERIOD = 4000,      /* epoch */
    COVENANT_QUOTA_YEAR = 40000,       /* and year */
    COVENANT_CLIENTS_MAX = 20000000,   /* people that one party declares to know: more than live in the country */
    COVENANT_OPEN_CASES_MAX = 1000000, /* that one party declares to work on at once */
    COVENANT_TEXT_MAX = 300,           /* bytes of a description, article or explanation in it */
    REGULATION_TEXT_MAX = 4000,        /* bytes of the privacy regulation */
    LINT_FINDINGS_MAX = 1000,          /* that one look at a covenant tells with their place; the rest are counted */
    COVENANT_ENTRIES_MAX = 65536,      /* rules, counted once for every pair of kinds that they join */
    SHOW_TEXT_MAX = 65536,             /* bytes of one cell or paragraph of a covenant that is shown to people */
    DIFF_JSON_MAX = 4194304, /* bytes of one change as JSON: more than DIFF_ROWS_MAX rows on either side come to */
    DIFF_ROWS_MAX = 512, /* of one purpose between two kinds, that a comparison of two covenants holds side by side */

    /* Signatures under a covenant */
    JWS_BYTES_MAX = 2048,          /* one in compact form */
    JWS_CERTIFICATE_MAX = 5632,    /* PEM of the signer's certificate and what it was issued by */
    SIGNATURE_FILES_MAX = 8192,    /* in the folder that the configuration names */
    COVENANTS_MAX = 64,            /* documents that a node keeps */
    BOOK_DAMAGED_MAX = 64,         /* signatures in the own store that do not hold; with more a node does not start */
    COVENANT_INVITATIONS_MAX = 64, /* kept at once */
    COVENANT_INVITATIONS_EACH = 4, /* of one organisation */
    COVENANT_KEEPING_MAX = 64,     /* signatures that are being stored at once */
    COVENANT_PAGE_SIGNATURES = 6,  /* in one answer */
    COVENANT_PIECE_BYTES = 36864,  /* of a document in one answer */
    COVENANT_KEPT_BYTES = 8000,    /* of a document in one row of the store */
    COVENANT_EXCHANGE_MS = 60000,  /* between two rounds of asking partners what they hold */
    COVENANT_SOON_MS = 2000,       /* at least between two, when something may be to be had */
    COVENANT_FETCHES_MAX = 4,      /* unknown documents of one partner in one round */
    COVENANT_ASKS_MAX = 1024,      /* questions to one partner in one round */
    COVENANT_TURN_MS = 60000,      /* one partner in one round */
    COVENANTS_OFFERED_MAX = 16,    /* by partners, that the own organisation did not accept */
    COVENANT_AHEAD_MS = 300000,    /* that a signature may be dated past the own clock */

    /* Store */
    STORE_GROUP_MAX = 512,           /* batches in one commit */
    STORE_QUEUE_MAX = 8192,          /* batches that wait; past it FAULT_BUSY */
    STORE_ALONE_CHANGES = 64,        /* in a batch that is committed by itself, behind all smaller ones */
    STORE_PATIENCE = 8,              /* groups of smaller ones that may go before a large batch that waits */
    STORE_BATCH_MAX = 4096,          /* changes in one batch */
    STORE_SPARE_BATCHES = 512,       /* that a door keeps for the next, of 4 KiB at most */
    STORE_PAYLOAD_MAX = 8192,        /* sealed content of one row */
    STORE_RECEIPT_MAX = 512,         /* the other side's receipt beside a log leaf */
    STORE_LIST_MAX = 500,            /* rows in one answer of a list */
    STORE_CHILDREN_MAX = 500,        /* children that come with one item; past it the read fails */
    STORE_BATCH_BYTES_MAX = 8388608, /* sealed content of one batch */
    STORE_NAME_MAX = 64,             /* name of a small value */
    STORE_KEY_MAX = 256,             /* a plain key, before it is hashed */
    STORE_PAGE_BYTES = 8192,         /* of a new database: 15 log leaves a page, so that a group is few writes */
    STORE_WAL_PAGES = 2048,          /* pages in the write-ahead log that start a checkpoint */
    STORE_WAL_BEHIND_PAGES = 8192,   /* 64 MB in it: large batches wait until a checkpoint caught up, */
    STORE_BEHIND_MS = 5000,          /* at most so long: it may be a reader that stays */
    STORE_IDLE_MS = 1000,            /* without a commit, then the write-ahead log is emptied */
    STORE_RETRY_MS = 100,            /* between checkpoints that a reader stood in the way of */
    STORE_READ_CACHE_KIB = 65536,    /* page cache of each loop's read connection: pages that are not mapped */
    STORE_MAP_KIB = 67108864,        /* of the database that each of these maps: addresses, no memory */
    STORE_WRITE_CACHE_KIB = 16384,   /* page cache of the writer */
    BACKUP_PIECE_BYTES = 65536,      /* of a backup file under one hash */

    /* Log */
    LOG_LEAF_BYTES = 512,
    LOG_VISIBLE_BYTES = 96,
    LOG_SEALED_BYTES = 384,
    LOG_RECEIPT_BYTES = 32,   /* digest of the other side's receipt */
    NOTE_NAME_MAX = 128,      /* bytes of a log's origin or a key's name */
    NOTE_KEY_TEXT_MAX = 240,  /* a public key as text */
    NOTE_BYTES_MAX = 16384,   /* a signed note */
    NOTE_KEPT_MAX = 1024,     /* a checkpoint with the signature of its log and one cosignature */
    NOTE_SIGNATURES_MAX = 64, /* signature lines of one note (C2SP signed-note: at least 16) */
    LOG_CHECK_STANDARD = 100, /* receipts of a partner that one check looks at, when no number is named */
    LOG_CHECK_MAX = 1000000,
    CHECKPOINT_MS = 60000,           /* between checkpoints of a log that grows */
    CHECKPOINT_RENEW_MS = 21600000,  /* and of one that does not, so that its cosignatures stay young */
    CHECKPOINT_RELIED_MS = 86400000, /* a cosigned checkpoint is relied on while it is younger */
    RECEIPT_WITHIN_MS = 600000,      /* a record must be in a checkpoint so long after its receipt */
    RECEIPT_SOONER_MS = 240000,      /* or up to this sooner, by chance: else all of one moment would be known by it */
    RECEIPT_SKEW_MS = 300000,        /* that clocks of two nodes may differ in judging that */
    WITNESS_PROOF_MAX = 63,          /* proof lines of a witness request (C2SP tlog-witness) */
    WITNESS_WAITING_MAX = 4,         /* requests of one partner that wait for a cosignature; past it FAULT_BUSY */
    GOSSIP_PAGE_PARTIES = 32,        /* checkpoints in one answer about what was seen */
    LOG_CHECK_FINDINGS = 100,        /* findings that one check tells in full; the rest are counted */

    /* Retention of the log */
    LOG_KEYS_MAX = 3000,           /* class keys at once: ten classes for the longest term of 20 years, and some */
    LOG_HOLDS_MAX = 512,           /* records under a legal hold */
    LOG_MONTHS_MAX = 1200,         /* months that the log knows of, with or without a key */
    LOG_KEYS_FILE_MAX = 262144,    /* bytes of the file with all of them */
    LOG_OWN_MONTHS = 60,           /* term of class 0, the node's own administration; configurable */
    RETENTION_CHECK_MS = 86400000, /* between two looks at what is over */
    RETENTION_RETRY_MS = 60000,    /* the same, when there is more to do or it did not succeed */
    RETENTION_DESTROY_MAX = 500,   /* class keys destroyed in one commit */
    RETENTION_COUNT_PAGE = 500,    /* leaves counted before others get their turn */

    /* Search in the log */
    LOG_INDEX_RECORDS = 256,        /* that the search index follows in one step */
    LOG_INDEX_ROUND = 8192,         /* that it follows at once: their entries are sorted and then written */
    LOG_INDEX_PATIENCE = 3,         /* ticks (s) that it lets go while others wait for an answer */
    LOG_INDEX_SWEEP_MS = 3600000,   /* between looks for what is left of an index whose key is gone */
    STORE_INDEX_CLASSES_MAX = 3600, /* months times classes with entries in the search index: thirty years */
    STORE_INDEX_DROP_MAX = 20000,   /* entries of the search index that go in one commit */
    LOG_SEARCH_PAGE = 100,          /* records in one answer of a search */
    DISCLOSURES_MAX = 64,           /* partners and purposes that one statement of consent is shown with */
    LOG_SEARCH_LOOKED = 1000,       /* records that one search opens; past it the answer says where to go on */
    LOG_SEARCH_DAYS = 366,          /* period of a search by purpose or partner alone */
    SIMULATE_RECORDS = 20000, /* that one simulation of a draft covenant looks at; past it the answer says where to
                                     * go on */
    SIMULATE_LISTED = 500,    /* findings in one answer; the same */
    EXPLAIN_RULES_MAX = 64,   /* rules told of one involvement when a decision is explained */

    /* The officer */
    LOG_WALK_RECORDS = 20000,     /* opened by one walk through the log; past it the answer says where to go on */
    LOG_SHOW_SIBLINGS = 200,      /* records of the same request or consult, shown beside one */
    FINDINGS_PAGE = 100,          /* in one answer */
    FINDING_RECORDS_MAX = 64,     /* records that one finding names; the rest are counted */
    FINDING_STEPS_MAX = 12,       /* what was done about one: with notes of full length it still fits a row */
    FINDING_NOTE_MAX = 500,       /* bytes of what was written at a step */
    FINDING_NUMBERS = 6,          /* counts that its explanation has room for */
    FINDINGS_OPEN_MAX = 10000,    /* not closed; past it new ones are counted only */
    FINDINGS_PER_RULE_DAY = 50,   /* the first; the rest are counted in one */
    FINDINGS_KEPT_MONTHS = 24,    /* after closing */
    EXCEPTIONS_MAX = 512,         /* in force at once */
    EXCEPTION_DAYS_MAX = 365,     /* for which one is made */
    SAMPLE_MAX = 100,             /* records drawn at once */
    STAFF_MAX = 20000,            /* people who work here */
    PARTNERS_BLOCKED_MAX = 256,   /* at once */
    WATCH_STEP_RECORDS = 500,     /* that the watch follows in one step */
    WATCH_LOOKS_MAX = 4194304,    /* that it remembers at once */
    WATCH_WALK_MAX = 8192,        /* of these, the newest that one rule looks at for one look */
    WATCH_PENDING_MAX = 1024,     /* evaluations and tests that wait for each other */
    WATCH_BACK_RECORDS = 6000000, /* of the log, that it reads back when the node starts */
    WATCH_STEPS_BUSY = 8,         /* that it takes in a tick (s) while others wait for an answer */
    WATCH_DAYS_MAX = 92,          /* over which it may look back */
    LETTER_RECORDS_MAX = 20000,   /* of the log, in one letter to a person */
    LETTER_LINES_MAX = 2000,
    LETTER_DEFERRED_MAX = 512, /* lines that the officer himself deferred or admitted */
    LETTERS_OPEN_MAX = 1000,   /* drafts */
    LETTER_SETS_MAX = 48,      /* lookup sets that one letter names */
    LETTER_CLASSES_MAX = 128,  /* months and retention classes that its lines are of */
    LETTER_WHY_MAX = 200,      /* bytes of why a line is deferred, or told after all */
    LETTER_JSON_MAX = 4194304,
    EXPORT_RECORDS_MAX = 1000000,  /* of one export of the log */
    EXPORT_CHUNK = 64,             /* records before others get their turn */
    FIGURES_LEAST_MIN = 5,         /* the lowest that it may be set to */
    FIGURES_LEAST = 10,            /* persons behind a figure that is told; configurable */
    FIGURES_CELLS_MAX = 65536,     /* of one month */
    FIGURES_RECORDS_MAX = 2000000, /* the same */
    FIGURES_SETTLED_MS = 3600000,  /* after a month, until what was under way in it is surely in the log */

    /* Clock */
    CLOCK_BACK_MAX_MS = 5000,        /* below the highest time seen; past it no answers about people */
    CLOCK_WITNESSES_MAX_MS = 300000, /* from the median of the witnesses' clocks; past it no answers about people */
    CLOCK_JUMP_MAX_MS = 3600000,     /* forward at once; a longer one counts when the witnesses confirm it */
};

/* POSIX seconds that a cosignature may name: the year 9999, so that reckoning in milliseconds never overflows. */
#define NOTE_TIME_MAX_S UINT64_C(253402300799)

#endif
