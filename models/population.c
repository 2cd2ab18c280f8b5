/* population.c: see population.h.
 *
 * Where a partitioner splits keys, a key's share of each partition is what the real partitioner does with SPLIT_RECORDS
 * records: the i-th is of the key at the fraction i * golden ratio of the keys' traffic, so that each key comes as often
 * as its share says, to within a few records, and evenly spread. A followed key too rare to have come PROBES_FEW times
 * is asked about by itself afterwards. */
#include "population.h"

#include <math.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "event.h"
#include "partition.h"
#include "plugin.h"
#include "splitmix.h"

enum { SPLIT_RECORDS = 1 << 22, PROBES = 8, PROBES_FEW = 64, PARTS_MAX = 8, GUESSES = 1 << 16 };
static const double golden = 0.6180339887498949;

static uint64_t rank_hash(uint64_t x)
{
    return splitmix(x + SPLITMIX_STEP); /* which keys are sampled must not depend on their rank */
}

/* Keys that a fault makes hot. */
struct hot_ranks {
    int64_t rank[SCENARIO_FAULTS_MAX];
    double share[SCENARIO_FAULTS_MAX];
    int n;
};

static struct hot_ranks hot_ranks_of(const struct scenario *s, int keys)
{
    struct hot_ranks hot = {.n = 0};
    for (int i = 0; i < s->faults_n; i++) {
        const struct scenario_fault *fault = &s->faults[i];
        if (fault->kind != FAULT_HOT_KEY || (fault->stream >= 0 && s->streams[fault->stream].keys != keys)) continue;
        hot.share[hot.n] = fault->share;
        hot.rank[hot.n++] = fault->rank;
    }
    return hot;
}

/* Which followed keys there are: all heavy ones, those that will be hot among them, and a sample of the rest. */
static bool followed(int64_t rank, double share, double heavy_share, uint64_t one_in, const struct hot_ranks *hot, bool *heavy)
{
    *heavy = share >= heavy_share;
    for (int i = 0; i < hot->n && !*heavy; i++) *heavy = hot->rank[i] == rank;
    return *heavy || rank_hash((uint64_t)rank) % one_in == 0;
}

static void sampling_of(const struct scenario *s, int topic, double *heavy_share, uint64_t *one_in, int64_t keys)
{
    *heavy_share = 2;
    *one_in = 0;
    for (int g = 0; g < s->groups_n; g++) {
        const struct scenario_group *group = &s->groups[g];
        if (group->topic != topic || group->work != WORK_WINDOW) continue;
        if (group->window.heavy_key_share < *heavy_share) *heavy_share = group->window.heavy_key_share;
        uint64_t wanted = group->window.sample_one_in > 0 ? (uint64_t)group->window.sample_one_in
                                                          : (uint64_t)(keys / 2048 > 1 ? keys / 2048 : 1);
        if (*one_in == 0 || wanted < *one_in) *one_in = wanted;
    }
    if (*one_in == 0) *one_in = (uint64_t)keys; /* no window reads it: follow nothing but what the hash picks */
    if (s->run.resolution == RESOLUTION_RECORD) *one_in = 1;
}

/* What placing keys goes by. */
struct placing {
    const struct scenario *s;
    struct partitioner *partitioner;
    struct partitioner *later; /* once partitions are added; NULL: none are */
    int64_t keys_n;
    double zipf, sum;
    double heavy_share;
    uint64_t one_in;
    struct hot_ranks hot;
};

static double share_of(const struct placing *g, int64_t rank)
{
    return pow((double)rank, -g->zipf) / g->sum;
}

static bool is_followed(const struct placing *g, int64_t rank, double share, bool *heavy)
{
    return followed(rank, share, g->heavy_share, g->one_in, &g->hot, heavy);
}

static void room_for(struct population *p, int entries, struct arena *arena)
{
    p->rank = ARENA_NEW(arena, int64_t, (size_t)entries);
    p->partition = ARENA_NEW(arena, int, (size_t)entries);
    p->share = ARENA_NEW(arena, double, (size_t)entries);
    p->weight = ARENA_NEW(arena, double, (size_t)entries);
}

static int32_t choose(struct partitioner *partitioner, int64_t rank)
{
    char key[EVENT_KEY_BYTES_MAX];
    const size_t length = event_key((uint64_t)rank, key);
    const int32_t partition = partition_choose(partitioner, key, length, NULL);
    CHECK(partition >= 0 && partition < partitioner->config.partitions, "partitioner chose %d of %d", partition,
          partitioner->config.partitions);
    return partition;
}

/* Each key is on one partition. */
static void place_together(struct population *p, const struct placing *g, struct arena *arena)
{
    int capacity = 0;
    for (int64_t rank = 1; rank <= g->keys_n; rank++) {
        bool heavy;
        capacity += is_followed(g, rank, share_of(g, rank), &heavy);
        p->heavy_n += heavy;
    }
    room_for(p, capacity, arena);
    double tail = 0, sample = 0;
    int next_heavy = 0, next_sampled = p->heavy_n;
    for (int64_t rank = 1; rank <= g->keys_n; rank++) {
        const int partition = choose(g->partitioner, rank);
        const double share = share_of(g, rank);
        p->partition_shares[partition] += share;
        if (g->later) {
            const int then = choose(g->later, rank);
            p->added_shares[then] += share;
            if (then != partition) p->moves[(size_t)partition * (size_t)p->partitions + (size_t)then] += share;
        }
        bool heavy;
        const bool follow = is_followed(g, rank, share, &heavy);
        if (!heavy) tail += share;
        if (!follow) continue;
        if (!heavy) sample += share;
        p->followed_n++;
        const int i = heavy ? next_heavy++ : next_sampled++;
        p->rank[i] = rank;
        p->partition[i] = partition;
        p->share[i] = share;
        p->weight[i] = heavy ? 1 : 0; /* the sample's weight is known when all are seen */
    }
    for (int i = 0; i < p->followed_n; i++)
        if (p->weight[i] == 0) p->weight[i] = sample > 0 ? tail / sample : 0;
}

/* Where the records of one followed key went. */
struct parts {
    int64_t rank;
    double share;
    bool heavy;
    int n;
    int32_t partition[PARTS_MAX];
    int64_t records[PARTS_MAX], all;
    int64_t hot_records[PARTS_MAX], hot_all; /* while it is hot */
};

/* Its place among the parts. */
static int part_at(struct parts *parts, int32_t partition)
{
    int i = 0;
    while (i < parts->n && parts->partition[i] != partition) i++;
    if (i == parts->n) {
        CHECK(i < PARTS_MAX, "key %lld is on more than %d partitions", (long long)parts->rank, PARTS_MAX);
        parts->partition[parts->n++] = partition;
    }
    return i;
}

static void went_to(struct parts *parts, int32_t partition)
{
    parts->records[part_at(parts, partition)]++;
    parts->all++;
}

/* Where a key goes that has a share of the records, by a partitioner that has seen as many of it. */
static void ask_while_hot(struct parts *parts, const struct placing *g, double share, struct arena *arena)
{
    enum { RECORDS = 1 << 16 };
    struct partitioner *partitioner = partition_new(arena, g->partitioner->rule, &g->partitioner->config);
    double due = 0;
    for (int i = 0; i < RECORDS; i++) {
        due += share;
        if (due < 1) {
            choose(partitioner, 1 + i % g->keys_n);
            continue;
        }
        due -= 1;
        const int32_t partition = choose(partitioner, parts->rank);
        if (i < RECORDS / 2) continue;
        parts->hot_records[part_at(parts, partition)]++;
        parts->hot_all++;
    }
}

/* The key at a fraction of the traffic, by the running sums; guesses[] has the first rank to look at of each part of
 * the unit interval. */
static int64_t key_at(const double *sums, const int64_t *guesses, int64_t keys_n, double u)
{
    const int64_t guess = (int64_t)(u * GUESSES);
    int64_t low = guesses[guess], high = guess + 1 < GUESSES ? guesses[guess + 1] : keys_n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (sums[middle - 1] > u)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void send_records(struct population *p, const struct placing *g, struct parts *followed_keys, const int32_t *which)
{
    struct arena *scratch = arena_new(0);
    double *sums = ARENA_NEW(scratch, double, (size_t)g->keys_n), so_far = 0;
    int64_t *guesses = ARENA_NEW(scratch, int64_t, GUESSES), next = 0;
    for (int64_t rank = 1; rank <= g->keys_n; rank++) {
        sums[rank - 1] = so_far += share_of(g, rank);
        while (next < GUESSES && (double)next / GUESSES < so_far) guesses[next++] = rank;
    }
    while (next < GUESSES) guesses[next++] = g->keys_n;
    double u = 0;
    for (int i = 0; i < SPLIT_RECORDS; i++) {
        u += golden;
        u -= u >= 1;
        const int64_t rank = key_at(sums, guesses, g->keys_n, u);
        const int32_t partition = choose(g->partitioner, rank);
        p->partition_shares[partition] += 1.0 / SPLIT_RECORDS;
        if (which[rank - 1] >= 0) went_to(&followed_keys[which[rank - 1]], partition);
    }
    p->sampled = SPLIT_RECORDS;
    arena_free(scratch);
}

/* A key's records may be on several partitions: each of these is followed by itself. */
static void place_split(struct population *p, const struct placing *g, struct arena *arena)
{
    struct arena *scratch = arena_new(0);
    int32_t *which = ARENA_NEW(scratch, int32_t, (size_t)g->keys_n);
    int followed_n = 0;
    for (int64_t rank = 1; rank <= g->keys_n; rank++) {
        bool heavy;
        which[rank - 1] = is_followed(g, rank, share_of(g, rank), &heavy) ? followed_n++ : -1;
    }
    struct parts *keys = ARENA_NEW(scratch, struct parts, (size_t)followed_n);
    double tail = 0, sample = 0;
    for (int64_t rank = 1; rank <= g->keys_n; rank++) {
        const double share = share_of(g, rank);
        bool heavy;
        const bool follow = is_followed(g, rank, share, &heavy);
        if (follow) keys[which[rank - 1]] = (struct parts){.rank = rank, .share = share, .heavy = heavy};
        if (heavy) continue;
        tail += share;
        if (follow) sample += share;
    }
    send_records(p, g, keys, which);
    int entries = 0;
    for (int i = 0; i < followed_n; i++) {
        if (keys[i].all < PROBES_FEW) {
            keys[i].n = 0;
            keys[i].all = 0;
            memset(keys[i].records, 0, sizeof keys[i].records);
            for (int probe = 0; probe < PROBES; probe++) went_to(&keys[i], choose(g->partitioner, keys[i].rank));
        }
        for (int h = 0; h < g->hot.n; h++)
            if (g->hot.rank[h] == keys[i].rank && keys[i].hot_all == 0) ask_while_hot(&keys[i], g, g->hot.share[h], scratch);
        entries += keys[i].n;
        if (keys[i].heavy) p->heavy_n += keys[i].n;
    }
    room_for(p, entries, arena);
    p->partial = ARENA_NEW(arena, bool, (size_t)entries);
    p->hot_share = ARENA_NEW(arena, double, (size_t)entries);
    int next_heavy = 0, next_sampled = p->heavy_n;
    for (int i = 0; i < followed_n; i++)
        for (int k = 0; k < keys[i].n; k++) {
            const int at = keys[i].heavy ? next_heavy++ : next_sampled++;
            p->rank[at] = keys[i].rank;
            p->partition[at] = keys[i].partition[k];
            p->share[at] = keys[i].share * (double)keys[i].records[k] / (double)keys[i].all;
            p->weight[at] = keys[i].heavy ? 1 : sample > 0 ? tail / sample : 0;
            p->partial[at] = keys[i].n > 1;
            p->hot_share[at] = keys[i].hot_all > 0 ? (double)keys[i].hot_records[k] / (double)keys[i].hot_all : 0;
        }
    p->followed_n = entries;
    arena_free(scratch);
}

static void order_by_partition(struct population *p, struct arena *arena)
{
    p->first = ARENA_NEW(arena, int, (size_t)p->partitions + 1);
    p->by_partition = ARENA_NEW(arena, int, (size_t)p->followed_n);
    for (int i = 0; i < p->followed_n; i++) p->first[p->partition[i] + 1]++;
    for (int i = 0; i < p->partitions; i++) p->first[i + 1] += p->first[i];
    int *fill = ARENA_NEW(arena, int, (size_t)p->partitions);
    for (int i = 0; i < p->followed_n; i++) {
        int q = p->partition[i];
        p->by_partition[p->first[q] + fill[q]++] = i;
    }
    p->first_tail = ARENA_NEW(arena, int, (size_t)p->partitions);
    p->tail_shares = ARENA_NEW(arena, double, (size_t)p->followed_n);
    for (int q = 0; q < p->partitions; q++) {
        int j = p->first[q];
        while (j < p->first[q + 1] && p->by_partition[j] < p->heavy_n) j++;
        p->first_tail[q] = j;
        double so_far = 0;
        for (; j < p->first[q + 1]; j++) p->tail_shares[j] = so_far += p->share[p->by_partition[j]];
    }
}

static struct partitioner *partitioner_of(const struct partition_rule *rule, int partitions, struct arena *arena)
{
    return partition_new(arena, rule, &(struct partition_config){.partitions = partitions, .sticky_batch_bytes = 16384});
}

/* Records that no key places. */
static void place_without_keys(struct population *p, struct partitioner *partitioner)
{
    if (partitioner->rule->keys != KEYS_IGNORED && partitioner->rule->keyless == KEYLESS_HASHED) {
        p->partition_shares[partition_choose(partitioner, NULL, 0, NULL)] = 1;
        return;
    }
    for (int i = 0; i < p->partitions; i++) p->partition_shares[i] = 1.0 / p->partitions;
}

const struct partition_rule *population_rule(const struct scenario *s, int producer)
{
    return plugin_partition_rule(s->plugins, &partition_rules[s->producers[producer].partitioner]);
}

bool population_needed(const struct scenario *s, int producer, int keys)
{
    const struct partition_rule *rule = population_rule(s, producer);
    return (keys >= 0 && rule->keys != KEYS_IGNORED) || rule->keyless != KEYLESS_STICKY;
}

struct population *population_new(const struct scenario *s, int producer, int keys, struct arena *arena)
{
    const struct scenario_topic *topic = &s->topics[s->producers[producer].topic];
    const struct partition_rule *rule = population_rule(s, producer);
    struct population *p = ARENA_NEW(arena, struct population, 1);
    *p = (struct population){.keys = keys,
                             .topic = s->producers[producer].topic,
                             .rule = rule,
                             .by_key = keys >= 0 && rule->keys != KEYS_IGNORED,
                             .partitions = topic->partitions,
                             .partition_shares = ARENA_NEW(arena, double, (size_t)topic->partitions)};
    struct placing g = {.s = s, .partitioner = partitioner_of(rule, topic->partitions_first, arena)};
    if (!p->by_key) {
        place_without_keys(p, g.partitioner);
    } else {
        g.keys_n = s->keys[keys].population;
        g.zipf = s->keys[keys].zipf;
        if (topic->partitions_first < p->partitions) {
            g.later = partitioner_of(rule, p->partitions, arena);
            p->added_shares = ARENA_NEW(arena, double, (size_t)p->partitions);
            p->moves = ARENA_NEW(arena, double, (size_t)topic->partitions_first * (size_t)p->partitions);
        }
        for (int64_t rank = g.keys_n; rank >= 1; rank--) g.sum += pow((double)rank, -g.zipf); /* small ones first */
        sampling_of(s, p->topic, &g.heavy_share, &g.one_in, g.keys_n);
        g.hot = hot_ranks_of(s, keys);
        if (rule->keys == KEYS_SPLIT)
            place_split(p, &g, arena);
        else
            place_together(p, &g, arena);
    }
    p->hashed = (int64_t)g.partitioner->counts.keys_hashed;
    double total = 0, largest = 0;
    for (int i = 0; i < p->partitions; i++) {
        total += p->partition_shares[i];
        if (p->partition_shares[i] > largest) largest = p->partition_shares[i];
    }
    for (int i = 0; i < p->partitions; i++) p->partition_shares[i] /= total;
    for (int i = 0; g.later && i < p->partitions; i++) p->added_shares[i] /= total;
    p->skew_max_over_mean = largest / total * topic->partitions_first;
    order_by_partition(p, arena);
    return p;
}

const char *population_partitioner(const struct population *p)
{
    return p->rule->name;
}

int64_t population_keys(const struct population *p, const struct scenario *s)
{
    return p->keys >= 0 ? s->keys[p->keys].population : 0;
}

/* The same key is followed once for each partition that has records of it, one after the other. */
int64_t population_keys_followed(const struct population *p)
{
    int64_t n = 0;
    for (int i = 0; i < p->followed_n; i++) n += i == 0 || p->rank[i] != p->rank[i - 1];
    return n;
}

double population_sample_error(const struct population *p)
{
    double n = 0, weight = 1, shares = 0, off = 0;
    for (int i = p->heavy_n; i < p->followed_n; i++) {
        n++;
        weight = p->weight[i];
        shares += p->share[i];
    }
    if (n == 0 || weight <= 1) return 0;
    for (int i = p->heavy_n; i < p->followed_n; i++) off += pow(1 - p->share[i] * n / shares, 2);
    return sqrt(weight * (weight - 1) * off) / (p->heavy_n + weight * n);
}

double population_share_error(const struct population *p)
{
    double largest = 0;
    for (int i = 0; i < p->partitions; i++) largest = fmax(largest, p->partition_shares[i]);
    return p->sampled > 0 && largest > 0 ? sqrt((1 - largest) / (largest * (double)p->sampled)) : 0;
}

int population_heavy_key(const struct population *p, int64_t rank)
{
    int low = 0, high = p->heavy_n;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (p->rank[middle] < rank)
            low = middle + 1;
        else
            high = middle;
    }
    CHECK(low < p->heavy_n && p->rank[low] == rank, "key %lld is not followed by itself", (long long)rank);
    return low;
}
