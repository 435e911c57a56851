/* A counter that is WRONG: workload g-counter.
 *
 * What it is: each node counts what it is told itself and never tells anybody. On more
 * than one node the final reads disagree. Expected verdict: invalid (exit code 1).
 *
 * With an argument it also makes one of the typical mistakes in speaking the protocol,
 * at every 10th request. On ONE node there is nobody to tell, the counting is right, and
 * only the mistake is left to judge. Expected then: valid, and the mistake named and
 * counted in the report:
 *     garbage      a line on stdout that is not JSON
 *     extra-key    a reply with a top-level key that no message has
 *     extra-field  an answer with a field that its kind does not have
 *     float        a counter that is read as 3.0 instead of 3
 *     unknown      a message to a node that does not exist
 *     late         a reply after 6 s, when the client waits no longer
 * and one that ends the node, so that the run cannot be valid:
 *     exit         the process exits with status 3
 *
 * Compile: cc -pthread -o lonely_counter lonely_counter.c
 * The JSON reader below finds a field by its name; enough here, wrong in general. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVERY = 10, LATE_SECONDS = 6, TEXT_MAX = 256 };

static const char *mistake = "";

/* Prints one whole line at once. */
static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    fflush(stdout);
}

/* What follows "name": in the line, or the empty text. */
static const char *after_field(const char *line, const char *name) {
    char quoted[TEXT_MAX];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    const char *found = strstr(line, quoted);
    return found ? found + strlen(quoted) : "";
}

static long integer_field(const char *line, const char *name) {
    return strtol(after_field(line, name), NULL, 10);
}

static void text_field(const char *line, const char *name, char text[TEXT_MAX]) {
    text[0] = '\0';
    sscanf(after_field(line, name), " \"%255[^\"]\"", text);
}

/* A thread that prints the line it is given when it is too late. */
static void *say_late(void *line) {
    sleep(LATE_SECONDS);
    say("%s\n", (char *)line);
    free(line);
    return NULL;
}

static void reply(const char *src, const char *dest, long msg_id, const char *body, int wrong) {
    const char *field = "", *key = "";
    if (wrong && strcmp(mistake, "extra-field") == 0) field = ",\"note\":\"done\"";
    if (wrong && strcmp(mistake, "extra-key") == 0) key = ",\"time\":1";
    char line[4 * TEXT_MAX];
    snprintf(line, sizeof line, "{\"src\":\"%s\",\"dest\":\"%s\"%s,\"body\":{%s%s,\"in_reply_to\":%ld}}",
             src, dest, key, body, field, msg_id);
    pthread_t thread;
    char *copy = NULL;
    if (wrong && strcmp(mistake, "late") == 0 && (copy = strdup(line)) != NULL &&
        pthread_create(&thread, NULL, say_late, copy) == 0) {
        pthread_detach(thread);
        return;
    }
    free(copy);
    say("%s\n", line);
}

int main(int count, char **arguments) {
    char me[TEXT_MAX] = "", client[TEXT_MAX], type[TEXT_MAX], body[TEXT_MAX];
    char *line = NULL;
    size_t capacity = 0;
    long sum = 0;
    if (count > 1) mistake = arguments[1];
    for (long requests = 0; getline(&line, &capacity, stdin) > 0; requests++) {
        int wrong = requests > 0 && requests % EVERY == 0;
        long msg_id = integer_field(line, "msg_id");
        text_field(line, "src", client);
        text_field(line, "type", type);
        if (strcmp(type, "init") == 0) {
            text_field(line, "node_id", me);
            snprintf(body, sizeof body, "\"type\":\"init_ok\"");
        } else if (strcmp(type, "add") == 0) {
            sum += integer_field(line, "delta");
            snprintf(body, sizeof body, "\"type\":\"add_ok\"");
        } else if (strcmp(type, "read") == 0) {
            const char *end = wrong && strcmp(mistake, "float") == 0 ? ".0" : "";
            snprintf(body, sizeof body, "\"type\":\"read_ok\",\"value\":%ld%s", sum, end);
        } else {
            snprintf(body, sizeof body, "\"type\":\"error\",\"code\":10,\"text\":\"not served\"");
        }
        if (wrong && strcmp(mistake, "garbage") == 0) say("counting: %ld\n", sum);
        if (wrong && strcmp(mistake, "unknown") == 0)
            say("{\"src\":\"%s\",\"dest\":\"n99\",\"body\":{\"type\":\"hello\"}}\n", me);
        if (wrong && strcmp(mistake, "exit") == 0) {
            fprintf(stderr, "giving up after %ld requests\n", requests);
            return 3;
        }
        reply(me, client, msg_id, body, wrong);
    }
    free(line);
    return 0;
}
