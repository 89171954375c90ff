#include "cmd/config_values.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"

enum { HOST_MAX = 253, LABEL_MAX = 63, PORT_MAX = 65535, PORT_DIGITS = 5 };

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A DNS name (RFC 1123, 2.1) or an IPv4 address. */
static bool is_host(const char *host, size_t len)
{
    size_t label = 0;
    if (len == 0 || len > HOST_MAX) {
        return false;
    }
    for (size_t i = 0; i <= len; i++) {
        if (i == len || host[i] == '.') {
            if (label == 0 || label > LABEL_MAX || host[i - 1] == '-' || host[i - label] == '-') {
                return false;
            }
            label = 0;
        } else if (is_letter_or_digit(host[i]) || host[i] == '-') {
            label++;
        } else {
            return false;
        }
    }
    return true;
}

static bool is_port(const char *text, size_t len)
{
    long value = 0;
    for (size_t i = 0; i < len && len <= PORT_DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9' || text[0] == '0') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value >= 1 && value <= PORT_MAX;
}

/* "127.0.0.1" or "[::1]": never by name, which somebody else may answer for. */
static bool is_this_machine(const char *host, size_t len)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr v4;
    if (len == 5 && memcmp(host, "[::1]", 5) == 0) {
        return true;
    }
    if (len >= sizeof text) {
        return false;
    }
    memcpy(text, host, len);
    text[len] = '\0';
    return inet_pton(AF_INET, text, &v4) == 1 && ntohl(v4.s_addr) >> 24U == 127;
}

/* An IPv6 address in brackets. */
static bool is_bracketed(const char *host, size_t len)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr v6;
    if (len < 3 || host[0] != '[' || host[len - 1] != ']' || len - 2 >= sizeof text) {
        return false;
    }
    memcpy(text, host + 1, len - 2);
    text[len - 2] = '\0';
    return inet_pton(AF_INET6, text, &v6) == 1;
}

/* host[:port], and whether it is this machine. */
static bool is_authority(const char *text, size_t len, bool only_here)
{
    const char *bracket = len != 0 && text[0] == '[' ? memchr(text, ']', len) : NULL;
    const char *from = bracket != NULL ? bracket : text;
    const char *colon = memchr(from, ':', len - (size_t)(from - text));
    const size_t host_len = colon != NULL ? (size_t)(colon - text) : len;
    if (colon != NULL && !is_port(colon + 1, len - host_len - 1)) {
        return false;
    }
    return only_here ? is_this_machine(text, host_len) : is_host(text, host_len) || is_bracketed(text, host_len);
}

/* What stands behind `with_tls` or, to this machine alone, `plain`; NULL: neither. */
static const char *behind_scheme(const char *text, const char *with_tls, const char *plain, bool *only_here)
{
    *only_here = strncmp(text, plain, strlen(plain)) == 0;
    if (*only_here) {
        return text + strlen(plain);
    }
    return strncmp(text, with_tls, strlen(with_tls)) == 0 ? text + strlen(with_tls) : NULL;
}

bool config_is_webhook(const char *text)
{
    bool only_here = false;
    const char *authority = behind_scheme(text, "https://", "http://", &only_here);
    if (authority == NULL || strlen(text) > NOTICE_URL_MAX) {
        return false;
    }
    const size_t len = strcspn(authority, "/");
    for (const char *c = authority + len; *c != '\0'; c++) {
        if (!is_letter_or_digit(*c) && strchr("/-._~%!$&'()*+,;=:@", *c) == NULL) {
            return false;
        }
    }
    return is_authority(authority, len, only_here);
}

bool config_is_mail_server(const char *text)
{
    bool only_here = false;
    const char *authority = behind_scheme(text, "smtps://", "smtp://", &only_here);
    return authority != NULL && strlen(text) <= NOTICE_URL_MAX && is_authority(authority, strlen(authority), only_here);
}

bool config_is_mailbox(const char *text)
{
    const char *at = strchr(text, '@');
    if (at == NULL || at == text || strlen(text) > EMAIL_MAX_BYTES || text[0] == '.' || at[-1] == '.' ||
        strstr(text, "..") != NULL) {
        return false;
    }
    for (const char *c = text; c != at; c++) {
        if (!is_letter_or_digit(*c) && strchr("!#$%&'*+-/=?^_`{|}~.", *c) == NULL) {
            return false;
        }
    }
    return is_host(at + 1, strlen(at + 1));
}
