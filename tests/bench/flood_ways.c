#include "bench/flood_ways.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"

enum { DATA = 0, HEADERS = 1, PRIORITY = 2, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8 };
enum { CONTINUATION = 9, UNKNOWN = 0xbe, END_STREAM = 1, END_HEADERS = 4, ACK = 1, HEAD = 9, MOST_STREAMS = 1 << 30 };

static size_t room(const struct lane *lane)
{
    return sizeof lane->out - lane->len;
}

static void put_frame(struct lane *lane, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t len)
{
    if (room(lane) < HEAD + len) {
        return;
    }
    uint8_t *at = lane->out + lane->len;
    const uint8_t head[HEAD] = {
        (uint8_t)(len >> 16U),    (uint8_t)(len >> 8U),    (uint8_t)len,   type, flags, (uint8_t)(stream >> 24U),
        (uint8_t)(stream >> 16U), (uint8_t)(stream >> 8U), (uint8_t)stream};
    memcpy(at, head, HEAD);
    if (len != 0) {
        memcpy(at + HEAD, payload, len);
    }
    lane->len += HEAD + len;
}

static size_t put_text(uint8_t *at, const char *text)
{
    const size_t len = strlen(text); /* below 127: one byte of length (RFC 7541, 5.2) */
    at[0] = (uint8_t)len;
    memcpy(at + 1, text, len);
    return 1 + len;
}

/* POST path with a request-id of its own, application/json. */
static size_t put_request(struct lane *lane, uint8_t *block, const char *path)
{
    char id[33];
    size_t len = 0;
    block[len++] = 0x83; /* :method POST */
    block[len++] = 0x87; /* :scheme https */
    block[len++] = 0x04; /* :path, not indexed */
    len += put_text(block + len, path);
    block[len++] = 0x01; /* :authority */
    len += put_text(block + len, "localhost");
    block[len++] = 0x0f; /* content-type */
    block[len++] = 0x10;
    len += put_text(block + len, "application/json");
    block[len++] = 0x00;
    len += put_text(block + len, "request-id");
    (void)snprintf(id, sizeof id, "f%031llx", (unsigned long long)++lane->number);
    len += put_text(block + len, id);
    return len;
}

static uint32_t put_headers(struct lane *lane, const char *path, uint8_t flags)
{
    uint8_t block[512];
    const size_t len = put_request(lane, block, path);
    const uint32_t stream = lane->next;
    put_frame(lane, HEADERS, flags, stream, block, len);
    lane->next += 2;
    return stream;
}

/* ---- what is sent over and over ---- */

static const uint8_t zeros[256];

#define REPEAT(name, need, frames, ...)                                                                                \
    static uint32_t name(struct lane *lane)                                                                            \
    {                                                                                                                  \
        uint32_t count = 0;                                                                                            \
        while (room(lane) >= (need) && lane->next < MOST_STREAMS) {                                                    \
            __VA_ARGS__                                                                                                \
            count += (frames);                                                                                         \
        }                                                                                                              \
        return count;                                                                                                  \
    }

static const uint8_t one[4] = {0, 0, 0, 1};
static const uint8_t cancel[4] = {0, 0, 0, 8};
static const uint8_t weight[5] = {0, 0, 0, 0, 15};

REPEAT(more_resets, LANE_LEAST, 2, {
    const uint32_t stream = put_headers(lane, lane->path, END_HEADERS);
    put_frame(lane, RST_STREAM, 0, stream, cancel, sizeof cancel);
})
REPEAT(more_streams, LANE_LEAST, 1, { (void)put_headers(lane, lane->path, END_HEADERS); })
REPEAT(more_pings, 64, 1, { put_frame(lane, PING, 0, 0, zeros, 8); })
REPEAT(more_windows, 64, 1, { put_frame(lane, WINDOW_UPDATE, 0, 0, one, sizeof one); })
REPEAT(more_priorities, 64, 1, {
    put_frame(lane, PRIORITY, 0, lane->next, weight, sizeof weight);
    lane->next += 2;
})
REPEAT(more_unknown, 64, 1, { put_frame(lane, UNKNOWN, 0, 0, zeros, 8); })
REPEAT(more_goodbyes, 64, 1, { put_frame(lane, GOAWAY, 0, 0, zeros, 8); })
REPEAT(more_empty, 64, 1, { put_frame(lane, DATA, 0, 1, zeros, 0); })
REPEAT(more_crumbs, 64, 1, { put_frame(lane, DATA, 0, 1, " ", 1); })
REPEAT(more_continuations, 64, 1, { put_frame(lane, CONTINUATION, 0, 1, zeros, 0); })

static uint32_t more_settings(struct lane *lane)
{
    uint8_t entries[32 * 6] = {0};
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof entries; i += 6) {
        entries[i + 1] = 4; /* SETTINGS_INITIAL_WINDOW_SIZE, each time another */
        entries[i + 5] = (uint8_t)i;
    }
    for (; room(lane) >= LANE_LEAST; count++) {
        put_frame(lane, SETTINGS, 0, 0, entries, sizeof entries);
    }
    return count;
}

/* Requests as fast as they are answered, no more at once than the server allows. */
static uint32_t more_requests(struct lane *lane, const char *path, bool with_body)
{
    uint32_t count = 0;
    while (room(lane) >= LANE_LEAST + lane->body.len && lane->open < LANE_STREAMS && lane->next < MOST_STREAMS) {
        const uint32_t stream = put_headers(lane, path, with_body ? END_HEADERS : END_HEADERS | END_STREAM);
        if (with_body) {
            put_frame(lane, DATA, END_STREAM, stream, lane->body.ptr, lane->body.len);
        }
        lane->open++;
        count += with_body ? 2 : 1;
    }
    return count;
}

static uint32_t more_refused(struct lane *lane)
{
    return more_requests(lane, "/bestaat-niet", false);
}

static uint32_t more_consults(struct lane *lane)
{
    return more_requests(lane, lane->path, true);
}

/* One field of 4,000 bytes, then blocks that name it thousands of times by one byte each (RFC 7541, 6.1). */
static void begin_bomb(struct lane *lane)
{
    uint8_t block[4096];
    size_t len = put_request(lane, block, "/bestaat-niet");
    const uint8_t name[] = {0x40, 1, 'x', 0x7f, 0x91, 0x1c}; /* x: 127 + 17 + 28 * 128 = 3728 bytes, indexed */
    memcpy(block + len, name, sizeof name);
    len += sizeof name;
    memset(block + len, 'a', 3728);
    put_frame(lane, HEADERS, END_HEADERS | END_STREAM, lane->next, block, len + 3728);
    lane->next += 2;
}

static uint32_t more_bombs(struct lane *lane)
{
    static uint8_t block[12000];
    if (lane->len != 0) {
        return 0;
    }
    const size_t len = put_request(lane, block, "/bestaat-niet");
    memset(block + len, 0xbe, sizeof block - len);
    put_frame(lane, HEADERS, END_HEADERS | END_STREAM, lane->next, block, sizeof block);
    lane->next += 2;
    return 1;
}

/* Bodies of a byte now and then, on as many streams as there may be. */
static uint32_t more_slow(struct lane *lane)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < LANE_STREAMS && room(lane) >= LANE_LEAST; i++, count++) {
        if (lane->next < 2 * LANE_STREAMS) {
            (void)put_headers(lane, lane->path, END_HEADERS);
        } else {
            put_frame(lane, DATA, 0, 1 + 2 * i, " ", 1);
        }
    }
    return count;
}

/* ---- what is sent at first ---- */

static void begin_open_stream(struct lane *lane)
{
    (void)put_headers(lane, lane->path, END_HEADERS);
}

static void begin_block(struct lane *lane)
{
    (void)put_headers(lane, lane->path, 0);
}

static void begin_without_window(struct lane *lane)
{
    const uint8_t no_window[6] = {0, 4, 0, 0, 0, 0};
    put_frame(lane, SETTINGS, 0, 0, no_window, sizeof no_window);
}

static uint32_t more_keys(struct lane *lane)
{
    if (lane->len != 0 || SSL_key_update(lane->ssl, SSL_KEY_UPDATE_REQUESTED) != 1) {
        return 0;
    }
    put_frame(lane, PING, ACK, 0, zeros, 8); /* the new key goes out with it */
    return 1;
}

const struct way flood_ways[] = {
    {"resets", "verzoeken die meteen worden afgebroken", NULL, more_resets, false, false, false},
    {"streams", "meer verzoeken tegelijk dan mag", NULL, more_streams, false, false, false},
    {"pings", "PING", NULL, more_pings, false, false, false},
    {"settings", "SETTINGS met telkens 32 vensters", NULL, more_settings, false, false, false},
    {"windows", "WINDOW_UPDATE van een byte", NULL, more_windows, false, false, false},
    {"priorities", "PRIORITY", NULL, more_priorities, false, false, false},
    {"unknown", "frames van een onbekend soort", NULL, more_unknown, false, false, false},
    {"goodbyes", "GOAWAY zonder te gaan", NULL, more_goodbyes, false, false, false},
    {"empty", "lege DATA", begin_open_stream, more_empty, false, false, false},
    {"crumbs", "DATA van een byte", begin_open_stream, more_crumbs, false, false, false},
    {"continuations", "CONTINUATION zonder eind", begin_block, more_continuations, false, false, false},
    {"bombs", "kopregels van een byte die voor duizenden staan", begin_bomb, more_bombs, false, false, false},
    {"slow", "trage inhoud", NULL, more_slow, false, false, false},
    {"windowless", "antwoorden waarvoor geen venster is", begin_without_window, more_refused, false, false, false},
    {"deaf", "antwoorden die niet worden gelezen", NULL, more_refused, true, false, false},
    {"refused", "verzoeken die worden geweigerd", NULL, more_refused, false, false, false},
    {"consults", "goede vragen, zo veel als er antwoorden komen", NULL, more_consults, false, false, false},
    {"keys", "nieuwe TLS-sleutels", NULL, more_keys, false, false, false},
    {"handshakes", "TLS-handdrukken", NULL, NULL, false, false, true},
    {"halfopen", "verbindingen die niets zeggen", NULL, NULL, false, true, false},
};
const size_t flood_way_count = COUNT_OF(flood_ways);

void lane_begin(struct lane *lane, const struct way *way)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    lane->next = 1;
    lane->open = 0;
    lane->at = 0;
    lane->head_len = 0;
    lane->skip = 0;
    lane->len = sizeof preface - 1;
    memcpy(lane->out, preface, sizeof preface - 1);
    put_frame(lane, SETTINGS, 0, 0, NULL, 0);
    if (way->begin != NULL) {
        way->begin(lane);
    }
}

void lane_received(struct lane *lane, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        if (lane->skip != 0) {
            const size_t piece = lane->skip < len - i ? lane->skip : len - i;
            lane->skip -= piece;
            i += piece;
            continue;
        }
        lane->head[lane->head_len++] = bytes[i++];
        if (lane->head_len < sizeof lane->head) {
            continue;
        }
        lane->head_len = 0;
        lane->skip = ((size_t)lane->head[0] << 16U) | ((size_t)lane->head[1] << 8U) | lane->head[2];
        const bool ended = ((lane->head[3] == DATA || lane->head[3] == HEADERS) && (lane->head[4] & END_STREAM) != 0) ||
                           lane->head[3] == RST_STREAM;
        lane->open -= ended && lane->open != 0 ? 1 : 0;
    }
}
