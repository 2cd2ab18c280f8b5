/* event.c: generates events; see event.h. Their bytes are event_codec.c's. */
#include "event.h"

#include "arena.h"
#include "check.h"
#include "splitmix.h"

#include <stdio.h>
#include <string.h>

/* How much an event carries: each level adds a field. */
enum level {
    LEVEL_BARE,
    LEVEL_CREATIVE,
    LEVEL_USER,
    LEVEL_REQUEST,
    LEVEL_PRICE,
    LEVEL_DEVICE,
    LEVEL_COUNTRY,
    LEVEL_PLACEMENT,
    LEVEL_SITE,
    LEVEL_URL,
    LEVEL_AGENT,
    LEVELS
};

enum { SITE_BYTES = 64, URL_BYTES = 128, AGENT_BYTES = 192, CALIBRATION_EVENTS = 2000 };

struct event_generator {
    enum event_format format;
    enum level level;
    int64_t context_mean_bytes; /* 0: events of this level alone are of the size wanted */
    double mean_bytes;
    char site[SITE_BYTES];
    char url[URL_BYTES];
    char agent[AGENT_BYTES];
    char *context;
};

/* Words come in falling order of frequency. */
static const char *const devices[] = {"mobile", "desktop", "tablet", "ctv"};
static const char *const countries[] = {"US", "IN", "BR", "GB", "DE", "JP", "MX", "FR", "ID", "CA",
                                        "IT", "ES", "TR", "PH", "KR", "AU", "PL", "NL", "AR", "CO"};
static const char *const placements[] = {"feed-inline",  "banner-top",    "sidebar-300x250", "video-preroll",
                                         "interstitial", "footer-728x90", "story",           "search-text"};
static const char *const words[] = {
    "news",  "sport",  "match", "live",   "world", "cup",   "video",  "home",   "photo", "team",  "goal",
    "money", "travel", "food",  "health", "tech",  "games", "music",  "style",  "auto",  "local", "weather",
    "score", "table",  "final", "player", "group", "today", "review", "market", "film",  "books"};
static const char *const agents[] = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_%u like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.%u Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-S9%u1B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/13%u.0.0.0 "
    "Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/13%u.0.%u.0 "
    "Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; Pixel %u) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/13%u.0.0.0 "
    "Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_%u) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%u "
    "Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:13%u.0) Gecko/20100101 Firefox/13%u.0",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen %u.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/%u.0 TV "
    "Safari/537.36"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

uint64_t event_rank(uint64_t draw, uint64_t n)
{
    CHECK(n >= 1 && n <= (uint64_t)1 << 31, "a rank among %llu", (unsigned long long)n);
    uint32_t classes = 0;
    while (n >> classes != 0)
        classes++;
    uint32_t class = (uint32_t)(draw & 63) * classes / 64;
    uint64_t rank = ((uint64_t)1 << class) - 1 + (draw >> 32 & (((uint64_t)1 << class) - 1));
    return rank < n ? rank : rank % n;
}

static struct event_text word_of(uint64_t draw, const char *const *list, size_t n)
{
    const char *word = list[event_rank(draw, n)];
    return (struct event_text){word, strlen(word)};
}

static struct event_text text_of(const char *buffer, size_t size, int printed)
{
    CHECK(printed > 0 && (size_t)printed < size, "a field of %d bytes in %zu", printed, size);
    return (struct event_text){buffer, (size_t)printed};
}

static size_t put_word(char *out, const char *word)
{
    size_t n = strlen(word);
    memcpy(out, word, n);
    return n;
}

/* Tokens such as "sport=match;uid=7k2m9x;": words compress; identifiers, in a quarter of them, do not. */
static struct event_text make_context(struct event_generator *g, event_draw_fn *draw, void *draw_context)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint64_t d = draw(draw_context);
    size_t mean = (size_t)g->context_mean_bytes;
    size_t spread = mean / 2;
    size_t length = mean - spread + (size_t)((d >> 32) * (2 * spread + 1) >> 32);
    size_t n = 0;
    while (n < length) {
        char token[64];
        d = draw(draw_context);
        uint64_t e = draw(draw_context);
        size_t bytes = put_word(token, words[event_rank(d, COUNT(words))]);
        token[bytes++] = '=';
        if ((d >> 6 & 3) == 0) {
            for (int i = 0; i < 8; i++)
                token[bytes++] = digits[e >> (8 + 5 * i) & 31];
        } else {
            bytes += put_word(token + bytes, words[event_rank(e, COUNT(words))]);
        }
        token[bytes++] = ';';
        if (bytes > length - n) bytes = length - n;
        memcpy(g->context + n, token, bytes);
        n += bytes;
    }
    return (struct event_text){g->context, n};
}

void event_generate(struct event_generator *g, enum event_kind kind, int64_t campaign, int64_t time_ms,
                    event_draw_fn *draw, void *draw_context, struct event *event)
{
    CHECK(campaign >= 0, "campaign %lld", (long long)campaign);
    *event = (struct event){.kind = kind, .campaign = campaign, .time_ms = time_ms};
    event->event_id[0] = draw(draw_context);
    event->event_id[1] = draw(draw_context);
    uint64_t d = draw(draw_context);
    /* A campaign has a few creatives, and one of them is shown most. */
    if (g->level >= LEVEL_CREATIVE) event->creative = campaign * 8 + 1 + (int64_t)event_rank(d, 7);
    /* Users come back: half of the events are from about the first hundred thousand of a billion. */
    if (g->level >= LEVEL_USER)
        event->user_id = event_rank(draw(draw_context), 1000000000u) * 0x9e3779b97f4a7c15u | 1;
    if (g->level >= LEVEL_REQUEST) {
        event->request_id[0] = draw(draw_context) | 1;
        event->request_id[1] = draw(draw_context);
    }
    if (g->level >= LEVEL_PRICE)
        event->price_micros = 50 * (1 + (int64_t)event_rank(draw(draw_context), 1000));
    if (g->level >= LEVEL_DEVICE) event->device = word_of(draw(draw_context), devices, COUNT(devices));
    if (g->level >= LEVEL_COUNTRY) event->country = word_of(draw(draw_context), countries, COUNT(countries));
    if (g->level >= LEVEL_PLACEMENT)
        event->placement = word_of(draw(draw_context), placements, COUNT(placements));
    if (g->level >= LEVEL_SITE) {
        uint64_t site = event_rank(draw(draw_context), 2000);
        event->site = text_of(g->site, sizeof g->site,
                              snprintf(g->site, sizeof g->site, "%s-%u.example.com",
                                       words[site % COUNT(words)], (unsigned)(site / COUNT(words))));
    }
    if (g->level >= LEVEL_URL) {
        d = draw(draw_context);
        uint64_t e = draw(draw_context);
        event->url =
            text_of(g->url, sizeof g->url,
                    snprintf(g->url, sizeof g->url, "/%s/%s/%u", words[event_rank(d, COUNT(words))],
                             words[event_rank(e, COUNT(words))], 100000u + (unsigned)(e >> 8 & 0xffff)));
    }
    if (g->level >= LEVEL_AGENT) {
        d = draw(draw_context);
        const char *format = agents[event_rank(d, COUNT(agents))];
        unsigned first = (unsigned)(d >> 6 & 7), second = (unsigned)(d >> 9 & 7);
        /* The formats are the constants above, each with exactly two %u. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        int printed = snprintf(g->agent, sizeof g->agent, format, first, second);
#pragma GCC diagnostic pop
        event->agent = text_of(g->agent, sizeof g->agent, printed);
    }
    if (g->context_mean_bytes > 0) event->context = make_context(g, draw, draw_context);
}

/* splitmix64, for the generator's own measuring: it takes no draws of the caller's. */
static uint64_t own_draw(void *context)
{
    uint64_t *state = context;
    return splitmix(*state += SPLITMIX_STEP);
}

static double measure(struct event_generator *g, char *buffer)
{
    uint64_t state = 1;
    size_t bytes = 0;
    for (int i = 0; i < CALIBRATION_EVENTS; i++) {
        struct event event;
        int64_t campaign = (int64_t)event_rank(own_draw(&state), 1000000);
        event_generate(g, EVENT_IMPRESSION, campaign, 1900000000000 + i, own_draw, &state, &event);
        size_t n = event_encode(&event, g->format, buffer, EVENT_BYTES_MAX);
        CHECK(n > 0, "an event larger than %d bytes", EVENT_BYTES_MAX);
        bytes += n;
    }
    return (double)bytes / CALIBRATION_EVENTS;
}

/* Mean bytes that a context of this mean length takes beside itself: in JSON its name, in Avro a longer
 * length. */
static double context_framing_bytes(enum event_format format, int64_t mean)
{
    if (format == EVENT_JSON) return (double)strlen(",\"context\":\"\"");
    int64_t spread = mean / 2;
    double bytes = 0;
    for (int64_t length = mean - spread; length <= mean + spread; length++)
        bytes += (length >= 64) + (length >= 8192) + (length >= 1048576);
    return bytes / (double)(2 * spread + 1);
}

struct event_generator *event_generator_new(struct arena *arena, enum event_format format, int64_t mean_bytes)
{
    CHECK(mean_bytes >= EVENT_SIZE_BYTES_MIN && mean_bytes <= EVENT_SIZE_BYTES_MAX, "events of %lld bytes",
          (long long)mean_bytes);
    struct event_generator *g = ARENA_NEW(arena, struct event_generator, 1);
    char *buffer = ARENA_NEW(arena, char, EVENT_BYTES_MAX);
    g->context = ARENA_NEW(arena, char, 2 * (size_t)mean_bytes + 1);
    g->format = format;
    /* The richest event that leaves some of its size to the context, so that sizes vary. */
    for (g->level = LEVELS - 1; g->level > LEVEL_BARE; g->level--) {
        g->mean_bytes = measure(g, buffer);
        if (g->mean_bytes <= 0.95 * (double)mean_bytes) break;
    }
    if (g->level == LEVEL_BARE) g->mean_bytes = measure(g, buffer);
    /* Context fills the rest, its framing included, which grows with it. */
    double rest = (double)mean_bytes - g->mean_bytes;
    int64_t context = (int64_t)(rest + 0.5);
    while (context > 0 && (double)context + context_framing_bytes(format, context) - rest >= 0.5)
        context--;
    g->context_mean_bytes = context > 0 ? context : 0;
    if (context > 0) g->mean_bytes += (double)context + context_framing_bytes(format, context);
    return g;
}

double event_generator_mean_bytes(const struct event_generator *g)
{
    return g->mean_bytes;
}

size_t event_key(uint64_t campaign, char out[EVENT_KEY_BYTES_MAX])
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + campaign % 10);
        campaign /= 10;
    } while (campaign != 0);
    out[0] = 'c';
    for (size_t i = 0; i < n; i++)
        out[1 + i] = digits[n - 1 - i];
    return n + 1;
}
