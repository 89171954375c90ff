/*
 * config_values.h - which texts may stand in the configuration as an address to which something is sent.
 *
 * What is sent says nothing (see api/notices.h), but when it is sent says that there is news: so TLS, or this machine itself.
 * Thread: any; pure. Faults: none.
 */
#ifndef KETENBRUG_CMD_CONFIG_VALUES_H
#define KETENBRUG_CMD_CONFIG_VALUES_H

#include <stdbool.h>

/* https://host[:port][/path], without user, query or fragment; http:// only to this machine by address. */
bool config_is_webhook(const char *text);
/* smtps://host[:port]; smtp:// only to this machine by address. */
bool config_is_mail_server(const char *text);
/* One mailbox: name@host (RFC 5321, a dot-string of printable ASCII). */
bool config_is_mailbox(const char *text);

#endif
