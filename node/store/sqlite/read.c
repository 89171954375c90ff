/* Reading: one read-only connection per loop, statements prepared when first needed and kept. */
#include "base/mem.h"
#include "store/sqlite/database.h"
#include "store/sqlite/mapping.h"

struct backend_reader {
    sqlite3 *db;
    struct mapping_kept mapping;
    sqlite3_stmt *fixed[READ_COUNT];
    sqlite3_stmt *items[STORE_KIND_COUNT][ITEM_COUNT];
};

static enum result prepare_fixed(struct backend_reader *reader, struct error *err)
{
    for (enum read_statement i = 0; i < READ_COUNT; i++) {
        TRY(statements_read(reader->db, i, &reader->fixed[i], err));
    }
    return RESULT_OK;
}

enum result backend_reader_open(struct backend *backend, struct backend_reader **out, struct error *err)
{
    struct backend_reader *reader = mem_zalloc(sizeof *reader);
    ENSURE(reader != NULL, err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    if (sql_open(backend->path, SQL_READER, backend->options.test_without_sync, &reader->db, err) != RESULT_OK ||
        prepare_fixed(reader, err) != RESULT_OK) {
        backend_reader_close(reader);
        return RESULT_FAILED;
    }
    mapping_keep(&reader->mapping, reader->db);
    *out = reader;
    return RESULT_OK;
}

void backend_reader_close(struct backend_reader *reader)
{
    for (size_t i = 0; i < READ_COUNT; i++) {
        (void)sqlite3_finalize(reader->fixed[i]); /* NULL is fine */
    }
    for (size_t kind = 0; kind < STORE_KIND_COUNT; kind++) {
        for (size_t i = 0; i < ITEM_COUNT; i++) {
            (void)sqlite3_finalize(reader->items[kind][i]);
        }
    }
    (void)sqlite3_close(reader->db);
    mapping_drop(&reader->mapping);
    mem_free(reader);
}

enum result backend_reader_begin(struct backend_reader *reader, struct error *err)
{
    const int code = sql_run(reader->fixed[READ_BEGIN]);
    return code == SQLITE_OK ? RESULT_OK : sql_fault(code, err);
}

void backend_reader_end(struct backend_reader *reader)
{
    (void)sql_run(reader->fixed[READ_END]);
}

static enum result item_statement(struct backend_reader *reader, enum store_kind kind, enum item_statement which,
                                  sqlite3_stmt **out, struct error *err)
{
    sqlite3_stmt **kept = &reader->items[kind][which];
    if (*kept == NULL) {
        TRY(statements_item(reader->db, kind, which, kept, err));
    }
    *out = *kept;
    return RESULT_OK;
}

static enum result give_row(sqlite3_stmt *statement, backend_row_fn *row, void *ctx, struct error *err)
{
    struct backend_row found = {.sealed = sql_column(statement, 2),
                                .ordinal = (uint64_t)sqlite3_column_int64(statement, 3)};
    ENSURE(sql_column_ident(statement, 0, &found.id) && sql_column_ident(statement, 1, &found.parent), err, FAULT_STORE,
           "opslag", "de opslag is beschadigd: een kenmerk heeft niet de vaste lengte");
    return row(ctx, &found, err);
}

/* All rows, or the one there can be. */
static enum result give_rows(sqlite3_stmt *statement, bool one, backend_row_fn *row, void *ctx, struct error *err)
{
    enum result result = RESULT_OK;
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW && result == RESULT_OK) {
        result = give_row(statement, row, ctx, err);
        code = one ? SQLITE_DONE : sqlite3_step(statement);
    }
    if (result == RESULT_OK && code != SQLITE_DONE) {
        result = sql_fault(code, err);
    }
    (void)sqlite3_reset(statement);
    return result;
}

enum result backend_by_key(struct backend_reader *reader, enum store_kind kind, enum store_key key,
                           const uint8_t hash[SEAL_HASH_SIZE], backend_row_fn *row, void *ctx, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(item_statement(reader, kind, key == STORE_KEY_A ? ITEM_BY_KEY_A : ITEM_BY_KEY_B, &statement, err));
    sql_bind_slice(statement, 1, slice_of(hash, SEAL_HASH_SIZE));
    return give_rows(statement, true, row, ctx, err);
}

enum result backend_by_id(struct backend_reader *reader, enum store_kind kind, const struct ident *id,
                          backend_row_fn *row, void *ctx, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(item_statement(reader, kind, ITEM_BY_ID, &statement, err));
    sql_bind_ident(statement, 1, id);
    return give_rows(statement, true, row, ctx, err);
}

enum result backend_children(struct backend_reader *reader, enum store_kind kind, const struct ident *parent,
                             uint64_t after, size_t max, backend_row_fn *row, void *ctx, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(item_statement(reader, kind, ITEM_CHILDREN, &statement, err));
    sql_bind_ident(statement, 1, parent);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)max);
    (void)sqlite3_bind_int64(statement, 3, after < INT64_MAX ? (sqlite3_int64)after : INT64_MAX);
    return give_rows(statement, false, row, ctx, err);
}

static enum result entry_of(struct backend_reader *reader, enum store_kind kind, const struct ident *id, int64_t *out,
                            struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(item_statement(reader, kind, ITEM_ENTRY, &statement, err));
    sql_bind_ident(statement, 1, id);
    const int code = sqlite3_step(statement);
    const int64_t entry = sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    ENSURE(code != SQLITE_DONE, err, FAULT_NOT_FOUND, "opslag", "waarna de lijst moet beginnen, is er niet meer");
    if (code != SQLITE_ROW) {
        return sql_fault(code, err);
    }
    *out = entry;
    return RESULT_OK;
}

enum result backend_newest(struct backend_reader *reader, enum store_kind kind, uint64_t *ordinal, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(item_statement(reader, kind, ITEM_NEWEST, &statement, err));
    const int code = sqlite3_step(statement);
    const int64_t entry = sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    if (code != SQLITE_ROW) {
        return sql_fault(code, err);
    }
    *ordinal = (uint64_t)entry;
    return RESULT_OK;
}

enum result backend_list(struct backend_reader *reader, enum store_kind kind, const struct ident *after, size_t max,
                         backend_row_fn *row, void *ctx, struct error *err)
{
    int64_t entry = INT64_MIN;
    if (after != NULL) {
        TRY(entry_of(reader, kind, after, &entry, err));
    }
    sqlite3_stmt *statement = NULL;
    TRY(item_statement(reader, kind, ITEM_LIST, &statement, err));
    (void)sqlite3_bind_int64(statement, 1, entry);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)max);
    return give_rows(statement, false, row, ctx, err);
}

enum result backend_leaves(struct backend_reader *reader, uint64_t from, size_t max, backend_leaf_fn *leaf, void *ctx,
                           struct error *err)
{
    if (from > INT64_MAX) {
        return RESULT_OK;
    }
    sqlite3_stmt *statement = reader->fixed[READ_LEAVES];
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)from);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)max);
    enum result result = RESULT_OK;
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW && result == RESULT_OK) {
        const struct backend_leaf found = {(uint64_t)sqlite3_column_int64(statement, 0), sql_column(statement, 1),
                                           sql_column(statement, 2), sql_column(statement, 3)};
        result = leaf(ctx, &found, err);
        code = sqlite3_step(statement);
    }
    if (result == RESULT_OK && code != SQLITE_DONE) {
        result = sql_fault(code, err);
    }
    (void)sqlite3_reset(statement);
    return result;
}

enum result backend_tiles(struct backend_reader *reader, unsigned level, uint64_t from, size_t max, struct sha256 *out,
                          size_t *count, struct error *err)
{
    sqlite3_stmt *statement = reader->fixed[READ_TILES];
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)level);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)from);
    (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)max);
    size_t found = 0;
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && found < max; code = sqlite3_step(statement), found++) {
        const struct slice hash = sql_column(statement, 1);
        if ((uint64_t)sqlite3_column_int64(statement, 0) != from + found || hash.len != SHA256_SIZE) {
            break; /* a gap: what is behind it does not count */
        }
        memcpy(out[found].bytes, hash.ptr, SHA256_SIZE);
    }
    (void)sqlite3_reset(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return sql_fault(code, err);
    }
    *count = found;
    return RESULT_OK;
}

enum result backend_index_class(struct backend_reader *reader, struct seal_class below, struct seal_class *out,
                                bool *found, struct error *err)
{
    sqlite3_stmt *statement = reader->fixed[READ_INDEX_CLASS];
    (void)sqlite3_bind_int64(statement, 1, below.month);
    (void)sqlite3_bind_int64(statement, 2, below.class);
    const int code = sqlite3_step(statement);
    *found = code == SQLITE_ROW;
    *out =
        (struct seal_class){(uint32_t)sqlite3_column_int64(statement, 0), (uint8_t)sqlite3_column_int64(statement, 1)};
    (void)sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? RESULT_OK : sql_fault(code, err);
}

static enum result find_in_index(sqlite3_stmt *statement, struct seal_class class, const uint8_t hash[SEAL_HASH_SIZE],
                                 uint64_t bound, size_t max, uint64_t *out, size_t *count, struct error *err)
{
    size_t found = 0;
    (void)sqlite3_bind_int64(statement, 1, class.month);
    (void)sqlite3_bind_int64(statement, 2, class.class);
    sql_bind_slice(statement, 3, slice_of(hash, SEAL_HASH_SIZE));
    (void)sqlite3_bind_int64(statement, 4, bound < INT64_MAX ? (sqlite3_int64)bound : INT64_MAX);
    (void)sqlite3_bind_int64(statement, 5, (sqlite3_int64)max);
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && found < max; code = sqlite3_step(statement)) {
        out[found++] = (uint64_t)sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_reset(statement);
    *count = found;
    return code == SQLITE_ROW || code == SQLITE_DONE ? RESULT_OK : sql_fault(code, err);
}

enum result backend_index_find(struct backend_reader *reader, struct seal_class class,
                               const uint8_t hash[SEAL_HASH_SIZE], uint64_t before, size_t max, uint64_t *out,
                               size_t *count, struct error *err)
{
    return find_in_index(reader->fixed[READ_INDEX_FIND], class, hash, before, max, out, count, err);
}

enum result backend_index_find_from(struct backend_reader *reader, struct seal_class class,
                                    const uint8_t hash[SEAL_HASH_SIZE], uint64_t from, size_t max, uint64_t *out,
                                    size_t *count, struct error *err)
{
    return find_in_index(reader->fixed[READ_INDEX_FIND_FROM], class, hash, from, max, out, count, err);
}

enum result backend_feed(struct backend_reader *reader, uint64_t after, size_t max, struct store_change *out,
                         size_t *count, struct error *err)
{
    sqlite3_stmt *statement = reader->fixed[READ_FEED];
    size_t found = 0;
    bool whole = true;
    (void)sqlite3_bind_int64(statement, 1, after < INT64_MAX ? (sqlite3_int64)after : INT64_MAX);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)max);
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && found < max && whole; code = sqlite3_step(statement)) {
        out[found].place = (uint64_t)sqlite3_column_int64(statement, 0);
        whole = sql_column_ident(statement, 1, &out[found].subject);
        found++;
    }
    (void)sqlite3_reset(statement);
    ENSURE(whole, err, FAULT_STORE, "opslag", "de opslag is beschadigd: een kenmerk heeft niet de vaste lengte");
    *count = found;
    return code == SQLITE_ROW || code == SQLITE_DONE ? RESULT_OK : sql_fault(code, err);
}

enum result backend_tree(struct backend_reader *reader, struct merkle_frontier *tree, struct error *err)
{
    sqlite3_stmt *statement = reader->fixed[READ_TREE];
    const int code = sqlite3_step(statement);
    const bool read = code == SQLITE_ROW && merkle_decode(sql_column(statement, 0), tree);
    (void)sqlite3_reset(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return sql_fault(code, err);
    }
    ENSURE(read, err, FAULT_STORE, "logboek", "het logboek is beschadigd: de boom is niet te lezen");
    return RESULT_OK;
}

enum result backend_value(struct backend_reader *reader, const char *name, struct buf *out, struct error *err)
{
    sqlite3_stmt *statement = reader->fixed[READ_VALUE];
    (void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        buf_slice_in(out, sql_column(statement, 0));
    }
    (void)sqlite3_reset(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return sql_fault(code, err);
    }
    ENSURE(buf_ok(out), err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    return RESULT_OK;
}
