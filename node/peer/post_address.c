/* Where a post may go: by what address, and to what mailbox. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

#include "peer/post.h"

enum { LOCAL_PART_MAX = 64 };

static const struct {
    const char *safe, *bare; /* the latter to this machine alone */
    const char *allowed;
} schemes[] = {
    [POST_WEBHOOK] = {"https", "http", "https://naam[:poort]/pad; http:// alleen naar deze machine zelf"},
    [POST_MAIL] = {"smtps", "smtp", "smtps://naam[:poort]; smtp:// alleen naar deze machine zelf"},
};

/* By a name, only one that libcurl looks up nowhere (RFC 6761, 6.3). */
static bool is_this_machine(const char *host)
{
    static const char under[] = ".localhost";
    const size_t len = strlen(host);
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24U == 127;
    }
    return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0 ||
           (len >= sizeof under && strcmp(host + len - (sizeof under - 1), under) == 0);
}

static bool part_is(CURLU *url, CURLUPart part, const char *wanted)
{
    char *text = NULL;
    const bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK;
    const bool is = there ? wanted != NULL && strcmp(text, wanted) == 0 : wanted == NULL;
    curl_free(text);
    return is;
}

static bool parts_ok(enum post_way kind, CURLU *url)
{
    char *host = NULL;
    const bool safe = part_is(url, CURLUPART_SCHEME, schemes[kind].safe);
    const bool bare = part_is(url, CURLUPART_SCHEME, schemes[kind].bare);
    const bool named = curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK && host[0] != '\0';
    const bool ok =
        named && (safe || (bare && is_this_machine(host))) && part_is(url, CURLUPART_USER, NULL) &&
        part_is(url, CURLUPART_PASSWORD, NULL) && part_is(url, CURLUPART_OPTIONS, NULL) &&
        part_is(url, CURLUPART_FRAGMENT, NULL) && part_is(url, CURLUPART_ZONEID, NULL) &&
        (kind == POST_WEBHOOK || (part_is(url, CURLUPART_PATH, "/") && part_is(url, CURLUPART_QUERY, NULL)));
    curl_free(host);
    return ok;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

enum result post_url_check(enum post_way kind, const char *url, struct error *err)
{
    CURLU *parsed = curl_url();
    ENSURE(parsed != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    const bool ok = strlen(url) <= POST_ADDRESS_MAX && is_printable(url) && strstr(url, "://") != NULL &&
                    curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                    parts_ok(kind, parsed);
    curl_url_cleanup(parsed);
    ENSURE(ok, err, FAULT_INVALID, "", "toegestaan: %s, zonder gebruiker of wachtwoord, van hoogstens %d tekens",
           schemes[kind].allowed, (int)POST_ADDRESS_MAX);
    return RESULT_OK;
}

bool post_address_ok(const char *address)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-";
    const char *at = strchr(address, '@');
    if (at == NULL || at == address || at[1] == '\0' || strlen(address) > POST_ADDRESS_MAX) {
        return false;
    }
    const size_t local = (size_t)(at - address);
    const size_t host = strlen(at + 1);
    return local <= LOCAL_PART_MAX && strspn(address, allowed) == local && strspn(at + 1, allowed) == host &&
           strcspn(at + 1, "!#$%&'*+/=?^_`{|}~") == host && at[1] != '.' && at[1] != '-' && at[host] != '.' &&
           address[0] != '.' && at[-1] != '.' && strstr(address, "..") == NULL;
}
