/* Addresses of partners: what is taken, in what form, and what is refused. */
#include "unit/unit.h"

#include "peer/peer_parts.h"

#define N63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *url;
    const char *authority; /* NULL: refused */
} rows[] = {
    {"https://knoop.example", "knoop.example:443"},
    {"https://Knoop.EXAMPLE:443", "knoop.example:443"},
    {"https://knoop.example:8443", "knoop.example:8443"},
    {"https://127.0.0.1:1", "127.0.0.1:1"},
    {"https://[::1]:65535", "[::1]:65535"},
    {"https://[2001:DB8::1]", "[2001:db8::1]:443"},
    {"https://" N63 "." N63 "." N63 "." N63, N63 "." N63 "." N63 "." N63 ":443"},
    {"https://" N63 "." N63 "." N63 "." N63 "." N63, NULL},
    {NULL, NULL},
    {"", NULL},
    {"http://knoop.example", NULL},
    {"HTTPS://knoop.example", NULL},
    {"https://", NULL},
    {"https://:443", NULL},
    {"https://knoop.example/", NULL},
    {"https://knoop.example/pad", NULL},
    {"https://knoop.example?x", NULL},
    {"https://knoop.example#x", NULL},
    {"https://gebruiker@knoop.example", NULL},
    {"https://knoop.example:", NULL},
    {"https://knoop.example:0", NULL},
    {"https://knoop.example:65536", NULL},
    {"https://knoop.example:000443", NULL},
    {"https://knoop.example:44x", NULL},
    {"https://knoop.example:443:443", NULL},
    {"https://knoop_1.example", NULL},
    {"https://kn\xc3\xb6op.example", NULL},
    {"https://knoop.example\r\nx: y", NULL},
    {"https://[::1", NULL},
    {"https://[]", NULL},
    {"https://[::1]x", NULL},
    {"https://[knoop]", NULL},
};

static void addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char authority[PEER_AUTHORITY_MAX] = "onaangeroerd";
        struct error err = {0};
        const enum result result = peer_authority(rows[i].url, authority, &err);
        if ((result == RESULT_OK) != (rows[i].authority != NULL)) {
            fail_msg("row %zu: %s", i, rows[i].url);
        }
        assert_string_equal(authority, rows[i].authority != NULL ? rows[i].authority : "onaangeroerd");
        assert_int_equal(err.fault, rows[i].authority != NULL ? FAULT_NONE : FAULT_INVALID);
    }
}

static void outcomes_have_their_own_words(void **state)
{
    (void)state;
    for (enum peer_outcome_kind a = 0; a < PEER_OUTCOME_COUNT; a++) {
        for (enum peer_outcome_kind b = 0; b < a; b++) {
            assert_string_not_equal(peer_outcome_slug(a), peer_outcome_slug(b));
            assert_string_not_equal(peer_outcome_text(a), peer_outcome_text(b));
        }
    }
    assert_string_equal(peer_outcome_slug(PEER_OUTCOME_COUNT), "onbekend");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(outcomes_have_their_own_words),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
