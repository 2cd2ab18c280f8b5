# lake.gp: files of every table above, their bytes below; compactions as rings, larger for more files; faults marked.
#
#   gnuplot -d -c lake.gp PLOTS_DIR          in the directory that holds lake.par and lake.dat
#
# The two files are written by reports/figures_lake.c: .par assigns numbers and single-quoted names, .dat is numbers.

load 'lake.par'
load ARG1.'/style.gp'
load ARG1.'/time.gp'

data = 'lake.dat'
line(first, i) = column(int(first) + i - 1)
at_least(y, floor) = y < floor ? floor : y
# Of a few lines the earlier are thicker, so that all are seen where they agree.
thick(i) = 1.6 + (files_n <= 4 ? 1.1 * (files_n - i) : 0)
# Areas in proportion to the files; the smallest must still be seen.
ring(files) = files > 0 ? 0.6 + 2.4 * sqrt(files / rewritten_top) : NaN

do for [ending in 'svg png'] {
    load ARG1.'/terminal.gp'
    set output 'lake.'.ending
    set multiplot

    # Above: files.
    load ARG1.'/header.gp'
    if (filesaxis_log > 0) {
        set logscale y
        set ylabel 'files of the snapshot (log scale)' offset -0.5, 0 textcolor rgb ink
    } else {
        set ylabel 'files of the snapshot' offset -0.5, 0 textcolor rgb ink
    }
    set yrange [filesaxis_min:filesaxis_max]
    set ytics ()
    do for [i = 1:int(filesaxis_ticks)] { set ytics add (filesaxis_label[i] filesaxis_tick[i]) }
    plot for [i = 1:files_n] data using 1:(at_least(line(files_column, i), filesaxis_floor)) with lines \
            linecolor rgb color(files_color[i]) dashtype dash(files_color[i]) linewidth thick(i) title files_name[i], \
        for [i = 1:(rewritten_top > 0 ? files_n : 0)] data \
            using 1:(at_least(line(files_column, i), filesaxis_floor)):(ring(line(files_rewritten_column, i))) \
            with points pointtype 6 pointsize variable linewidth 1.4 linecolor rgb color(files_color[i]) notitle, \
        for [i = 1:(rewritten_top > 0 ? 1 : 0)] keyentry with points pointtype 6 pointsize ring(rewritten_top) linewidth 1.4 \
            linecolor rgb ink title rewritten_label, \
        for [i = 1:(fault_n > 0 ? 1 : 0)] keyentry with boxes fillstyle solid noborder \
            fillcolor rgb fault_color title 'fault', \
        for [i = 1:(fault_n > 0 ? 1 : 0)] keyentry with boxes fillstyle solid noborder \
            fillcolor rgb recovery_color title 'recovering'
    unset logscale y

    # Below: bytes.
    load ARG1.'/lower.gp'
    if (bytesaxis_log > 0) {
        set logscale y
        set ylabel 'size of the snapshot (log scale)' offset -0.5, 0 textcolor rgb ink
    } else {
        set ylabel 'size of the snapshot' offset -0.5, 0 textcolor rgb ink
    }
    set yrange [bytesaxis_min:bytesaxis_max]
    set ytics ()
    do for [i = 1:int(bytesaxis_ticks)] { set ytics add (bytesaxis_label[i] bytesaxis_tick[i]) }
    plot for [i = 1:bytes_n] data using 1:(at_least(line(bytes_column, i), bytesaxis_floor)) with lines \
            linecolor rgb color(files_color[i]) dashtype dash(files_color[i]) linewidth thick(i) title bytes_name[i]
    unset logscale y
    unset xlabel
    unset multiplot
    set output
}
