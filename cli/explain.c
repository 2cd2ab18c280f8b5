/* explain.c: `headroom explain NAME`: what a name means, from the tables that the program itself runs by.
 *
 *   1. every table is asked which of its names NAME could mean: fields (by their path, an element's own name
 * or index standing for [], or by the end of it), metrics, kinds of faults, what a fault may wait for, verbs,
 * operations of the calibration, prices
 *   2. up to three are explained in full, more are listed
 *   3. none: the nearest name of all
 */
#include <string.h>

#include "arena.h"
#include "calibration.h"
#include "check.h"
#include "cli.h"
#include "diag.h"
#include "explain_words.h"
#include "fault_condition.h"
#include "inputs.h"
#include "nearest.h"
#include "page.h"
#include "prices.h"
#include "scenario_table.h"
#include "schema.h"
#include "sources.h"
#include "text.h"
#include "units.h"

enum { TOPICS_MAX = 2048, SHOWN_MAX = 3, LABEL = 14, LISTED_NAME = 46 };

enum topic_kind {
    TOPIC_VERB,
    TOPIC_FIELD,
    TOPIC_METRIC,
    TOPIC_PART, /* the last word of a metric */
    TOPIC_FAULT,
    TOPIC_CONDITION, /* what a fault may wait for */
    TOPIC_OPERATION,
    TOPIC_PRICE,
    TOPIC_QUANTITY,
};
static const char *const kind_names[] = {
    [TOPIC_VERB] = "verb",        [TOPIC_FIELD] = "field",         [TOPIC_METRIC] = "metric",
    [TOPIC_PART] = "metric part", [TOPIC_FAULT] = "fault",         [TOPIC_CONDITION] = "condition",
    [TOPIC_PRICE] = "price",      [TOPIC_QUANTITY] = "price book", [TOPIC_OPERATION] = "calibration",
};

struct topic {
    enum topic_kind kind;
    const char *name;
    const char *line; /* one line of it */
    const void *of;
};

struct explain {
    const struct cli *cli;
    const struct calibration *calibration;
    const struct pricebook *prices;
    struct topic topics[TOPICS_MAX]; /* all there are */
    int topics_n;
};

/* --- everything there is --- */

static void add(struct explain *explain, enum topic_kind kind, const char *name, const char *line,
                const void *of)
{
    CHECK(explain->topics_n < TOPICS_MAX, "more than %d things to explain", TOPICS_MAX);
    explain->topics[explain->topics_n++] = (struct topic){kind, name, line, of};
}

static void add_tables(struct explain *explain)
{
    struct arena *arena = explain->cli->arena;

    for (int i = 0; i < cli_verbs_n; i++)
        add(explain, TOPIC_VERB, cli_verbs[i].name, cli_verbs[i].summary, &cli_verbs[i]);
    for EACH_SCENARIO_ROW(row) {
        char path[SCENARIO_ROW_PATH_SIZE];
        scenario_row_path(row, false, path, sizeof(path));
        add(explain, TOPIC_FIELD, arena_strdup(arena, path), row->doc, row);
    }
    for (int i = 0; scenario_metric_pattern(i); i++) {
        const struct explain_word *word = explain_metric(scenario_metric_pattern(i));
        CHECK(word, "metric %s has no words", scenario_metric_pattern(i));
        add(explain, TOPIC_METRIC, word->name, word->meaning, word);
    }
    for (int i = 0; explain_part(i); i++)
        add(explain, TOPIC_PART, explain_part(i)->name, explain_part(i)->meaning, explain_part(i));
    const struct scenario_row *kinds = scenario_row("faults[]", "kind");
    for (const struct scenario_choice *choice = kinds->choices; choice->word; choice++) {
        if (choice->value == SCENARIO_NOT_MODELLED) continue;
        const struct explain_word *word = explain_fault(choice->word);
        CHECK(word, "fault %s has no words", choice->word);
        add(explain, TOPIC_FAULT, word->name, word->meaning, word);
    }
    for (int i = 0; fault_condition_pattern(i); i++)
        add(explain, TOPIC_CONDITION, fault_condition_pattern(i), fault_condition_words(i), NULL);
}

static bool add_files(struct explain *explain)
{
    const struct cli *cli = explain->cli;
    const char *data_dir = inputs_path(cli, "scenarios");
    struct diag *diag = diag_new();

    if (data_dir) {
        const char *book = arena_printf(cli->arena, "%s/prices/aws-us-east-1.json", data_dir);
        explain->calibration = calibration_load(cli->calibration, data_dir, cli->arena, diag);
        explain->prices = pricebook_load(cli->prices ? cli->prices : book, cli->arena, diag);
    }
    bool bad = inputs_mistakes(cli, diag) || !explain->calibration || !explain->prices;
    diag_free(diag);
    if (bad) return false;
    for (size_t i = 0; i < explain->calibration->rows_n; i++) {
        const struct calibration_row *row = &explain->calibration->rows[i];
        if (!strchr(row->operation, '/')) add(explain, TOPIC_OPERATION, row->operation, row->doc, row);
    }
    for (size_t i = 0; i < explain->prices->prices_n; i++) {
        const struct price *price = &explain->prices->prices[i];
        add(explain, TOPIC_PRICE, price->id,
            arena_printf(cli->arena, "$%.10g per %s", price->usd, price->unit), price);
    }
    for (size_t i = 0; i < explain->prices->quantities_n; i++) {
        const struct price_quantity *quantity = &explain->prices->quantities[i];
        add(explain, TOPIC_QUANTITY, quantity->id,
            arena_printf(cli->arena, "%.10g %s", quantity->value, quantity->unit), quantity);
    }
    return true;
}

/* --- which of it is meant --- */

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

/* Does `word` say the path `pattern`? "[]" is also "[3]", ".name" or nothing, "*" any name, "<output>" any
 * name, with dots in it too. */
static bool says(const char *pattern, const char *word)
{
    for (; *pattern; pattern++, word++) {
        if (strncmp(pattern, "[]", 2) == 0) {
            if (says(pattern + 2, word)) return true;
            if (*word == '[') {
                word += 1 + strspn(word + 1, "0123456789");
                return *word == ']' && says(pattern + 2, word + 1);
            }
            return *word == '.' && strspn(word + 1, name_letters) > 0 &&
                   says(pattern + 2, word + 1 + strspn(word + 1, name_letters));
        }
        if (*pattern == '*' && *word != '*') {
            size_t n = strspn(word, name_letters);
            return n > 0 && says(pattern + 1, word + n);
        }
        if (*pattern == '<' && *word != '<') {
            const char *rest = strchr(pattern, '>') + 1;
            for (size_t n = strcspn(word, " "); n > 0; n--)
                if (says(rest, word + n)) return true;
            return false;
        }
        if (*pattern != *word) return false;
    }
    return *word == '\0';
}

/* Is it the end of a field's path, from a key or from a name in its object on? */
static bool ends_path(const struct scenario_row *row, const char *path, const char *word)
{
    const char *key = path + strlen(path) - strlen(row->key);

    for (const char *from = path; from < key; from++)
        if ((from == path || from[-1] == '.') && says(from, word)) return true;
    return says(key, word);
}

/* "aws.ebs" is the beginning of "aws.ebs.gp3.storage". */
static bool begins(const char *name, const char *word)
{
    size_t n = strlen(word);

    return strncmp(name, word, n) == 0 && (name[n] == '.' || (n > 0 && name[n - 1] == '.'));
}

/* Is it one of the words that the field takes? */
static bool has_choice(const struct scenario_row *row, const char *word)
{
    for (const struct scenario_choice *choice = row->choices; choice && choice->word; choice++)
        if (strcmp(choice->word, word) == 0) return true;
    return false;
}

enum closeness { NOT_MEANT, BY_BEGINNING, BY_CHOICE, BY_ENDING, EXACT };

static enum closeness closeness(const struct explain *explain, const struct topic *topic, const char *word)
{
    switch (topic->kind) {
    case TOPIC_FIELD:
        if (says(topic->name, word)) return EXACT;
        if (ends_path(topic->of, topic->name, word)) return BY_ENDING;
        return has_choice(topic->of, word) ? BY_CHOICE : NOT_MEANT;
    case TOPIC_METRIC:
    case TOPIC_CONDITION:
        return says(topic->name, word) ? EXACT : begins(topic->name, word) ? BY_BEGINNING : NOT_MEANT;
    case TOPIC_PRICE:
        /* An instance type is named without what stands before it. */
        if (begins(topic->name, explain->prices->instances) &&
            strcmp(topic->name + strlen(explain->prices->instances), word) == 0)
            return EXACT;
        break;
    case TOPIC_VERB:
    case TOPIC_PART:
    case TOPIC_FAULT:
    case TOPIC_OPERATION:
    case TOPIC_QUANTITY:
        break;
    }
    return strcmp(topic->name, word) == 0 ? EXACT : begins(topic->name, word) ? BY_BEGINNING : NOT_MEANT;
}

/* --- one in full --- */

static void put(struct page *page, const char *label, const char *text)
{
    if (!text || !*text) return;
    page_text(page, PAGE_PLAIN, "  ");
    page_left(page, PAGE_FAINT, LABEL - 2, label);
    page_wrap(page, LABEL, 1000, text);
}

static const char *when_in_words(struct arena *arena, const char *when)
{
    const char *words = "only beside ", *equals = strchr(when, '=');

    for (const char *p = when; *p; p++) {
        if (p == equals)
            words = arena_printf(arena, "%s ", words);
        else
            words = *p == '|' ? arena_printf(arena, "%s or ", words) : arena_printf(arena, "%s%c", words, *p);
    }
    return words;
}

static void put_field(struct page *page, const struct scenario_row *row, struct arena *arena)
{
    char fits[512], object[SCENARIO_ROW_PATH_SIZE];
    const char *members = "", *takes = scenario_row_fits(row, fits, sizeof(fits));

    if (row->refers_to) takes = arena_printf(arena, "%s of %s", takes, row->refers_to);
    put(page, "takes", takes);
    if (row->shorthand)
        put(page, "or", arena_printf(arena, "a bare value, which stands for its %s", row->shorthand));
    put(page, "default", schema_row_default(row, arena));
    if (row->required) put(page, "default", row->when ? "none: required where it fits" : "none: required");
    put(page, "range", schema_row_range(row, arena));
    if (row->when) put(page, "fits", when_in_words(arena, row->when));
    if (row->is_alternative) put(page, "fits", "one of several, of which exactly one is given");
    if (row->source) put(page, "source", arena_printf(arena, "%s's default", row->source));
    scenario_row_path(row, true, object, sizeof(object));
    for EACH_SCENARIO_ROW(member)
        if (strcmp(member->object, object) == 0 && row->type <= SCENARIO_MAP)
            members = arena_printf(arena, "%s%s%s", members, *members ? ", " : "", member->key);
    put(page, "members", members);
    if (row != scenario_row("faults[]", "when")) return;
    for (int i = 0; fault_condition_pattern(i); i++)
        put(page, i == 0 ? "reads" : " ", arena_printf(arena, "%s: %s", fault_condition_pattern(i), fault_condition_words(i)));
}

static void put_metric(struct page *page, const struct explain_word *metric, struct arena *arena)
{
    static const char *const words[][2] = {
        {"<output>", "<output> is a table, or what a windowing group feeds"},
        {"<group>", "<group> is a consumer group"},
        {"<resource>", "<resource> is broker.cpu, broker.disk, broker.network, broker.io_threads, broker.network_threads, group.<group>.cpu or group.<group>.sink"},
        {"<statistic>", "<statistic> is mean, p50, p75, p95, p99, p99.9, p99.99 or max"},
        {"<count>", "<count> is lost, duplicated, deduplicated, dropped_late, reordered, in_flight or delivered"}};

    put(page, "unit", metric->unit);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strstr(metric->name, words[i][0])) put(page, "where", words[i][1]);
    put(page, "record", metric->where);
    put(page, "objective",
        arena_printf(arena, "\"%s <= ...\", with \"during steady\" or \"during <fault>\" behind",
                     metric->name));
}

static void put_fault(struct page *page, const struct explain_word *fault, struct arena *arena)
{
    const char *members = "";

    for EACH_SCENARIO_ROW(row) {
        if (strcmp(row->object, "faults[]") != 0) continue;
        const char *list = row->when ? strchr(row->when, '=') : NULL;
        bool fits = !list;
        for (const char *p = list; p && *p;) {
            size_t length = strcspn(++p, "|");
            fits = fits || (strlen(fault->name) == length && strncmp(p, fault->name, length) == 0);
            p += length;
        }
        if (fits)
            members = arena_printf(arena, "%s%s%s%s", members, *members ? ", " : "", row->key,
                                   row->required ? " (required)" : "");
    }
    put(page, "members", members);
}

static void put_price(struct page *page, const struct price *price, struct arena *arena)
{
    char memory[UNITS_FORMAT_SIZE], network[UNITS_FORMAT_SIZE], disk[UNITS_FORMAT_SIZE];
    const struct instance_attributes *instance = &price->instance;

    put(page, "price", arena_printf(arena, "$%.10g per %s", price->usd, price->unit));
    if (price->gb_bytes > 0) put(page, "GB", arena_printf(arena, "has %.0f bytes here", price->gb_bytes));
    if (price->is_instance) {
        const char *ebs = instance->ebs_bytes_per_s > 0
                              ? units_format(UNITS_BYTES_PER_S, instance->ebs_bytes_per_s, disk, sizeof(disk))
                              : "no known limit";
        put(page, "holds",
            arena_printf(
                arena, "%d vCPU, %s of memory; for ever, not in bursts: %s of network, %s to its volumes",
                instance->vcpu, units_format(UNITS_BYTES, instance->memory_bytes, memory, sizeof(memory)),
                units_format(UNITS_BYTES_PER_S, instance->network_bytes_per_s, network, sizeof(network)),
                ebs));
    }
    put(page, "region", price->region);
    put(page, "effective", price->effective);
    put(page, "confidence", price->confidence);
    put(page, "source", price->source);
    put(page, "note", price->note);
}

static void put_topic(struct page *page, const struct explain *explain, const struct topic *topic)
{
    struct arena *arena = explain->cli->arena;

    page_text(page, PAGE_BOLD, arena_printf(arena, "%s %s", kind_names[topic->kind], topic->name));
    page_end_line(page);
    if (topic->kind != TOPIC_PRICE && topic->kind != TOPIC_QUANTITY) put(page, "means", topic->line);
    switch (topic->kind) {
    case TOPIC_VERB:
        put(page, "usage",
            arena_printf(arena, "%s %s %s; '%s help %s' says all", CLI_NAME, topic->name,
                         ((const struct cli_verb *)topic->of)->words, CLI_NAME, topic->name));
        return;
    case TOPIC_FIELD:
        put_field(page, topic->of, arena);
        return;
    case TOPIC_METRIC:
        put_metric(page, topic->of, arena);
        return;
    case TOPIC_PART:
        return;
    case TOPIC_FAULT:
        put_fault(page, topic->of, arena);
        return;
    case TOPIC_CONDITION:
        put(page, "fits", arena_printf(arena, "\"when\": \"%s > ...\" of a fault", topic->name));
        return;
    case TOPIC_OPERATION: {
        const struct calibration_row *row = topic->of;
        put(page, "value", sources_quantity(row, arena));
        put(page, "confidence", row->confidence);
        put(page, "source", row->source);
        put(page, "note", row->note);
        put(page, "file", row->file);
        return;
    }
    case TOPIC_PRICE:
        put_price(page, topic->of, arena);
        return;
    case TOPIC_QUANTITY: {
        const struct price_quantity *quantity = topic->of;
        put(page, "value", topic->line);
        put(page, "region", quantity->region);
        put(page, "effective", quantity->effective);
        put(page, "confidence", quantity->confidence);
        put(page, "source", quantity->source);
        put(page, "note", quantity->note);
        return;
    }
    }
}

/* --- several, all, none --- */

static void list_line(struct page *page, const char *name, const char *line)
{
    int name_n = (int)strlen(name), width = name_n < LISTED_NAME ? LISTED_NAME : name_n;
    int room = PAGE_WIDTH - 3 - width;

    page_text(page, PAGE_PLAIN, "  ");
    page_left(page, PAGE_PLAIN, width, name);
    page_text(page, PAGE_PLAIN, " ");
    if ((int)strlen(line) > room)
        page_left(page, PAGE_FAINT, room > 0 ? room : 0, line);
    else
        page_text(page, PAGE_FAINT, line);
    page_end_line(page);
}

static void list_topics(struct page *page, const struct topic *const *topics, int n)
{
    for (int i = 0; i < n; i++) {
        if (i == 0 || topics[i]->kind != topics[i - 1]->kind) {
            page_text(page, PAGE_BOLD, kind_names[topics[i]->kind]);
            page_end_line(page);
        }
        list_line(page, topics[i]->name, topics[i]->line);
    }
}

/* All, but the prices: a book has hundreds, so only how they begin. */
static void list_all(struct page *page, struct explain *explain)
{
    const struct topic *listed[TOPICS_MAX];
    int n = 0;

    for (int i = 0; i < explain->topics_n; i++)
        if (explain->topics[i].kind < TOPIC_PRICE) listed[n++] = &explain->topics[i];
    list_topics(page, listed, n);
    page_text(page, PAGE_BOLD, kind_names[TOPIC_PRICE]);
    page_end_line(page);
    for (size_t i = 0, same = 0; i < explain->prices->prices_n; i += same) {
        const char *id = explain->prices->prices[i].id, *dot = strchr(id, '.');
        dot = dot ? strchr(dot + 1, '.') : NULL;
        size_t length = dot ? (size_t)(dot - id) : strlen(id);
        for (same = 1; i + same < explain->prices->prices_n; same++) {
            const char *next = explain->prices->prices[i + same].id;
            if (strncmp(next, id, length) != 0 || next[length] != '.') break;
        }
        list_line(page, arena_printf(explain->cli->arena, "%.*s", (int)length, id),
                  arena_printf(explain->cli->arena, "%zu price%s", same, same == 1 ? "" : "s"));
    }
    page_end_line(page);
    page_text(page, PAGE_PLAIN, "'" CLI_NAME " explain NAME' says more of one.");
    page_end_line(page);
}

static bool is_meant(const struct explain *explain, const char *word)
{
    for (int i = 0; i < explain->topics_n; i++)
        if (closeness(explain, &explain->topics[i], word) != NOT_MEANT) return true;
    return false;
}

/* The nearest to the word, else of the metrics' first words, else to what stands behind one of its dots. */
static const char *nearest(const struct explain *explain, const char *word)
{
    struct arena *arena = explain->cli->arena;
    const char **names = ARENA_NEW(arena, const char *, 2 * (size_t)explain->topics_n), *near;
    size_t n = 0;

    /* A key alone is likelier meant than a whole path. */
    for (int i = 0; i < explain->topics_n; i++) {
        const struct topic *topic = &explain->topics[i];
        if (topic->kind == TOPIC_FIELD) names[n++] = ((const struct scenario_row *)topic->of)->key;
        if (topic->kind == TOPIC_PRICE && begins(topic->name, explain->prices->instances))
            names[n++] = topic->name + strlen(explain->prices->instances);
    }
    for (int i = 0; i < explain->topics_n; i++)
        names[n++] = explain->topics[i].name;
    if ((near = nearest_name(word, names, n)) != NULL) return near;
    size_t heads_n = 0;
    const char **heads = ARENA_NEW(arena, const char *, (size_t)explain->topics_n);
    for (int i = 0; i < explain->topics_n; i++) {
        const char *metric = explain->topics[i].name;
        if (explain->topics[i].kind == TOPIC_METRIC)
            heads[heads_n++] = arena_printf(arena, "%.*s", (int)strcspn(metric, "."), metric);
    }
    near = nearest_name(arena_printf(arena, "%.*s", (int)strcspn(word, "."), word), heads, heads_n);
    if (near) return near;
    for (const char *dot = strchr(word, '.'); dot; dot = strchr(dot + 1, '.')) {
        if (is_meant(explain, dot + 1)) return dot + 1;
        if ((near = nearest_name(dot + 1, names, n)) != NULL) return near;
    }
    return NULL;
}

static int unknown(const struct explain *explain, const char *word)
{
    if (scenario_is_kafka_setting(word)) {
        printf("Kafka knows %s, but it is not modelled here: a scenario that sets it is refused.\n", word);
        return CLI_DONE;
    }
    const char *near = nearest(explain, word);
    if (near)
        cli_complain(explain->cli, "nothing is called \"%s\"; did you mean %s?", word, near);
    else
        cli_complain(explain->cli, "nothing is called \"%s\"; '%s explain' lists what there is", word,
                     CLI_NAME);
    return CLI_BAD_INPUT;
}

/* Those meant exactly, up to three, in full; then, or if there are more, one line each. */
static void tell(struct page *page, const struct explain *explain, const char *word)
{
    const struct topic *exact[TOPICS_MAX], *others[TOPICS_MAX];
    int exact_n = 0, others_n = 0;
    enum closeness best = NOT_MEANT;

    for (int i = 0; i < explain->topics_n; i++) {
        enum closeness its = closeness(explain, &explain->topics[i], word);
        if (its > best) best = its;
    }
    for (int i = 0; i < explain->topics_n; i++) {
        enum closeness its = closeness(explain, &explain->topics[i], word);
        /* The end of a field's path is meant as well as a whole name, but not the beginning of one. */
        if (its == best)
            exact[exact_n++] = &explain->topics[i];
        else if (its == BY_ENDING)
            others[others_n++] = &explain->topics[i];
    }
    if (exact_n > SHOWN_MAX) {
        list_topics(page, exact, exact_n);
    } else {
        for (int i = 0; i < exact_n; i++) {
            if (i > 0) page_end_line(page);
            put_topic(page, explain, exact[i]);
        }
    }
    if (others_n == 0) return;
    page_end_line(page);
    page_text(page, PAGE_PLAIN, "And of that name:");
    page_end_line(page);
    list_topics(page, others, others_n);
}

int cli_explain(const struct cli *cli)
{
    struct explain *explain = ARENA_NEW(cli->arena, struct explain, 1);
    struct page page = {.out = stdout, .color = report_text_color(stdout)};

    explain->cli = cli;
    add_tables(explain);
    if (!add_files(explain)) return CLI_BAD_INPUT;
    if (cli->words_n == 0)
        list_all(&page, explain);
    else if (is_meant(explain, cli->words[0]))
        tell(&page, explain, cli->words[0]);
    else
        return unknown(explain, cli->words[0]);
    return CLI_DONE;
}
