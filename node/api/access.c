#include "api/access.h"

#include <string.h>
#include <strings.h>

#include "base/bytes.h"

struct role_row {
    const char *word;
    uint32_t may;
};

static const struct role_row role_rows[ROLE_COUNT] = {
#define X(code, word, may) {(word), (may)},
    ROLE_TABLE(X)
#undef X
};

const char *role_word(enum role role)
{
    return role_rows[role].word;
}

bool role_parse(struct slice word, enum role *out)
{
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (slice_is(word, role_rows[i].word)) {
            *out = (enum role)i;
            return true;
        }
    }
    return false;
}

const char *role_words(void)
{
#define X(code, word, may) ", " word
    static const char all[] = ROLE_TABLE(X);
#undef X
    return all + 2; /* behind the first comma */
}

uint32_t role_may(uint32_t roles)
{
    uint32_t may = 0;
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if ((roles & (1U << i)) != 0) {
            may |= role_rows[i].may;
        }
    }
    return may;
}

uint32_t roles_that_may(uint32_t permission)
{
    uint32_t roles = 0;
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        roles |= (role_rows[i].may & permission) != 0 ? 1U << i : 0;
    }
    return roles;
}

bool user_name_ok(struct slice name)
{
    static const char own[] = NODE_ACCOUNT_NAME;
    /* Nor what looks like the node's own account in the log. */
    if (name.len == 0 || name.len > USER_NAME_MAX ||
        (name.len == sizeof own - 1 && strncasecmp((const char *)name.ptr, own, name.len) == 0)) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-')) {
            return false;
        }
    }
    return true;
}

enum { USER_VERSION_BARE = 1, USER_VERSION = 2, USER_FIXED = 6, USER_ACCEPTED = 5 };

/* Version 2: version, blocked, roles (4 bytes); day of accepting the regulation (year 2 bytes, month, day; zeros: never),
 * length and bytes of its version; name to the end. Version 1 had no regulation. */
void user_encode(const struct user *user, struct buf *out)
{
    uint8_t fixed[USER_FIXED] = {USER_VERSION, user->blocked ? 1 : 0};
    bytes_put_u32(fixed + 2, user->roles);
    buf_bytes(out, fixed, sizeof fixed);
    uint8_t accepted[USER_ACCEPTED] = {0, 0, user->accepted.month, user->accepted.day, 0};
    bytes_put_u16(accepted, (uint16_t)user->accepted.year);
    accepted[USER_ACCEPTED - 1] = (uint8_t)strlen(user->regulation);
    buf_bytes(out, accepted, sizeof accepted);
    buf_text(out, user->regulation);
    buf_text(out, user->name);
}

/* Gives how many bytes it took; 0: it is no such thing. */
static size_t take_regulation(struct slice bytes, struct user *user)
{
    if (bytes.len < USER_ACCEPTED || bytes.len < USER_ACCEPTED + (size_t)bytes.ptr[USER_ACCEPTED - 1]) {
        return 0;
    }
    const size_t len = bytes.ptr[USER_ACCEPTED - 1];
    const struct date day = {(int16_t)bytes_get_u16(bytes.ptr), bytes.ptr[2], bytes.ptr[3]};
    if ((date_is_set(&day) && !date_exists(&day)) ||
        !slice_copy_text(slice_of(bytes.ptr + USER_ACCEPTED, len), user->regulation, sizeof user->regulation)) {
        return 0;
    }
    user->accepted = day;
    return USER_ACCEPTED + len;
}

enum result user_decode(struct slice bytes, struct user *out, struct error *err)
{
    static const char unknown[] = "onbekende vorm van een gebruiker";
    struct user user = {0};
    ENSURE(bytes.len > USER_FIXED && (bytes.ptr[0] == USER_VERSION || bytes.ptr[0] == USER_VERSION_BARE), err,
           FAULT_STORE, "gebruiker", "%s", unknown);
    struct slice rest = slice_of(bytes.ptr + USER_FIXED, bytes.len - USER_FIXED);
    user.blocked = bytes.ptr[1] != 0;
    user.roles = bytes_get_u32(bytes.ptr + 2);
    if (bytes.ptr[0] == USER_VERSION) {
        const size_t taken = take_regulation(rest, &user);
        ENSURE(taken != 0, err, FAULT_STORE, "gebruiker", "%s", unknown);
        rest = slice_of(rest.ptr + taken, rest.len - taken);
    }
    ENSURE(rest.len != 0 && slice_copy_text(rest, user.name, sizeof user.name), err, FAULT_STORE, "gebruiker", "%s",
           unknown);
    *out = user;
    return RESULT_OK;
}
