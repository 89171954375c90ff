/*
 * inside.h - how a year is made: people, users, acts of a day. Inside this folder only.
 *
 * An act is what one user, partner or the node does at one moment; it becomes one record or more. Days are numbered from
 * 0. Thread: one at a time.
 */
#ifndef KETENBRUG_YEAR_INSIDE_H
#define KETENBRUG_YEAR_INSIDE_H

#include "region/chance.h"
#include "year/year.h"

enum {
    YEAR_DAYS = 365,
    YEAR_USERS_MAX = 120,
    YEAR_USERS_MIN = 24,
    YEAR_PARTNERS = 11,
    YEAR_SLOTS = 6,        /* cases that a user has at once */
    YEAR_ACT_RECORDS = 96, /* of one act */
    YEAR_CLASSES = 10,
};

/* Which users do what is planted, so that nothing planted is in the way of something else. */
enum year_group {
    GROUP_PLANTED, /* does what is planted of one user */
    GROUP_OTHER,   /* looks at the same person, is in teams, and now and then for an urgent purpose */
    GROUP_DUTY,    /* Veilig Thuis, youth protection: urgent purposes, at night too */
};

struct year_user {
    char name[USER_NAME_MAX + 1];
    const char *role;
    enum year_group group;
    unsigned purpose;
    uint32_t person; /* of the staff list */
    struct year_case *slots[YEAR_SLOTS];
    unsigned looked_at; /* households, today */
    int urgent_day;     /* the last one, outside what is planted */
};

struct year_case {
    uint32_t number, household;
    int last_day;
    int evaluated_day; /* values are kept for so long */
};

struct year_person {
    uint32_t bsn, household;
    bool is_known;
    struct ident id;
};

struct year_by_bsn {
    uint32_t bsn, person;
};

struct year_by_id {
    struct ident id;
    uint32_t person;
};

enum year_act_kind {
    ACT_CONSULT,
    ACT_CONVERTED, /* values of partners, of which less is tested than there are */
    ACT_READ,
    ACT_CHANGED,
    ACT_WITHDRAWN,       /* consent, here */
    ACT_WITHDRAWN_THERE, /* and passed on by a partner */
    ACT_CRISIS_NUMBER,
    ACT_REFUSED,
    ACT_ANSWERED,
    ACT_EVALUATED,
    ACT_EMPTY_HITS,   /* the node's own finding about a partner */
    ACT_OUTGROWN_SET, /* the same */
    ACT_SET_REFUSED,
    ACT_EMPTY_ANSWERS, /* some, but no more than may be */
    ACT_PUBLISHED,
    ACT_BACKED_UP,
    ACT_LOG_READ,
};

struct year_act {
    int64_t time_ms;
    uint64_t reason; /* the same number is the same text; 0: none */
    uint64_t luck;   /* of whatever else differs */
    enum year_act_kind kind;
    int plant;               /* of whose records it is; negative: none */
    uint32_t person, people; /* the first, and how many behind it */
    uint32_t case_number, report_number;
    uint16_t user;
    uint8_t purpose, partner;
    uint8_t evaluated;      /* partners that evaluated values */
    uint8_t values, tested; /* of ACT_CONVERTED */
    uint32_t hits, empties;
};

struct year_acts {
    struct year_act *items;
    size_t count, capacity;
};

struct year_purpose {
    const char *code, *basis;
    uint8_t class;
    bool urgent;
};
extern const struct year_purpose year_purposes[];
extern const size_t year_purpose_count;
enum { PURPOSE_SAFE_HOME = 4, PURPOSE_ORDER = 5, PURPOSE_DANGER = 6 };
extern const char *const year_partners[YEAR_PARTNERS];

struct year {
    uint64_t seed, records;
    bool failed;
    /* who there is */
    struct year_person *people;
    size_t person_count;
    uint32_t *households; /* the first person of each, from 1; one more at the end */
    uint32_t household_count;
    struct year_by_bsn *by_bsn; /* sorted */
    struct year_by_id *by_id;   /* those known here, sorted */
    size_t known_count;
    struct year_user users[YEAR_USERS_MAX];
    unsigned user_count;
    /* cases */
    struct year_case *cases;
    size_t case_count, case_capacity;
    uint32_t next_household, planted_from; /* households from there on are for what is planted */
    /* what is planted */
    struct year_acts planted; /* by time */
    size_t planted_at;
    struct year_plant *plants;
    size_t plant_count, plant_capacity;
    uint32_t next_planted;
    bool is_quiet[YEAR_USERS_MAX][YEAR_DAYS]; /* the user does nothing else that day */
    uint64_t reasons;                         /* given so far */
    /* the day under way */
    int day;
    double weight_past, weight_all;
    struct year_acts today;
    size_t act_at;
    /* the act under way */
    struct year_record queue[YEAR_ACT_RECORDS];
    int queue_plant[YEAR_ACT_RECORDS];
    size_t queue_count, queue_at;
    uint64_t sequence; /* of the next record */
    uint32_t key_month[YEAR_CLASSES];
};

/* people.c */
bool year_make_people(struct year *year);
void year_make_users(struct year *year);
uint32_t year_household_size(const struct year *year, uint32_t household);
uint32_t year_free_household(struct year *year); /* for a case; each once, as long as there are */
uint32_t year_planted_person(struct year *year); /* of a household that nobody else looks at; never the same one */
uint32_t year_group_user(const struct year *year, enum year_group group, unsigned which); /* which modulo how many */
unsigned year_group_size(const struct year *year, enum year_group group);
/* days.c */
struct date year_date(int day);
bool year_workday(int day);                    /* false outside the year too */
int64_t year_moment(int day, unsigned minute); /* of the Dutch day; minute 180 or later: right on every day */
double year_day_weight(int day);
/* plant.c */
bool year_plant_all(struct year *year);
/* day.c */
bool year_make_day(struct year *year);
struct year_case *year_new_case(struct year *year, int weeks);
/* acts.c */
bool year_add_act(struct year *year, struct year_acts *acts, const struct year_act *act);
void year_sort_acts(struct year_acts *acts);
size_t year_act_records(const struct year_act *act);             /* how many it becomes */
unsigned year_act_class(const struct year_act *act);             /* their retention class */
void year_expand(struct year *year, const struct year_act *act); /* into the queue */

#endif
