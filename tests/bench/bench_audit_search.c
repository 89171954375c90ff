/*
 * bench_audit_search - searching the log for one person, in a log of a year that region-year wrote.
 *
 *   bench_audit_search FOLDER SEED RECORDS
 * The walk that answers a search at the desk (api/log_walk.h: index, records read, opened and judged), for up to a page
 * of records, in turn with SQLite alone: the same leaves in a plain table with an index on the person, read and handed
 * over as they are. Both about the same people, BENCH_SEARCHES (400) of them drawn evenly from those with PAGE_LEAST to
 * PAGE_MOST records: as many whatever the size of the log. Prints microseconds, p50 and p99, as one JSON object.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/indexing.h"
#include "api/log_walk.h"
#include "base/mem.h"
#include "region/chance.h"
#include "year/place.h"
#include "year/year.h"

enum { PAGE_LEAST = 4, PAGE_MOST = 12, SEARCHES_MAX = 10000, PAGE = 256, CHUNK = 10000 };

struct person {
    struct record values; /* bsn, and subject of whom is known */
    size_t records;
};

struct bench {
    struct year_place place;
    struct audit *audit;
    struct entropy entropy;
    struct api api;
    struct year *year;
    sqlite3 *db;
    sqlite3_stmt *insert, *select;
    uint64_t next; /* record to be copied */
    size_t searches;
    double *ours, *theirs; /* microseconds */
    size_t given;
    bool done;
};

static void require(bool fine, const char *what)
{
    if (!fine) {
        (void)fprintf(stderr, "bench_audit_search: %s\n", what);
        exit(1);
    }
}

static void fill(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 0, len); /* nothing is drawn in a search */
}

static int64_t now_ms(void *ctx)
{
    (void)ctx;
    return YEAR_BEGINS_MS;
}

static const struct clock opening = {now_ms, NULL};

/* ---- the plain table ---- */

static void sql(struct bench *b, const char *text)
{
    require(sqlite3_exec(b->db, text, NULL, NULL, NULL) == SQLITE_OK, "sqlite");
}

static void copy_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct bench *b = ctx;
    require(err == NULL, "het logboek is niet te lezen");
    for (size_t i = 0; i < count; i++, b->next++) {
        struct record record;
        struct year_subject subject;
        struct error why;
        require(record_decode(b->place.keyring, leaves[i].leaf, &record, &why) == RESULT_OK, "geen regel");
        year_subject_of(b->year, &record, &subject);
        (void)sqlite3_bind_int64(b->insert, 1, (sqlite3_int64)leaves[i].sequence);
        if (subject.person != 0) {
            (void)sqlite3_bind_int64(b->insert, 2, subject.person);
        } else {
            (void)sqlite3_bind_null(b->insert, 2);
        }
        (void)sqlite3_bind_blob(b->insert, 3, leaves[i].leaf, LOG_LEAF_BYTES, SQLITE_STATIC);
        require(sqlite3_step(b->insert) == SQLITE_DONE && sqlite3_reset(b->insert) == SQLITE_OK, "sqlite");
    }
}

static void make_table(struct bench *b, const char *path, uint64_t records)
{
    (void)unlink(path);
    require(sqlite3_open(path, &b->db) == SQLITE_OK, "sqlite");
    sql(b, "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
           "CREATE TABLE leaf(seq INTEGER PRIMARY KEY, person INTEGER, leaf BLOB NOT NULL) STRICT; BEGIN;");
    require(sqlite3_prepare_v2(b->db, "INSERT INTO leaf VALUES(?,?,?)", -1, &b->insert, NULL) == SQLITE_OK, "sqlite");
    while (b->next < records) {
        const uint64_t before = b->next;
        store_log_read(b->place.door, b->next, PAGE, copy_leaves, b);
        require(b->next != before, "het logboek is korter");
    }
    (void)sqlite3_finalize(b->insert);
    sql(b, "COMMIT; CREATE INDEX by_person ON leaf(person);");
    require(sqlite3_prepare_v2(b->db, "SELECT seq, leaf FROM leaf WHERE person=? ORDER BY seq DESC LIMIT 100", -1,
                               &b->select, NULL) == SQLITE_OK,
            "sqlite");
}

static double search_table(struct bench *b, int64_t person, size_t expected)
{
    uint8_t leaf[LOG_LEAF_BYTES];
    size_t count = 0;
    const uint64_t began = uv_hrtime();
    (void)sqlite3_bind_int64(b->select, 1, person);
    while (sqlite3_step(b->select) == SQLITE_ROW) {
        memcpy(leaf, sqlite3_column_blob(b->select, 1), sizeof leaf);
        count++;
    }
    (void)sqlite3_reset(b->select);
    const double us = (double)(uv_hrtime() - began) / 1e3;
    require(count == expected, "de tabel geeft iets anders");
    return us;
}

/* ---- the log ---- */

static enum log_walk_go take(void *ctx, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                             struct slice text)
{
    struct bench *b = ctx;
    (void)leaf;
    (void)seal;
    (void)record;
    (void)text;
    b->given++;
    return LOG_WALK_ON;
}

static void walked(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct bench *b = ctx;
    require(err == NULL && !end->more, "het zoeken mislukt");
    b->done = true;
}

static double search_log(struct bench *b, const struct person *person)
{
    const struct log_sought sought = {
        .values = person->values, .person = true, .any_outcome = true, .end_ms = INT64_MAX, .before = UINT64_MAX};
    b->given = 0;
    b->done = false;
    const uint64_t began = uv_hrtime();
    log_walk(&b->api, &sought, LOG_SEARCH_PAGE, false, take, walked, b);
    while (!b->done) {
        (void)uv_run(&b->place.loop, UV_RUN_ONCE);
    }
    const double us = (double)(uv_hrtime() - began) / 1e3;
    require(b->given == person->records, "het logboek geeft iets anders");
    return us;
}

/* ---- who is searched for ---- */

static struct person *count_people(struct bench *b, size_t *count)
{
    struct year_record made;
    struct year_subject subject;
    *count = year_person_count(b->year);
    struct person *people = mem_array(*count + 1, sizeof *people);
    require(people != NULL, "geen geheugen");
    while (year_next(b->year, &made)) {
        year_subject_of(b->year, &made.record, &subject);
        struct person *person = &people[subject.person];
        person->records += subject.person != 0;
        person->values.bsn = bsn_is_set(&made.record.bsn) ? made.record.bsn : person->values.bsn;
        person->values.subject = subject.id;
    }
    return people;
}

/* Of people drawn evenly: those with about as many records. */
static void measure(struct bench *b, struct person *people, size_t count, uint64_t seed)
{
    for (uint64_t try = 0; b->searches < SEARCHES_MAX && try < 1000000; try++) {
        const size_t who = 1 + (size_t)(chance_mix(seed ^ chance_mix(try)) % count);
        const struct person *person = &people[who];
        if (person->records < PAGE_LEAST || person->records > PAGE_MOST) {
            continue;
        }
        b->ours[b->searches] = search_log(b, person);
        b->theirs[b->searches] = search_table(b, (int64_t)who, person->records);
        b->searches++;
        const char *wanted = getenv("BENCH_SEARCHES");
        if (b->searches >= (wanted != NULL ? strtoul(wanted, NULL, 10) : 400)) {
            return;
        }
    }
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void report(struct bench *b, uint64_t records)
{
    require(b->searches != 0, "niemand met zo veel regels");
    qsort(b->ours, b->searches, sizeof *b->ours, compare);
    qsort(b->theirs, b->searches, sizeof *b->theirs, compare);
    const double ours = b->ours[b->searches / 2];
    const double theirs = b->theirs[b->searches / 2];
    const size_t high = b->searches * 99 / 100;
    (void)printf("{\"bench\":\"audit-search-%llu\",\"value\":%.1f,\"unit\":\"us/zoekvraag p50\",\"peer\":\"sqlite\","
                 "\"peer_value\":%.1f,\"ratio\":%.3f,\"p99\":%.1f,\"peer_p99\":%.1f,\"searches\":%zu}\n",
                 (unsigned long long)records, ours, theirs, theirs / ours, b->ours[high], b->theirs[high], b->searches);
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct error err;
    char path[YEAR_PATH_SIZE + 32];
    size_t count = 0;
    require(argc == 4, "FOLDER SEED RECORDS");
    const uint64_t seed = strtoull(argv[2], NULL, 10);
    const uint64_t records = strtoull(argv[3], NULL, 10);
    b.year = year_new(seed, records);
    b.ours = mem_array(SEARCHES_MAX, sizeof *b.ours);
    b.theirs = mem_array(SEARCHES_MAX, sizeof *b.theirs);
    require(b.year != NULL && b.ours != NULL && b.theirs != NULL, "geen geheugen");
    b.entropy.fill = fill;
    require(year_place_open(&b.place, argv[1], &err) == RESULT_OK &&
                audit_open(b.place.keyring, &opening, &b.entropy, &b.audit, &err) == RESULT_OK,
            "de opslag gaat niet open");
    b.api = (struct api){
        .door = b.place.door, .keyring = b.place.keyring, .audit = b.audit, .clock = &opening, .loop = &b.place.loop};
    require(indexing_open(&b.api, &b.api.indexing, &err) == RESULT_OK, "geen zoekindex");
    struct person *people = count_people(&b, &count);
    (void)snprintf(path, sizeof path, "%s/kaal.db", argv[1]);
    make_table(&b, path, records);
    measure(&b, people, count, seed);
    report(&b, records);
    (void)sqlite3_finalize(b.select);
    (void)sqlite3_close(b.db);
    (void)unlink(path);
    indexing_close(b.api.indexing);
    audit_close(b.audit);
    year_place_close(&b.place);
    mem_free(people);
    year_free(b.year);
    mem_free(b.ours);
    mem_free(b.theirs);
    return 0;
}
