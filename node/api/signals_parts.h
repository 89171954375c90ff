/*
 * signals_parts.h - inside signals*.c and meetings*.c only.
 *
 *   signals.c          whose signals live, in memory as a hint: the rows say what holds; lines of partners, and their turns
 *   signals_weigh.c    what there is of a person towards a partner: a signal, or help, and whether that may meet
 *   signals_members.c  who lives with whom somebody worries about: tested too
 *   signals_turn.c     under which spoor a person's signals go to a partner, once a match there was over
 *   signals_round.c    one partner's round: who is tested and sent; signals_round_parts.h tells of its other files
 *   signals_send.c     one signal on its way to one partner
 *   signals_take.c     a partner's signal, and a partner's end of one
 *   signals_publish.c, signals_withdraw.c, signals_list.c: the desk
 *   signals_end.c      one ends, in whoever's batch; and by its date, or because it may go no longer
 *   signals_day.c      what the day brings of matches, and old rows
 *   meetings.c         matches as rows: read and written
 *   meetings_meet.c    two halves met
 *   meetings_act.c     steps: made here, or proposed to the node that orders
 *   meetings_post.c    what goes to partners, and what came of it
 *   meetings_people.c  those of one person, in memory
 *   meetings_desk.c    list, show, steps
 *   meetings_take.c    proposals and events of partners
 *   meetings_quiet.c   who is told that a match lies still
 */
#ifndef KETENBRUG_API_SIGNALS_PARTS_H
#define KETENBRUG_API_SIGNALS_PARTS_H

#include "api/evaluate.h"
#include "api/lookups.h"
#include "api/signals.h"
#include "api/signals_wire.h"
#include "domain/meeting.h"
#include "domain/person.h"
#include "domain/signal.h"
#include "matching/derive.h"
#include "policy/decide.h"

/* What is known of one signal at one partner. */
enum known_state {
    KNOWN_NOT,     /* to be looked at */
    KNOWN_VALUE,   /* its fingerprint, under the key of the line */
    KNOWN_SETTLED, /* sent, or it may not go there: until something changes */
    KNOWN_NOBODY,  /* a member by whom it met nothing there: until the next period, whatever changes here */
};

struct known {
    uint64_t fingerprint;
    uint8_t state;
    bool waits; /* not tested there yet */
    bool begun; /* it was or is being sent: no answer was kept yet */
};

/* A live signal; a slot without one is free. */
struct live {
    struct ident id;
    struct ident subject;
    struct ident person; /* who is tested: the subject, or */
    bool via_household;  /* a member of his household, by a slot of its own */
    uint64_t homes;      /* of the subject's: by which version of households members were looked for, + 1; 0: not yet */
    bool used;
    bool pending;   /* not committed yet: it is not looked at */
    int64_t end_ms; /* it may go no longer where it came to, and ends there then; 0: it may */
};

/* Ends of one partner that came for what never met here, and are kept: each for as long as its signal could still come. */
struct signal_ends {
    struct oin partner;
    size_t count;
};

struct signal_round;

/* One partner with a set for signals. */
struct signal_line {
    struct signals *signals;
    struct oin partner;
    bool wanted;
    bool has_set;
    struct lookup_set set;  /* of the last round */
    bool again;             /* more is to be done under the same version */
    bool all;               /* a hit was not settled: the next round looks at the whole set */
    size_t look_at;         /* the slot from which it looks for who is not known yet */
    struct rematch rematch; /* of those whose value is known; the total is that of all lines */
    uint64_t rest_until_ms; /* by the loop's clock: after a refusal */
    struct known *known;    /* by slot */
    size_t known_room;
    struct signal_round *round; /* under way; NULL: none */
};

struct signals {
    struct api *api;
    struct match_times times;
    struct live *live;
    size_t live_count; /* slots */
    size_t live_used;
    size_t live_room;
    struct signal_line **lines;
    size_t line_count;
    size_t values; /* of all lines */
    bool loaded;
    bool stopping;
    uint64_t lines_at_ms;   /* when lines were looked at last, by the loop's clock */
    struct date day;        /* for which ends were looked for */
    bool sweeping;          /* what the day or that moment brings is being looked at */
    uint64_t rest_until_ms; /* by the loop's clock: after a failure of that */
    struct signal_ends *ends;
    size_t end_count, end_room; /* of these: partners */
    bool ends_counted;
    bool quiet_due; /* with whom a covenant holds, or who is kept out, may have changed: matches are looked at */
    bool quieting;  /* what that brought is being written */
    struct error quiet_failed; /* why that failed last, as it was told; FAULT_NONE: it went well */
};

/* ---- signals.c ---- */
MUST_USE enum result signals_note(struct signals *signals, const struct ident *id, const struct ident *subject,
                                  struct error *err); /* one that is stored */
/* Keeps a place for one that is about to be committed; signals_note fills it, signals_forget gives it back. *made: it was not
 * known before. */
MUST_USE enum result signals_expect(struct signals *signals, const struct ident *id, const struct ident *subject,
                                    bool *made, struct error *err);
void signals_forget(struct signals *signals, const struct ident *id);
/* A member of the household; and one who is it no more. */
MUST_USE enum result signals_add_member(struct signals *signals, const struct ident *id, const struct ident *subject,
                                        const struct ident *person, struct error *err);
void signals_drop_member(struct signals *signals, size_t slot);
size_t signals_slot(const struct signals *signals, const struct ident *id);     /* its own; past the end: none */
void signals_look_again(struct signals *signals, const struct ident *subject);  /* at all partners; NULL: everybody */
size_t signals_untested(const struct signals *signals, const struct ident *id); /* partners; never which */
/* Into the batch; `version` 0: it is new. */
MUST_USE enum result signals_put_row(struct store_batch *batch, const struct ident *id, const struct ident *subject,
                                     const struct signal *signal, uint64_t version, struct error *err);
/* May an answer of this partner that tells of a match be on its way, or have been lost? */
bool signals_sending(const struct signals *signals, const struct oin *partner);
struct known *signal_line_known(struct signal_line *line, size_t slot); /* NULL: no memory */
/* Its value is known from now on; past the bound it stays as it was. And it is not, or does not matter, any more. */
void signal_line_value(struct signal_line *line, size_t slot, uint64_t fingerprint);
void signal_line_set(struct signal_line *line, size_t slot, enum known_state state);

/* Is there room for one more end that nothing here met? FAULT_EARLY. And it is kept from now on. */
MUST_USE enum result signals_ends_room(struct signals *signals, const struct oin *partner, struct error *err);
MUST_USE enum result signals_ends_add(struct signals *signals, const struct oin *partner, struct error *err);

/* ---- signals_weigh.c ---- */
struct signal_weighed {
    struct ident subject_id;
    struct subject subject;
    bool may;            /* something of him may meet */
    bool by_involvement; /* no signal, but help */
    bool sent;           /* a live signal came to this partner already, under the spoor of now */
    bool by_home;        /* and what came or is on its way under it, of any signal of the person, named somebody else */
    bool begun, begun_by_home; /* another than what was found is on its way under it; and named somebody else */
    bool under_way;            /* any is */
    bool by_partner;           /* any is there by the partner's household: he named him */
    bool by_himself;           /* any came or is on its way under it, and named him */
    bool withdrawn;            /* one that came under it was, and what it met there may live */
    uint32_t turn;             /* of that spoor */
    struct ident signal_id;
    struct signal signal;          /* not by involvement */
    uint64_t version;              /* of its row */
    struct signal_contact contact; /* of who worries, or helps */
    struct policy_meeting meeting; /* what the covenant says of it */
    bool helps;                    /* also beside a signal: help may meet, */
    struct signal_contact help_contact;
    struct policy_meeting help_meeting; /* by this */
};
/* What there is of this person, found with all children, that may meet something of the partner. `wanted`: that signal and
 * no other, and no help; NULL: any signal, else help; SIGNALS_MEMBER: nothing of his own, but whether a signal about him
 * would be permitted. Each child is weighed alike, whatever came before. Nobody may who has a shielded record. */
MUST_USE enum result signals_weigh(const struct api *api, const struct covenant *covenant, const struct party *partner,
                                   const struct store_found *found, const struct ident *wanted,
                                   struct signal_weighed *out, struct error *err);
extern const struct ident signals_member;
#define SIGNALS_MEMBER (&signals_member)
void signals_weigh_help(struct signal_weighed *weighed); /* of it help alone, whatever signals there are */
/* Reads the person first. FAULT_NOT_FOUND. */
MUST_USE enum result signals_weigh_of(struct api *api, const struct covenant *covenant, const struct party *partner,
                                      const struct ident *subject, const struct ident *wanted,
                                      struct signal_weighed *out, struct error *err);
/* What the partner is told of it. `other`: his spoor, from which that of help is reckoned; of a signal it does not count. */
void signals_half(const struct api *api, const struct covenant *covenant, const struct oin *partner,
                  const struct signal_weighed *weighed, const struct ident *other, struct meeting_half *out);
/* Two partners cannot join theirs. */
struct ident signals_spoor(const struct api *api, const struct ident *spoor, const struct oin *partner, uint32_t turn);
/* To be added to a turn: by nobody else before, also when the store was put back since. */
uint32_t signals_drawn_turns(const struct api *api);
/* Under the purpose of signals. */
struct record signals_record(const struct covenant *covenant, enum record_operation operation);

/* ---- signals_members.c ---- */
void signals_members(struct signals *signals); /* some at a time: slots as households are now */
/* Does this person live with him, with nobody shielded? Of himself: does anybody? `now`: by the rows of this moment. */
bool signals_lives_with(const struct api *api, const struct ident *subject, const struct ident *person, bool now);
/* May it go, or go on, by the name of this member? As households are in memory. */
MUST_USE enum result signals_may_name(struct api *api, const struct covenant *covenant, const struct party *partner,
                                      const struct ident *subject, const struct ident *person, bool *may,
                                      struct error *err);

/* ---- signals_turn.c ---- */
/* The latest of this spoor towards him, by the signals of a person found with all children. */
uint32_t signals_turn(const struct store_found *found, const struct ident *spoor, const struct oin *partner);
/* One that is about to be published or renewed: at partners where what the person's signals met is over, it begins anew; where
 * a match lives by help, it has met. */
MUST_USE enum result signals_turn_new(struct api *api, const struct store_found *found, struct signal *signal,
                                      struct error *err);

/* The partner knows of no such match: what lives here of its spoor goes to him anew, under another. Into the batch;
 * signals_look_again follows once it is durable. */
MUST_USE enum result signals_turn_over(struct api *api, struct store_batch *batch, const struct meeting *meeting,
                                       struct error *err);

/* ---- signals_round.c, signals_send.c ---- */
bool signal_round_due(const struct signal_line *line, struct lookup_set *set);
void signal_round_begin(struct signal_line *line, const struct lookup_set *set);
void signal_round_go_on(
    struct signal_line *line); /* at each tick, and when the node stops: what waits for its moment */

struct sending {
    struct signals *signals;
    struct api_covenant *held; /* held on to */
    const struct party *partner;
    struct lookup_set set;
    struct ident signal, subject;
    struct ident person; /* who is named: the subject, or */
    bool via_household;  /* somebody of his household */
    struct match_value value;
    void (*done)(struct sending *s, bool sent);
    void *ctx;
    /* Inside. */
    struct signal_weighed weighed;
    struct bsn bsn; /* of who is named */
    struct ident request_id;
    struct store_place place;
    struct receipt_want want;
    uint8_t theirs[RECEIPT_BYTES];
    struct signal_answer answer;
    bool told;       /* all that there is of it, by the answer */
    bool nobody;     /* by that member it met nothing */
    bool again;      /* it is not the first try under this spoor */
    bool replaces;   /* what came there under the spoor before ends: another is named now */
    uint32_t before; /* its turn */
};
void signal_send(struct sending *s); /* `done` follows; it stays until then */
/* It came there under the spoor of now, or ended: nothing is to be sent by that name (zeros: his own). Where somebody of his
 * household was named he himself still is. */
bool signals_are_there(struct signal_weighed *weighed, const struct oin *partner, const struct ident *person);
/* Under the spoor of now it, or a colleague's, is on its way by another name than this member's (zeros: his own), or was and had
 * no answer: nobody is named beside that. */
bool signals_go_by_another(struct signal_weighed *weighed, const struct oin *partner, const struct ident *person);
/* It was sent and no answer came, and the partner does not know the person any more: its end is sent in its place, for he may
 * have met there and nobody here knows. Should the person come back into the set, it goes under another spoor. */
void signal_take_back(struct sending *s);

/* ---- signals_end.c ---- */
void signals_end_sometime(struct signals *signals, size_t slot); /* where it may go no longer, at a moment by chance */
void signals_end_look(struct signals *signals);                  /* what the day brings */
void signals_end_touched(struct signals *signals, const struct cooperation_touched *touched, cooperation_done *done,
                         void *ctx);
/* Into the batch: the signal ended. When it was the person's last of its spoor: to every partner that it came to, and in the
 * own matches. Else partners hear that its contact data go, when it was withdrawn, and what lives is sent in its place; when it
 * expired, which partners know, under a spoor of its own. `found`: the person with all children. */
MUST_USE enum result signals_end_put(struct signals *signals, struct store_batch *batch,
                                     const struct store_found *found, const struct ident *id,
                                     const struct signal *ended, uint64_t version, struct error *err);

/* Into the batch: this partner is told that what came to him under that spoor is over. `contact`: not all of it, but these
 * data alone; NULL: all. */
MUST_USE enum result signals_post_end(struct api *api, struct store_batch *batch, const struct ident *signal,
                                      const struct oin *partner, const struct ident *spoor,
                                      const struct signal_contact *contact, struct error *err);
/* Likewise, and what met by it is over here too: nothing else is named under it. */
MUST_USE enum result signals_end_spoor(struct api *api, struct store_batch *batch, const struct ident *signal,
                                       const struct ident *subject, const struct oin *partner,
                                       const struct ident *spoor, struct error *err);

/* ---- signals_day.c ---- */
/* Once a day, of matches and old rows; and once more in a while, for some is left. */
void signals_day_look(struct signals *signals);
void signals_day_again(struct signals *signals);

/* ---- meetings.c, meetings_meet.c, meetings_act.c ---- */
struct meeting_row {
    struct ident id;
    struct meeting meeting;
    uint64_t version; /* 0: it is not there */
};
/* FAULT_NOT_FOUND when the row cannot be read; version 0: it is not there. */
MUST_USE enum result meetings_get(struct api *api, const struct ident *id, struct meeting_row *out, struct error *err);
/* By the partner's spoor: a match, or that this spoor ended. */
MUST_USE enum result meetings_find(struct api *api, const struct oin *partner, const struct ident *spoor,
                                   struct meeting_row *out, struct error *err);
/* Two halves met: into the batch, unless that match is there. Of one that lives the partner's contact is taken anew; an older one
 * of the same organisations and person is closed. FAULT_BUSY when MEETINGS_MAX are open. */
struct meeting_new {
    struct oin peer;
    struct ident subject;
    bool via_household; /* of the partner's person or of this one; which, neither knows */
    const struct covenant *covenant;
    struct meeting_half own, theirs;
};
MUST_USE enum result meetings_meet(struct api *api, struct store_batch *batch, const struct meeting_new *met,
                                   struct error *err);
MUST_USE enum result meetings_room(size_t open, struct error *err); /* FAULT_BUSY: no other may begin */
/* This spoor of a partner ended before its signal came. */
MUST_USE enum result meetings_bury(struct api *api, struct store_batch *batch, const struct oin *partner,
                                   const struct ident *spoor, struct error *err);
/* A step in the own hand: ordered here and, of a match with a partner, posted to him. FAULT_CONFLICT, FAULT_FORBIDDEN as
 * meeting_may; `lapses`: what may not be is put down as lapsed instead. */
struct meeting_act {
    enum meeting_step step;
    enum meeting_side side;
    struct ident proposal; /* zeros: none */
    const char *user;      /* own; NULL: the node */
    struct signal_contact contact;
    bool has_contact;
    bool lapses;
};
MUST_USE enum result meetings_act(struct api *api, struct store_batch *batch, struct meeting_row *row,
                                  const struct meeting_act *act, struct error *err);
/* That side's signal ended: into the history here; or what it told goes, and the node that orders is asked. Should that one
 * know of no such match, for the answer that told it was lost, it says so, and the match is over here too. */
MUST_USE enum result meetings_end(struct api *api, struct store_batch *batch, struct meeting_row *row,
                                  enum meeting_side side, struct error *err);
/* Asks the node that orders for a step, under the id `proposal`; the row is the caller's to put. `contact`: NULL for none. */
MUST_USE enum result meetings_propose(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                                      enum meeting_step step, const struct ident *proposal,
                                      const struct signal_contact *contact, struct error *err);
/* A new proposal's id; and whether this event, which is not here yet, is of one that this node made, and the first of it: also
 * when the store, put back from a backup, knows of none. */
struct ident meetings_proposal(const struct api *api, const struct ident *match, enum meeting_step step,
                               const struct signal_contact *contact);
bool meetings_proposed(struct api *api, const struct ident *match, const struct thread_event *event);
/* Takes an event of the writer; *again: it is here already. FAULT_CONFLICT for another, FAULT_EPOCH for one too early. */
MUST_USE enum result meetings_put(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                                  struct error *err);
MUST_USE enum result meetings_put_event(struct api *api, struct store_batch *batch, const struct ident *match,
                                        const struct thread_event *event, struct error *err);
void meetings_event_text(const struct signal_contact *contact, struct buf *out);
bool meetings_event_contact(struct slice text, struct signal_contact *out);
struct ident meetings_contact_mark(const struct signal_contact *contact); /* the same for the same contact data */
MUST_USE enum result meetings_record(struct api *api, struct store_batch *batch, const struct covenant *covenant,
                                     enum record_operation operation, const struct meeting_row *row, const char *user,
                                     const char *text, struct error *err);
/* Every row, one call each, in order of entry: all are read while others wait. */
typedef enum result meetings_each_fn(void *ctx, const struct meeting_row *row, struct error *err);
MUST_USE enum result meetings_each(struct api *api, meetings_each_fn *each, void *ctx, struct error *err);

/* ---- meetings_people.c ---- */
/* Every match of this person: no other is read. */
MUST_USE enum result meetings_each_of(struct api *api, const struct ident *subject, meetings_each_fn *each, void *ctx,
                                      struct error *err);
/* One that is about to be committed; and one that is durably gone. */
MUST_USE enum result meetings_people_add(struct api *api, const struct meeting_row *row, struct error *err);
void meetings_people_drop(struct api *api, const struct ident *subject, const struct ident *match);
size_t meetings_people_count(const struct api *api); /* of all people, open and closed; 0: nobody asked yet */

#endif
