/*
 * lookups_parts.h - inside lookups*.c only. lookups.c has the rounds and answers about what is here, lookups_fetch.c fetches
 * one set, lookups_keep.c keeps it in the store, lookups_counts.c counts and tells what stands out, lookups_sweep.c drops
 * what nothing needs any more. Thread: the loop's.
 */
#ifndef KETENBRUG_API_LOOKUPS_PARTS_H
#define KETENBRUG_API_LOOKUPS_PARTS_H

#include "api/lookups.h"
#include "matching/held_set.h"

/* One partner's set for one purpose. */
struct lookup {
    struct lookups *lookups;
    struct oin provider;
    char purpose[CODE_MAX + 1];
    bool wanted; /* by the covenant in force with this partner; else it goes when it is at rest */
    bool urgent;
    struct held_set *set;    /* NULL: none is here */
    int64_t risen_ms;        /* by the own clock: when its version or epoch last rose */
    bool has_floor;          /* what follows is known: also of a set that was here and is damaged, */
    struct set_header floor; /* so that nothing older takes its place while it is fresh */
    uint32_t taking;         /* class of a whole set that is being fetched; 0: none is */
    /* rounds */
    bool due;
    bool busy;         /* being fetched, or written */
    uint64_t again_ms; /* by the loop's clock: the partner had not published yet; 0: it had */
    uint32_t agains;   /* in this round */
    uint64_t done_round;
    enum peer_outcome_kind
        unreached; /* why the partner, asked for any of its sets, gave no answer last; PEER_ANSWERED: it did */
    /* in the store */
    uint32_t pieces;  /* there */
    bool all_changed; /* a write failed: nothing that is there counts */
    /* counted */
    uint64_t counts[LOOKUP_COUNT_COUNT];
    int64_t counted_ms; /* since when what follows is counted: for values_ms */
    uint64_t hits, empties;
    struct date told[2]; /* when a finding was recorded, by what it says */
    /* what was refused last, and when */
    enum fault refused;
    char refused_where[FAULT_WHERE_MAX];
    int64_t refused_ms;
};

struct lookup_fetch {
    uint64_t began_ms;      /* by the loop's clock */
    struct peer_call *call; /* the question under way; NULL: none is */
    struct lookup_fetch *next;
};

struct lookups {
    struct api *api;
    struct match_times times;
    struct lookup **all; /* by provider, then purpose */
    size_t count;
    size_t capacity;
    bool loaded;
    bool stopping;
    void (*ready)(void *ctx, const struct error *err);
    void *ready_ctx;
    size_t loading;                    /* index of what is being read */
    int64_t phase_ms, urgent_phase_ms; /* of this node, within a tick */
    int64_t tick, urgent_tick;         /* the last that began */
    uint64_t rounds;
    uint64_t ended; /* never falls */
    struct lookup_fetch *fetches;
    /* the sweep */
    int64_t swept_ms;
    enum { SWEEP_RESTS, SWEEP_VALUES, SWEEP_SETS } sweep;
    bool sweeping; /* a step of it is being committed */
    struct ident sweep_after;
    bool sweep_has_after;
};

/* lookups.c */
struct lookup *lookups_find(const struct lookups *lookups, const struct oin *provider, struct slice purpose);
bool lookups_is_fresh(const struct lookup *lookup);
/* What was fetched, or not, is over: the next may go. */
void lookups_settled(struct lookup *lookup, struct lookup_fetch *fetch, uint64_t round);

/* lookups_fetch.c: lookups_settled follows. */
void lookups_fetch(struct lookup *lookup, uint64_t round);

/* lookups_keep.c */
void lookups_load(struct lookups *lookups); /* all that are wanted, then lookups->ready */
/* Writes what changed of a set; `kept` follows, also when it did not succeed: then all is written the next time. */
void lookups_keep(struct lookup *lookup, void (*kept)(void *ctx), void *ctx);
void lookups_forget(const struct lookup *lookup); /* it goes from the store */
/* Whose piece this is; false: unreadable. `number` is UINT32_MAX for the head. */
bool lookups_piece_of(const struct lookups *lookups, struct slice payload, struct lookup **out, uint32_t *number);

/* lookups_counts.c */
void lookups_look_at(struct lookup *lookup, const struct party *partner); /* does its set outgrow what it declares? */
/* A set was taken that does not follow on the one before, as `why` says. */
void lookups_tell_anew(struct lookup *lookup, const struct error *why);
/* A record about no person, with a text for the officer. */
void lookups_record(struct lookup *lookup, enum record_operation operation, enum record_outcome outcome,
                    const char *text);

/* lookups_sweep.c */
void lookups_sweep(struct lookups *lookups);

#endif
