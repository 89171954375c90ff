/*
 * check_parts.h - inside the files of `ketenbrug check` only: what is looked at, and what was found.
 *
 * Each check is a row of the table in check.c and says one or more findings. Nothing is changed by looking: what a
 * node that serves knows is asked of it; the store is opened only when none does.
 * Ownership: struct check owns what it loaded. Thread: main, but for check_partners.c, which says so.
 */
#ifndef KETENBRUG_CMD_CHECK_PARTS_H
#define KETENBRUG_CMD_CHECK_PARTS_H

#include <sys/types.h>

#include "base/date.h"
#include "base/json.h"
#include "certs/trust.h"
#include "cmd/args.h"
#include "cmd/config.h"
#include "cmd/desk.h"
#include "policy/covenant.h"

enum check_verdict { CHECK_FINE, CHECK_MIND, CHECK_WRONG, CHECK_VERDICTS };

enum {
    CHECK_CERTIFICATE_DAYS = 30, /* fewer left: mind */
    CHECK_COVENANT_DAYS = 60,
    CHECK_REGULATION_BYTES = 80, /* shorter: mind: nobody learns from it what is asked of him */
    CHECK_CONSENT_MONTHS = 24,   /* longer: mind */
    CHECK_CRL_HOURS = 24,
    CHECK_BACKUP_DAYS = 2,       /* older: mind */
    CHECK_FREE_BYTES = 67108864, /* fewer: wrong: the log soon takes nothing */
    CHECK_FREE_INODES = 1000,    /* fewer: mind */
    CHECK_OTHER_FILES = 128,     /* open, besides connections */
    CHECK_LOCKED_BYTES = 262144, /* of memory: keys */
    CHECK_TEXT_MAX = 1024,
};

struct check_finding {
    enum check_verdict verdict;
    const char *what;
    char found[CHECK_TEXT_MAX];
    const char *advice; /* Dutch; NULL: none is needed */
};

struct check {
    const struct args *args;
    struct config config;
    int64_t now_s;
    struct trust *trust;       /* NULL: could not be loaded */
    struct covenant *covenant; /* the same */
    const struct party *self;  /* in the covenant; NULL: not known */
    struct desk *desk;         /* NULL: could not be opened */
    struct json *standing;     /* of the node that serves; NULL: none does */
    bool store_opens;          /* here, as no node serves */
    uid_t owner;               /* of the data: who runs the node */
    struct check_finding *findings;
    size_t count, capacity;
    size_t totals[CHECK_VERDICTS];
};

/* `what` and `advice` are borrowed for as long as the check lasts. */
void check_say(struct check *check, enum check_verdict verdict, const char *what, const char *advice,
               const char *format, ...) PRINTF_LIKE(5, 6);
/* Fine when the result is, else wrong with the error's own words. */
void check_say_result(struct check *check, enum result result, const struct error *err, const char *what,
                      const char *advice, const char *fine);

/* check_trust.c */
void check_certificates(struct check *check);
void check_desk_certificate(struct check *check);
void check_covenant(struct check *check);
/* check_covenant.c */
void check_covenant_terms(struct check *check);
void check_signatures(struct check *check);
/* check_files.c */
void check_rights(struct check *check);
void check_keys(struct check *check); /* also that the covenant names those of the log */
/* check_machine.c */
void check_ports(struct check *check);
void check_disk(struct check *check);
void check_limits(struct check *check);
/* What little room means; for tests too. `needed`: bytes of the data, which a backup takes once more. */
enum check_verdict check_room(uint64_t free_bytes, uint64_t needed, const char **advice);
enum check_verdict check_inodes(uint64_t all, uint64_t left, const char **advice);
/* check_store.c */
void check_store(struct check *check);
void check_clock_and_backup(struct check *check);
/* check_matching.c */
void check_matching(struct check *check);
/* check_partners.c */
void check_partners(struct check *check);

#endif
