#include "cmd/watch_parts.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "api/book.h"
#include "api/checkpoints.h"
#include "api/lookups.h"
#include "api/notices.h"
#include "api/outbox.h"
#include "api/sharing.h"
#include "api/tasks.h"
#include "audit/retention.h"
#include "base/bytes.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { FORKS_EVERY_MS = 60000 };

const char *const watch_listener_names[STANDING_LISTENERS] = {"contactpunt", "ketenpartners", "medewerkers"};

struct watch {
    struct watch_options options;
    struct trust_dates peers;
    struct trust_dates desk;
    int64_t started_ms;
    bool stopping;
    bool probing; /* a write is being tried */
    uint64_t forks;
    int64_t forks_next_ms; /* when they are counted anew */
    pthread_mutex_t lock;
    struct standing shown;
};

struct watch *watch_new(const struct watch_options *options)
{
    struct watch *watch = mem_zalloc(sizeof *watch);
    if (watch != NULL) {
        watch->options = *options;
        watch->started_ms = clock_now(options->api->clock);
        (void)pthread_mutex_init(&watch->lock, NULL);
        watch->shown.version = KETENBRUG_VERSION;
        (void)snprintf(watch->shown.not_ready, sizeof watch->shown.not_ready, "het knooppunt start\n");
    }
    return watch;
}

void watch_free(struct watch *watch)
{
    if (watch != NULL) {
        (void)pthread_mutex_destroy(&watch->lock);
        mem_free(watch);
    }
}

void watch_trust(struct watch *watch, const struct trust *peers, const struct trust *desk)
{
    if (peers != NULL) {
        watch->peers = trust_dates(peers);
    }
    if (desk != NULL) {
        watch->desk = trust_dates(desk);
    }
}

/* ---- numbers ---- */

static uint64_t file_bytes(const char *folder, const char *name)
{
    char path[CONFIG_PATH_MAX + 32];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static uint64_t free_bytes(const char *folder)
{
    struct statvfs room;
    return statvfs(folder, &room) == 0 ? (uint64_t)room.f_bavail * room.f_frsize : 0;
}

static uint64_t resident_bytes(void)
{
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "re"); /* pages: all, resident, ... */
    if (file != NULL) {
        if (fgets(line, sizeof line, file) == NULL) {
            line[0] = '\0';
        }
        (void)fclose(file);
    }
    const char *resident = strchr(line, ' ');
    return resident != NULL ? strtoull(resident, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t open_files(void)
{
    uint64_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count > 3 ? count - 3 : 0; /* ".", ".." and the folder itself */
}

static void take_process(struct standing *s)
{
    struct rusage usage;
    s->resident_bytes = resident_bytes();
    s->open_files = open_files();
    struct rlimit files;
    s->max_files = getrlimit(RLIMIT_NOFILE, &files) == 0 ? (uint64_t)files.rlim_cur : 0;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        s->cpu_seconds = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
}

static void take_listeners(const struct watch *watch, struct standing *s)
{
    for (size_t i = 0; i < *watch->options.open_servers && i < STANDING_LISTENERS; i++) {
        struct http_server_stats n;
        http_server_stats(watch->options.servers[i], &n);
        s->listeners[i] = (struct standing_listener){watch_listener_names[i],
                                                     n.accepted,
                                                     n.connections_now,
                                                     n.handshakes,
                                                     n.handshake_failures,
                                                     n.requests,
                                                     n.answers_2xx,
                                                     n.answers_4xx,
                                                     n.answers_5xx,
                                                     n.shed,
                                                     n.cut_abuse,
                                                     n.refused_connections,
                                                     n.rests};
    }
}

static void take_head(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct standing *s = ctx;
    if (err == NULL) {
        struct sha256 root;
        s->log_leaves = tree->size;
        s->log_bytes = tree->size * LOG_LEAF_BYTES;
        merkle_root(tree, &root);
        hex_encode(slice_of(root.bytes, SHA256_SIZE), s->log_root);
    }
}

static void take_backup(void *ctx, struct slice value, const struct error *err)
{
    struct standing *s = ctx;
    if (err == NULL && value.len == 8) {
        s->last_backup = (int64_t)(bytes_get_u64(value.ptr) / 1000);
    }
}

static int64_t end_of_day(const struct date *date)
{
    char text[MOMENT_TEXT_SIZE + 8];
    int64_t at_ms = 0;
    (void)snprintf(text, sizeof text, "%sT23:59:59Z", date_text(date).text);
    return moment_parse(slice_text(text), &at_ms) ? at_ms / 1000 : 0;
}

static void take_log_keys(const struct api *api, struct standing *s)
{
    const struct audit_findings found = audit_findings(api->audit);
    s->log_keys = found.present;
    s->log_keys_destroyed = found.destroyed;
    s->log_keys_over = found.over;
    s->log_keys_wrong = found.missing + found.unfinished;
    s->log_keys_needed = found.missing_now;
    s->log_holds = found.holds;
    s->log_holds_wrong = found.holds_missing + found.holds_unrecorded;
}

/* With how many partners each document is in force. */
static void take_agreed(const struct api *api, struct standing *s)
{
    const struct book *book = api->book;
    for (size_t e = 0; e < book->count; e++) {
        const struct covenant *covenant = book->entries[e]->covenant;
        const uint64_t partners = book_partners(api, e);
        const size_t len = strlen(s->agreed);
        s->agreed_partners += partners;
        if (partners != 0) {
            (void)snprintf(s->agreed + len, sizeof s->agreed - len, "%.120s, versie %.30s: van kracht met %llu\n",
                           covenant_name(covenant), covenant_version(covenant), (unsigned long long)partners);
        }
    }
}

/* They are opened after the first look. */
static void take_matching(const struct api *api, struct standing *s)
{
    if (api->sharing != NULL) {
        s->matching_waiting = sharing_waiting(api->sharing);
        s->matching_version = sharing_version(api->sharing);
    }
    if (api->lookups != NULL) {
        s->lookup_rounds_begun = lookups_rounds_begun(api->lookups);
        s->lookup_rounds_ended = lookups_rounds_ended(api->lookups);
    }
}

static void take_notices(const struct api *api, struct standing *s)
{
    s->notices_last = "";
    if (api->notices != NULL) {
        const struct notices_standing notices = notices_standing(api->notices);
        s->notices_unread = notices.unread;
        s->notices_sent = notices.sent;
        s->notices_failed = notices.failed;
        s->notices_last = notices.last;
    }
}

static void take_outbox(const struct api *api, struct standing *s)
{
    if (api->outbox != NULL) {
        const struct outbox_figures figures = outbox_figures(api->outbox);
        const int64_t since = figures.oldest_ms != 0 ? clock_now(api->clock) - figures.oldest_ms : 0;
        s->messages_waiting = figures.waiting;
        s->messages_stuck = figures.stuck;
        s->messages_oldest_s = since > 0 ? (double)since / 1000.0 : 0.0;
    }
}

static void take_tasks(const struct api *api, struct standing *s)
{
    if (api->tasks != NULL) {
        const struct tasks_figures figures = tasks_figures(api->tasks);
        s->tasks_open = figures.open;
        s->tasks_late = figures.late;
        s->tasks_quiet = figures.quiet;
        s->tasks_stuck = figures.stuck;
    }
}

static void take_node(struct watch *watch, struct standing *s)
{
    struct api *api = watch->options.api;
    const char *folder = watch->options.config->folder;
    const struct date last = covenant_last_day(api->covenant->covenant);
    s->version = KETENBRUG_VERSION;
    s->schema = (uint64_t)store_schema_version();
    s->started_s = watch->started_ms / 1000;
    s->calls = api->calls;
    take_outbox(api, s);
    s->terms_running = api->terms.running;
    s->terms_passed = api->terms.passed;
    s->findings_open = api->findings.open;
    s->database_bytes = file_bytes(folder, "knooppunt.db");
    s->wal_bytes = file_bytes(folder, "knooppunt.db-wal");
    s->free_bytes = free_bytes(folder);
    s->clock_lag_ms = api_clock_lag(api);
    s->clock_lag_s = (double)s->clock_lag_ms / 1000.0;
    s->certificate_until = watch->peers.own_until;
    s->desk_certificate_until = watch->desk.own_until;
    s->anchors_until = watch->peers.anchors_until;
    s->crls_until = watch->peers.crls_until;
    s->covenant_until = end_of_day(&last);
    take_agreed(api, s);
    take_matching(api, s);
    take_notices(api, s);
    take_tasks(api, s);
    take_log_keys(api, s);
    store_log_head(api->door, take_head, s);
    store_get_value(api->door, "laatste-reservekopie", take_backup, s);
}

static void take_log(struct watch *watch, struct standing *s)
{
    struct api *api = watch->options.api;
    const struct checkpoints_standing log = checkpoints_standing(api->checkpoints);
    const int64_t now = clock_now(api->clock);
    if (now >= watch->forks_next_ms || now < watch->forks_next_ms - INT64_C(2) * FORKS_EVERY_MS) {
        watch->forks = watch_each_fork(api, NULL, NULL);
        watch->forks_next_ms = now + FORKS_EVERY_MS;
    }
    s->checkpoint_size = log.size;
    s->checkpoint_time = log.time_ms / 1000;
    s->checkpoint_cosignatures = log.cosignatures;
    s->checkpoint_needed = log.needed;
    s->checkpoint_witnesses = log.witnesses;
    s->checkpoint_differs = log.cut;
    s->checkpoint_forks = watch->forks;
    s->clock_off_ms = log.clock_off_ms;
    s->clock_off_s = (double)log.clock_off_ms / 1000.0;
}

/* ---- ready ---- */

static void reason(struct standing *s, const char *part, bool wrong, const char *text)
{
    const size_t len = strlen(s->not_ready);
    size_t at = 0;
    while (at + 1 < STANDING_PARTS && s->parts[at].word != NULL) {
        at++;
    }
    s->parts[at] = (struct standing_count){part, !wrong};
    if (wrong) {
        (void)snprintf(s->not_ready + len, sizeof s->not_ready - len, "%s\n", text);
    }
}

static void probed(void *ctx, const struct store_committed *done, const struct error *err)
{
    (void)done;
    (void)err; /* store_writable says what came of it */
    struct watch *watch = ctx;
    watch->probing = false;
}

/* A store that refused is tried again: the disk may have space by now, and nobody else may come to find out. */
static void probe(struct watch *watch)
{
    struct store_door *door = watch->options.api->door;
    struct store_batch *batch = watch->probing || watch->stopping ? NULL : store_batch_new(door);
    if (batch != NULL) {
        watch->probing = true;
        store_set_value(batch, "schrijfproef", slice_text("1"));
        store_commit(door, batch, probed, watch);
    }
}

static void judge(struct watch *watch, struct standing *s)
{
    const struct api *api = watch->options.api;
    const int64_t now_s = clock_now(api->clock) / 1000;
    const struct date today = workdays_dutch_day(now_s * 1000);
    const bool writable = store_writable(*watch->options.store);
    if (!writable) {
        probe(watch);
    }
    reason(s, "loop", watch->stopping, "het knooppunt stopt");
    reason(s, "opslag", !writable, "de opslag neemt niets aan");
    reason(s, "sleutels", access(watch->options.config->key_folder, R_OK | X_OK) != 0,
           "de sleutels zijn niet te lezen");
    reason(s, "logboeksleutels", !audit_keys_ready(api->audit),
           "een sleutel van deze maand is niet te maken of te lezen");
    reason(s, "logboeksleutel-weg", s->log_keys_needed != 0,
           "een logboeksleutel van deze maand is weg: zet de sleutelmap terug");
    reason(s, "klok", s->clock_lag_ms > CLOCK_BACK_MAX_MS, "de klok staat achter op wat eerder is gezien");
    const struct checkpoints_standing log = checkpoints_standing(api->checkpoints);
    reason(s, "klok-getuigen", log.clock_wrong, "de klok wijkt af van die van de getuigen");
    reason(s, "logboek", log.cut, "een partner zag van dit logboek wat er niet staat");
    s->sound = s->not_ready[0] == '\0'; /* what follows is about dealing with others */
    const bool valid = covenant_in_force(api->covenant->covenant, &today);
    reason(s, "convenant", !valid || s->agreed_partners == 0,
           valid ? "met geen enkele ketenpartner is een convenant van kracht" : "het convenant is niet van kracht");
    reason(s, "certificaat", now_s > s->certificate_until, "het eigen certificaat is verlopen");
    reason(s, "intrekkingslijsten", now_s > s->crls_until,
           "een intrekkingslijst is verlopen: er wordt niemand toegelaten");
    s->dated = s->sound && now_s <= s->certificate_until && now_s <= s->crls_until;
    s->ready = s->not_ready[0] == '\0';
}

void watch_now(struct watch *watch)
{
    struct standing s = {.not_ready = ""};
    take_node(watch, &s);
    take_log(watch, &s);
    take_process(&s);
    take_listeners(watch, &s);
    watch_take_counts(&watch->options, &s);
    judge(watch, &s);
    (void)pthread_mutex_lock(&watch->lock);
    watch->shown = s;
    (void)pthread_mutex_unlock(&watch->lock);
}

bool watch_sound(const struct watch *watch)
{
    return watch->shown.sound;
}

bool watch_dated(const struct watch *watch)
{
    return watch->shown.dated;
}

void watch_stopping(struct watch *watch)
{
    watch->stopping = true;
    (void)pthread_mutex_lock(&watch->lock);
    watch->shown.ready = 0;
    watch->shown.sound = false;
    watch->shown.dated = false;
    (void)snprintf(watch->shown.not_ready, sizeof watch->shown.not_ready, "het knooppunt stopt\n");
    (void)pthread_mutex_unlock(&watch->lock);
}

void watch_look(void *ctx, struct standing *out)
{
    struct watch *watch = ctx;
    (void)pthread_mutex_lock(&watch->lock);
    *out = watch->shown;
    (void)pthread_mutex_unlock(&watch->lock);
}

/* ---- as JSON ---- */

static void put_moment(struct json_writer *w, const char *name, int64_t at_s)
{
    if (at_s != 0 && at_s != INT64_MAX) {
        json_put_text(w, name, moment_text(at_s * 1000).text);
    }
}

static void put_reasons(struct json_writer *w, const char *text)
{
    json_begin_array(w, "nietGereed");
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        json_put_slice(w, NULL, slice_of(text, end != NULL ? (size_t)(end - text) : strlen(text)));
        text = end != NULL ? end + 1 : "";
    }
    json_end_array(w);
}

/* The TLS listeners and that of operations; none for a command that runs while no node serves. */
static void put_addresses(struct json_writer *w, const struct watch *watch)
{
    const struct config *config = watch->options.config;
    const struct config_address *const all[] = {&config->peer_listen, &config->desk_listen, &config->ops_listen};
    json_begin_array(w, "luistert");
    for (size_t i = 0; i < COUNT_OF(all) && *watch->options.open_servers > 1; i++) {
        char text[CONFIG_ADDRESS_TEXT];
        config_address_text(all[i], text);
        if (text[0] != '\0') {
            json_put_text(w, NULL, text);
        }
    }
    json_end_array(w);
}

struct user_counts {
    int64_t active, blocked;
    struct ident last;
    bool more;
};

static void count_users(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct user_counts *counts = ctx;
    counts->more = err == NULL && more && count != 0;
    for (size_t i = 0; err == NULL && i < count; i++) {
        struct user user;
        if (user_decode(items[i].payload, &user, NULL) == RESULT_OK) {
            counts->active += !user.blocked;
            counts->blocked += user.blocked;
        }
        counts->last = items[i].id;
    }
}

static void put_users(struct json_writer *w, const struct api *api)
{
    struct user_counts counts = {.active = 0};
    store_list(api->door, STORE_USER, NULL, STORE_LIST_MAX, count_users, &counts);
    while (counts.more) {
        const struct ident after = counts.last;
        store_list(api->door, STORE_USER, &after, STORE_LIST_MAX, count_users, &counts);
    }
    json_begin_object(w, "gebruikers");
    json_put_int(w, "actief", counts.active);
    json_put_int(w, "geblokkeerd", counts.blocked);
    json_end_object(w);
}

static void put_fork(void *ctx, const struct party *party)
{
    json_put_text(ctx, NULL, party->oin.digits);
}

static void put_log(struct json_writer *w, struct api *api, const struct standing *s)
{
    json_begin_object(w, "controlepunten");
    json_put_int(w, "regels", (int64_t)s->checkpoint_size);
    put_moment(w, "tijd", s->checkpoint_time);
    json_put_int(w, "medeondertekend", (int64_t)s->checkpoint_cosignatures);
    json_put_int(w, "nodig", (int64_t)s->checkpoint_needed);
    json_put_int(w, "getuigen", (int64_t)s->checkpoint_witnesses);
    json_put_bool(w, "eigenLogboekWijktAf", s->checkpoint_differs != 0);
    json_put_int(w, "klokWijktAfMs", s->clock_off_ms);
    json_begin_array(w, "tweeGezichten");
    (void)watch_each_fork(api, put_fork, w);
    json_end_array(w);
    json_end_object(w);
}

static void put_partners(struct json_writer *w, const struct api *api)
{
    const struct covenant *covenant = api->covenant->covenant;
    json_begin_array(w, "ketenpartners");
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        if (!oin_equal(&party->oin, &api->own_oin)) {
            json_begin_object(w, NULL);
            json_put_text(w, "naam", party->name);
            json_put_text(w, "oin", party->oin.digits);
            json_put_text(w, "stand", peer_reach_word(peer_reach(api->peers, &party->oin)));
            json_end_object(w);
        }
    }
    json_end_array(w);
}

static void put_notices(struct json_writer *w, const struct standing *s)
{
    json_begin_object(w, "postbus");
    json_put_int(w, "ongelezen", (int64_t)s->notices_unread);
    json_put_int(w, "verstuurd", (int64_t)s->notices_sent);
    json_put_int(w, "mislukt", (int64_t)s->notices_failed);
    if (s->notices_last[0] != '\0') {
        json_put_text(w, "laatsteUitkomst", s->notices_last);
    }
    json_end_object(w);
}

static void put_tasks(struct json_writer *w, const struct standing *s)
{
    json_begin_object(w, "opdrachten");
    json_put_int(w, "open", (int64_t)s->tasks_open);
    json_put_int(w, "teLaat", (int64_t)s->tasks_late);
    json_put_int(w, "stil", (int64_t)s->tasks_quiet);
    json_put_int(w, "vastgelopen", (int64_t)s->tasks_stuck);
    json_end_object(w);
}

void watch_describe(void *ctx, struct json_writer *w)
{
    struct watch *watch = ctx;
    const struct api *api = watch->options.api;
    watch_now(watch);
    const struct standing *s = &watch->shown;
    json_put_text(w, "versie", s->version);
    json_put_int(w, "schema", (int64_t)s->schema);
    put_moment(w, "sinds", s->started_s);
    json_put_bool(w, "gereed", s->ready != 0);
    put_reasons(w, s->not_ready);
    json_begin_object(w, "convenant");
    json_put_text(w, "naam", covenant_name(api->covenant->covenant));
    json_put_text(w, "versie", covenant_version(api->covenant->covenant));
    put_moment(w, "geldigTot", s->covenant_until);
    json_end_object(w);
    json_begin_object(w, "certificaten");
    put_moment(w, "eigen", s->certificate_until);
    put_moment(w, "medewerkers", s->desk_certificate_until);
    put_moment(w, "ankers", s->anchors_until);
    put_moment(w, "intrekkingslijsten", s->crls_until);
    json_end_object(w);
    json_put_int(w, "logboekRegels", (int64_t)s->log_leaves);
    json_put_int(w, "logboekBytes", (int64_t)s->log_bytes);
    json_put_text(w, "logboekWortel", s->log_root);
    json_begin_object(w, "logboekSleutels");
    json_put_int(w, "aanwezig", (int64_t)s->log_keys);
    json_put_int(w, "vernietigd", (int64_t)s->log_keys_destroyed);
    json_put_int(w, "termijnOm", (int64_t)s->log_keys_over);
    json_put_int(w, "wijktAf", (int64_t)s->log_keys_wrong);
    json_put_int(w, "vastgehoudenRegels", (int64_t)s->log_holds);
    json_put_int(w, "vastgehoudenWijktAf", (int64_t)s->log_holds_wrong);
    json_end_object(w);
    put_log(w, watch->options.api, s);
    json_put_int(w, "berichtenWachtend", (int64_t)s->messages_waiting);
    json_begin_object(w, "koppeling");
    json_put_int(w, "wachtend", (int64_t)s->matching_waiting);
    json_put_int(w, "versie", (int64_t)s->matching_version);
    json_put_int(w, "rondesBegonnen", (int64_t)s->lookup_rounds_begun);
    json_put_int(w, "rondesKlaar", (int64_t)s->lookup_rounds_ended);
    json_end_object(w);
    json_begin_object(w, "termijnen");
    json_put_int(w, "lopend", (int64_t)s->terms_running);
    json_put_int(w, "verstreken", (int64_t)s->terms_passed);
    json_end_object(w);
    json_put_int(w, "bevindingenOpen", (int64_t)s->findings_open);
    put_notices(w, s);
    put_tasks(w, s);
    json_put_int(w, "databaseBytes", (int64_t)s->database_bytes);
    json_put_int(w, "walBytes", (int64_t)s->wal_bytes);
    json_put_int(w, "vrijBytes", (int64_t)s->free_bytes);
    json_put_int(w, "klokAchterMs", s->clock_lag_ms);
    put_moment(w, "laatsteReservekopie", s->last_backup);
    json_put_int(w, "geheugenBytes", (int64_t)s->resident_bytes);
    json_put_int(w, "bestandenMax", (int64_t)s->max_files);
    put_addresses(w, watch);
    put_users(w, api);
    put_partners(w, api);
}
