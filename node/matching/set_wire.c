#include "matching/set_wire.h"

#include "base/bytes.h"
#include "matching/set_tree.h"

enum {
    AT_PART = 4,
    AT_ZERO = 5,
    AT_EPOCH = 8,
    AT_NEWEST = 12,
    AT_CLASS = 16,
    AT_COUNT = 20,
    AT_VERSION = 24,
    AT_FROM = 32,
    AT_ROOT = 40,
    AT_KEY = 72,
    SWAP_BYTES = 2 * SET_ENTRY_BYTES,
    STEP_BYTES = SET_STEP_SWAPS * SWAP_BYTES,
    BODY_MAX = SET_HEADER_BYTES + SET_PAGE_ENTRIES * SET_ENTRY_BYTES,
};

static const uint8_t magic[AT_PART] = {'K', 'B', 'O', '1'};

/* ---- writing ---- */

static void put_header(const struct set_header *header, enum set_part part, struct buf *out)
{
    uint8_t bytes[SET_HEADER_BYTES] = {0};
    memcpy(bytes, magic, sizeof magic);
    bytes[AT_PART] = (uint8_t)part;
    bytes_put_u32(bytes + AT_EPOCH, header->epoch);
    bytes_put_u32(bytes + AT_NEWEST, header->newest);
    bytes_put_u32(bytes + AT_CLASS, header->class);
    bytes_put_u32(bytes + AT_COUNT, part == SET_PAGE ? header->place : header->swaps);
    bytes_put_u64(bytes + AT_VERSION, header->version);
    bytes_put_u64(bytes + AT_FROM, part == SET_PAGE ? 0 : header->from);
    memcpy(bytes + AT_ROOT, header->root.bytes, sizeof header->root.bytes);
    memcpy(bytes + AT_KEY, header->key.bytes, sizeof header->key.bytes);
    buf_bytes(out, bytes, sizeof bytes);
}

void set_write_header(const struct set_header *header, struct buf *out)
{
    struct set_header first = *header;
    first.place = 0;
    put_header(&first, SET_PAGE, out);
}

static uint32_t entries_on_page(const struct set_header *header)
{
    const uint32_t rest = header->class - header->place;
    return rest < SET_PAGE_ENTRIES ? rest : SET_PAGE_ENTRIES;
}

void set_write_page(const struct set_header *header, const uint64_t *entries, struct buf *out)
{
    const uint32_t count = entries_on_page(header);
    put_header(header, SET_PAGE, out);
    uint8_t *room = buf_reserve(out, (size_t)count * SET_ENTRY_BYTES);
    if (room == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        bytes_put_u64(room + (size_t)i * SET_ENTRY_BYTES, entries[header->place + i]);
    }
    buf_commit(out, (size_t)count * SET_ENTRY_BYTES);
}

void set_write_step(const struct set_header *header, const struct set_swap *swaps, struct buf *out)
{
    uint8_t bytes[STEP_BYTES] = {0};
    for (uint32_t i = 0; i < header->swaps; i++) {
        bytes_put_u64(bytes + (size_t)i * SWAP_BYTES, swaps[i].goes);
        bytes_put_u64(bytes + (size_t)i * SWAP_BYTES + SET_ENTRY_BYTES, swaps[i].comes);
    }
    put_header(header, SET_STEP, out);
    buf_bytes(out, bytes, sizeof bytes);
}

/* ---- reading ---- */

static enum result read_header(struct slice body, struct set_header *header, struct error *err)
{
    const uint8_t *at = body.ptr;
    ENSURE(body.len >= SET_HEADER_BYTES, err, FAULT_INVALID, "", "%zu bytes, en de kop alleen heeft er %d", body.len,
           SET_HEADER_BYTES);
    ENSURE(memcmp(at, magic, sizeof magic) == 0, err, FAULT_INVALID, "/kenmerk",
           "een opzoekset begint met de tekens KBO1");
    ENSURE(at[AT_PART] == SET_PAGE || at[AT_PART] == SET_STEP, err, FAULT_INVALID, "/deel",
           "toegestaan zijn 1 (bladzijde) en 2 (stap)");
    ENSURE(at[AT_ZERO] == 0 && at[AT_ZERO + 1] == 0 && at[AT_ZERO + 2] == 0, err, FAULT_INVALID, "/deel",
           "de drie bytes hierna moeten nul zijn");
    const uint32_t class = bytes_get_u32(at + AT_CLASS);
    ENSURE(class <= SET_CLASS_MAX, err, FAULT_TOO_LARGE, "/klasse", "een opzoekset heeft ten hoogste %d plaatsen",
           SET_CLASS_MAX);
    ENSURE(set_class_valid(class), err, FAULT_INVALID, "/klasse", "een macht van twee, van %d tot en met %d",
           SET_CLASS_MIN, SET_CLASS_MAX);
    *header = (struct set_header){.part = (enum set_part)at[AT_PART],
                                  .epoch = bytes_get_u32(at + AT_EPOCH),
                                  .newest = bytes_get_u32(at + AT_NEWEST),
                                  .class = class,
                                  .version = bytes_get_u64(at + AT_VERSION),
                                  .from = bytes_get_u64(at + AT_FROM)};
    const uint32_t count = bytes_get_u32(at + AT_COUNT);
    header->place = header->part == SET_PAGE ? count : 0;
    header->swaps = header->part == SET_STEP ? count : 0;
    memcpy(header->root.bytes, at + AT_ROOT, sizeof header->root.bytes);
    memcpy(header->key.bytes, at + AT_KEY, sizeof header->key.bytes);
    return RESULT_OK;
}

/* `count` entries, each `stride` bytes behind the one before; 0 is none. */
static enum result check_rising(const uint8_t *at, size_t stride, uint32_t count, const char *where, struct error *err)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t entry = bytes_get_u64(at + i * stride);
        ENSURE(entry > last, err, FAULT_INVALID, where, "plaats %u is niet hoger dan die ervoor", i);
        last = entry;
    }
    return RESULT_OK;
}

static enum result check_page(const struct set_header *header, struct slice payload, struct error *err)
{
    ENSURE(header->from == 0, err, FAULT_INVALID, "/vanaf", "bij een bladzijde moet dit nul zijn");
    ENSURE(header->place < header->class && header->place % SET_PAGE_ENTRIES == 0, err, FAULT_INVALID, "/plaats",
           "een veelvoud van %d onder de klasse (%u)", SET_PAGE_ENTRIES, header->class);
    const size_t want = (size_t)entries_on_page(header) * SET_ENTRY_BYTES;
    ENSURE(payload.len == want, err, FAULT_INVALID, "/vermeldingen", "%zu bytes, en deze bladzijde heeft er %zu",
           payload.len, want);
    return check_rising(payload.ptr, SET_ENTRY_BYTES, entries_on_page(header), "/vermeldingen", err);
}

/* Nothing both goes and comes; both rise. */
static enum result check_apart(const uint8_t *at, uint32_t count, struct error *err)
{
    for (uint32_t g = 0, c = 0; g < count && c < count;) {
        const uint64_t goes = bytes_get_u64(at + (size_t)g * SWAP_BYTES);
        const uint64_t comes = bytes_get_u64(at + (size_t)c * SWAP_BYTES + SET_ENTRY_BYTES);
        ENSURE(goes != comes, err, FAULT_INVALID, "/wissels", "wat gaat (plaats %u) komt ook (plaats %u)", g, c);
        g += goes < comes;
        c += comes < goes;
    }
    return RESULT_OK;
}

static enum result check_step(const struct set_header *header, struct slice payload, struct error *err)
{
    ENSURE(header->swaps <= SET_STEP_SWAPS, err, FAULT_TOO_LARGE, "/wissels", "een stap heeft ten hoogste %d wissels",
           SET_STEP_SWAPS);
    ENSURE(header->from < header->version || (header->from == header->version && header->swaps == 0), err,
           FAULT_INVALID, "/vanaf", "een stap gaat naar een nieuwere versie dan die waarvan hij uitgaat");
    ENSURE(payload.len == STEP_BYTES, err, FAULT_INVALID, "/wissels", "%zu bytes, en een stap heeft er altijd %d",
           payload.len, STEP_BYTES);
    TRY(check_rising(payload.ptr, SWAP_BYTES, header->swaps, "/wissels/gaat", err));
    TRY(check_rising(payload.ptr + SET_ENTRY_BYTES, SWAP_BYTES, header->swaps, "/wissels/komt", err));
    TRY(check_apart(payload.ptr, header->swaps, err));
    for (size_t i = (size_t)header->swaps * SWAP_BYTES; i < payload.len; i++) {
        ENSURE(payload.ptr[i] == 0, err, FAULT_INVALID, "/wissels", "achter de laatste wissel staan alleen nullen");
    }
    return RESULT_OK;
}

enum result set_read(struct slice body, struct set_header *header, struct slice *payload, struct error *err)
{
    struct set_header read;
    ENSURE(body.len <= BODY_MAX, err, FAULT_TOO_LARGE, "", "%zu bytes; toegestaan zijn er %d", body.len, BODY_MAX);
    TRY(read_header(body, &read, err));
    const struct slice rest = slice_of(body.ptr + SET_HEADER_BYTES, body.len - SET_HEADER_BYTES);
    TRY(read.part == SET_PAGE ? check_page(&read, rest, err) : check_step(&read, rest, err));
    *header = read;
    *payload = rest;
    return RESULT_OK;
}

enum result set_read_header(struct slice bytes, struct set_header *header, struct error *err)
{
    struct set_header read;
    TRY(read_header(bytes, &read, err));
    ENSURE(bytes.len == SET_HEADER_BYTES && read.part == SET_PAGE && read.place == 0 && read.from == 0, err,
           FAULT_INVALID, "", "dit is niet de kop van een eerste bladzijde");
    *header = read;
    return RESULT_OK;
}
