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

enum { USER_VERSION = 1, USER_FIXED = 6 };

/* Version 1: version, blocked, roles (4 bytes), name to the end. */
void user_encode(const struct user *user, struct buf *out)
{
    uint8_t fixed[USER_FIXED] = {USER_VERSION, user->blocked ? 1 : 0};
    bytes_put_u32(fixed + 2, user->roles);
    buf_bytes(out, fixed, sizeof fixed);
    buf_text(out, user->name);
}

enum result user_decode(struct slice bytes, struct user *out, struct error *err)
{
    struct user user = {0};
    ENSURE(bytes.len > USER_FIXED && bytes.ptr[0] == USER_VERSION, err, FAULT_STORE, "gebruiker",
           "onbekende vorm van een gebruiker");
    user.blocked = bytes.ptr[1] != 0;
    user.roles = bytes_get_u32(bytes.ptr + 2);
    ENSURE(slice_copy_text(slice_of(bytes.ptr + USER_FIXED, bytes.len - USER_FIXED), user.name, sizeof user.name), err,
           FAULT_STORE, "gebruiker", "onbekende vorm van een gebruiker");
    *out = user;
    return RESULT_OK;
}
