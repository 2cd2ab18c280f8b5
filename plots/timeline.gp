# timeline.gp: records produced and consumed a second above, lag of every group below, faults marked.
#
#   gnuplot -d -c timeline.gp PLOTS_DIR      in the directory that holds timeline.par and timeline.dat
#
# The two files are written by reports/figures_time.c: .par assigns numbers and single-quoted names, .dat is numbers.

load 'timeline.par'
load ARG1.'/style.gp'
load ARG1.'/time.gp'

data = 'timeline.dat'

do for [ending in 'svg png'] {
    load ARG1.'/terminal.gp'
    set output 'timeline.'.ending
    set multiplot

    # Above: rates. What is produced lies under what is consumed, thick and grey, so that both show where they agree.
    load ARG1.'/header.gp'
    set ylabel 'rate (records/s)' offset -0.5, 0 textcolor rgb ink
    set yrange [rate_min:rate_max]
    set ytics ()
    do for [i = 1:int(rate_ticks)] { set ytics add (rate_label[i] rate_tick[i]) }
    plot for [i = 1:(produced_column > 0 ? 1 : 0)] data using 1:(column(int(produced_column))) with lines \
            linecolor rgb '#AAAAAA' linewidth 5 title 'produced', \
        for [i = 1:consumed_per_s_n] data using 1:(column(int(consumed_per_s_column) + i - 1)) with lines \
            linecolor rgb color(i) dashtype dash(i) linewidth 1.6 title consumed_per_s_name[i], \
        for [i = 1:(fault_n > 0 ? 1 : 0)] keyentry with boxes fillstyle solid noborder \
            fillcolor rgb fault_color title 'fault', \
        for [i = 1:(fault_n > 0 ? 1 : 0)] keyentry with boxes fillstyle solid noborder \
            fillcolor rgb recovery_color title 'recovering'

    # Below: lag.
    load ARG1.'/lower.gp'
    if (lagaxis_log > 0) {
        set logscale y
        set ylabel 'lag (records, log scale)' offset -0.5, 0 textcolor rgb ink
    } else {
        set ylabel 'lag (records)' offset -0.5, 0 textcolor rgb ink
    }
    set yrange [lagaxis_min:lagaxis_max]
    set ytics ()
    do for [i = 1:int(lagaxis_ticks)] { set ytics add (lagaxis_label[i] lagaxis_tick[i]) }
    at_least(y) = y < lagaxis_floor ? lagaxis_floor : y
    plot for [i = 1:lag_n] data using 1:(at_least(column(int(lag_column) + i - 1))) with lines \
            linecolor rgb color(i) dashtype dash(i) linewidth 1.8 title lag_name[i], \
        for [i = 1:(lag_n > 0 ? 0 : 1)] NaN notitle
    unset logscale y
    unset xlabel
    unset multiplot
    set output
}
