/* A thousand scenarios with random faults: no invariant broken, and every record accounted for. Each runs in a process of its
 * own, so that what ends it is seen whatever it is: a CHECK, a signal, a loop without end. What is printed of one that
 * failed draws it again:
 *
 *   test_draw NUMBER [safe] >FILE      the number-th scenario, for headroom run FILE
 *   DRAWS=50 test_draw                 other numbers of them than usual
 */
#include "replicate_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "blueprint.h"
#include "draw.h"
#include "scenario_table.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SCENARIOS = 150, SAFE_SCENARIOS = 20 };
#else
enum { SCENARIOS = 1000, SAFE_SCENARIOS = 40 };
#endif
enum { SEED = 7, PROCESSOR_S_MAX = 20, PROCESSES = 2, PRINTED_MAX = 5, REPEATED = 10 };

/* What a process tells its parent of its scenario. */
struct told {
    int64_t produced, rejected, lost, duplicated;
    uint64_t kinds; /* bits: of the faults that it had */
    bool done;
};

struct process {
    pid_t pid; /* 0: none */
    int number;
    FILE *said; /* its stderr */
    FILE *told; /* a struct told */
};

static const struct scenario *drawn(struct bench *b, bool safe, int number)
{
    struct fixture *f = b->fixture;
    const struct draw_options options = {.seed = SEED, .safe = safe};
    const struct scenario *s = draw_scenario(&options, (uint64_t)number, path_of(f, "drawn.json"), b->data_dir, f->arena, f->diag);
    if (!s) diag_print(f->diag, stderr);
    return s;
}

static struct outcome run_once(struct bench *b, const struct scenario *s)
{
    const struct replicate_options options = {
        .threads = 1, .calibration = calibration_load(NULL, b->data_dir, b->fixture->arena, b->fixture->diag), .prices = s->prices};
    return run_with(b, s, &options);
}

/* Does the traffic hang on what queues and groups do? */
static bool spikes_by_condition(const struct scenario *s)
{
    for (int i = 0; i < s->faults_n; i++)
        if (s->faults[i].kind == FAULT_TRAFFIC_SPIKE && s->faults[i].timing == FAULT_BY_CONDITION) return true;
    return false;
}

/* Once more it is the same to the byte, and at another resolution it has the same records. */
static bool repeats(struct bench *b, const struct outcome *first)
{
    struct fixture *f = b->fixture;
    const struct scenario_override other = {"run.resolution", first->scenario->run.resolution == RESOLUTION_REQUEST ? "sampled" : "request"};
    const struct scenario *s = scenario_load(path_of(f, "drawn.json"), &other, 1, b->data_dir, NULL, f->arena, f->diag);
    if (!s) return false;
    const struct outcome second = run_once(b, first->scenario), third = run_once(b, s);
    const bool same = second.n == first->n && memcmp(second.bytes, first->bytes, first->n) == 0;
    const bool records = third.record.delivery.produced == first->record.delivery.produced || spikes_by_condition(s);
    if (!same) fprintf(stderr, "a second run has another record\n");
    if (!records) fprintf(stderr, "another resolution has other traffic\n");
    scenario_release(s);
    return same && records;
}

/* In the child. */
static int run_drawn(bool safe, int number, struct told *told)
{
    void *state;
    if (bench_set_up(&state) != 0) return 1;
    struct bench *b = state;
    const struct scenario *s = drawn(b, safe, number);
    if (!s) return 1;
    const struct outcome o = run_once(b, s);
    if (number % REPEATED == 0 && !repeats(b, &o)) return 1;
    for (int i = 0; i < s->faults_n; i++) told->kinds |= (uint64_t)1 << s->faults[i].kind;
    told->produced = o.record.delivery.produced;
    told->rejected = o.record.delivery.rejected;
    for (int g = 0; g < o.record.delivery.groups_n; g++) {
        const struct record_group *group = &o.record.delivery.groups[g];
        if (o.record.delivery.produced != o.record.delivery.rejected + group->delivered + group->lost + group->in_flight) {
            fprintf(stderr, "the record of group %s does not add up\n", group->name);
            return 1;
        }
        told->lost += group->lost;
        told->duplicated += group->duplicated;
    }
    told->done = o.whole;
    scenario_release(s);
    return bench_tear_down(&state);
}

/* --- Processes ---------------------------------------------------------------------------------------- */

static void begin(struct process *p, bool safe, int number)
{
    p->number = number;
    p->said = tmpfile();
    p->told = tmpfile();
    assert_true(p->said && p->told);
    fflush(NULL);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid > 0) return;
    const struct rlimit processor = {PROCESSOR_S_MAX, PROCESSOR_S_MAX}, core = {0, 0};
    setrlimit(RLIMIT_CPU, &processor);
    setrlimit(RLIMIT_CORE, &core);
    dup2(fileno(p->said), STDERR_FILENO);
    setenv("CMOCKA_TEST_ABORT", "1", 1); /* an assertion that fails must not jump back into the parent's tests */
    struct told told = {0};
    const int status = run_drawn(safe, number, &told);
    if (fwrite(&told, sizeof told, 1, p->told) != 1 || fflush(p->told) != 0) _exit(1);
    _exit(status);
}

/* Waits for one of them, which is free again. False if what it ran is not right; the first few of those are shown. */
static bool end_one(struct process *processes, bool safe, int failed, struct told *sum)
{
    int status;
    const pid_t pid = wait(&status);
    struct process *p = processes;
    while (p->pid != pid) p++;
    struct told told = {0};
    rewind(p->told);
    const bool heard = fread(&told, sizeof told, 1, p->told) == 1, good = heard && told.done && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good && failed < PRINTED_MAX) {
        char line[1024];
        fprintf(stderr, "scenario %d: ", p->number);
        if (WIFSIGNALED(status)) fprintf(stderr, "signal %d\n", WTERMSIG(status));
        rewind(p->said);
        while (fgets(line, sizeof line, p->said)) fputs(line, stderr);
        fprintf(stderr, "  reproduce: test_draw %d%s >drawn.json; headroom run drawn.json\n", p->number, safe ? " safe" : "");
    }
    sum->produced += told.produced;
    sum->rejected += told.rejected;
    sum->lost += told.lost;
    sum->duplicated += told.duplicated;
    sum->kinds |= told.kinds;
    fclose(p->said);
    fclose(p->told);
    p->pid = 0;
    return good;
}

static struct told run_all(bool safe, int n)
{
    if (getenv("DRAWS")) n = atoi(getenv("DRAWS"));
    struct process processes[PROCESSES] = {0};
    struct told sum = {0};
    int failed = 0, running = 0, next = 0;
    while (next < n || running > 0) {
        if (next < n && running < PROCESSES) {
            struct process *p = processes;
            while (p->pid != 0) p++;
            begin(p, safe, next++);
            running++;
        } else {
            failed += !end_one(processes, safe, failed, &sum);
            running--;
        }
    }
    if (failed) fail_msg("%d of %d scenarios failed", failed, n);
    return sum;
}

/* What batches and files weigh is measured in this process, for all that it will fork. */
static void measure_first(void)
{
    enum { ENOUGH = 40 };
    void *state = NULL;
    assert_int_equal(bench_set_up(&state), 0);
    struct bench *b = state;
    const struct calibration *costs = calibration_load(NULL, b->data_dir, b->fixture->arena, b->fixture->diag);
    for (int i = 0; i < ENOUGH; i++) {
        const struct scenario *s = drawn(b, false, i);
        assert_non_null(s);
        blueprint_new(s, costs, b->fixture->arena);
        scenario_release(s);
    }
    bench_tear_down(&state);
}

static void a_thousand_schedules_of_faults_break_nothing(void **state)
{
    (void)state;
    measure_first();
    const struct told sum = run_all(false, SCENARIOS);
    /* The draw is only worth something if it makes each kind of outcome, of faults of each kind. */
    assert_true(sum.rejected > 0 && sum.lost > 0 && sum.duplicated > 0);
    if (getenv("DRAWS") || SCENARIOS < 1000) return; /* too few to have had them all */
    for (const struct scenario_choice *kind = scenario_row("faults[]", "kind")->choices; kind->word; kind++)
        if (kind->value != SCENARIO_NOT_MODELLED && !(sum.kinds >> kind->value & 1))
            fail_msg("no fault of kind %s was drawn that is accepted: study/draw.c has to learn what it needs", kind->word);
}

static void a_safe_configuration_loses_nothing(void **state)
{
    (void)state;
    const struct told sum = run_all(true, SAFE_SCENARIOS);
    assert_true(sum.produced > 0 && sum.duplicated > 0);
    assert_int_equal(sum.lost, 0);
}

static int print_one(bool safe, int number)
{
    void *state;
    char line[1024];
    if (bench_set_up(&state) != 0) return 1;
    struct bench *b = state;
    const struct scenario *s = drawn(b, safe, number);
    FILE *file = s ? fopen(path_of(b->fixture, "drawn.json"), "r") : NULL;
    while (file && fgets(line, sizeof line, file)) fputs(line, stdout);
    if (file) fclose(file);
    if (s) scenario_release(s);
    return bench_tear_down(&state) != 0 || !file;
}

int main(int argc, char **argv)
{
    if (argc > 1) return print_one(argc > 2 && strcmp(argv[2], "safe") == 0, atoi(argv[1]));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_schedules_of_faults_break_nothing),
        cmocka_unit_test(a_safe_configuration_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
