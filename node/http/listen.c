/* Where a server listens: a TCP address, or a Unix socket that only its owner can open. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/listener.h"

enum { LISTEN_BACKLOG = 1024 };

static enum result listen_tcp(struct http_server *server, const struct http_server_options *options,
                              uv_connection_cb on_client, struct error *err)
{
    struct sockaddr_storage address;
    memset(&address, 0, sizeof address);
    const bool known = options->address != NULL &&
                       (uv_ip4_addr(options->address, options->port, (struct sockaddr_in *)(void *)&address) == 0 ||
                        uv_ip6_addr(options->address, options->port, (struct sockaddr_in6 *)(void *)&address) == 0);
    ENSURE(known, err, FAULT_CONFIG, "adres", "geen IPv4- of IPv6-adres");
    int code = uv_tcp_bind(&server->listener.tcp, (const struct sockaddr *)&address, 0);
    if (code == 0) {
        code = uv_listen(&server->listener.stream, LISTEN_BACKLOG, on_client);
    }
    ENSURE(code != UV_EADDRINUSE, err, FAULT_CONFLICT, options->address, "poort %u is al in gebruik",
           (unsigned)options->port);
    ENSURE(code == 0, err, FAULT_IO, options->address, "op poort %u kan niet worden geluisterd: %s",
           (unsigned)options->port, uv_err_name(code));
    return RESULT_OK;
}

static void fd_close(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static enum result unix_address(const char *path, struct sockaddr_un *out, struct error *err)
{
    ENSURE(path != NULL && path[0] != '\0', err, FAULT_CONFIG, "socket", "er is geen pad opgegeven");
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    ENSURE(slice_copy_text(slice_text(path), out->sun_path, sizeof out->sun_path), err, FAULT_CONFIG, path,
           "een pad van een socket is korter dan %zu bytes", sizeof out->sun_path);
    return RESULT_OK;
}

/* A socket file that nobody listens on is what a killed process left; anything else is not ours to remove. */
static enum result remove_stale(const struct sockaddr_un *address, struct error *err)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0) {
        ENSURE(errno == ENOENT, err, FAULT_IO, address->sun_path, "het pad is niet te lezen");
        return RESULT_OK;
    }
    ENSURE(S_ISSOCK(found.st_mode), err, FAULT_CONFLICT, address->sun_path, "hier staat iets dat geen socket is");
    CLEANUP(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ENSURE(fd >= 0, err, FAULT_IO, address->sun_path, "geen socket meer vrij");
    const int connected = connect(fd, (const struct sockaddr *)address, sizeof *address);
    ENSURE(connected != 0 && errno == ECONNREFUSED, err, FAULT_CONFLICT, address->sun_path,
           "op deze socket luistert al een proces");
    ENSURE(unlink(address->sun_path) == 0 || errno == ENOENT, err, FAULT_IO, address->sun_path,
           "de achtergebleven socket kan niet worden verwijderd");
    return RESULT_OK;
}

/* Linux gives the file the mode that the socket has when it is bound, so it is never open to others, not even for a
 * moment, and the process-wide umask stays alone. */
static enum result bind_private(int fd, const struct sockaddr_un *address, struct socket_file *file, struct error *err)
{
    ENSURE(fchmod(fd, S_IRUSR | S_IWUSR) == 0, err, FAULT_IO, address->sun_path, "de rechten zijn niet te zetten");
    const int bound = bind(fd, (const struct sockaddr *)address, sizeof *address);
    ENSURE(bound == 0 || errno != EADDRINUSE, err, FAULT_CONFLICT, address->sun_path,
           "op deze socket luistert al een proces");
    ENSURE(bound == 0, err, FAULT_IO, address->sun_path, "de socket kan hier niet worden gemaakt");
    struct stat made;
    const bool same = lstat(address->sun_path, &made) == 0 && S_ISSOCK(made.st_mode);
    ENSURE(same, err, FAULT_IO, address->sun_path, "de socket is weg");
    file->device = made.st_dev;
    file->inode = made.st_ino;
    file->path = mem_strdup(address->sun_path);
    if (file->path == NULL || (made.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        (void)unlink(address->sun_path);
        FAIL(err, FAULT_IO, address->sun_path, "de socket zou voor anderen open staan, of er is geen geheugen");
    }
    return RESULT_OK;
}

static enum result listen_unix(struct http_server *server, const struct http_server_options *options,
                               uv_connection_cb on_client, struct error *err)
{
    struct sockaddr_un address;
    TRY(unix_address(options->address, &address, err));
    TRY(remove_stale(&address, err));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ENSURE(fd >= 0, err, FAULT_IO, options->address, "geen socket meer vrij");
    if (bind_private(fd, &address, &server->file, err) != RESULT_OK) {
        (void)close(fd);
        return RESULT_FAILED;
    }
    const bool taken = uv_pipe_open(&server->listener.pipe, fd) == 0;
    if (!taken) {
        (void)close(fd);
    }
    if (!taken || uv_listen(&server->listener.stream, LISTEN_BACKLOG, on_client) != 0) {
        listen_remove_file(server);
        FAIL(err, FAULT_IO, options->address, "op de socket kan niet worden geluisterd");
    }
    return RESULT_OK;
}

enum result listen_on(struct http_server *server, const struct http_server_options *options, uv_connection_cb on_client,
                      struct error *err)
{
    return options->kind == HTTP_UNIX ? listen_unix(server, options, on_client, err)
                                      : listen_tcp(server, options, on_client, err);
}

void listen_remove_file(struct http_server *server)
{
    struct socket_file *file = &server->file;
    struct stat now;
    if (file->path != NULL && lstat(file->path, &now) == 0 && now.st_dev == file->device && now.st_ino == file->inode) {
        (void)unlink(file->path);
    }
    mem_free(file->path);
    file->path = NULL;
}
