/* comparison.c: a comparison as JSON; see comparison.h. */
#include "comparison.h"

#include "check.h"
#include "record_shape.h"

const char *const comparison_section_words[COMPARISON_SECTIONS] = {
    [COMPARISON_OUTPUT] = "The decision's output",
    [COMPARISON_LATENCY] = "Latency",
    [COMPARISON_QUERIES] = "Queries",
    [COMPARISON_DELIVERY] = "Records of one replication",
    [COMPARISON_HEADROOM] = "Headroom",
    [COMPARISON_LAKE] = "Lake at the end of the run",
    [COMPARISON_COST] = "Dollars a month",
};

const char *comparison_label(int design)
{
    static const char *const labels[COMPARISON_DESIGNS_MAX] = {"A", "B", "C", "D", "E"};
    CHECK(design >= 0 && design < COMPARISON_DESIGNS_MAX, "design %d", design);
    return labels[design];
}

#define C(key, kind, member) ROW(struct comparison_record, key, kind, member)

static const struct record_field row_fields[] = {
    ROW(struct comparison_row, "words", TEXT, words),
    ROW(struct comparison_row, "unit", TEXT, unit),
};
SHAPE(row, struct comparison_row);

static const struct record_field design_fields[] = {
    ROW(struct comparison_design, "label", TEXT, label),
    ROW(struct comparison_design, "name", TEXT, name),
    ROW(struct comparison_design, "file", TEXT, file),
    ROW(struct comparison_design, "sha256", TEXT, sha256),
    ROW(struct comparison_design, "verdict", VERDICT, verdict),
    ROW(struct comparison_design, "answer", TEXT, answer),
    ROW(struct comparison_design, "output", TEXT_MAYBE, output),
    ROW(struct comparison_design, "stale_after_s", NUMBER, stale_after_s),
    ROW(struct comparison_design, "usd_per_minute", NUMBER, usd_per_minute),
    ROW(struct comparison_design, "simulated_s", DOUBLE, simulated_s),
    ROW(struct comparison_design, "replications", INT, replications),
    LIST(struct comparison_design, "values", NAMED_NUMBERS, values, NULL),
};
SHAPE(design, struct comparison_design);

static const struct record_field difference_fields[] = {
    ROW(struct comparison_difference, "mean", NUMBER, mean),
    ROW(struct comparison_difference, "low", NUMBER, low),
    ROW(struct comparison_difference, "high", NUMBER, high),
    ROW(struct comparison_difference, "excludes_zero", BOOL, excludes_zero),
};
SHAPE(difference, struct comparison_difference);

static const struct record_field pair_fields[] = {
    ROW(struct comparison_pair, "of", TEXT, of),
    ROW(struct comparison_pair, "less", TEXT, less),
    LIST(struct comparison_pair, "values", NAMED, differences, &difference),
};
SHAPE(pair, struct comparison_pair);

static const struct record_field range_fields[] = {
    ROW(struct comparison_range, "from_usd_per_minute", DOUBLE, from_usd_per_minute),
    ROW(struct comparison_range, "cheapest", TEXT, cheapest),
};
SHAPE(range, struct comparison_range);

static const struct record_field tool_fields[] = {
    C("name", TEXT, tool.name),
    C("version", TEXT, tool.version),
    C("build_sha256", TEXT, tool.build_sha256),
};
SHAPE(tool, struct comparison_record);

static const struct record_field inputs_fields[] = {
    C("seed", SEED, seed),
    C("replications", INT, replications),
};
SHAPE(inputs, struct comparison_record);

static const struct record_field comparison_fields[] = {
    {"tool", RECORD_KIND_OBJECT, 0, 0, &tool},
    {"inputs", RECORD_KIND_OBJECT, 0, 0, &inputs},
    C("partial", BOOL, partial),
    C("partial_why", TEXT_OPTIONAL, partial_why),
    LIST(struct comparison_record, "figures", NAMED, rows, &row),
    LIST(struct comparison_record, "designs", LIST, designs, &design),
    LIST(struct comparison_record, "differences", LIST, pairs, &pair),
    LIST(struct comparison_record, "break_even", LIST, break_even, &range),
    C("break_even_why_none", TEXT_OPTIONAL, break_even_why_none),
    LIST(struct comparison_record, "conclusion", TEXTS, conclusion, NULL),
    LIST(struct comparison_record, "notes", TEXTS, notes, NULL),
};
SHAPE(comparison, struct comparison_record);

/* Objects by name: the name stands first. */
_Static_assert(offsetof(struct comparison_row, metric) == 0, "the name comes first");
_Static_assert(offsetof(struct comparison_difference, metric) == 0, "the name comes first");

char *comparison_write(const struct comparison_record *c, struct arena *arena, size_t *n)
{
    return record_shape_write(&comparison, c, "compare", COMPARISON_VERSION, arena, n);
}
