/* What the machine gives: addresses and ports, room on the disk, limits of the process. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cmd/check_parts.h"

/* ---- ports ---- */

static int try_to_bind(const struct config_address *address)
{
    struct sockaddr_storage to;
    socklen_t len = 0;
    memset(&to, 0, sizeof to);
    struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
    if (inet_pton(AF_INET, address->host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address->port);
        len = sizeof *v4;
    } else if (inet_pton(AF_INET6, address->host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(address->port);
        len = sizeof *v6;
    }
    const int on = 1; /* as the node: closed connections that linger are no hindrance */
    const int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const int code = bind(fd, (struct sockaddr *)&to, len) == 0 && listen(fd, 1) == 0 ? 0 : errno;
    (void)close(fd);
    return code;
}

static bool node_listens(const struct check *check, const char *address)
{
    const struct json *list = check->standing != NULL ? json_member(check->standing, "luistert") : NULL;
    for (const struct json *one = list != NULL ? json_first(list) : NULL; one != NULL; one = json_next(one)) {
        if (strcmp(json_cstr(one), address) == 0) {
            return true;
        }
    }
    return false;
}

static void say_port(struct check *check, const char *what, const struct config_address *address)
{
    char text[CONFIG_ADDRESS_TEXT];
    config_address_text(address, text);
    if (text[0] == '\0') {
        return;
    }
    if (node_listens(check, text)) {
        check_say(check, CHECK_FINE, what, NULL, "%s: hier luistert dit knooppunt", text);
        return;
    }
    switch (try_to_bind(address)) {
    case 0:
        check_say(check, check->standing != NULL ? CHECK_MIND : CHECK_FINE, what,
                  "start het knooppunt opnieuw: SIGHUP verandert geen adressen",
                  check->standing != NULL ? "%s: vrij, het knooppunt luistert elders" : "%s: vrij", text);
        break;
    case EADDRINUSE:
        check_say(check, CHECK_WRONG, what, "kies een andere poort, of stop dat programma (zie: ss -ltnp)",
                  "%s: in gebruik door een ander programma", text);
        break;
    case EADDRNOTAVAIL:
        check_say(check, CHECK_WRONG, what, "kies een adres dat `ip address` toont, of 0.0.0.0 voor alle",
                  "%s: dit adres heeft deze machine niet", text);
        break;
    case EACCES:
        check_say(check, CHECK_WRONG, what,
                  "kies een poort vanaf 1024, of geef de dienst CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities)",
                  "%s: deze gebruiker mag deze poort niet openen", text);
        break;
    default:
        check_say(check, CHECK_WRONG, what, "kies een ander adres", "%s: niet te openen", text);
    }
}

void check_ports(struct check *check)
{
    say_port(check, "adres ketenpartners", &check->config.peer_listen);
    say_port(check, "adres medewerkers", &check->config.desk_listen);
    say_port(check, "adres beheer", &check->config.ops_listen);
}

/* ---- disk ---- */

enum check_verdict check_room(uint64_t free_bytes, uint64_t needed, const char **advice)
{
    if (free_bytes < CHECK_FREE_BYTES) {
        *advice = "maak nu ruimte: zonder ruimte kan niets worden vastgelegd en dus niets beantwoord";
        return CHECK_WRONG;
    }
    *advice = "een reservekopie past hier niet naast de gegevens: maak haar op een andere schijf, of vergroot deze";
    return free_bytes < needed + CHECK_FREE_BYTES ? CHECK_MIND : CHECK_FINE;
}

enum check_verdict check_inodes(uint64_t all, uint64_t left, const char **advice)
{
    *advice = "verwijder bestanden: dit bestandssysteem kan bijna geen nieuwe meer maken";
    if (all == 0) {
        return CHECK_FINE; /* this file system counts none */
    }
    return left == 0 ? CHECK_WRONG : left < CHECK_FREE_INODES ? CHECK_MIND : CHECK_FINE;
}

static uint64_t size_of(const char *folder, const char *name)
{
    char path[CONFIG_PATH_MAX + 32];
    struct stat found;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &found) == 0 ? (uint64_t)found.st_size : 0;
}

void check_disk(struct check *check)
{
    static const char what[] = "schijf";
    const char *folder = check->config.folder;
    const char *advice = NULL;
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0) {
        return; /* that the folder is not there was said */
    }
    const uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    const uint64_t data = size_of(folder, "knooppunt.db") + size_of(folder, "knooppunt.db-wal");
    const enum check_verdict verdict = check_room(room, data, &advice);
    check_say(check, verdict, what, advice, "%llu MiB vrij, gegevens %llu MiB", (unsigned long long)(room >> 20U),
              (unsigned long long)(data >> 20U));
    const enum check_verdict inodes = check_inodes(disk.f_files, disk.f_favail, &advice);
    if (inodes != CHECK_FINE) {
        check_say(check, inodes, "inodes", advice, "%llu vrij", (unsigned long long)disk.f_favail);
    }
}

/* ---- limits ---- */

static unsigned long long listeners(const struct config *config)
{
    return config->desk_listen.host[0] != '\0' ? 3 : 2;
}

void check_limits(struct check *check)
{
    struct rlimit files;
    struct rlimit locked;
    const unsigned long long needed =
        (unsigned long long)check->config.connections * listeners(&check->config) + CHECK_OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || getrlimit(RLIMIT_MEMLOCK, &locked) != 0) {
        return;
    }
    const struct json *serving = check->standing != NULL ? json_member(check->standing, "bestandenMax") : NULL;
    const unsigned long long allowed =
        serving != NULL ? (unsigned long long)json_int(serving) : (unsigned long long)files.rlim_cur;
    check_say(check, allowed < needed ? CHECK_MIND : CHECK_FINE, "open bestanden",
              "verhoog de grens (systemd: LimitNOFILE; ulimit -n), of verlaag grenzen.verbindingen",
              "%llu toegestaan%s, %llu nodig voor alle verbindingen", allowed,
              serving != NULL ? " aan het knooppunt" : " aan deze gebruiker", needed);
    const bool much = locked.rlim_cur == RLIM_INFINITY || locked.rlim_cur >= CHECK_LOCKED_BYTES;
    check_say(check, much ? CHECK_FINE : CHECK_MIND, "vast geheugen",
              "verhoog de grens (systemd: LimitMEMLOCK=1M; ulimit -l): anders kunnen sleutels op de wisselschijf komen",
              much ? "genoeg om sleutels buiten de wisselschijf te houden" : "%llu bytes toegestaan",
              (unsigned long long)locked.rlim_cur);
}
