# outputs.gp: freshness of every output: a bar from p50 to p99 with its three points, and the objectives on it.
#
#   gnuplot -d -c outputs.gp PLOTS_DIR       in the directory that holds outputs.par and outputs.dat
#
# The two files are written by reports/figures_still.c: row, p50, p95, p99 in seconds.

load 'outputs.par'
load ARG1.'/style.gp'

data = 'outputs.dat'
at_least(x) = x < x_floor ? x_floor : x
array shape[3] = [7, 13, 5]
array percentile[3] = ['p50', 'p95', 'p99']

do for [ending in 'svg png'] {
    load ARG1.'/terminal.gp'
    set output 'outputs.'.ending
    set label 1 title at screen 0.03, 0.968 left noenhanced textcolor rgb ink font ',15'
    set tmargin at screen 0.885
    set bmargin at screen bottom + 0.01
    set lmargin at screen 0.25
    set rmargin at screen 0.78
    set key at screen 0.25, screen 0.915 left center horizontal
    unset grid
    set grid xtics linestyle 100 back
    set xrange [x_min:x_max]
    set xtics ()
    do for [i = 1:int(x_ticks)] { set xtics add (x_label[i] x_tick[i]) }
    if (x_log > 0) {
        set logscale x
        set xlabel 'freshness: from the event to where it can be read (log scale)' textcolor rgb ink
    } else {
        set xlabel 'freshness: from the event to where it can be read' textcolor rgb ink
    }
    set yrange [row_n + 0.6:0.4]
    set ytics ()
    do for [i = 1:row_n] {
        set ytics add (row_name[i] i)
        set label (100 + i) row_p50[i] at graph 1.12, first i right noenhanced textcolor rgb ink
        set label (200 + i) row_p95[i] at graph 1.25, first i right noenhanced textcolor rgb ink
        set label (300 + i) row_p99[i] at graph 1.38, first i right noenhanced textcolor rgb ink
    }
    do for [k = 1:3] {
        set label (1 + k) percentile[k] at graph (0.99 + 0.13 * k), screen 0.905 right textcolor rgb ink
    }
    middle = x_log > 0 ? sqrt(x_min * x_max) : (x_min + x_max) / 2
    do for [i = 1:target_n] {
        set arrow (100 + i) from first target[i], first (target_row[i] - 0.3) to first target[i], first (target_row[i] + 0.3) \
            nohead front linecolor rgb ink linewidth 2.5
        # Of many rows each has room for one label.
        if (row_n > 6 && target_above[i] > 0) { continue }
        if (target[i] > middle) {
            set label (400 + i) target_name[i] at first target[i], first (target_row[i] - 0.3) right \
                offset 0.6, 0.7 + 1.1 * target_above[i] noenhanced textcolor rgb ink
        } else {
            set label (400 + i) target_name[i] at first target[i], first (target_row[i] - 0.3) left \
                offset -0.6, 0.7 + 1.1 * target_above[i] noenhanced textcolor rgb ink
        }
    }
    plot for [i = 1:row_n] data every ::(i - 1)::(i - 1) \
            using (at_least($2)):1:(at_least($2)):(at_least($4)):($1 - 0.1):($1 + 0.1) with boxxyerror \
            fillstyle solid 0.35 noborder linecolor rgb color(row_color[i]) notitle, \
        for [i = 1:row_n] for [k = 1:3] data every ::(i - 1)::(i - 1) using (at_least(column(k + 1))):1 \
            with points pointtype shape[k] pointsize 1.4 linecolor rgb color(row_color[i]) notitle, \
        for [k = 1:3] keyentry with points pointtype shape[k] pointsize 1.4 linecolor rgb ink title percentile[k], \
        for [i = 1:(target_n > 0 ? 1 : 0)] keyentry with lines linecolor rgb ink linewidth 2.5 title 'objective'
    unset logscale x
    set output
}
