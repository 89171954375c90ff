#include "cmd/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/limits.h"
#include "cmd/config_values.h"
#include "cmd/files.h"

enum { CONFIG_BYTES_MAX = 2097152 };

enum config_kind {
    CONFIG_PATH,
    CONFIG_LISTEN,
    CONFIG_LOOPBACK,
    CONFIG_NUMBER,
    /* Of these, nothing behind the equals sign is "none". */
    CONFIG_PATH_OR_NONE,
    CONFIG_WEBHOOK,
    CONFIG_MAIL_SERVER,
    CONFIG_MAILBOX,
};

struct config_row {
    const char *key; /* afdeling.sleutel */
    enum config_kind kind;
    size_t offset;
    bool required;
    bool reloads;               /* SIGHUP takes another value over; else that is refused */
    int64_t min, max, standard; /* numbers */
};

#define ROW(key, kind, member, required, reloads, min, max, standard)                                                  \
    {                                                                                                                  \
        (key), (kind), offsetof(struct config, member), (required), (reloads), (min), (max), (standard)                \
    }

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static const struct config_row rows[] = {
    ROW("knooppunt.map", CONFIG_PATH, folder, true, false, 0, 0, 0),
    ROW("knooppunt.sleutels", CONFIG_PATH, key_folder, true, false, 0, 0, 0),
    ROW("knooppunt.convenant", CONFIG_PATH, covenant, true, true, 0, 0, 0),
    ROW("knooppunt.handtekeningen", CONFIG_PATH, signatures, false, true, 0, 0, 0),
    ROW("certificaten.certificaat", CONFIG_PATH, certificate, true, true, 0, 0, 0),
    ROW("certificaten.sleutel", CONFIG_PATH, key, true, true, 0, 0, 0),
    ROW("certificaten.ankers", CONFIG_PATH, anchors, true, true, 0, 0, 0),
    ROW("certificaten.intrekkingen", CONFIG_PATH, crl_folder, true, true, 0, 0, 0),
    ROW("ketenpartners.luister", CONFIG_LISTEN, peer_listen, true, false, 0, 0, 0),
    ROW("ketenpartners.verbinden_ms", CONFIG_NUMBER, peer_connect_ms, false, true, 50, 60000, PEER_CONNECT_MS),
    ROW("ketenpartners.antwoord_ms", CONFIG_NUMBER, peer_total_ms, false, true, 100, 120000, PEER_TOTAL_MS),
    ROW("ketenpartners.convenanten_ms", CONFIG_NUMBER, exchange_ms, false, false, 100, 3600000, COVENANT_EXCHANGE_MS),
    ROW("medewerkers.luister", CONFIG_LISTEN, desk_listen, false, false, 0, 0, 0),
    ROW("medewerkers.certificaat", CONFIG_PATH, desk_certificate, false, true, 0, 0, 0),
    ROW("medewerkers.sleutel", CONFIG_PATH, desk_key, false, true, 0, 0, 0),
    ROW("medewerkers.contactpunt", CONFIG_PATH, desk_socket, true, false, 0, 0, 0),
    ROW("beheer.luister", CONFIG_LOOPBACK, ops_listen, true, false, 0, 0, 0),
    ROW("logboek.eigen_maanden", CONFIG_NUMBER, own_months, false, false, 1, 240, LOG_OWN_MONTHS),
    ROW("logboek.controlepunt_ms", CONFIG_NUMBER, checkpoint_ms, false, false, 100, 3600000, CHECKPOINT_MS),
    ROW("koppeling.tik_ms", CONFIG_NUMBER, match_tick_ms, false, false, 100, DAY_MS, MATCH_TICK_MS),
    ROW("koppeling.spoed_tik_ms", CONFIG_NUMBER, match_urgent_tick_ms, false, false, 100, DAY_MS, MATCH_TICK_URGENT_MS),
    ROW("koppeling.periode_ms", CONFIG_NUMBER, match_epoch_ms, false, false, 1000, 366 * DAY_MS,
        MATCH_EPOCH_MS_DAYS *DAY_MS),
    ROW("koppeling.overlap_ms", CONFIG_NUMBER, match_overlap_ms, false, false, 100, 91 * DAY_MS,
        MATCH_OVERLAP_HOURS *HOUR_MS),
    ROW("koppeling.verwijderen_ms", CONFIG_NUMBER, match_removal_ms, false, false, 0, DAY_MS, MATCH_REMOVAL_MS),
    ROW("koppeling.waarden_ms", CONFIG_NUMBER, match_values_ms, false, false, 1000, 366 * DAY_MS,
        MATCH_VALUES_DAYS *DAY_MS),
#define X(code, key, min, max, standard)                                                                               \
    ROW("bewaking." key, CONFIG_NUMBER, watch.value[code], false, true, min, max, standard),
    WATCH_LIMIT_TABLE(X)
#undef X
        ROW("stuurcijfers.kleinste", CONFIG_NUMBER, figures_least, false, true, FIGURES_LEAST_MIN, 100, FIGURES_LEAST),
    ROW("meldingen.webhook", CONFIG_WEBHOOK, notice_webhook, false, true, 0, 0, 0),
    ROW("meldingen.smtp", CONFIG_MAIL_SERVER, notice_smtp, false, true, 0, 0, 0),
    ROW("meldingen.van", CONFIG_MAILBOX, notice_from, false, true, 0, 0, 0),
    ROW("meldingen.naar", CONFIG_MAILBOX, notice_to, false, true, 0, 0, 0),
    ROW("meldingen.ankers", CONFIG_PATH_OR_NONE, notice_anchors, false, true, 0, 0, 0),
    ROW("zorgsignalen.dagen", CONFIG_NUMBER, cooperating.signal_days, false, true, 1, SIGNAL_DAYS_MAX, SIGNAL_DAYS),
    ROW("opdrachten.reactie_werkdagen", CONFIG_NUMBER, cooperating.reply_days, false, true, 1, 60, TASK_REPLY_WORKDAYS),
    ROW("opdrachten.herinnering_werkdagen", CONFIG_NUMBER, cooperating.remind_days, false, true,
        TASK_REMIND_LAST_WORKDAYS + 1, 30, TASK_REMIND_WORKDAYS),
    ROW("grenzen.handdruk_ms", CONFIG_NUMBER, handshake_ms, false, true, 50, 60000, HTTP_HANDSHAKE_MS),
    ROW("grenzen.stil_ms", CONFIG_NUMBER, idle_ms, false, true, 50, 3600000, HTTP_IDLE_MS),
    ROW("grenzen.kop_ms", CONFIG_NUMBER, headers_ms, false, true, 50, 60000, HTTP_HEADERS_MS),
    ROW("grenzen.inhoud_ms", CONFIG_NUMBER, body_ms, false, true, 50, 600000, HTTP_BODY_MS),
    ROW("grenzen.schrijven_ms", CONFIG_NUMBER, write_ms, false, true, 50, 600000, HTTP_WRITE_MS),
    ROW("grenzen.afronden_ms", CONFIG_NUMBER, drain_ms, false, true, 50, 600000, HTTP_DRAIN_MS),
    ROW("grenzen.verbindingen", CONFIG_NUMBER, connections, false, true, 1, 65536, HTTP_MAX_CONNECTIONS),
    ROW("grenzen.verbindingen_per_ketenpartner", CONFIG_NUMBER, peer_connections, false, false, 1, 65536,
        HTTP_PEER_CONNECTIONS),
    ROW("grenzen.handdrukken_per_seconde", CONFIG_NUMBER, handshakes_per_s, false, false, 1, 100000,
        HTTP_HANDSHAKES_PER_S),
};

const char *config_key_name(size_t index)
{
    return index < COUNT_OF(rows) ? rows[index].key : NULL;
}

bool config_key_reloads(size_t index)
{
    return rows[index].reloads;
}

void config_address_text(const struct config_address *address, char out[CONFIG_ADDRESS_TEXT])
{
    const bool v6 = strchr(address->host, ':') != NULL;
    (void)snprintf(out, CONFIG_ADDRESS_TEXT, "%s%s%s:%u", v6 ? "[" : "", address->host, v6 ? "]" : "", address->port);
    if (address->host[0] == '\0') {
        out[0] = '\0';
    }
}

static void value_text(const struct config *config, const struct config_row *row, char out[CONFIG_PATH_MAX])
{
    const char *at = (const char *)config + row->offset;
    struct config_address address;
    int64_t number = 0;
    switch (row->kind) {
    case CONFIG_NUMBER:
        memcpy(&number, at, sizeof number);
        (void)snprintf(out, CONFIG_PATH_MAX, "%lld", (long long)number);
        break;
    case CONFIG_LISTEN:
    case CONFIG_LOOPBACK:
        memcpy(&address, at, sizeof address);
        config_address_text(&address, out);
        break;
    default:
        (void)snprintf(out, CONFIG_PATH_MAX, "%s", at);
        break;
    }
}

bool config_change(const struct config *before, const struct config *after, size_t index, struct config_change *out)
{
    out->key = rows[index].key;
    out->reloads = rows[index].reloads;
    value_text(before, &rows[index], out->before);
    value_text(after, &rows[index], out->after);
    return strcmp(out->before, out->after) != 0;
}

enum result config_may_become(const struct config *before, const struct config *after, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct config_change change;
        ENSURE(!config_change(before, after, i, &change) || change.reloads, err, FAULT_CONFIG, change.key,
               "kan alleen bij een herstart veranderen; nu: %.150s, gevraagd: %.150s",
               change.before[0] != '\0' ? change.before : "niets", change.after[0] != '\0' ? change.after : "niets");
    }
    return RESULT_OK;
}

const char *config_file(const char *given)
{
    const char *from_environment = getenv("KETENBRUG_CONFIG");
    return given != NULL ? given : from_environment != NULL ? from_environment : "/etc/ketenbrug/ketenbrug.ini";
}

struct reader {
    struct config *out;
    bool seen[COUNT_OF(rows)];
};

static enum result set_path(struct config *out, const struct config_row *row, const struct ini_entry *entry,
                            struct error *err)
{
    const char *value = entry->value;
    char *to = (char *)out + row->offset;
    const char *slash = strrchr(entry->file, '/');
    const int folder = value[0] != '/' && slash != NULL ? (int)(slash - entry->file) + 1 : 0;
    const int len = snprintf(to, CONFIG_PATH_MAX, "%.*s%s", folder, entry->file, value);
    if (value[0] == '\0' || len < 0 || len >= CONFIG_PATH_MAX) {
        return ini_refuse(entry, "een pad van 1 tot en met 511 bytes", err);
    }
    return RESULT_OK;
}

static enum result parse_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max) {
        return RESULT_FAILED;
    }
    *out = value;
    return RESULT_OK;
}

static enum result set_address(struct config *out, const struct config_row *row, const struct ini_entry *entry,
                               struct error *err)
{
    const char *value = entry->value;
    static const char allowed[] = "een IP-adres en poort, zoals 127.0.0.1:8443 of [::1]:8443";
    struct config_address address = {.port = 0};
    const char *colon = strrchr(value, ':');
    const bool v6 = value[0] == '[' && colon != NULL && colon > value && colon[-1] == ']';
    int64_t port = 0;
    if (colon == NULL || parse_number(colon + 1, 0, 65535, &port) != RESULT_OK) {
        return ini_refuse(entry, allowed, err);
    }
    const size_t len = (size_t)(colon - value) - (v6 ? 2U : 0U);
    if (len == 0 || len >= sizeof address.host) {
        return ini_refuse(entry, allowed, err);
    }
    memcpy(address.host, value + (v6 ? 1 : 0), len);
    address.port = (uint16_t)port;
    struct in6_addr parsed;
    if (inet_pton(v6 ? AF_INET6 : AF_INET, address.host, &parsed) != 1) {
        return ini_refuse(entry, allowed, err);
    }
    if (row->kind == CONFIG_LOOPBACK && strncmp(address.host, "127.", 4) != 0 && strcmp(address.host, "::1") != 0) {
        return ini_refuse(entry, "een adres van deze machine zelf, zoals 127.0.0.1:9100", err);
    }
    memcpy((char *)out + row->offset, &address, sizeof address);
    return RESULT_OK;
}

static enum result set_text(struct config *out, const struct config_row *row, const struct ini_entry *entry,
                            struct error *err)
{
    static const struct {
        bool (*fits)(const char *text);
        const char *allowed;
    } texts[] = {
        [CONFIG_WEBHOOK] =
            {config_is_webhook,
             "niets, of https://naam[:poort][/pad] tot 255 tekens; http:// alleen naar 127.0.0.1 of [::1]"},
        [CONFIG_MAIL_SERVER] =
            {config_is_mail_server,
             "niets, of smtps://naam[:poort] tot 255 tekens; smtp:// alleen naar 127.0.0.1 of [::1]"},
        [CONFIG_MAILBOX] = {config_is_mailbox, "niets, of een postbus als ketenbrug@voorbeeld.nl"},
    };
    if (!texts[row->kind].fits(entry->value)) {
        return ini_refuse(entry, texts[row->kind].allowed, err);
    }
    (void)snprintf((char *)out + row->offset, CONFIG_PATH_MAX, "%s", entry->value);
    return RESULT_OK;
}

static enum result set_value(struct config *out, const struct config_row *row, const struct ini_entry *entry,
                             struct error *err)
{
    int64_t number = 0;
    switch (row->kind) {
    case CONFIG_PATH:
        return set_path(out, row, entry, err);
    case CONFIG_PATH_OR_NONE:
        return entry->value[0] != '\0' ? set_path(out, row, entry, err) : RESULT_OK;
    case CONFIG_LISTEN:
    case CONFIG_LOOPBACK:
        return set_address(out, row, entry, err);
    case CONFIG_WEBHOOK:
    case CONFIG_MAIL_SERVER:
    case CONFIG_MAILBOX:
        return entry->value[0] != '\0' ? set_text(out, row, entry, err) : RESULT_OK;
    case CONFIG_NUMBER:
        break;
    }
    if (parse_number(entry->value, row->min, row->max, &number) != RESULT_OK) {
        char allowed[80];
        (void)snprintf(allowed, sizeof allowed, "een getal van %lld tot en met %lld", (long long)row->min,
                       (long long)row->max);
        return ini_refuse(entry, allowed, err);
    }
    memcpy((char *)out + row->offset, &number, sizeof number);
    return RESULT_OK;
}

static enum result take_entry(void *ctx, const struct ini_entry *entry, struct error *err)
{
    struct reader *r = ctx;
    char key[96];
    (void)snprintf(key, sizeof key, "%s.%s", entry->section, entry->key);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strcmp(rows[i].key, key) == 0) {
            if (r->seen[i]) {
                return ini_refuse(entry, "elke sleutel hoogstens een keer", err);
            }
            r->seen[i] = true;
            return set_value(r->out, &rows[i], entry, err);
        }
    }
    return ini_refuse(entry, "alleen sleutels uit het voorbeeld node/ketenbrug.voorbeeld.ini", err);
}

static enum result set_defaults(const struct reader *r, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ENSURE(r->seen[i] || !rows[i].required, err, FAULT_CONFIG, r->out->file, "%s ontbreekt en is verplicht",
               rows[i].key);
        if (!r->seen[i] && rows[i].kind == CONFIG_NUMBER) {
            memcpy((char *)r->out + rows[i].offset, &rows[i].standard, sizeof rows[i].standard);
        }
    }
    return RESULT_OK;
}

/* Each within its bounds; together they must make sense too. */
static enum result check_watch(const struct config *config, struct error *err)
{
    struct error why;
    ENSURE(watch_limits_check(&config->watch, &why) == RESULT_OK, err, FAULT_CONFIG, config->file, "bewaking.%s: %s",
           why.where, why.what);
    return RESULT_OK;
}

enum result config_read(const char *file, struct config *out, struct error *err)
{
    struct config config = {.file = ""};
    struct reader reader = {.out = &config};
    struct buf text;
    ENSURE(strlen(file) < sizeof config.file, err, FAULT_CONFIG, file, "dit pad is te lang");
    memcpy(config.file, file, strlen(file) + 1);
    buf_init(&text, CONFIG_BYTES_MAX);
    enum result result = file_read(file, &text, err);
    if (result != RESULT_OK) {
        err->fault = FAULT_CONFIG;
    } else {
        result = ini_read(buf_slice(&text), file, take_entry, &reader, err);
    }
    buf_free(&text);
    TRY(result);
    TRY(set_defaults(&reader, err));
    ENSURE((config.desk_certificate[0] == '\0') == (config.desk_key[0] == '\0'), err, FAULT_CONFIG, file,
           "medewerkers.certificaat en medewerkers.sleutel horen bij elkaar");
    ENSURE(config.notice_smtp[0] == '\0' || (config.notice_from[0] != '\0' && config.notice_to[0] != '\0'), err,
           FAULT_CONFIG, file, "bij meldingen.smtp horen meldingen.van en meldingen.naar");
    TRY(check_watch(&config, err));
    if (config.desk_certificate[0] == '\0') {
        memcpy(config.desk_certificate, config.certificate, sizeof config.certificate);
        memcpy(config.desk_key, config.key, sizeof config.key);
    }
    *out = config;
    return RESULT_OK;
}
