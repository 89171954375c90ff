#include "audit/watch_window.h"

#include <string.h>

#include "audit/watch_table.h"
#include "base/mem.h"

enum {
    BLOCK_ROWS = 4096,
    BLOCKS_MAX = WATCH_LOOKS_MAX / BLOCK_ROWS + 1, /* the oldest and the newest may both be there in part */
    USERS_LEAST = 64,
    /* What a key in the table leads to. */
    OF_USER = 1, /* a user's number */
    OF_PERSON,   /* the newest row of a person, */
    OF_REASON,   /* or of a user and reason */
};
_Static_assert((int)WATCH_LOOKS_MAX % (int)BLOCK_ROWS == 0, "whole blocks");

struct watch_window {
    struct watch_row *blocks[BLOCKS_MAX]; /* row `n` is in block n / BLOCK_ROWS modulo BLOCKS_MAX */
    uint32_t first, next;                 /* rows first .. next - 1 are remembered. 4,000 million in a life: 58 years of
                                             200,000 a day */
    struct watch_table heads;
    struct watch_user **users;
    size_t user_count, user_room;
};

uint64_t watch_mix(uint64_t a, uint64_t b)
{
    uint64_t x = a * UINT64_C(0x9E3779B97F4A7C15) + (b ^ (b >> 29U)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 30U)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27U)) * UINT64_C(0x94D049BB133111EB);
    x ^= x >> 31U;
    return x != 0 ? x : 1;
}

uint32_t watch_fold(uint64_t key)
{
    const uint32_t folded = (uint32_t)(key ^ (key >> 32U));
    return folded != 0 || key == 0 ? folded : 1;
}

static struct watch_row *row_at(const struct watch_window *window, uint32_t number)
{
    return &window->blocks[number / BLOCK_ROWS % BLOCKS_MAX][number % BLOCK_ROWS];
}

const struct watch_row *watch_window_row(const struct watch_window *window, uint32_t number)
{
    return number >= window->first && number < window->next ? row_at(window, number) : NULL;
}

struct watch_user *watch_window_user(const struct watch_window *window, uint32_t user)
{
    return window->users[user];
}

size_t watch_window_users(const struct watch_window *window)
{
    return window->user_count;
}

struct watch_user_day *watch_user_day(struct watch_user *user, uint16_t day)
{
    struct watch_user_day *found = &user->days[day % WATCH_USER_DAYS];
    if (found->day != day) {
        *found = (struct watch_user_day){.day = day};
    }
    return found;
}

int64_t watch_window_since(const struct watch_window *window)
{
    const struct watch_row *oldest = watch_window_row(window, window->first);
    return oldest != NULL ? oldest->time_ms : INT64_MAX;
}

struct watch_window *watch_window_new(void)
{
    struct watch_window *window = mem_zalloc(sizeof *window);
    if (window != NULL) {
        window->first = window->next = 1;
    }
    return window;
}

void watch_window_free(struct watch_window *window)
{
    if (window == NULL) {
        return;
    }
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        mem_free(window->blocks[i]);
    }
    for (size_t i = 0; i < window->user_count; i++) {
        mem_free(window->users[i]);
    }
    mem_free(window->users);
    watch_table_free(&window->heads);
    mem_free(window);
}

/* ---- forgetting ---- */

/* A chain whose newest row goes is empty: its rows go in order. */
static void forget_head(struct watch_window *window, uint64_t key, uint32_t number)
{
    uint32_t newest = 0;
    if (watch_table_get(&window->heads, key, &newest) && newest == number) {
        watch_table_remove(&window->heads, key);
    }
}

static void forget_user(struct watch_window *window, uint32_t number, uint32_t row)
{
    struct watch_user *user = number != WATCH_NOBODY ? window->users[number] : NULL;
    if (user != NULL && user->last == row) {
        watch_table_remove(&window->heads, watch_mix(user->key, OF_USER));
        *user = (struct watch_user){0};
    }
}

static void forget_first(struct watch_window *window)
{
    const uint32_t number = window->first++;
    const struct watch_row *row = row_at(window, number);
    forget_head(window, watch_mix(row->person, OF_PERSON), number);
    if (row->reason != 0) {
        forget_head(window, watch_mix(row->reason, OF_REASON), number);
    }
    forget_user(window, row->user, number);
    if (number % BLOCK_ROWS == BLOCK_ROWS - 1) {
        struct watch_row **block = &window->blocks[number / BLOCK_ROWS % BLOCKS_MAX];
        mem_free(*block);
        *block = NULL;
    }
}

void watch_window_forget(struct watch_window *window, int64_t before_ms)
{
    while (window->first != window->next && row_at(window, window->first)->time_ms < before_ms) {
        forget_first(window);
    }
}

/* ---- adding ---- */

static bool make_user(struct watch_window *window, const struct watch_look *look, uint32_t *number)
{
    size_t at = 0;
    while (at < window->user_count && window->users[at]->key != 0) {
        at++;
    }
    if (at == window->user_room) {
        const size_t room = at == 0 ? USERS_LEAST : at * 2;
        struct watch_user **users = mem_realloc(window->users, room * sizeof(struct watch_user *));
        if (users == NULL) {
            return false;
        }
        window->users = users;
        window->user_room = room;
    }
    if (at == window->user_count) {
        window->users[at] = mem_alloc(sizeof *window->users[at]);
        if (window->users[at] == NULL) {
            return false;
        }
        window->user_count++;
    }
    *window->users[at] = (struct watch_user){.key = look->user_key};
    *number = (uint32_t)at;
    return true;
}

/* A user, a person and a reason may each be new. */
static bool make_room(struct watch_window *window, const struct watch_look *look, uint32_t *user)
{
    struct watch_row **block = &window->blocks[window->next / BLOCK_ROWS % BLOCKS_MAX];
    *user = WATCH_NOBODY;
    if (*block == NULL) {
        *block = mem_array(BLOCK_ROWS, sizeof **block);
    }
    if (*block == NULL || !watch_table_reserve(&window->heads, 3)) {
        return false;
    }
    if ((look->flags & WATCH_WITHDRAWAL) != 0) {
        return true;
    }
    const uint64_t key = watch_mix(look->user_key, OF_USER);
    if (!watch_table_get(&window->heads, key, user)) {
        if (!make_user(window, look, user)) {
            return false;
        }
        watch_table_put(&window->heads, key, *user);
    }
    return true;
}

static uint32_t chain(struct watch_window *window, uint64_t key, uint32_t number)
{
    uint32_t before = 0;
    (void)watch_table_get(&window->heads, key, &before);
    watch_table_put(&window->heads, key, number);
    return before;
}

static void chain_user(struct watch_user *user, const struct watch_look *look, struct watch_row *row, uint32_t number)
{
    const bool goes_on = look->consult != 0 && look->consult == user->consult;
    user->reason = look->reason != 0 ? look->reason : goes_on ? user->reason : 0;
    user->consult = look->consult;
    user->role = look->role != 0 ? look->role : user->role;
    (void)slice_copy_text(slice_text(look->user), user->name, sizeof user->name);
    row->by_user = user->last;
    row->reason = user->reason != 0 ? watch_mix(user->key, user->reason) : 0;
    user->last = number;
}

enum result watch_window_add(struct watch_window *window, const struct watch_look *look, uint16_t night,
                             uint32_t *number, struct error *err)
{
    uint32_t user = WATCH_NOBODY;
    while (window->next - window->first >= WATCH_LOOKS_MAX) {
        forget_first(window);
    }
    ENSURE(make_room(window, look, &user), err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
    const uint32_t at = window->next++;
    struct watch_row *row = row_at(window, at);
    *row = (struct watch_row){
        .sequence = look->sequence,
        .time_ms = look->time_ms,
        .person = look->person,
        .household = look->household != 0 ? look->household : look->person,
        .user = user,
        .case_key = watch_fold(user == WATCH_NOBODY ? look->user_key : look->case_key),
        .consult = watch_fold(look->consult),
        .flags = (uint16_t)look->flags,
        .night = night,
    };
    row->by_person = chain(window, watch_mix(look->person, OF_PERSON), at);
    if (user != WATCH_NOBODY) {
        chain_user(window->users[user], look, row, at);
    }
    if (row->reason != 0) {
        row->by_reason = chain(window, watch_mix(row->reason, OF_REASON), at);
    }
    *number = at;
    return RESULT_OK;
}
