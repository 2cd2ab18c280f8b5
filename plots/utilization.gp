# utilization.gp: how busy every resource is: the mean as a dark bar in the light one of the peak.
#
#   gnuplot -d -c utilization.gp PLOTS_DIR   in the directory that holds utilization.par and utilization.dat
#
# The two files are written by reports/figures_still.c: row, mean and peak in percent.

load 'utilization.par'
load ARG1.'/style.gp'

data = 'utilization.dat'
dark = color(1)
light = color(6)

do for [ending in 'svg png'] {
    load ARG1.'/terminal.gp'
    set output 'utilization.'.ending
    set label 1 title at screen 0.03, 0.968 left noenhanced textcolor rgb ink font ',15'
    set tmargin at screen 0.885
    set bmargin at screen bottom + 0.01
    set lmargin at screen 0.25
    set rmargin at screen 0.83
    set key at screen 0.25, screen 0.915 left center horizontal
    unset grid
    set grid xtics linestyle 100 back
    set xrange [0:x_max]
    set xtics 0, x_max > 200 ? 50 : x_max > 100 ? 20 : 10
    set xlabel 'utilisation (% of what it can do)' textcolor rgb ink
    set yrange [row_n + 0.6:0.4]
    set ytics ()
    do for [i = 1:row_n] {
        set ytics add (row_name[i] i)
        set label (100 + i) row_mean[i] at graph 1.08, first i right noenhanced textcolor rgb ink
        set label (200 + i) row_peak[i] at graph 1.18, first i right noenhanced textcolor rgb ink
    }
    set label 2 'mean' at graph 1.08, screen 0.905 right textcolor rgb ink
    set label 3 'peak' at graph 1.18, screen 0.905 right textcolor rgb ink
    plot data using (0):1:(0):3:($1 - 0.34):($1 + 0.34) with boxxyerror fillstyle solid noborder \
            linecolor rgb light notitle, \
        data using (0):1:(0):2:($1 - 0.20):($1 + 0.20) with boxxyerror fillstyle solid noborder \
            linecolor rgb dark notitle, \
        keyentry with boxes fillstyle solid noborder fillcolor rgb dark title 'mean over the run', \
        keyentry with boxes fillstyle solid noborder fillcolor rgb light title 'at its peak'
    set output
}
