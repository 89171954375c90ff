/* The configuration: the example holds every key, and every wrong value is named with what is allowed. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cmd/config.h"

static const char minimal[] =
    "[knooppunt]\nmap = data\nsleutels = /keys\nconvenant = c.json\n"
    "[certificaten]\ncertificaat = a.pem\nsleutel = a.key\nankers = ca.pem\nintrekkingen = crl\n"
    "[ketenpartners]\nluister = 127.0.0.1:8443\n[medewerkers]\ncontactpunt = s\n"
    "[beheer]\nluister = [::1]:9100\n";

static enum result read_text(const char *text, struct config *out, struct error *err)
{
    char path[] = "/tmp/kb-config-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    const enum result result = config_read(path, out, err);
    (void)unlink(path);
    return result;
}

static void example_holds_every_key(void **state)
{
    (void)state;
    struct config config;
    struct error err = {0};
    static char text[16384];
    assert_int_equal(config_read(TEST_SOURCE_DIR "/node/ketenbrug.voorbeeld.ini", &config, &err), RESULT_OK);
    FILE *in = fopen(TEST_SOURCE_DIR "/node/ketenbrug.voorbeeld.ini", "r");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    (void)fclose(in);
    for (size_t i = 0; config_key_name(i) != NULL; i++) {
        char section[64];
        const char *dot = strchr(config_key_name(i), '.');
        char key[64];
        (void)snprintf(section, sizeof section, "[%.*s]", (int)(dot - config_key_name(i)), config_key_name(i));
        (void)snprintf(key, sizeof key, "\n%s =", dot + 1); /* or nothing behind it */
        const char *at = strstr(text, section);
        assert_non_null(at);
        assert_non_null(strstr(at, key));
        /* Before it stands whether it changes while the node runs. */
        char says[96];
        (void)snprintf(says, sizeof says, "\n# %s: %s\n%s =", dot + 1, config_key_reloads(i) ? "SIGHUP" : "herstart",
                       dot + 1);
        const char *said = strstr(at, says);
        const char *next = strstr(at + 1, "\n[");
        assert_non_null(said);
        assert_true(next == NULL || said < next);
    }
}

static void what_may_change_while_it_runs_and_what_not(void **state)
{
    (void)state;
    struct config before;
    struct config after;
    struct error err = {0};
    assert_int_equal(read_text(minimal, &before, &err), RESULT_OK);
    assert_int_equal(config_may_become(&before, &before, &err), RESULT_OK);
    after = before;
    after.connections = 7;
    after.peer_total_ms = 500;
    (void)snprintf(after.certificate, sizeof after.certificate, "/elders/nieuw.pem");
    assert_int_equal(config_may_become(&before, &after, &err), RESULT_OK);
    after.peer_listen.port = 9443;
    assert_int_equal(config_may_become(&before, &after, &err), RESULT_FAILED);
    assert_string_equal(err.where, "ketenpartners.luister");
    assert_non_null(strstr(err.what, "nu: 127.0.0.1:8443, gevraagd: 127.0.0.1:9443"));
    after = before;
    (void)snprintf(after.desk_listen.host, sizeof after.desk_listen.host, "::1");
    assert_int_equal(config_may_become(&before, &after, &err), RESULT_FAILED);
    assert_non_null(strstr(err.what, "nu: niets, gevraagd: [::1]:0"));
    after = before;
    (void)snprintf(after.folder, sizeof after.folder, "/elders");
    assert_int_equal(config_may_become(&before, &after, &err), RESULT_FAILED);
    assert_string_equal(err.where, "knooppunt.map");
}

static void defaults_and_relative_paths(void **state)
{
    (void)state;
    struct config config;
    struct error err = {0};
    assert_int_equal(read_text(minimal, &config, &err), RESULT_OK);
    assert_string_equal(config.folder, "/tmp/data");
    assert_string_equal(config.key_folder, "/keys");
    assert_int_equal(config.peer_total_ms, 10000);
    assert_int_equal(config.peer_connect_ms, 3000);
    assert_int_equal(config.peer_listen.port, 8443);
    assert_string_equal(config.ops_listen.host, "::1");
    assert_string_equal(config.desk_listen.host, "");
    assert_string_equal(config.desk_certificate, config.certificate);
}

struct wrong {
    const char *line; /* added to the minimal configuration */
    const char *where;
    const char *what;
};

static void wrong_values_are_named(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {"[grenzen]\nhanddruk_ms = 49\n", "grenzen.handdruk_ms", "50 tot en met 60000"},
        {"[grenzen]\nhanddruk_ms = 60001\n", "grenzen.handdruk_ms", "50 tot en met 60000"},
        {"[grenzen]\nhanddruk_ms = vijf\n", "grenzen.handdruk_ms", "getal"},
        {"[grenzen]\nhanddruk_ms = 500x\n", "grenzen.handdruk_ms", "getal"},
        {"[grenzen]\nbestaat_niet = 1\n", "grenzen.bestaat_niet", "voorbeeld"},
        {"[grenzen]\nstil_ms = 100\nstil_ms = 100\n", "grenzen.stil_ms", "een keer"},
        {"[medewerkers]\nluister = 8444\n", "medewerkers.luister", "IP-adres en poort"},
        {"[medewerkers]\nluister = host:8444\n", "medewerkers.luister", "IP-adres en poort"},
        {"[medewerkers]\nluister = 127.0.0.1:65536\n", "medewerkers.luister", "IP-adres en poort"},
        {"zonder gelijkteken\n", "", "sleutel = waarde"},
        {"[open\n", ":", "afdeling"},
        {"[zorgsignalen]\ndagen = 731\n", "zorgsignalen.dagen", "1 tot en met 730"},
        {"[opdrachten]\nreactie_werkdagen = 0\n", "opdrachten.reactie_werkdagen", "1 tot en met 60"},
        {"[opdrachten]\nherinnering_werkdagen = 1\n", "opdrachten.herinnering_werkdagen", "2 tot en met 30"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[2048];
        struct config config;
        struct error err = {0};
        (void)snprintf(text, sizeof text, "%s%s", minimal, cases[i].line);
        assert_int_equal(read_text(text, &config, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_CONFIG);
        assert_non_null(strstr(err.where, cases[i].where));
        assert_non_null(strstr(err.what, cases[i].what));
    }
}

static void operations_stay_on_this_machine(void **state)
{
    (void)state;
    char text[2048];
    struct config config;
    struct error err = {0};
    (void)snprintf(text, sizeof text, "%s", minimal);
    memcpy(strstr(text, "[::1]:9100"), "10.0.0.1:9", 10);
    assert_int_equal(read_text(text, &config, &err), RESULT_FAILED);
    assert_non_null(strstr(err.where, "beheer.luister"));
}

static void missing_key_is_named(void **state)
{
    (void)state;
    struct config config;
    struct error err = {0};
    assert_int_equal(read_text("[knooppunt]\nmap = a\n", &config, &err), RESULT_FAILED);
    assert_non_null(strstr(err.what, "knooppunt.sleutels ontbreekt"));
}

static void long_lines_and_files_are_refused(void **state)
{
    (void)state;
    static char text[8192];
    struct config config;
    struct error err = {0};
    size_t len = (size_t)snprintf(text, sizeof text, "%s# ", minimal);
    memset(text + len, 'x', 1100);
    (void)snprintf(text + len + 1100, sizeof text - len - 1100, "\n");
    assert_int_equal(read_text(text, &config, &err), RESULT_FAILED);
    assert_non_null(strstr(err.what, "1023"));
    len = (size_t)snprintf(text, sizeof text, "%s", minimal);
    memset(text + len, '\n', 2001);
    text[len + 2001] = '\0';
    assert_int_equal(read_text(text, &config, &err), RESULT_FAILED);
    assert_non_null(strstr(err.what, "2000"));
}

static void absent_file_is_named(void **state)
{
    (void)state;
    struct config config;
    struct error err = {0};
    assert_int_equal(config_read("/nergens/ketenbrug.ini", &config, &err), RESULT_FAILED);
    assert_string_equal(err.where, "/nergens/ketenbrug.ini");
}

/* One of the two alone would quietly serve the desk with the certificate of the node. */
static void a_desk_certificate_without_its_key_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"certificaat = desk.pem\n", "sleutel = desk.key\n",
                                        "certificaat = desk.pem\nsleutel = desk.key\n"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        char text[1024];
        struct config config;
        struct error err;
        (void)snprintf(text, sizeof text, "%s[medewerkers]\n%s", minimal, lines[i]);
        assert_int_equal(read_text(text, &config, &err) == RESULT_OK, i == 2);
    }
}

static void bounds_of_the_watch_that_contradict_each_other_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *says;
    } cases[] = {
        {"persoon_dagen = 31\n", "bewaking.persoon_dagen: een termijn is niet langer dan venster_dagen: 30"},
        {"venster_dagen = 10\n", "bewaking.persoon_dagen"},
        {"werk_van = 19\n", "bewaking.werk_van"},
        {"mensen_uren = 25\n", "een getal van 0 tot en met 24"},
        {"persoon_dagen = 30\nwerk_van = 0\nmensen_aantal = 0\n", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[1024];
        struct config config;
        struct error err = {.what = ""};
        (void)snprintf(text, sizeof text, "%s[bewaking]\n%s", minimal, cases[i].lines);
        assert_int_equal(read_text(text, &config, &err) == RESULT_OK, cases[i].says == NULL);
        assert_true(cases[i].says == NULL || strstr(err.what, cases[i].says) != NULL);
    }
}

static void what_people_are_told_by_is_off_unless_it_says_how(void **state)
{
    (void)state;
    struct config config;
    struct config after;
    struct error err = {0};
    char text[1024];
    assert_int_equal(config_read(TEST_SOURCE_DIR "/node/ketenbrug.voorbeeld.ini", &config, &err), RESULT_OK);
    assert_string_equal(config.notice_webhook, "");
    assert_string_equal(config.notice_smtp, "");
    assert_string_equal(config.notice_anchors, "");
    assert_int_equal(read_text(minimal, &config, &err), RESULT_OK);
    assert_string_equal(config.notice_webhook, "");
    assert_int_equal(config.cooperating.signal_days, 365);
    assert_int_equal(config.cooperating.reply_days, 5);
    assert_int_equal(config.cooperating.remind_days, 3);
    (void)snprintf(text, sizeof text,
                   "%s[meldingen]\nwebhook = https://h.voorbeeld.nl:8443/nieuws\nsmtp = smtps://mail.voorbeeld.nl\n"
                   "van = ketenbrug@voorbeeld.nl\nnaar = wijk.team+nieuws@voorbeeld.nl\nankers = post.pem\n"
                   "[zorgsignalen]\ndagen = 730\n[opdrachten]\nreactie_werkdagen = 7\nherinnering_werkdagen = 2\n",
                   minimal);
    assert_int_equal(read_text(text, &after, &err), RESULT_OK);
    assert_string_equal(after.notice_webhook, "https://h.voorbeeld.nl:8443/nieuws");
    assert_string_equal(after.notice_smtp, "smtps://mail.voorbeeld.nl");
    assert_string_equal(after.notice_from, "ketenbrug@voorbeeld.nl");
    assert_string_equal(after.notice_to, "wijk.team+nieuws@voorbeeld.nl");
    assert_string_equal(after.notice_anchors, "/tmp/post.pem");
    assert_int_equal(after.cooperating.signal_days, 730);
    assert_int_equal(after.cooperating.reply_days, 7);
    assert_int_equal(after.cooperating.remind_days, 2);
    memcpy(after.file, config.file, sizeof after.file);
    assert_int_equal(config_may_become(&config, &after, &err), RESULT_OK); /* while the node runs */
}

static void news_goes_by_tls_or_stays_on_this_machine(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool fits;
    } cases[] = {
        {"webhook", "https://h.voorbeeld.nl", true},
        {"webhook", "https://h.voorbeeld.nl/a/b-c_d", true},
        {"webhook", "https://[2001:db8::1]:8443/x", true},
        {"webhook", "http://127.0.0.1:8080/x", true},
        {"webhook", "http://127.9.0.1/x", true},
        {"webhook", "http://[::1]:8080/x", true},
        {"webhook", "http://localhost/x", false},
        {"webhook", "http://h.voorbeeld.nl/x", false},
        {"webhook", "http://127.0.0.1.voorbeeld.nl/x", false},
        {"webhook", "http://128.0.0.1/x", false},
        {"webhook", "http://[::2]/x", false},
        {"webhook", "http://[::1/x", false},
        {"webhook", "HTTPS://h.voorbeeld.nl", false},
        {"webhook", "file:///etc/passwd", false},
        {"webhook", "h.voorbeeld.nl", false},
        {"webhook", "https://", false},
        {"webhook", "https://naam@h.voorbeeld.nl/", false},
        {"webhook", "https://h.voorbeeld.nl:0/", false},
        {"webhook", "https://h.voorbeeld.nl:65536/", false},
        {"webhook", "https://h.voorbeeld.nl:/", false},
        {"webhook", "https://h.voorbeeld.nl/a b", false},
        {"webhook", "https://h.voorbeeld.nl/a?b=c", false},
        {"webhook", "https://h.voorbeeld.nl/#a", false},
        {"webhook", "https://-h.voorbeeld.nl/", false},
        {"webhook", "https://h..nl/", false},
        {"smtp", "smtps://mail.voorbeeld.nl:465", true},
        {"smtp", "smtp://127.0.0.1:25", true},
        {"smtp", "smtp://mail.voorbeeld.nl", false},
        {"smtp", "smtps://mail.voorbeeld.nl/x", false},
        {"smtp", "https://mail.voorbeeld.nl", false},
        {"naar", "a.b+c@voorbeeld.nl", true},
        {"naar", "a@b@voorbeeld.nl", false},
        {"naar", "@voorbeeld.nl", false},
        {"naar", "a@", false},
        {"naar", "a", false},
        {"naar", ".a@voorbeeld.nl", false},
        {"naar", "a.@voorbeeld.nl", false},
        {"naar", "a..b@voorbeeld.nl", false},
        {"naar", "<a@voorbeeld.nl>", false},
        {"naar", "a@voorbeeld.nl, b@voorbeeld.nl", false},
        {"naar", "a b@voorbeeld.nl", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[1024];
        struct config config;
        struct error err = {.where = ""};
        (void)snprintf(text, sizeof text, "%s[meldingen]\nvan = a@b.nl\n%s%s = %s\n", minimal,
                       strcmp(cases[i].key, "smtp") == 0 ? "naar = a@b.nl\n" : "", cases[i].key, cases[i].value);
        if ((read_text(text, &config, &err) == RESULT_OK) != cases[i].fits) {
            fail_msg("%s = %s: %s", cases[i].key, cases[i].value, err.what);
        }
        assert_true(cases[i].fits || strstr(err.where, cases[i].key) != NULL);
    }
}

static void long_addresses_and_mail_without_mailboxes_are_refused(void **state)
{
    (void)state;
    char text[2048];
    char name[NOTICE_URL_MAX + 2];
    struct config config;
    struct error err = {0};
    for (size_t len = NOTICE_URL_MAX; len <= NOTICE_URL_MAX + 1; len++) {
        memset(name, 'a', len);
        memcpy(name, "https://h.nl/", 13);
        name[len] = '\0';
        (void)snprintf(text, sizeof text, "%s[meldingen]\nwebhook = %s\n", minimal, name);
        assert_int_equal(read_text(text, &config, &err) == RESULT_OK, len == NOTICE_URL_MAX);
    }
    for (size_t len = EMAIL_MAX_BYTES; len <= EMAIL_MAX_BYTES + 1; len++) {
        memset(name, 'a', len);
        memcpy(name + len - 5, "@b.nl", 6);
        (void)snprintf(text, sizeof text, "%s[meldingen]\nvan = %s\n", minimal, name);
        assert_int_equal(read_text(text, &config, &err) == RESULT_OK, len == EMAIL_MAX_BYTES);
    }
    (void)snprintf(text, sizeof text, "%s[meldingen]\nsmtp = smtps://m.nl\nvan = a@b.nl\n", minimal);
    assert_int_equal(read_text(text, &config, &err), RESULT_FAILED);
    assert_non_null(strstr(err.what, "meldingen.naar"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_desk_certificate_without_its_key_is_refused),
        cmocka_unit_test(bounds_of_the_watch_that_contradict_each_other_are_named),
        cmocka_unit_test(example_holds_every_key),
        cmocka_unit_test(what_may_change_while_it_runs_and_what_not),
        cmocka_unit_test(defaults_and_relative_paths),
        cmocka_unit_test(wrong_values_are_named),
        cmocka_unit_test(operations_stay_on_this_machine),
        cmocka_unit_test(missing_key_is_named),
        cmocka_unit_test(long_lines_and_files_are_refused),
        cmocka_unit_test(absent_file_is_named),
        cmocka_unit_test(what_people_are_told_by_is_off_unless_it_says_how),
        cmocka_unit_test(news_goes_by_tls_or_stays_on_this_machine),
        cmocka_unit_test(long_addresses_and_mail_without_mailboxes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
