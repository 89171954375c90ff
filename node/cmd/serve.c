/* `ketenbrug serve`: the daemon. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <uv.h>

#include "cmd/command.h"
#include "cmd/files.h"
#include "cmd/log_pipe.h"
#include "cmd/node.h"

struct serving {
    struct node *node;
    const struct log_sink *log;
    uv_signal_t signals[3];
    bool failed;
    bool stopping;
};

static void stop_signals(struct serving *s)
{
    for (size_t i = 0; i < COUNT_OF(s->signals); i++) {
        if (!uv_is_closing((uv_handle_t *)&s->signals[i])) {
            uv_close((uv_handle_t *)&s->signals[i], NULL);
        }
    }
}

static void ready(void *ctx, const struct error *err)
{
    struct serving *s = ctx;
    if (err != NULL) {
        log_error(s->log, LOG_ERROR, "niet-gestart", err);
        s->failed = true;
        stop_signals(s);
        return;
    }
    log_event(s->log, LOG_INFO, "gereed", LOG_TEXT("versie", KETENBRUG_VERSION));
}

static void closed(void *ctx)
{
    stop_signals(ctx);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct serving *s = handle->data;
    if (s->stopping) {
        return; /* until it has stopped, so that no signal cuts the drain short */
    }
    if (number == SIGHUP) {
        node_reload(s->node);
        return;
    }
    s->stopping = true;
    log_event(s->log, LOG_INFO, "stopt", LOG_NUMBER("signaal", number));
    node_close(s->node, closed, s);
}

static enum result take_signals(struct serving *s, uv_loop_t *loop, struct error *err)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    bool taken = true;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        (void)uv_signal_init(loop, &s->signals[i]);
        s->signals[i].data = s;
        taken = uv_signal_start(&s->signals[i], on_signal, numbers[i]) == 0 && taken;
    }
    ENSURE(taken, err, FAULT_NO_MEMORY, "", "te weinig geheugen of open bestanden om te beginnen");
    return RESULT_OK;
}

static int run_node(const struct node_options *options)
{
    struct serving s = {.log = options->log};
    struct error err;
    uv_loop_t loop;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may grow no further is a full disk */
    if (uv_loop_init(&loop) != 0) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "te weinig geheugen of open bestanden om te beginnen");
        log_error(options->log, LOG_ERROR, "niet-gestart", &err);
        return EXIT_REFUSED;
    }
    if (take_signals(&s, &loop, &err) != RESULT_OK ||
        node_open(&loop, options, ready, &s, &s.node, &err) != RESULT_OK) {
        log_error(options->log, LOG_ERROR, "niet-gestart", &err);
        s.failed = true;
        stop_signals(&s);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    return s.failed ? EXIT_REFUSED : EXIT_FINE;
}

static int run(const struct args *args)
{
    struct config config;
    struct error err;
    if (config_read(config_file(args_value(args, "config")), &config, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    struct log_pipe pipe; /* the node waits for nobody who reads its log */
    log_pipe_init(&pipe, STDERR_FILENO, &system_clock);
    const struct log_sink log = log_pipe_sink(&pipe);
    const struct node_options options = {
        .config = &config, .log = &log, .clock = &system_clock, .entropy = &system_entropy, .listen = true};
    return run_node(&options);
}

static const struct option_row options[] = {OPTION_CONFIG};

const struct command command_serve = {
    .name = "serve",
    .summary = "draait het knooppunt (SIGHUP herlaadt, SIGTERM rondt af)",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug serve --config /etc/ketenbrug/ketenbrug.ini",
    .run = run,
};
