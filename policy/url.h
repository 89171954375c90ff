/*
 * url.h - the one form that a partner's address may have. Private to policy.
 */
#ifndef KETENBRUG_POLICY_URL_H
#define KETENBRUG_POLICY_URL_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * https://host[:port] and nothing more: no user, path, query or fragment. The host is a DNS name in lower-case letters,
 * digits and hyphens (RFC 1123 section 2.1), the port 1..65535 without leading zero.
 */
bool url_is_node(struct slice url);

#endif
