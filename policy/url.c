#include "policy/url.h"

enum { LABEL_MAX = 63, HOST_MAX = 253, PORT_MAX = 65535, PORT_DIGITS = 5 };

static bool is_label_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool is_host(struct slice host)
{
    size_t label = 0;
    if (host.len == 0 || host.len > HOST_MAX) {
        return false;
    }
    for (size_t i = 0; i <= host.len; i++) {
        if (i == host.len || host.ptr[i] == '.') {
            if (label == 0 || label > LABEL_MAX || host.ptr[i - 1] == '-' || host.ptr[i - label] == '-') {
                return false;
            }
            label = 0;
        } else if (is_label_char(host.ptr[i])) {
            label++;
        } else {
            return false;
        }
    }
    return true;
}

static bool is_port(struct slice port)
{
    int value = 0;
    if (port.len == 0 || port.len > PORT_DIGITS || port.ptr[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < port.len; i++) {
        if (port.ptr[i] < '0' || port.ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (port.ptr[i] - '0');
    }
    return value <= PORT_MAX;
}

bool url_is_node(struct slice url)
{
    static const char scheme[] = "https://";
    const size_t prefix = sizeof scheme - 1;
    if (url.len <= prefix || memcmp(url.ptr, scheme, prefix) != 0) {
        return false;
    }
    const struct slice rest = slice_of(url.ptr + prefix, url.len - prefix);
    const uint8_t *colon = memchr(rest.ptr, ':', rest.len);
    if (colon == NULL) {
        return is_host(rest);
    }
    const size_t host_len = (size_t)(colon - rest.ptr);
    return is_host(slice_of(rest.ptr, host_len)) && is_port(slice_of(colon + 1, rest.len - host_len - 1));
}
