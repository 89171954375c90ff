#include "store/sqlite/schema.h"

#include <stdio.h>

/* "KBop", so that no other program's file is taken for a store. */
enum { APPLICATION_ID = 0x4B426F70, SQL_TEXT_MAX = 160 };

/* `entry` keeps rows of one moment together and gives lists their order; ids are random and would scatter them. */
static const char step_1[] =
    "CREATE TABLE migration(version INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE tree(one INTEGER PRIMARY KEY CHECK(one = 1), frontier BLOB NOT NULL) STRICT;"
    "INSERT INTO tree VALUES(1, x'0000000000000000');"
    "CREATE TABLE leaf(seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, note BLOB) STRICT;"
    "CREATE TABLE value(name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE subject(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, key_b BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE household(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE involvement(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES subject(id), key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX involvement_parent ON involvement(parent);"
    "CREATE TABLE user(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, key_b BLOB UNIQUE, payload BLOB NOT NULL) STRICT;";

/* Roots of the perfect subtrees of 256^level leaves, from which proofs are made; receipts of the other side. */
static const char step_2[] =
    "CREATE TABLE tile(level INTEGER NOT NULL, place INTEGER NOT NULL, hash BLOB NOT NULL CHECK(length(hash) = 32),"
    " PRIMARY KEY(level, place)) STRICT, WITHOUT ROWID;"
    "ALTER TABLE leaf ADD COLUMN receipt BLOB;";

/* The search index of the log: keyed hashes to sequence numbers, together by month and class, whose key they go with. */
static const char step_3[] =
    "CREATE TABLE found(month INTEGER NOT NULL, class INTEGER NOT NULL, hash BLOB NOT NULL CHECK(length(hash) = 16),"
    " seq INTEGER NOT NULL, PRIMARY KEY(month, class, hash, seq)) STRICT, WITHOUT ROWID;";

/* What is recorded about a person that decides over his data; messages to partners that wait for their confirmation. */
static const char step_facts[] =
    "CREATE TABLE fact(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES subject(id), key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX fact_parent ON fact(parent);"
    "CREATE TABLE message(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES fact(id), payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX message_parent ON message(parent);";

/* Reports and orders. */
static const char step_matters[] =
    "CREATE TABLE report(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE court_order(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;";

/* Covenants, in pieces, and what was signed under them. */
static const char step_covenants[] =
    "CREATE TABLE covenant(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE covenant_piece(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES covenant(id), payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX covenant_piece_parent ON covenant_piece(parent);"
    "CREATE TABLE covenant_signature(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " payload BLOB NOT NULL) STRICT;";

/* Private matching: who stands and stood in whose sets, sets of partners, evaluated values, quotas; and the feed of people
 * whose data changed. A place of the feed is never given twice: who read one and drops it later drops that change alone. */
static const char step_matching[] =
    "CREATE TABLE roster(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE past_place(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES subject(id), payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX past_place_parent ON past_place(parent);"
    "CREATE TABLE lookup_set(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE match_value(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE match_quota(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE feed(place INTEGER PRIMARY KEY AUTOINCREMENT,"
    " subject BLOB NOT NULL CHECK(length(subject) = 16)) STRICT;";

/* What the officer is shown and does about it, letters to people, and who works here. */
static const char step_officer[] =
    "CREATE TABLE finding(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE letter(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE staff(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;";

/* Signals that meet, tasks that arrive: what goes on between organisations, what waits to be sent and what came, and what
 * the own people are told. */
static const char step_cooperation[] =
    "CREATE TABLE signal(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES subject(id), key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX signal_parent ON signal(parent);"
    "CREATE TABLE meeting(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE meeting_event(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES meeting(id), payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX meeting_event_parent ON meeting_event(parent);"
    "CREATE TABLE task(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE task_event(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES task(id), payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX task_event_parent ON task_event(parent);"
    "CREATE TABLE line(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE outgoing(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " parent BLOB REFERENCES line(id), payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX outgoing_parent ON outgoing(parent);"
    "CREATE TABLE incoming(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE notice(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " key_a BLOB UNIQUE, payload BLOB NOT NULL) STRICT;";

static const char *const steps[] = {step_1,         step_2,        step_3,       step_facts,      step_matters,
                                    step_covenants, step_matching, step_officer, step_cooperation};

int schema_latest(void)
{
    return (int)COUNT_OF(steps);
}

enum result schema_check(sqlite3 *db, int *version, struct error *err)
{
    int64_t application = 0;
    int64_t found = 0;
    int64_t tables = 0;
    TRY(sql_number(db, "PRAGMA application_id", &application, err));
    TRY(sql_number(db, "PRAGMA user_version", &found, err));
    TRY(sql_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err));
    const bool new_one = application == 0 && found == 0 && tables == 0;
    ENSURE(new_one || application == APPLICATION_ID, err, FAULT_CONFIG, "opslag",
           "dit bestand is van een ander programma; er is niets aan veranderd");
    ENSURE(
        found <= schema_latest(), err, FAULT_CONFIG, "opslag",
        "de opslag heeft schema %lld en dit programma kent er tot en met %d: gebruik een nieuwere versie; er is niets "
        "veranderd",
        (long long)found, schema_latest());
    ENSURE(new_one || found > 0, err, FAULT_CONFIG, "opslag", "de opslag heeft geen geldig schemanummer");
    *version = (int)found;
    return RESULT_OK;
}

static enum result store_proof(sqlite3 *db, struct slice proof, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(sql_prepare(db, "INSERT INTO meta(name, value) VALUES('sleutelproef', ?1)", &statement, err));
    sql_bind_slice(statement, 1, proof);
    const int code = sql_run(statement);
    (void)sqlite3_finalize(statement);
    return code == SQLITE_OK ? RESULT_OK : sql_fault(code, err);
}

static enum result run_steps(sqlite3 *db, int version, struct slice proof, int64_t now_ms, struct error *err)
{
    char text[SQL_TEXT_MAX];
    for (int done = version; done < schema_latest(); done++) {
        TRY(sql_exec(db, steps[done], err));
        (void)snprintf(text, sizeof text, "INSERT INTO migration VALUES(%d, %lld)", done + 1, (long long)now_ms);
        TRY(sql_exec(db, text, err));
    }
    if (version == 0) {
        (void)snprintf(text, sizeof text, "PRAGMA application_id=%d", (int)APPLICATION_ID);
        TRY(sql_exec(db, text, err));
        TRY(store_proof(db, proof, err));
    }
    (void)snprintf(text, sizeof text, "PRAGMA user_version=%d; COMMIT", schema_latest());
    return sql_exec(db, text, err);
}

enum result schema_migrate(sqlite3 *db, int version, struct slice proof, int64_t now_ms, struct error *err)
{
    if (version == schema_latest()) {
        return RESULT_OK;
    }
    TRY(sql_exec(db, "BEGIN IMMEDIATE", err));
    if (run_steps(db, version, proof, now_ms, err) != RESULT_OK) {
        if (sqlite3_get_autocommit(db) == 0) {
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        }
        return RESULT_FAILED;
    }
    return RESULT_OK;
}
