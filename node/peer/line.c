#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "peer/peer_parts.h"

static const char *const place = "url";

/* Lower-case host characters; a bracketed address keeps its brackets. */
static size_t take_host(const char *text, char *out, size_t size)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    static const char address[] = "abcdef0123456789:.";
    const bool bracketed = text[0] == '[';
    size_t len = bracketed ? 1 : 0;
    out[0] = '[';
    for (; len < size - 1; len++) {
        const char c = (char)(text[len] >= 'A' && text[len] <= 'Z' ? text[len] + ('a' - 'A') : text[len]);
        if (c == '\0' || strchr(bracketed ? address : name, c) == NULL) {
            break;
        }
        out[len] = c;
    }
    if (bracketed) {
        if (text[len] != ']' || len < 3 || len >= size - 1) {
            return 0;
        }
        out[len++] = ']';
    }
    out[len] = '\0';
    return len;
}

static bool take_port(const char *text, long *out)
{
    *out = 443;
    if (text[0] == '\0') {
        return true;
    }
    const size_t digits = text[0] == ':' ? strspn(text + 1, "0123456789") : 0;
    if (digits == 0 || digits > 5 || text[1 + digits] != '\0') {
        return false;
    }
    *out = strtol(text + 1, NULL, 10);
    return *out >= 1 && *out <= 65535;
}

enum result peer_authority(const char *url, char out[PEER_AUTHORITY_MAX], struct error *err)
{
    static const char scheme[] = "https://";
    char host[PEER_AUTHORITY_MAX - 8];
    long port = 0;
    ENSURE(url != NULL && strncmp(url, scheme, sizeof scheme - 1) == 0, err, FAULT_INVALID, place,
           "begint niet met https://");
    const char *rest = url + sizeof scheme - 1;
    const size_t len = take_host(rest, host, sizeof host);
    ENSURE(len != 0, err, FAULT_INVALID, place, "noemt geen host");
    ENSURE(take_port(rest + len, &port), err, FAULT_INVALID, place, "toegestaan is https://host of https://host:poort");
    (void)snprintf(out, PEER_AUTHORITY_MAX, "%s:%ld", host, port);
    return RESULT_OK;
}

static struct peer_tally *tally_of(struct peer_pool *pool, const struct oin *oin)
{
    for (size_t i = 0; i < pool->tally_count; i++) {
        if (oin_equal(&pool->tallies[i]->oin, oin)) {
            return pool->tallies[i];
        }
    }
    struct peer_tally *tally = pool->tally_count < PEER_LINES_MAX ? mem_zalloc(sizeof *tally) : NULL;
    if (tally != NULL) {
        tally->oin = *oin;
        pool->tallies[pool->tally_count++] = tally;
    }
    return tally;
}

const struct peer_tally *peer_tally_at(const struct peer_pool *pool, size_t index)
{
    return index < pool->tally_count ? pool->tallies[index] : NULL;
}

enum peer_line_found peer_line_find(struct peer_engine *engine, const struct oin *oin, const char *authority,
                                    struct peer_line **out)
{
    for (struct peer_line *line = engine->lines; line != NULL; line = line->next) {
        if (strcmp(line->authority, authority) == 0) {
            *out = line;
            return oin_equal(&line->expected.oin, oin) ? LINE_FOUND : LINE_TAKEN;
        }
    }
    if (engine->line_count >= PEER_LINES_MAX) {
        return LINE_FULL;
    }
    struct peer_line *line = mem_zalloc(sizeof *line);
    if (line == NULL) {
        return LINE_NO_MEMORY;
    }
    line->expected.oin = *oin;
    line->tally = engine->pool != NULL ? tally_of(engine->pool, oin) : NULL;
    (void)snprintf(line->authority, sizeof line->authority, "%s", authority);
    line->next = engine->lines;
    engine->lines = line;
    engine->line_count++;
    *out = line;
    return LINE_FOUND;
}

void peer_lines_free(struct peer_engine *engine)
{
    while (engine->lines != NULL) {
        struct peer_line *line = engine->lines;
        engine->lines = line->next;
        mem_free(line);
    }
    engine->line_count = 0;
}

enum peer_reach peer_reach(const struct peer_pool *pool, const struct oin *oin)
{
    const struct peer_line *line = pool->current != NULL ? pool->current->lines : NULL;
    while (line != NULL && !oin_equal(&line->expected.oin, oin)) {
        line = line->next;
    }
    if (line == NULL) {
        return REACH_NOT_ASKED;
    }
    return line->circuit.failures != 0 ? REACH_FAILS : line->answered ? REACH_ANSWERS : REACH_NOT_ASKED;
}

const char *peer_reach_word(enum peer_reach reach)
{
    static const char *const words[] = {"nog-niet-gevraagd", "bereikbaar", "onbereikbaar"};
    return words[reach];
}
