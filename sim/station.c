/* station.c: see the header for the rules. Jobs waiting form a line linked both ways, so that one can
 * leave it. */
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
    s->first = s->last = -1;
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
    if (job->before >= 0)
        s->jobs[job->before].after = job->after;
    else
        s->first = job->after;
    if (job->after >= 0)
        s->jobs[job->after].before = job->before;
    else
        s->last = job->before;
    s->waiting--;
}

static void finish(struct kernel *kernel, void *context, int64_t argument);

static void begin(struct station *s, int32_t i)
{
    s->busy++;
    s->busy_ns += (double)s->jobs[i].service_ns;
    s->jobs[i].waits = false;
    kernel_after(s->kernel, s->jobs[i].service_ns, s->priority, finish, s, i);
}

static void finish(struct kernel *kernel, void *context, int64_t argument)
{
    struct station *s = context;
    const struct station_job job = s->jobs[argument];
    release(s, (int32_t)argument);
    s->busy--;
    s->served++;
    if (s->waiting > 0) {
        const int32_t next = s->first;
        leave_line(s, next);
        begin(s, next);
    }
    if (job.done != NULL) job.done(kernel, job.context, job.argument);
}

uint64_t station_arrive(struct station *s, sim_time service_ns, event_fn *done, void *context,
                        int64_t argument)
{
    CHECK(service_ns >= 0, "station: service of %lld ns", (long long)service_ns);
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
                                .after = -1};
    if (s->busy < s->servers) {
        begin(s, i);
        return ticket;
    }
    job->waits = true;
    job->before = s->last;
    if (s->last >= 0)
        s->jobs[s->last].after = i;
    else
        s->first = i;
    s->last = i;
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
