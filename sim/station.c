/* station.c: see the header for the rules. Jobs waiting form a line a class, linked both ways, so that one
 * can leave it. */
#include "station.h"

#include "arena.h"
#include "check.h"
#include "kernel.h"

void station_init(struct station *s, struct kernel *kernel, struct arena *arena, int32_t servers,
                  int32_t room, uint8_t priority)
{
    CHECK(servers >= 1 && room >= 0 && servers <= 1 << 24 && room <= (1 << 24) - servers,
          "station of %d servers and %d places", servers, room);
    *s = (struct station){.kernel = kernel, .servers = servers, .room = room, .priority = priority};
    for (int c = 0; c < STATION_CLASSES; c++)
        s->lines[c] = (struct station_line){-1, -1};
    s->jobs = ARENA_NEW(arena, struct station_job, (size_t)(servers + room));
    for (int32_t i = 0; i < servers + room; i++)
        s->jobs[i].after = i + 1 < servers + room ? i + 1 : -1;
}

static void release(struct station *s, int32_t i)
{
    s->jobs[i].ticket = 0;
    s->jobs[i].after = s->free_job;
    s->free_job = i;
}

static void leave_line(struct station *s, int32_t i)
{
    const struct station_job *job = &s->jobs[i];
    struct station_line *line = &s->lines[job->class];
    if (job->before >= 0)
        s->jobs[job->before].after = job->after;
    else
        line->first = job->after;
    if (job->after >= 0)
        s->jobs[job->after].before = job->before;
    else
        line->last = job->before;
    s->waiting--;
}

static void finish(struct kernel *kernel, void *context, int64_t argument);

static void work(struct station *s, int32_t i)
{
    struct station_job *job = &s->jobs[i];
    job->ends_at = kernel_now(s->kernel) + job->service_ns;
    job->end = kernel_after(s->kernel, job->service_ns, s->priority, finish, s, i);
}

static void begin(struct station *s, int32_t i)
{
    s->busy++;
    s->busy_ns += (double)s->jobs[i].service_ns;
    s->jobs[i].waits = false;
    if (!s->stopped) work(s, i);
}

static void begin_next(struct station *s)
{
    for (int c = 0; c < STATION_CLASSES; c++) {
        const int32_t next = s->lines[c].first;
        if (next < 0) continue;
        leave_line(s, next);
        begin(s, next);
        return;
    }
}

static void finish(struct kernel *kernel, void *context, int64_t argument)
{
    struct station *s = context;
    const struct station_job job = s->jobs[argument];
    release(s, (int32_t)argument);
    s->busy--;
    s->served++;
    if (s->waiting > 0) begin_next(s);
    if (job.done != NULL) job.done(kernel, job.context, job.argument);
}

uint64_t station_arrive(struct station *s, sim_time service_ns, event_fn *done, void *context,
                        int64_t argument)
{
    return station_arrive_class(s, 0, service_ns, done, context, argument);
}

uint64_t station_arrive_class(struct station *s, int class, sim_time service_ns, event_fn *done,
                              void *context, int64_t argument)
{
    CHECK(service_ns >= 0, "station: service of %lld ns", (long long)service_ns);
    CHECK(class >= 0 && class < STATION_CLASSES, "station: class %d", class);
    if (s->busy == s->servers && s->waiting == s->room) {
        s->refused++;
        return 0;
    }
    const int32_t i = s->free_job;
    struct station_job *job = &s->jobs[i];
    s->free_job = job->after;
    /* A ticket tells the job's place and a count of all jobs, so that it names one job for ever. */
    const uint64_t ticket = ++s->tickets << 24 | (uint64_t)i;
    *job = (struct station_job){.service_ns = service_ns,
                                .done = done,
                                .context = context,
                                .argument = argument,
                                .ticket = ticket,
                                .before = -1,
                                .after = -1,
                                .class = (uint8_t)class};
    if (s->busy < s->servers) {
        begin(s, i);
        return ticket;
    }
    job->waits = true;
    struct station_line *line = &s->lines[class];
    job->before = line->last;
    if (line->last >= 0)
        s->jobs[line->last].after = i;
    else
        line->first = i;
    line->last = i;
    s->waiting++;
    return ticket;
}

bool station_withdraw(struct station *s, uint64_t ticket)
{
    const int32_t i = (int32_t)(ticket & 0xffffff);
    if (ticket == 0) return false;
    CHECK(i < s->servers + s->room, "station: ticket %llu is not its own", (unsigned long long)ticket);
    if (s->jobs[i].ticket != ticket || !s->jobs[i].waits) return false;
    leave_line(s, i);
    release(s, i);
    s->withdrawn++;
    return true;
}

static bool in_service(const struct station_job *job)
{
    return job->ticket != 0 && !job->waits;
}

void station_stop(struct station *s)
{
    CHECK(!s->stopped, "station: stopped twice");
    s->stopped = true;
    for (int32_t i = 0; s->busy > 0 && i < s->servers + s->room; i++) {
        struct station_job *job = &s->jobs[i];
        if (!in_service(job)) continue;
        const bool cancelled = kernel_cancel(s->kernel, job->end);
        CHECK(cancelled, "station: a job in service has no end");
        job->service_ns = job->ends_at - kernel_now(s->kernel);
    }
}

void station_start(struct station *s)
{
    CHECK(s->stopped, "station: started while it runs");
    s->stopped = false;
    for (int32_t i = 0; s->busy > 0 && i < s->servers + s->room; i++)
        if (in_service(&s->jobs[i])) work(s, i);
}
