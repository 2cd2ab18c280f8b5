# cost.gp: the month's bill: above by kind as one stacked bar, below line by line in the same colours.
#
#   gnuplot -d -c cost.gp PLOTS_DIR          in the directory that holds cost.par and cost.dat
#
# The two files are written by reports/figures_still.c. cost.dat has two blocks: kind, from, to (US dollars) for the
# stacked bar; row, kind, US dollars for the lines.

load 'cost.par'
load ARG1.'/style.gp'

data = 'cost.dat'

# Areas may have the pale yellow too, grey, and two dark ones (Tol's wine and indigo), so that every kind has its own.
array area[10] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#F0E442', '#999999', \
    '#882255', '#332288']

do for [ending in 'svg png'] {
    load ARG1.'/terminal.gp'
    set output 'cost.'.ending
    set multiplot
    set label 1 title at screen 0.03, 0.968 left noenhanced textcolor rgb ink font ',15'
    unset grid
    set grid xtics linestyle 100 back

    # Above: by kind.
    set tmargin at screen 0.905
    set bmargin at screen 0.775
    set lmargin at screen 0.25
    set rmargin at screen 0.70
    # gnuplot's key would break into columns at the panel's height.
    unset key
    do for [k = 1:kind_n] {
        legend_y = 0.895 - 0.0245 * (k - 1)
        set object (300 + k) rectangle from screen 0.722, screen legend_y - 0.006 to screen 0.745, screen legend_y + 0.006 \
            fillcolor rgb area[k] fillstyle solid noborder
        set label (300 + k) kind_name[k] at screen 0.752, screen legend_y left noenhanced textcolor rgb ink
    }
    set xrange [0:whole_max]
    set xtics ()
    do for [i = 1:int(whole_ticks)] { set xtics add (whole_label[i] whole_tick[i]) }
    set yrange [0:1]
    set ytics ('by kind' 0.5)
    unset xlabel
    plot for [k = 1:kind_n] data index 0 every ::(k - 1)::(k - 1) using 2:(0.5):2:3:(0.12):(0.88) with boxxyerror \
            fillstyle solid noborder linecolor rgb area[k] notitle

    # Below: by line.
    unset label
    do for [k = 1:kind_n] { unset object (300 + k) }
    set tmargin at screen 0.665
    set bmargin at screen bottom + 0.01
    set rmargin at screen 0.83
    set xrange [0:line_max]
    set xtics ()
    do for [i = 1:int(line_ticks)] { set xtics add (line_label[i] line_tick[i]) }
    set xlabel 'US dollars a month' textcolor rgb ink
    set yrange [row_n + 0.6:0.4]
    set ytics ()
    do for [i = 1:row_n] {
        set ytics add (row_name[i] i)
        set label (100 + i) row_usd[i] at graph 1.15, first i right noenhanced textcolor rgb ink
    }
    plot for [k = 1:kind_n] data index 1 using (0):1:(0):($2 == k ? $3 : NaN):($1 - 0.34):($1 + 0.34) with boxxyerror \
            fillstyle solid noborder linecolor rgb area[k] notitle, \
        for [i = 1:(kind_n > 0 ? 0 : 1)] NaN notitle
    do for [i = 1:row_n] { unset label (100 + i) }
    unset multiplot
    set output
}
