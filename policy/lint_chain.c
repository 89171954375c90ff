/* Versions of a covenant that replace each other. */
#include <stdio.h>

#include "policy/lint.h"

#include <string.h>

enum { NOT_HERE = -1 };

struct chain {
    const struct lint_version *versions;
    size_t count;
    lint_tell *tell;
    void *context;
    struct lint_count found;
};

static void add(struct chain *chain, size_t version, const char *where, const char *what)
{
    struct lint_finding finding = {.kind = LINT_CHAIN, .version = version};
    (void)snprintf(finding.where, sizeof finding.where, "%s", where);
    (void)snprintf(finding.what, sizeof finding.what, "%s", what);
    chain->found.objections++;
    chain->tell(chain->context, &finding);
}

/* The version with this hash; NOT_HERE: it was not given, or there is no such hash. */
static int version_of(const struct chain *chain, const char *hash)
{
    for (size_t i = 0; hash != NULL && i < chain->count; i++) {
        if (strcmp(chain->versions[i].hash, hash) == 0) {
            return (int)i;
        }
    }
    return NOT_HERE;
}

/* Back from one version: to itself again, or to one that bears its name. At most as many steps as there are versions. */
static void follow(struct chain *chain, size_t start)
{
    const char *name = chain->versions[start].version;
    int at = version_of(chain, chain->versions[start].predecessor);
    for (size_t step = 0; at != NOT_HERE && step < chain->count; step++) {
        if ((size_t)at == start) {
            add(chain, start, "/voorganger", "dit convenant vervangt, langs andere versies, zichzelf");
            return;
        }
        if (strcmp(chain->versions[at].version, name) == 0) {
            add(chain, start, "/versie", "een eerdere versie heet ook zo: een kring van versies");
            return;
        }
        at = version_of(chain, chain->versions[at].predecessor);
    }
}

static void look_at(struct chain *chain, size_t i, bool *oldest_seen)
{
    const struct lint_version *version = &chain->versions[i];
    if (version_of(chain, version->hash) != (int)i) {
        add(chain, i, "", "dit convenant is twee keer gegeven");
        return;
    }
    if (version_of(chain, version->predecessor) == NOT_HERE) {
        if (*oldest_seen) {
            add(chain, i, "/voorganger", "de versie die hierdoor wordt vervangen is niet gegeven");
        }
        *oldest_seen = true;
    }
    for (size_t before = 0; before < i && version->predecessor != NULL; before++) {
        const char *other = chain->versions[before].predecessor;
        if (other != NULL && strcmp(other, version->predecessor) == 0 &&
            strcmp(chain->versions[before].hash, version->hash) != 0) {
            add(chain, i, "/voorganger", "een andere versie vervangt dezelfde voorganger");
            break;
        }
    }
    follow(chain, i);
}

struct lint_count lint_chain(const struct lint_version *versions, size_t count, lint_tell *tell, void *context)
{
    struct chain chain = {versions, count, tell, context, {0, 0}};
    bool oldest_seen = false;
    for (size_t i = 0; i < count; i++) {
        look_at(&chain, i, &oldest_seen);
    }
    return chain.found;
}
