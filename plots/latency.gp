# latency.gp: latency of every stage by percentile, with the intervals over replications, and objectives on it.
#
#   gnuplot -d -c latency.gp PLOTS_DIR       in the directory that holds latency.par and latency.dat
#
# The two files are written by reports/figures_still.c. Along x stands -log10(1 - p), so that each further nine has the
# same room; the maximum, which has no percentile, stands apart at the right.

load 'latency.par'
load ARG1.'/style.gp'

data = 'latency.dat'
maximum = 4.7

do for [ending in 'svg png'] {
    load ARG1.'/terminal.gp'
    set output 'latency.'.ending
    set label 1 title at screen left, 0.968 left noenhanced textcolor rgb ink font ',15'
    set tmargin at screen 0.915
    set bmargin at screen bottom + 0.01
    set key at screen right + 0.012, screen 0.915 left top
    set xrange [0.1:5.0]
    set xtics ('p50' 0.30103, 'p75' 0.60206, 'p95' 1.30103, 'p99' 2, 'p99.9' 3, 'p99.99' 4, 'max' maximum)
    set xlabel x_of.' at or below (log scale of those above)' textcolor rgb ink
    if (y_log > 0) {
        set logscale y
        set ylabel 'latency (log scale)' offset -0.5, 0 textcolor rgb ink
    } else {
        set ylabel 'latency' offset -0.5, 0 textcolor rgb ink
    }
    set yrange [y_min:y_max]
    set ytics ()
    do for [i = 1:int(y_ticks)] { set ytics add (y_label[i] y_tick[i]) }
    set arrow 1 from 4.35, graph 0 to 4.35, graph 1 nohead linecolor rgb rule linewidth 1
    at_least(y) = y < y_floor ? y_floor : y
    # Several stages stand a little beside each other, so that equal ones are all seen.
    step = stage_n > 4 ? 0.14 / stage_n : 0.035
    beside(i) = step * (i - (stage_n + 1) / 2.0)
    # The intervals come first: gnuplot wipes what lies under their middles.
    plot for [i = 1:(interval_n > 0 ? stage_n : 0)] data every ::0::5 \
            using ($1 + beside(i)):(column(3 * i) == column(3 * i) ? at_least(column(3 * i - 1)) : NaN): \
            (at_least(column(3 * i))):(at_least(column(3 * i + 1))) with yerrorbars \
            linecolor rgb color(i) pointtype 0 linewidth 1.2 notitle, \
        for [i = 1:stage_n] data every ::0::5 using ($1 + beside(i)):(at_least(column(3 * i - 1))) with lines \
            linecolor rgb color(i) dashtype dash(i) linewidth 1.8 title stage_name[i], \
        for [i = 1:stage_n] data using ($1 + beside(i)):(at_least(column(3 * i - 1))) with points \
            linecolor rgb color(i) pointtype 7 pointsize 0.8 notitle, \
        for [i = 1:(interval_n > 0 ? 1 : 0)] keyentry with yerrorbars linecolor rgb '#888888' pointtype 0 \
            title '95 % interval', \
        for [i = 1:target_n] '+' every ::0::0 using (target_x[i] - 0.15):(target[i]):(0.3):(0) with vectors nohead \
            linewidth 3.5 linecolor rgb target_line[i] > 0 ? color(target_line[i]) : ink \
            title target_name[i]
    unset logscale y
    set output
}
