# freshness.gp: freshness of every output above, staleness below, each with its objectives, faults marked.
#
#   gnuplot -d -c freshness.gp PLOTS_DIR     in the directory that holds freshness.par and freshness.dat
#
# The two files are written by reports/figures_time.c: .par assigns numbers and single-quoted names, .dat is numbers.

load 'freshness.par'
load ARG1.'/style.gp'
load ARG1.'/time.gp'

data = 'freshness.dat'
# Objectives are one vector each, drawn from the pseudo-file '+', and not arrows: of arrows with different dashes the
# SVG terminal makes one path with the first one's dash.

do for [ending in 'svg png'] {
    load ARG1.'/terminal.gp'
    set output 'freshness.'.ending
    set multiplot

    # Above: freshness.
    load ARG1.'/header.gp'
    if (freshaxis_log > 0) {
        set logscale y
        set ylabel 'freshness (mean, log scale)' offset -0.5, 0 textcolor rgb ink
    } else {
        set ylabel 'freshness (mean)' offset -0.5, 0 textcolor rgb ink
    }
    set yrange [freshaxis_min:freshaxis_max]
    set ytics ()
    do for [i = 1:int(freshaxis_ticks)] { set ytics add (freshaxis_label[i] freshaxis_tick[i]) }
    at_least(y) = y < freshaxis_floor ? freshaxis_floor : y
    plot for [i = 1:freshness_n] data using 1:(at_least(column(int(freshness_column) + i - 1))) with lines \
            linecolor rgb color(i) dashtype dash(i) linewidth 1.8 title freshness_name[i], \
        for [i = 1:freshness_n] data using 1:(freshness_sparse[i] > 0 ? at_least(column(int(freshness_column) + i - 1)) : NaN) \
            with points linecolor rgb color(i) pointtype 7 pointsize 0.6 notitle, \
        for [i = 1:freshness_targets] '+' every ::0::0 using (freshness_target_from[i]):(freshness_target[i]): \
            (freshness_target_to[i] - freshness_target_from[i]):(0) with vectors nohead dashtype target_dash(i) linewidth 2 \
            linecolor rgb target_color(freshness_target_line[i]) title freshness_target_name[i], \
        for [i = 1:(freshness_n > 0 ? 0 : 1)] NaN notitle, \
        for [i = 1:(fault_n > 0 ? 1 : 0)] keyentry with boxes fillstyle solid noborder \
            fillcolor rgb fault_color title 'fault', \
        for [i = 1:(fault_n > 0 ? 1 : 0)] keyentry with boxes fillstyle solid noborder \
            fillcolor rgb recovery_color title 'recovering'
    unset logscale y

    # Below: staleness.
    load ARG1.'/lower.gp'
    if (staleaxis_log > 0) {
        set logscale y
        set ylabel 'staleness (worst in step, log scale)' offset -0.5, 0 textcolor rgb ink
    } else {
        set ylabel 'staleness (worst in step)' offset -0.5, 0 textcolor rgb ink
    }
    set yrange [staleaxis_min:staleaxis_max]
    set ytics ()
    do for [i = 1:int(staleaxis_ticks)] { set ytics add (staleaxis_label[i] staleaxis_tick[i]) }
    at_least(y) = y < staleaxis_floor ? staleaxis_floor : y
    plot for [i = 1:staleness_n] data using 1:(at_least(column(int(staleness_column) + i - 1))) with lines \
            linecolor rgb color(i) dashtype dash(i) linewidth 1.8 title staleness_name[i], \
        for [i = 1:staleness_targets] '+' every ::0::0 using (staleness_target_from[i]):(staleness_target[i]): \
            (staleness_target_to[i] - staleness_target_from[i]):(0) with vectors nohead dashtype target_dash(i) linewidth 2 \
            linecolor rgb target_color(staleness_target_line[i]) title staleness_target_name[i], \
        for [i = 1:(staleness_n > 0 ? 0 : 1)] NaN notitle
    unset logscale y
    unset xlabel
    unset multiplot
    set output
}
