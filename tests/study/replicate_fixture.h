/* replicate_fixture.h: scenarios run to their record, as studies do it. */
#ifndef HEADROOM_TESTS_REPLICATE_FIXTURE_H
#define HEADROOM_TESTS_REPLICATE_FIXTURE_H

#include "models/pipeline_fixture.h"

#include "prices.h"
#include "record.h"
#include "replicate.h"

#define QUICK "run.duration=40s|run.warmup=5s|workload[0].rate=500/s|run.resolution=sampled"

struct outcome {
    const struct scenario *scenario;
    struct record record;
    bool whole;
    char *bytes; /* without host */
    size_t n;
};

static inline struct replicate_options options_of(struct bench *b, const struct scenario *s, int threads)
{
    struct fixture *f = b->fixture;
    const struct pricebook *prices = pricebook_load(arena_printf(f->arena, "%s/prices/aws-%s.json", b->data_dir, s->region), f->arena, f->diag);
    assert_non_null(prices);
    return (struct replicate_options){.threads = threads, .calibration = calibration_with(b, ""), .prices = prices};
}

static inline struct outcome run_with(struct bench *b, const struct scenario *s, const struct replicate_options *options)
{
    struct outcome o = {.scenario = s};
    o.record.tool.name = "headroom";
    o.record.tool.version = "test";
    o.record.tool.build_sha256 = "0";
    o.whole = replicate_run(s, options, b->fixture->arena, &o.record);
    assert_null(check_context); /* nothing is under way any more */
    o.bytes = record_write(&o.record, false, b->fixture->arena, &o.n);
    assert_true(o.n > 100);
    return o;
}

static inline struct outcome run(struct bench *b, const char *sets, int threads)
{
    const struct scenario *s = scenario_with(b, base_system, sets);
    struct replicate_options options = options_of(b, s, threads);
    return run_with(b, s, &options);
}

static inline const struct record_distribution *distribution(const struct record_distribution *list, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(list[i].name, name)) return &list[i];
    fail_msg("no distribution %s", name);
    return NULL;
}

static inline const struct record_objective *only(const struct outcome *o)
{
    assert_int_equal(o->record.objectives_n, 1);
    return &o->record.objectives[0];
}

#endif
